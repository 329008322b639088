import RealModule

/// Unconstrained parameters of a mixture: what gradients are taken by, and what the history keeps.
///
/// π = softmax(a) and Σ = L Lᵀ with the logarithms of L's diagonal: every real value is allowed, so an optimizer needs
/// no constraints. Adding a constant to all log weights leaves the mixture as it is. A gradient by them has the same
/// type.
public struct Parameters: Sendable, Hashable, Codable {
    enum CodingKeys: String, CodingKey { case shape, logWeights, means, factors }

    public let shape: MixtureShape
    /// a [K]; the notebook's `log_weights`.
    public var logWeights: ComponentVector
    /// μ [K][D], one component behind the other, in the unit of the data; the notebook's `mus`.
    public var means: ComponentVector
    /// L as the covariance type has it, its diagonal as natural logarithms: full [K] and tied [1] packed lower
    /// triangles, row after row; diagonal [K][D] and spherical [K] log standard deviations. In one dimension [K], the
    /// notebook's `log_scales`, or one if tied.
    public var factors: ComponentVector

    /// Parameters in one dimension, one entry of each per component. `means` in the unit of the data, `logScales` the
    /// natural logarithm of the standard deviation in it.
    ///
    /// - Throws: ``MixtureError/invalidMixture(component:reason:)`` if the lengths differ or are zero, or an entry is
    ///   NaN or infinite.
    public init(logWeights: [Double], means: [Double], logScales: [Double]) throws(MixtureError) {
        guard !logWeights.isEmpty, logWeights.count == means.count, means.count == logScales.count else {
            throw .invalidMixture(
                component: nil,
                reason:
                    "there are \(logWeights.count) log weights, \(means.count) means and \(logScales.count) log scales; "
                    + "give one of each for every component, and at least one component")
        }
        for k in logWeights.indices where !(logWeights[k].isFinite && means[k].isFinite && logScales[k].isFinite) {
            throw .invalidMixture(
                component: k,
                reason: "its parameters (\(logWeights[k]), \(means[k]), \(logScales[k])) are not all finite")
        }
        self.init(
            try MixtureShape(components: logWeights.count), logWeights: ComponentVector(logWeights),
            means: ComponentVector(means),
            factors: ComponentVector(logScales))
    }

    init(_ shape: MixtureShape, logWeights: ComponentVector, means: ComponentVector, factors: ComponentVector) {
        self.shape = shape
        self.logWeights = logWeights
        self.means = means
        self.factors = factors
    }

    init(zerosFor shape: MixtureShape) {
        self.init(
            shape, logWeights: ComponentVector(count: shape.components),
            means: ComponentVector(count: shape.components * shape.dimension),
            factors: ComponentVector(count: shape.factorCount * shape.factorLength))
    }

    /// The parameters of a mixture: a = log π.
    public init(_ mixture: GaussianMixture) {
        let shape = mixture.shape
        self.init(
            shape, logWeights: ComponentVector(mixture.weights.map { .log($0) }),
            means: ComponentVector(mixture.means.joined().map { $0 }),
            factors: ComponentVector(mixture.factors))
        mapFactorDiagonal { .log($0) }
    }

    /// All entries drawn from N(0, 1), as the notebook starts: float32 draws for weights, means and factors from the
    /// first three of four keys split from `key`.
    public static func standardNormal(_ shape: MixtureShape, key: RandomKey) -> Parameters {
        var parameters = Parameters(zerosFor: shape)
        let keys = key.split(4)
        for (part, key) in zip(parts, keys) {
            let count = parameters[keyPath: part].count
            parameters[keyPath: part] = ComponentVector(key.normal(count, as: Float.self).map(Double.init))
        }
        return parameters
    }

    /// The mixture that these parameters stand for.
    ///
    /// - Throws: ``MixtureError/invalidMixture(component:reason:)`` if a standard deviation overflows or underflows.
    public func mixture() throws(MixtureError) -> GaussianMixture {
        var unlogged = self
        unlogged.mapFactorDiagonal { .exp($0) }
        let dimension = shape.dimension
        return try GaussianMixture(
            shape, weights: softmax(Array(logWeights)),
            means: (0..<shape.components).map { Array(means[$0 * dimension..<($0 + 1) * dimension]) },
            factors: Array(unlogged.factors))
    }

    // MARK: As a vector

    static var parts: [WritableKeyPath<Parameters, ComponentVector>] { [\.logWeights, \.means, \.factors] }

    /// Takes over the values of parameters of the same shape, without allocation.
    mutating func copyValues(of other: borrowing Parameters) {
        logWeights.copyValues(of: other.logWeights)
        means.copyValues(of: other.means)
        factors.copyValues(of: other.factors)
    }

    /// Gives `body` the means and the factors, for threads that write those of different components.
    mutating func withPointers(_ body: (UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>) -> Void) {
        means.withPointer { means in factors.withPointer { body(means, $0) } }
    }

    private mutating func mapFactorDiagonal(_ function: (Double) -> Double) {
        let layout = shape.factor
        for factor in 0..<shape.factorCount {
            for d in 0..<layout.diagonalLength {
                let index = factor * layout.length + layout.diagonalIndex(d)
                factors[index] = function(factors[index])
            }
        }
    }
}
