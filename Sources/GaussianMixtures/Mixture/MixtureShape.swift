/// K components in D dimensions under a covariance type: what decides how parameters and statistics are laid out.
public struct MixtureShape: Sendable, Hashable, Codable {
    enum CodingKeys: String, CodingKey { case components, dimension, covariance }

    /// K
    public let components: Int
    /// D
    public let dimension: Int
    public let covariance: CovarianceType

    /// - Throws: ``MixtureError/invalidOption(name:value:requirement:)`` for K outside 1 … 10⁶, D below 1, or more than
    ///   2³¹ parameters.
    public init(components: Int, dimension: Int = 1, covariance: CovarianceType = .full) throws(MixtureError) {
        guard (1...1_000_000).contains(components) else {
            throw .invalidOption(
                name: "The number of components", value: "\(components)", requirement: "a number from 1 to 1000000")
        }
        guard dimension >= 1 else {
            throw .invalidOption(name: "The dimension", value: "\(dimension)", requirement: "at least 1")
        }
        let k = Double(components), d = Double(dimension)
        let ofFactors: Double =
            switch covariance {
            case .full: k * d * (d + 1) / 2
            case .tied: d * (d + 1) / 2
            case .diagonal: k * d
            case .spherical: k
            }
        // Training keeps some thirty vectors of them.
        guard k * (d + 1) + ofFactors <= 0x1p31 else {
            let bytes = 8 * (k * (d + 1) + ofFactors), gibibytes = (bytes / 0x1p30).rounded()
            throw .invalidOption(
                name: "The number of parameters",
                value:
                    "\(k * (d + 1) + ofFactors), which take \(gibibytes) GiB of memory, some thirty times over while training",
                requirement: "at most 2147483648; try fewer components, or diagonal or spherical covariances")
        }
        self.init(valid: components, dimension, covariance)
    }

    init(valid components: Int, _ dimension: Int, _ covariance: CovarianceType) {
        self.components = components
        self.dimension = dimension
        self.covariance = covariance
    }

    /// The number of free parameters: K − 1 weights, K D means, and the covariances.
    public var freeParameters: Int { components - 1 + components * dimension + factorCount * factorLength }

    // MARK: Layout of the Cholesky factors

    /// How a factor is stored.
    var factor: FactorLayout {
        let kind: FactorLayout.Kind =
            switch covariance {
            case .tied: .triangle
            case .full: dimension > 1 ? .triangle : .scalar
            case .diagonal: dimension > 1 ? .diagonal : .scalar
            case .spherical: .scalar
            }
        return FactorLayout(kind: kind, dimension: dimension)
    }

    /// Whether all components have one factor.
    var isShared: Bool { covariance == .tied }

    /// How many factors there are, and numbers in one.
    var factorCount: Int { isShared ? 1 : components }
    var factorLength: Int { factor.length }

    /// The factor of component `k`, and where it begins.
    func factorIndex(_ k: Int) -> Int { isShared ? 0 : k }
    func factorStart(_ k: Int) -> Int { factorIndex(k) * factorLength }

    /// The length of the parameters as a vector.
    var parameterCount: Int { components * (1 + dimension) + factorCount * factorLength }

    /// How many pairs of such vectors a method may remember: those that take a quarter of a gibibyte, but three.
    func pairsOfVectors(atMost most: Int) -> Int { min(most, max(3, (1 << 28) / (16 * parameterCount))) }

    /// About how many bytes of memory one run of training takes beside `count` data: vectors of parameters, most of
    /// them the steps that a method remembers, and sums on their way up the tree of chunks. Exact to some tens of per
    /// cent.
    public func trainingBytes(count: Int) -> Double {
        let vectors = 2 * pairsOfVectors(atMost: 10) + 30, sums = min(48, count / 512 + 1)
        return 8 * Double(parameterCount) * Double(vectors + sums)
    }

    func with(components: Int) -> MixtureShape { MixtureShape(valid: components, dimension, covariance) }
}
