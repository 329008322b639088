/// The additive summary of data under a mixture: all that any optimizer needs to know of the data.
///
/// With responsibilities rᵢₖ and whitened residuals yᵢₖ = (xᵢ − μₖ)/σₖ, sums over data with weights wᵢ. Sums over parts of the data add up to
/// the sums over all of them, wherever the parts were summed.
public struct Statistics: Sendable, Hashable {
    /// Laid out as the C kernels write them: ℓ, then m [K], f [K], S [K].
    var sums: [Double]
    public let components: Int
    /// W = Σ wᵢ
    public internal(set) var totalWeight: Double

    init(components: Int, totalWeight: Double = 0) {
        sums = Array(repeating: 0, count: 1 + 3 * components)
        self.components = components
        self.totalWeight = totalWeight
    }

    /// ℓ = Σ wᵢ log p(xᵢ)
    public var logLikelihood: Double { sums[0] }
    /// mₖ = Σ wᵢ rᵢₖ
    public func mass(_ k: Int) -> Double { sums[1 + k] }
    /// fₖ = Σ wᵢ rᵢₖ yᵢₖ
    public func firstMoment(_ k: Int) -> Double { sums[1 + components + k] }
    /// Sₖ = Σ wᵢ rᵢₖ yᵢₖ²
    public func secondMoment(_ k: Int) -> Double { sums[1 + 2 * components + k] }

    /// The statistics of both parts of the data, under one mixture of as many components.
    public static func += (total: inout Statistics, part: Statistics) {
        precondition(total.components == part.components, "statistics of \(total.components) and \(part.components) components do not add up")
        for i in total.sums.indices { total.sums[i] += part.sums[i] }
        total.totalWeight += part.totalWeight
    }
}
