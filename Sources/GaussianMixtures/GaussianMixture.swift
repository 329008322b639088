/// A mixture of Gaussians in one dimension, p(x) = Σₖ πₖ N(x; μₖ, σₖ²).
///
/// A value: it is validated when it is made and never changes. Build one from parameters, or let `fit` find one.
public struct GaussianMixture: Sendable, Hashable {
    /// πₖ, K values in [0, 1] that sum to one.
    public let weights: [Double]
    /// μₖ, K values in the unit of the data.
    public let means: [Double]
    /// σₖ, K positive values in the unit of the data.
    public let standardDeviations: [Double]

    /// A mixture with the given parameters, one entry of each array per component.
    ///
    /// - Throws: ``MixtureError/invalidMixture(component:reason:)`` unless the arrays are of one length K ≥ 1, weights are in [0, 1] and
    ///   sum to one within 1e-9, means are finite, and standard deviations are positive, finite and not subnormal.
    public init(weights: [Double], means: [Double], standardDeviations: [Double]) throws(MixtureError) {
        let components = weights.count
        guard components >= 1, means.count == components, standardDeviations.count == components else {
            throw .invalidMixture(
                component: nil,
                reason: "there are \(components) weights, \(means.count) means and \(standardDeviations.count) standard deviations; "
                    + "give one of each for every component, and at least one component")
        }
        for k in 0..<components {
            if !(weights[k] >= 0 && weights[k].isFinite) {
                throw .invalidMixture(component: k, reason: "its weight is \(weights[k]); weights are finite and not negative")
            }
            if !means[k].isFinite {
                throw .invalidMixture(component: k, reason: "its mean is \(means[k]); means are finite")
            }
            if !standardDeviations[k].isNormal || standardDeviations[k] < 0 || !(1 / standardDeviations[k]).isFinite {
                throw .invalidMixture(
                    component: k,
                    reason: "its standard deviation is \(standardDeviations[k]); it must be positive, finite and not subnormal")
            }
        }
        let total = weights.reduce(0, +)
        guard abs(total - 1) <= 1e-9 else {
            throw .invalidMixture(
                component: nil,
                reason: "the weights sum to \(total), not to 1"
                    + (total > 0 && total.isFinite ? "; divide each by their sum" : "; at least one must be positive"))
        }
        self.weights = weights
        self.means = means
        self.standardDeviations = standardDeviations
    }

    /// K, the number of components.
    public var components: Int { weights.count }

    /// σₖ², K values in the squared unit of the data.
    public var variances: [Double] { standardDeviations.map { $0 * $0 } }
}

extension GaussianMixture: CustomStringConvertible {
    /// One line for each component.
    public var description: String {
        (0..<components).map { "\($0): weight \(weights[$0]), mean \(means[$0]), standard deviation \(standardDeviations[$0])" }
            .joined(separator: "\n")
    }
}
