import RealModule

/// The loss of the notebook, −(Σ wᵢ log p(xᵢ) + log Dirichlet(π; α)), as a function of unconstrained parameters, with its gradient.
///
/// The gradient comes from the statistics by Fisher's identity: that of the log-likelihood is the expected one of the complete data. Memory is
/// allocated once, when the function is made. Not for use by several threads at once; each evaluation may use several itself.
public final class NegativeLogPosterior<Scalar: KernelScalar> {
    let pass: Pass<Scalar>
    let prior: DirichletPrior
    private(set) var kernelParameters: KernelParameters
    /// Of the parameters that were evaluated last.
    public private(set) var statistics: Statistics

    /// - Parameters:
    ///   - data: N finite data.
    ///   - components: K ≥ 1.
    ///   - weightConcentration: α of the Dirichlet prior, positive; 1, the default, leaves the likelihood alone.
    ///   - threads: those that an evaluation may use; by default as many as the machine has cores. The result does not depend on them.
    ///   - kernel: ``Kernel/automatic()`` by default.
    /// - Throws: ``MixtureError``
    public init(
        _ data: some Observations<Scalar>, components: Int, weightConcentration: Double = 1, threads: Int? = nil, kernel: Kernel? = nil
    ) throws(MixtureError) {
        try checkComponents(components)
        pass = try Pass(data.dataset(), components: components, threads: threadCount(threads), kernel: Kernel.chosen(kernel))
        prior = try DirichletPrior(concentration: weightConcentration)
        kernelParameters = KernelParameters(components: components)
        statistics = Statistics(components: components)
    }

    /// The loss at `parameters`, whose statistics are then in ``statistics``. O(N K).
    public func loss(_ parameters: Parameters) throws(MixtureError) -> Double {
        guard parameters.components == pass.components else {
            throw .invalidMixture(
                component: nil, reason: "there are parameters of \(parameters.components) components where \(pass.components) are expected")
        }
        kernelParameters.update(from: parameters)
        try pass.read(kernelParameters, into: &statistics)
        return -(statistics.logLikelihood + prior.logDensity(logWeights: kernelParameters.logWeights))
    }

    /// The loss and its gradient at `parameters`. O(N K).
    public func lossAndGradient(_ parameters: Parameters) throws(MixtureError) -> (loss: Double, gradient: Parameters) {
        let loss = try loss(parameters)
        var gradient = Parameters(zerosFor: pass.components)
        takeGradient(into: &gradient)
        return (loss, gradient)
    }

    /// The gradient of the loss at the parameters that were evaluated last. O(K), without allocation.
    func takeGradient(into gradient: inout Parameters) {
        for k in 0..<pass.components {
            gradient.logWeights[k] = statistics.mass(k)
            gradient.means[k] = statistics.firstMoment(k)
            gradient.logScales[k] = statistics.secondMoment(k)
        }
        let excess = prior.concentration - 1
        let total = statistics.totalWeight + excess * Double(pass.components)
        for i in gradient.means.vectors.indices {
            // ∂ℓ/∂a = m − W π and of the prior (α − 1) − K (α − 1) π;  ∂ℓ/∂μ = P f;  ∂ℓ/∂log σ = S − m.
            let mass = gradient.logWeights.vectors[i]
            let weights = kernelParameters.logWeights.vectors[i].map { .exp($0) }
            let byLogWeights = total * weights - mass - excess
            gradient.logWeights.vectors[i] = .zero.replacing(with: byLogWeights, where: gradient.means.isComponent(i))
            gradient.means.vectors[i] = -kernelParameters.precisions.vectors[i] * gradient.means.vectors[i]
            gradient.logScales.vectors[i] = mass - gradient.logScales.vectors[i]
        }
    }

    /// The largest entry of the gradient per unit of data weight, that by μ in units of σ: whatever the scale of the data, the loss is within
    /// about the square of it of a minimum whose curvature per datum is near one.
    func relativeSlope(_ gradient: Parameters) -> Double {
        var largest = SIMD8<Double>.zero
        for i in gradient.means.vectors.indices {
            let byMean = gradient.means.vectors[i] / kernelParameters.precisions.vectors[i]
            largest = pointwiseMax(largest, magnitude(gradient.logWeights.vectors[i]))
            largest = pointwiseMax(largest, magnitude(byMean))
            largest = pointwiseMax(largest, magnitude(gradient.logScales.vectors[i]))
        }
        return largest.max() / statistics.totalWeight
    }
}

private func magnitude(_ x: SIMD8<Double>) -> SIMD8<Double> { pointwiseMax(x, -x) }

func checkComponents(_ components: Int) throws(MixtureError) {
    guard (1...1_000_000).contains(components) else {
        throw .invalidOption(name: "The number of components", value: "\(components)", requirement: "from 1 to 1000000")
    }
}
