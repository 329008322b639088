import Foundation
import GaussianMixtures

/// The marginal of a mixture along one feature, in arrays that loops over the points of a curve read without
/// allocation.
struct Marginal: Equatable {
    let weights: [Double]
    let means: [Double]
    let standardDeviations: [Double]

    init(_ mixture: GaussianMixture, feature: Int = 0) {
        weights = mixture.weights
        means = mixture.means.map { $0[feature] }
        standardDeviations = mixture.standardDeviations.map { $0[feature] }
    }

    private init(weights: [Double], means: [Double], standardDeviations: [Double]) {
        (self.weights, self.means, self.standardDeviations) = (weights, means, standardDeviations)
    }

    /// The marginal with standard deviations of at least `least`.
    func widened(to least: Double) -> Marginal {
        Marginal(weights: weights, means: means, standardDeviations: standardDeviations.map { max($0, least) })
    }

    var components: Int { weights.count }

    /// πₖ N(x; μₖ, σₖ²), written so that no square of an extreme number is formed.
    func density(component k: Int, at x: Double) -> Double {
        let z = (x - means[k]) / standardDeviations[k]
        return weights[k] * (exp(-z * z / 2) / standardDeviations[k]) / (2 * Double.pi).squareRoot()
    }

    /// The sum of all components' weighted densities.
    func density(at x: Double) -> Double {
        (0..<components).reduce(0) { $0 + density(component: $1, at: x) }
    }
}
