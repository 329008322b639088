import Foundation
import GaussianMixtures

/// Means, deviations and correlations of a mixture on the features that are drawn, for ellipses. They are computed
/// once, since a covariance of D features costs O(D³).
struct Projection {
    let means: [[Double]]
    let deviations: [[Double]]
    /// [K][row][column] below the diagonal; empty where nothing is correlated.
    private let correlations: [[[Double]]]

    /// - Parameter shown: how many features, the first of all.
    init(_ mixture: GaussianMixture, shown: Int) {
        means = mixture.means.map { Array($0[..<shown]) }
        let deviations = mixture.standardDeviations.map { Array($0[..<shown]) }
        self.deviations = deviations
        let shape = mixture.shape
        let owners = shape.covariance == .full ? shape.components : shape.covariance == .tied ? 1 : 0
        let matrices = (0..<owners).map { k in
            let covariance = mixture.covariance(k)
            return (0..<shown).map { i in
                (0..<i).map { j in
                    let raw = covariance[i][j] / deviations[k][i] / deviations[k][j]
                    return raw.isNaN ? 0 : min(max(raw, -1), 1)
                }
            }
        }
        correlations = owners == 1 ? Array(repeating: matrices[0], count: shape.components) : matrices
    }

    func correlation(component k: Int, _ i: Int, _ j: Int) -> Double {
        correlations.isEmpty ? 0 : correlations[k][max(i, j)][min(i, j)]
    }
}
