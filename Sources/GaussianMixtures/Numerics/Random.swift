/// A key from which random numbers are made: the same key gives the same numbers, on any machine and in any order of
/// use.
///
/// Threefry-2x32 with 20 rounds (J. K. Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC 2011), with the
/// streams of `jax.random` under `jax_threefry_partitionable=False`: the numbers of a JAX program can be had again.
/// There is no hidden state. Use a key once; ``split(_:)`` it for more.
public struct RandomKey: Sendable, Hashable, Codable {
    let high, low: UInt32

    init(high: UInt32, low: UInt32) {
        self.high = high
        self.low = low
    }

    /// `jax.random.PRNGKey(seed)`.
    public init(seed: UInt64) {
        self.init(high: UInt32(truncatingIfNeeded: seed >> 32), low: UInt32(truncatingIfNeeded: seed))
    }

    /// `count` independent keys (`jax.random.split`).
    public func split(_ count: Int = 2) -> [RandomKey] {
        let words = bits(2 * count)
        return (0..<count).map { RandomKey(high: words[2 * $0], low: words[2 * $0 + 1]) }
    }

    /// The key that belongs to a number, independent of those of other numbers (`jax.random.fold_in`). O(1).
    public func folded(with number: UInt32) -> RandomKey {
        let (high, low) = threefry(0, number)
        return RandomKey(high: high, low: low)
    }

    /// `count` uniformly random words. O(count).
    public func bits(_ count: Int) -> [UInt32] {
        // The counters 0 ..< count are cut into two halves that are the two words of each block; an odd count is padded
        // with a zero.
        let half = (count + 1) / 2
        var words = [UInt32](repeating: 0, count: 2 * half)
        for i in 0..<half {
            let second = half + i < count ? UInt32(truncatingIfNeeded: half + i) : 0
            (words[i], words[half + i]) = threefry(UInt32(truncatingIfNeeded: i), second)
        }
        words.removeLast(2 * half - count)
        return words
    }

    /// `count` numbers, uniform in [0, 1), of 53-bit doubles' upper 52 bits (`jax.random.uniform` in float64).
    /// O(count).
    public func uniform(_ count: Int) -> [Double] {
        let words = bits(2 * count)
        return (0..<count).map { Self.unitInterval(UInt64(words[$0]) << 32 | UInt64(words[count + $0])) }
    }

    /// `count` numbers, uniform in [0, 1), of 23 random bits (`jax.random.uniform` in float32). O(count).
    public func uniform(_ count: Int, as: Float.Type) -> [Float] {
        bits(count).map(Self.unitInterval)
    }

    /// `count` standard normal numbers (`jax.random.normal` in float64). O(count).
    public func normal(_ count: Int) -> [Double] {
        uniform(count).map {
            Double(2).squareRoot() * inverseErrorFunction(max(Self.openMinusOne64, $0 * 2 + Self.openMinusOne64))
        }
    }

    /// `count` standard normal numbers (`jax.random.normal` in float32). O(count).
    public func normal(_ count: Int, as: Float.Type) -> [Float] {
        uniform(count, as: Float.self).map {
            Float(2).squareRoot() * inverseErrorFunction(max(Self.openMinusOne32, $0 * 2 + Self.openMinusOne32))
        }
    }

    // The first number above −1. 1 − it rounds to 2, hence the factor above.
    private static let openMinusOne64 = (-1.0).nextUp
    private static let openMinusOne32 = Float(-1).nextUp

    private static func unitInterval(_ bits: UInt64) -> Double {
        Double(bitPattern: bits >> 12 | 0x3ff0_0000_0000_0000) - 1
    }
    private static func unitInterval(_ bits: UInt32) -> Float { Float(bitPattern: bits >> 9 | 0x3f80_0000) - 1 }

    private func threefry(_ first: UInt32, _ second: UInt32) -> (UInt32, UInt32) {
        let keys = (high, low, high ^ low ^ 0x1bd1_1bda)
        var x = first &+ keys.0, y = second &+ keys.1
        func rounds(_ rotations: SIMD4<UInt32>) {
            for i in 0..<4 {
                x &+= y
                y = (y &<< rotations[i] | y &>> (32 - rotations[i])) ^ x
            }
        }
        func inject(_ a: UInt32, _ b: UInt32, _ round: UInt32) {
            x &+= a
            y &+= b &+ round
        }
        rounds([13, 15, 26, 6])
        inject(keys.1, keys.2, 1)
        rounds([17, 29, 16, 24])
        inject(keys.2, keys.0, 2)
        rounds([13, 15, 26, 6])
        inject(keys.0, keys.1, 3)
        rounds([17, 29, 16, 24])
        inject(keys.1, keys.2, 4)
        rounds([13, 15, 26, 6])
        inject(keys.2, keys.0, 5)
        return (x, y)
    }
}
