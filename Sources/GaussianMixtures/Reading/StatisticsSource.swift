/// Data as training knows them: how many there are, how far they reach, and their ``Statistics`` under one mixture
/// after another.
///
/// What trains, starts or chooses reaches data through this alone, so that data in memory, in a file, in parts or on
/// several machines differ in nothing but their source.
public protocol StatisticsSource<Scalar>: Sendable {
    /// The precision that the data are kept and read in.
    associatedtype Scalar: KernelScalar
    /// N
    var count: Int { get }
    /// D
    var dimension: Int { get }
    /// W = Σ wᵢ, N without weights.
    var totalWeight: Double { get }

    /// The smallest and the largest value of each feature, D pairs. O(N D).
    ///
    /// - Throws: ``MixtureError/notFinite(row:)``
    func bounds() throws(MixtureError) -> [(smallest: Double, largest: Double)]

    /// What reads all data under mixtures of one shape, in workspace that is allocated once.
    ///
    /// - Throws: ``MixtureError/dimensionMismatch(data:mixture:)``, ``MixtureError/outOfMemory(bytes:)``
    func reader(
        _ shape: MixtureShape, assignment: Assignment, threads: Int, kernel: Kernel
    ) throws(MixtureError) -> any StatisticsReader

    /// What reads `size` of the data at a time, which ones being said before each reading.
    ///
    /// - Throws: ``MixtureError/invalidOption(name:value:requirement:)`` for a size outside 1 … N, and as
    ///   ``reader(_:assignment:threads:kernel:)``.
    func batchReader(
        _ shape: MixtureShape, size: Int, threads: Int, kernel: Kernel
    ) throws(MixtureError) -> any BatchReader

    /// `count` rows in the order of the data, drawn without replacement: the first of a ``KeyedPermutation``, so that a
    /// larger sample contains a smaller one of the same key. All of them where there are no more.
    func sample(_ count: Int, key: RandomKey) throws(MixtureError) -> Dataset<Scalar>
}

/// How a datum is shared among the components.
public enum Assignment: Sendable, Hashable {
    /// By responsibilities.
    case soft
    /// All of it to the most probable component.
    case hard
    /// All of it to the nearest mean, all factors being one and the same diagonal. The shape is diagonal, and there are
    /// no second moments.
    case nearest
}

/// Reads data under one mixture after another. Not for use by several threads at once; each reading may use several
/// itself.
public protocol StatisticsReader: AnyObject {
    /// The unit roundoff of what is computed of each datum; sums over the data are float64.
    var unitRoundoff: Double { get }
    /// The kernel that read the data last, as its own code reported it.
    var kernelThatRan: Kernel? { get }

    /// Statistics of no data, laid out as this reader writes them: one that assigns to means under a shared factor has
    /// no second moments.
    func emptyStatistics() -> Statistics

    /// Replaces statistics that are laid out as ``emptyStatistics()`` by those of the data under `parameters`.
    ///
    /// - Throws: ``MixtureError``
    /// - Complexity: O(N K D), O(N K D²) for full covariances; for tied ones O(N (K D + D² + K²)), or O(N K D²) where
    ///   that is less; without allocation.
    func read(_ parameters: borrowing KernelParameters, into statistics: inout Statistics) throws(MixtureError)
}

/// Reads a part of the data.
public protocol BatchReader: StatisticsReader {
    /// From now on reads the rows from place `start` of a permutation on. Returns their weight. Without allocation.
    ///
    /// - Precondition: the permutation is of as many as there are data, and a whole batch is left from `start` on.
    func load(_ order: KeyedPermutation, from start: Int) -> Double
}

/// 0 ..< `count` in an order that a key decides, in which the number at any place is found in O(1), without memory.
///
/// A Feistel cipher of six rounds on the least power of four that is no less than `count`, applied until the result is
/// below `count` (J. Black and P. Rogaway, Ciphers with arbitrary finite domains, CT-RSA 2002).
public struct KeyedPermutation: Sendable {
    public let count: Int
    private static let rounds = 6
    private let halfWidth: UInt64
    private let roundKeys: SIMD8<UInt64>

    /// - Precondition: `count` is at least 1.
    public init(count: Int, key: RandomKey) {
        precondition(count >= 1, "there is no permutation of nothing")
        self.count = count
        // At least 2⁸ numbers: the rounds mix fewer badly.
        halfWidth = UInt64(max(4, (Int.bitWidth - (count - 1).leadingZeroBitCount + 1) / 2))
        var keys = SIMD8<UInt64>.zero
        for i in 0..<Self.rounds {
            let roundKey = key.folded(with: UInt32(i))
            keys[i] = UInt64(roundKey.high) << 32 | UInt64(roundKey.low)
        }
        roundKeys = keys
    }

    /// - Precondition: `place` is in `0..<count`.
    public subscript(place: Int) -> Int {
        let mask = (1 as UInt64) << halfWidth - 1
        var number = UInt64(place)
        repeat {
            var left = number >> halfWidth, right = number & mask
            for round in 0..<Self.rounds {
                (left, right) = (right, left ^ Self.mixed(right &+ roundKeys[round]) & mask)
            }
            number = left << halfWidth | right
        } while number >= UInt64(count)
        return Int(number)
    }

    /// The output function of SplitMix64 (G. L. Steele, D. Lea and C. H. Flood, Fast splittable pseudorandom number
    /// generators, OOPSLA 2014).
    private static func mixed(_ x: UInt64) -> UInt64 {
        var z = x
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
