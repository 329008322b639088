import RealModule

/// Unconstrained parameters of a one-dimensional mixture: what gradients are taken by, and what the history keeps.
///
/// π = softmax(a), σ = exp(log σ): every real value is allowed, so an optimizer needs no constraints. Adding a constant to all log weights
/// leaves the mixture as it is. The notebook's `log_weights`, `mus`, `log_scales`. A gradient by them has the same type.
public struct Parameters: Sendable, Hashable {
    public var logWeights, means, logScales: ComponentVector

    /// One entry of each per component. `means` in the unit of the data, `logScales` the natural logarithm of the standard deviation in it.
    ///
    /// - Throws: ``MixtureError/invalidMixture(component:reason:)`` if the lengths differ or are zero, or an entry is NaN or infinite.
    public init(logWeights: [Double], means: [Double], logScales: [Double]) throws(MixtureError) {
        guard !logWeights.isEmpty, logWeights.count == means.count, means.count == logScales.count else {
            throw .invalidMixture(
                component: nil,
                reason: "there are \(logWeights.count) log weights, \(means.count) means and \(logScales.count) log scales; "
                    + "give one of each for every component, and at least one component")
        }
        for k in logWeights.indices where !(logWeights[k].isFinite && means[k].isFinite && logScales[k].isFinite) {
            throw .invalidMixture(
                component: k, reason: "its parameters (\(logWeights[k]), \(means[k]), \(logScales[k])) are not all finite")
        }
        self.init(logWeights: ComponentVector(logWeights), means: ComponentVector(means), logScales: ComponentVector(logScales))
    }

    init(logWeights: ComponentVector, means: ComponentVector, logScales: ComponentVector) {
        self.logWeights = logWeights
        self.means = means
        self.logScales = logScales
    }

    init(zerosFor components: Int) {
        let zeros = ComponentVector(count: components)
        self.init(logWeights: zeros, means: zeros, logScales: zeros)
    }

    /// The parameters of a mixture: a = log π.
    public init(_ mixture: GaussianMixture) {
        self.init(
            logWeights: ComponentVector(mixture.weights.map { .log($0) }), means: ComponentVector(mixture.means),
            logScales: ComponentVector(mixture.standardDeviations.map { .log($0) }))
    }

    /// All 3 K entries drawn from N(0, 1), as the notebook starts: float32 draws from the first three of four keys split from `key`.
    public static func standardNormal(components: Int, key: RandomKey) -> Parameters {
        let rows = key.split(4).prefix(3).map { ComponentVector($0.normal(components, as: Float.self).map(Double.init)) }
        return Parameters(logWeights: rows[0], means: rows[1], logScales: rows[2])
    }

    /// Takes over the values of parameters of as many components. Assignment would share their storage, and the next change would copy it.
    mutating func copyValues(of other: Parameters) {
        for i in means.vectors.indices {
            logWeights.vectors[i] = other.logWeights.vectors[i]
            means.vectors[i] = other.means.vectors[i]
            logScales.vectors[i] = other.logScales.vectors[i]
        }
    }

    /// K
    public var components: Int { means.count }

    /// The mixture that these parameters stand for.
    ///
    /// - Throws: ``MixtureError/invalidMixture(component:reason:)`` if a standard deviation overflows or underflows.
    public func mixture() throws(MixtureError) -> GaussianMixture {
        try GaussianMixture(weights: softmax(Array(logWeights)), means: Array(means), standardDeviations: logScales.map { .exp($0) })
    }
}

/// What the kernels need of a mixture, K values each: log πₖ, cₖ = log πₖ + log Pₖ − ½ log 2π, μₖ, Pₖ = 1/σₖ.
struct KernelParameters {
    var logWeights, logNorms, means, precisions: ComponentVector

    init(components: Int) {
        logWeights = ComponentVector(count: components)
        logNorms = logWeights
        means = logWeights
        precisions = logWeights
    }

    init(_ parameters: Parameters) {
        self.init(components: parameters.components)
        update(from: parameters)
    }

    init(_ mixture: GaussianMixture) {
        self.init(components: mixture.components)
        means = ComponentVector(mixture.means)
        for k in 0..<mixture.components {
            logWeights[k] = .log(mixture.weights[k])
            logNorms[k] = logWeights[k] - .log(mixture.standardDeviations[k]) - halfLogTwoPi
            precisions[k] = 1 / mixture.standardDeviations[k]
        }
    }

    /// Without allocation.
    mutating func update(from parameters: Parameters) {
        logSoftmax(parameters.logWeights, into: &logWeights)
        for i in logNorms.vectors.indices {
            let logScales = parameters.logScales.vectors[i]
            logNorms.vectors[i] = logWeights.vectors[i] - logScales - halfLogTwoPi
            means.vectors[i] = parameters.means.vectors[i]
            precisions.vectors[i] = (-logScales).map { .exp($0) }
        }
    }
}

let halfLogTwoPi = 0.5 * Double.log(2 * .pi)
