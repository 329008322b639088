import Foundation
import GaussianMixtures

/// Data and mixtures of several dimensions that tests share.
enum Problems {
    /// K overlapping components in D dimensions, with correlations, and n draws of it.
    static func mixture(
        _ components: Int, _ dimension: Int, separation: Double = 3, seed: UInt64 = 1
    ) -> GaussianMixture {
        let keys = RandomKey(seed: seed).split(3)
        let means = keys[0].normal(components * dimension), noise = keys[1].normal(components * dimension * dimension)
        let shares = keys[2].uniform(components).map { 0.5 + $0 }, total = shares.reduce(0, +)
        let covariances = (0..<components).map { k in
            (0..<dimension).map { i in
                (0..<dimension).map { j in
                    (0..<dimension).reduce(i == j ? 0.5 : 0) {
                        $0 + 0.3 * noise[(k * dimension + i) * dimension + $1]
                            * noise[(k * dimension + j) * dimension + $1]
                    }
                }
            }
        }
        return try! GaussianMixture(
            weights: shares.map { $0 / total },
            means: (0..<components).map { k in (0..<dimension).map { separation * means[k * dimension + $0] } },
            covariances: .full(covariances))
    }

    static let draws = mixture(3, 2).samples(400, key: RandomKey(seed: 5))

    /// A start of any covariance type that is no optimum.
    static func start(_ covariance: CovarianceType, components: Int = 3, dimension: Int = 2) -> GaussianMixture {
        let keys = RandomKey(seed: 9).split(2)
        let means = keys[0].normal(components * dimension)
        let matrix = (0..<dimension).map { i in (0..<dimension).map { i == $0 ? 2.0 + Double(i) : 0.4 } }
        let covariances: Covariances =
            switch covariance {
            case .full:
                .full(
                    (0..<components).map { k in
                        matrix.map { row in row.map { (x: Double) -> Double in x * Double(k + 1) } }
                    })
            case .tied: .tied(matrix)
            case .diagonal: .diagonal((0..<components).map { k in (0..<dimension).map { Double(k + $0 + 1) } })
            case .spherical: .spherical((0..<components).map { Double($0 + 1) })
            }
        return try! GaussianMixture(
            weights: (0..<components).map { 2 * Double($0 + 1) / Double(components * (components + 1)) },
            means: (0..<components).map { k in (0..<dimension).map { 2 * means[k * dimension + $0] } },
            covariances: covariances)
    }

    /// The columns of a data set in Tests/Fixtures.
    static func table(_ name: String, columns: [Int]) -> [[Double]] {
        let url = Notebook.folder.deletingLastPathComponent().appending(path: "datasets/\(name).csv")
        return try! String(contentsOf: url, encoding: .utf8).split(separator: "\n").dropFirst().map { line in
            let fields = line.split(separator: ",")
            return columns.map { Double(fields[$0])! }
        }
    }
}
