import GaussianMixtures
import Testing

/// Mixtures to try laws on.
enum ModelSupport {
    /// Well-conditioned, with correlations where the type has them.
    static func mixture(
        _ type: CovarianceType, components: Int = 3, dimension: Int = 4, seed: UInt64 = 1
    ) throws -> GaussianMixture {
        let keys = RandomKey(seed: seed).split(4), masses = keys[0].uniform(components).map { $0 + 0.2 },
            total = masses.reduce(0, +)
        let spread = keys[1].normal(components * dimension),
            scales = keys[2].uniform(components * dimension).map { $0 + 0.5 }
        let mixing = keys[3].normal(components * dimension * dimension)
        func matrix(_ k: Int) -> [[Double]] {
            let rows = (0..<dimension).map { i in
                (0..<dimension).map { j in
                    i == j ? scales[k * dimension + i] : j < i ? 0.4 * mixing[(k * dimension + i) * dimension + j] : 0
                }
            }
            return rows.map { a in rows.map { b in zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } } }
        }
        let covariances: Covariances =
            switch type {
            case .full: .full((0..<components).map(matrix))
            case .tied: .tied(matrix(0))
            case .diagonal: .diagonal((0..<components).map { k in (0..<dimension).map { scales[k * dimension + $0] } })
            case .spherical: .spherical((0..<components).map { scales[$0] })
            }
        return try GaussianMixture(
            weights: masses.map { $0 / total },
            means: (0..<components).map { k in (0..<dimension).map { 2 * spread[k * dimension + $0] } },
            covariances: covariances)
    }
}

extension GaussianMixture {
    func logDensity(at x: [Double]) throws -> Double { try logDensity([x])[0] }
}

/// Whether no entry differs by more than the tolerance times the larger of one and its size.
func near(_ a: [Double], _ b: [Double], _ tolerance: Double) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($0), abs($1)) }
}

func near(_ a: [[Double]], _ b: [[Double]], _ tolerance: Double) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { near($0, $1, tolerance) }
}
