import RealModule

/// A symmetric Dirichlet distribution on the weights of a mixture.
public struct DirichletPrior: Sendable, Hashable {
    /// α, the same for every component. 1 is flat; above 1 the weights are drawn towards equality.
    public let concentration: Double

    /// - Throws: ``MixtureError/invalidOption(name:value:requirement:)`` unless α is positive and finite.
    public init(concentration: Double) throws(MixtureError) {
        guard concentration > 0, concentration.isFinite else {
            throw .invalidOption(
                name: "The weight concentration", value: "\(concentration)", requirement: "positive and finite")
        }
        self.concentration = concentration
    }

    /// log Dirichlet(π; α) = log Γ(Kα) − K log Γ(α) + (α − 1) Σ log πₖ for K weights that sum to one (the notebook's
    /// `weights_loglike`).
    public func logDensity(_ weights: [Double]) -> Double {
        logDensity(logWeights: ComponentVector(weights.map { .log($0) }))
    }

    func logDensity(logWeights: ComponentVector) -> Double {
        let components = Double(logWeights.count)
        // At α = 1 a weight of zero is as good as any, and 0 · log 0 is not a number.
        let weighted = concentration == 1 ? 0 : (concentration - 1) * logWeights.sum()
        return .logGamma(components * concentration) - components * .logGamma(concentration) + weighted
    }
}
