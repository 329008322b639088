import Foundation
import GaussianMixtures

/// Data of overlapping components, whose likelihood has many maxima.
struct SearchProblem {
    let components, dimension, count: Int
    /// The deviation of the means in each feature, where the components have deviations about one.
    let spread: Double
    var covariance = CovarianceType.full
    let seed: UInt64

    var name: String { "K\(components)-D\(dimension)-N\(count)-\(covariance)-s\(spread)-\(seed)" }

    /// From easy to hard: groups apart, then few and many that overlap, in two to sixteen dimensions.
    static let all: [SearchProblem] = [
        .init(components: 2, dimension: 2, count: 4000, spread: 5, seed: 1),
        .init(components: 3, dimension: 4, count: 8000, spread: 4, seed: 2),
        .init(components: 5, dimension: 2, count: 8000, spread: 3, seed: 3),
        .init(components: 5, dimension: 8, count: 8000, spread: 1.5, seed: 4),
        .init(components: 8, dimension: 2, count: 8000, spread: 2, seed: 5),
        .init(components: 8, dimension: 2, count: 8000, spread: 3, seed: 6),
        .init(components: 8, dimension: 4, count: 8000, spread: 1.5, seed: 7),
        .init(components: 8, dimension: 8, count: 10_000, spread: 1, seed: 8),
        .init(components: 10, dimension: 3, count: 10_000, spread: 2, seed: 9),
        .init(components: 12, dimension: 2, count: 12_000, spread: 2.5, seed: 10),
        .init(components: 12, dimension: 6, count: 12_000, spread: 1.2, seed: 11),
        .init(components: 16, dimension: 2, count: 16_000, spread: 4, seed: 12),
        .init(components: 16, dimension: 4, count: 16_000, spread: 1.5, seed: 13),
        .init(components: 16, dimension: 8, count: 16_000, spread: 1, seed: 14),
        .init(components: 16, dimension: 16, count: 16_000, spread: 0.8, seed: 15),
        .init(components: 20, dimension: 5, count: 20_000, spread: 1.5, seed: 16),
        .init(components: 24, dimension: 3, count: 20_000, spread: 2, seed: 17),
        .init(components: 32, dimension: 8, count: 30_000, spread: 1, seed: 18),
        .init(components: 8, dimension: 4, count: 8000, spread: 1.5, covariance: .diagonal, seed: 19),
        .init(components: 16, dimension: 2, count: 12_000, spread: 2, covariance: .diagonal, seed: 20),
        .init(components: 12, dimension: 3, count: 10_000, spread: 2, covariance: .spherical, seed: 21),
        .init(components: 10, dimension: 4, count: 10_000, spread: 1.5, covariance: .tied, seed: 22),
        .init(components: 8, dimension: 1, count: 10_000, spread: 4, seed: 23),
    ]

    func rows() throws -> Dataset<Double> {
        let keys = RandomKey(seed: seed).split(4), D = dimension, K = components
        let normals = keys[0].normal(K * D), shapes = keys[1].normal(K * D * D), shares = keys[2].uniform(K)
        let raw = shares.map { 0.5 + $0 }, total = raw.reduce(0, +)
        let matrices: [[[Double]]] = (0..<K).map { k in
            var l = [[Double]](repeating: [Double](repeating: 0, count: D), count: D)
            for a in 0..<D {
                for e in 0...a {
                    let draw = shapes[(k * D + a) * D + e]
                    l[a][e] = a == e ? exp(0.3 * draw) : covariance == .full ? 0.4 * draw : 0
                }
            }
            return (0..<D).map { a in (0..<D).map { e in zip(l[a], l[e]).reduce(0) { $0 + $1.0 * $1.1 } } }
        }
        let mixture = try GaussianMixture(
            weights: raw.map { $0 / total },
            means: (0..<K).map { k in (0..<D).map { spread * normals[k * D + $0] } }, covariances: .full(matrices))
        return try mixture.samples(count, key: keys[3]).dataset()
    }
}
