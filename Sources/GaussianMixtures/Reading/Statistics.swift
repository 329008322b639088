/// The additive summary of data under a mixture: all that any optimizer needs to know of the data.
///
/// With responsibilities rᵢₖ and whitened residuals yᵢₖ = Lₖ⁻¹ (xᵢ − μₖ), sums over data with weights wᵢ. Sums over
/// parts of the data add up to the sums over all of them, wherever the parts were summed.
///
/// Encoded, they are a `shape`, a `count`, a `totalWeight`, whether they `keepsSecondMoments`, and `sums`: ℓ, then m
/// [K], f [K][D] and S, one component behind the other, as ``secondMoment(_:)`` has them.
public struct Statistics: Sendable, Hashable, Codable {
    public let shape: MixtureShape
    /// N
    public internal(set) var count = 0
    /// W = Σ wᵢ
    public internal(set) var totalWeight = 0.0
    /// Whether there are second moments: not in a pass that assigns to means under a shared factor.
    let keepsSecondMoments: Bool
    /// Laid out as the C kernels write them: ℓ, then m [K], f [K][D], S.
    var sums: [Double]

    /// Of no data.
    public init(_ shape: MixtureShape) { self.init(shape, keepsSecondMoments: true) }

    init(_ shape: MixtureShape, keepsSecondMoments: Bool) {
        self.shape = shape
        self.keepsSecondMoments = keepsSecondMoments
        sums = Array(repeating: 0, count: Self.secondStart(shape) + (keepsSecondMoments ? Self.secondCount(shape) : 0))
    }

    private static func secondStart(_ shape: MixtureShape) -> Int { 1 + shape.components * (1 + shape.dimension) }
    private static func secondCount(_ shape: MixtureShape) -> Int { shape.factorCount * shape.factorLength }

    /// Where in ``sums`` the first and second moments of a component begin.
    func firstStart(_ k: Int) -> Int { 1 + shape.components + k * shape.dimension }
    func secondStart(_ k: Int) -> Int { Self.secondStart(shape) + shape.factorStart(k) }

    /// ℓ = Σ wᵢ log p(xᵢ)
    public var logLikelihood: Double { sums[0] }
    /// mₖ = Σ wᵢ rᵢₖ
    public func mass(_ k: Int) -> Double { sums[1 + k] }
    /// fₖ = Σ wᵢ rᵢₖ yᵢₖ, D values.
    public func firstMoment(_ k: Int) -> [Double] { Array(sums[firstStart(k)..<firstStart(k) + shape.dimension]) }
    /// Sₖ = Σ wᵢ rᵢₖ yᵢₖ yᵢₖᵀ, as much of it as the covariance needs: full, the lower triangle row after row, D (D +
    /// 1)/2 values; diagonal, the diagonal, D values; spherical, the trace; tied, the lower triangle of the sum over
    /// all components, whichever `k` is.
    public func secondMoment(_ k: Int) -> [Double] { Array(sums[secondStart(k)..<secondStart(k) + shape.factorLength]) }

    /// The statistics of both parts of the data, under one mixture.
    ///
    /// - Precondition: both are of one shape.
    public static func += (total: inout Statistics, part: Statistics) {
        precondition(
            total.shape == part.shape && total.sums.count == part.sums.count,
            "statistics of mixtures of different shapes do not add up")
        for i in total.sums.indices { total.sums[i] += part.sums[i] }
        total.count &+= part.count
        total.totalWeight += part.totalWeight
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        shape = try container.decode(MixtureShape.self, forKey: .shape)
        count = try container.decode(Int.self, forKey: .count)
        totalWeight = try container.decode(Double.self, forKey: .totalWeight)
        sums = try container.decode([Double].self, forKey: .sums)
        keepsSecondMoments = try container.decode(Bool.self, forKey: .keepsSecondMoments)
        let length = Self.secondStart(shape) + (keepsSecondMoments ? Self.secondCount(shape) : 0)
        guard sums.count == length, count >= 0, totalWeight >= 0 else {
            throw DecodingError.dataCorruptedError(
                forKey: .sums, in: container,
                debugDescription: "there are \(sums.count) sums of \(count) data of weight \(totalWeight); "
                    + "statistics of this shape have \(length), of a count and a weight that are not negative")
        }
    }
}
