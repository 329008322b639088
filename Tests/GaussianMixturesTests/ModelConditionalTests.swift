import Foundation
import GaussianMixtures
import Testing

/// Marginals, conditionals and moments.
struct ModelConditionalTests {
    static let types = CovarianceType.allCases
    static let pair = try! GaussianMixture(
        weights: [0.4, 0.6], means: [[1, 2, 3], [-1, 0, 2]],
        covariances: .full([
            [[2, 0.5, 0.3], [0.5, 1, -0.2], [0.3, -0.2, 1.5]], [[1, -0.3, 0.2], [-0.3, 2, 0.4], [0.2, 0.4, 0.8]],
        ]))

    // MARK: Marginals

    @Test(arguments: types)
    func marginalsTakeRowsAndColumns(type: CovarianceType) throws {
        let mixture = try ModelSupport.mixture(type)
        for features in [[0], [3], [2, 0], [3, 1, 2], [0, 1, 2, 3], [3, 2, 1, 0]] {
            let marginal = try mixture.marginal(features)
            #expect(marginal.shape.covariance == type && marginal.weights == mixture.weights)
            for k in 0..<3 {
                #expect(marginal.means[k] == features.map { mixture.means[k][$0] })
                let covariance = mixture.covariance(k)
                #expect(near(marginal.covariance(k), features.map { i in features.map { covariance[i][$0] } }, 1e-14))
            }
        }
        #expect(try mixture.marginal([0, 1, 2, 3]) == mixture)
        #expect(
            try mixture.marginal([3, 1, 0]).marginal([2, 1]).isEquivalent(
                to: mixture.marginal([0, 1]), tolerance: 1e-13))
    }

    /// What the marginal says of a feature is what samples say.
    @Test func marginalOfASample() throws {
        let marginal = try Self.pair.marginal([2]),
            draws = Self.pair.samples(10_000, key: RandomKey(seed: 3)).map { $0[2] }
        for x in [0.5, 2, 2.5, 4] {
            let expected = try marginal.cumulativeDistribution(x), observed = Double(draws.count { $0 <= x }) / 10_000
            #expect(abs(observed - expected) < 5 * (expected * (1 - expected) / 10_000).squareRoot())
        }
    }

    @Test func marginalsKeepUnitsAndNearSingularFactors() throws {
        // Correlation 1 − 5e-13, in units sixty decades apart: the conditional deviation is 1e-6 of the marginal.
        let c = 1e-6, s = (1 - c * c).squareRoot(), a = 1e-30, b = 1e30
        let narrow = try GaussianMixture(
            weights: [1], means: [[0, 0]], covariances: .full([[[a * a, s], [s, b * b]]]))
        let swapped = try narrow.marginal([1, 0])
        #expect(
            abs(swapped.standardDeviations[0][0] / b - 1) < 1e-15
                && abs(swapped.standardDeviations[0][1] / a - 1) < 1e-15)
        #expect(abs(try narrow.conditional(on: [0: a]).mean[0] / b - 1) < 1e-10)
        #expect(abs(try narrow.conditional(on: [0: a]).standardDeviations[0][0] / (c * b) - 1) < 1e-3)
    }

    // MARK: Conditionals

    @Test(arguments: types)
    func conditionalTimesMarginalIsJoint(type: CovarianceType) throws {
        let mixture = try ModelSupport.mixture(type)
        for (x, features) in zip(mixture.samples(4, key: RandomKey(seed: 5)), [[0], [3, 1], [2, 0, 3], [1, 2]]) {
            let rest = (0..<4).filter { !features.contains($0) }, values = features.map { x[$0] }
            let conditional = try mixture.conditional(on: features, values: values)
            #expect(conditional.shape.covariance == type && conditional.dimension == rest.count)
            let parts =
                try conditional.logDensity(at: rest.map { x[$0] }) + mixture.marginal(features).logDensity(at: values)
            #expect(near([parts], [try mixture.logDensity(at: x)], 1e-13))
            let same = try mixture.conditional(on: Dictionary(uniqueKeysWithValues: zip(features, values)))
            #expect(same.isEquivalent(to: conditional, tolerance: 1e-12))
        }
        #expect(try mixture.conditional(on: [:]) == mixture)
    }

    /// softmax(log w + multivariate_normal(μ[g], Σ[g,g]).logpdf(x)), μ[r] + Σ[r,g] solve(Σ[g,g], x − μ[g]) and the
    /// Schur complement, with NumPy and scipy.stats 1.17.1, g = [2, 0], r = [1], x = [0.5, 2].
    @Test func conditionalAgreesWithSciPy() throws {
        let conditional = try Self.pair.conditional(on: [2, 0], values: [0.5, 2])
        #expect(near(conditional.weights, [0.97494544, 0.02505456], 1e-8))
        #expect(near(conditional.means, [[2.75085911], [-2.17105263]], 1e-8))
        #expect(
            near(
                [conditional.covariance(0), conditional.covariance(1)].map { $0[0] }, [[0.82302405], [1.63157895]], 1e-8
            ))
        #expect(near(conditional.mean, [2.62754275], 1e-8))
    }

    @Test func farValuesDoNotUnderflow() throws {
        let mixture = try GaussianMixture(
            weights: [0.5, 0.5], means: [[-1, 5], [1, 7]], covariances: .spherical([1, 1]))
        for x in [500.0, 1e5, 1e9] {
            #expect(try mixture.conditional(on: [0: x]).weights == [0, 1])
            #expect(try mixture.conditional(on: [0: -x]).mean == [5])
        }
        // Both densities at 0 are about exp(−5e9).
        let far = try GaussianMixture(
            weights: [0.25, 0.75], means: [[-1e5, 5], [1e5, 7]], covariances: .tied([[1, 0], [0, 1]]))
        #expect(near(try far.conditional(on: [0: 0]).weights, [0.25, 0.75], 1e-6))
        for k in [0, 1] {
            var weights = [0.0, 0.0]
            weights[k] = 1
            let one = try GaussianMixture(
                weights: weights, means: [[-1, 5], [1, 7]], covariances: .spherical([1, 1]))
            #expect(try one.conditional(on: [0: 3]).weights == weights)
        }
    }

    @Test func aComponentOutOfReachGetsNoWeight() throws {
        let mixture = try GaussianMixture(
            weights: [0.5, 0.5], means: [[0, 0], [1e200, 0]],
            covariances: .full([
                [[1e-280, 0], [0, 1]], [[1e300, 1e149], [1e149, 1]],
            ]))
        let conditional = try mixture.conditional(on: [0: 1e200])
        #expect(conditional.weights == [0, 1] && conditional.means.allSatisfy { $0[0].isFinite })
    }

    // MARK: Moments

    @Test(arguments: types)
    func momentsAreThoseOfSamples(type: CovarianceType) throws {
        let mixture = try ModelSupport.mixture(type, dimension: 2),
            draws = mixture.samples(10_000, key: RandomKey(seed: 8))
        let mean = mixture.mean, covariance = mixture.covariance
        for i in 0..<2 {
            #expect(
                abs(draws.reduce(0) { $0 + $1[i] } / 10_000 - mean[i]) < 5 * (covariance[i][i] / 10_000).squareRoot())
            for j in 0..<2 {
                let products = draws.map { ($0[i] - mean[i]) * ($0[j] - mean[j]) },
                    average = products.reduce(0, +) / 10_000
                let deviation = (products.reduce(0) { $0 + ($1 - average) * ($1 - average) } / 10_000).squareRoot()
                #expect(abs(average - covariance[i][j]) < 5 * deviation / 100)
                #expect(covariance[i][j] == covariance[j][i])
            }
        }
    }

    /// Law of total expectation, and of total covariance, over the values of a feature.
    @Test func regressionAveragesToTheMean() throws {
        let given = try Self.pair.marginal([0]), step = 0.02
        var mean = [0.0, 0.0], variance = 0.0
        for x in stride(from: -9.0, through: 10, by: step) {
            let mass = exp(try given.logDensity([x])[0]) * step, conditional = try Self.pair.conditional(on: [0: x])
            for i in 0..<2 { mean[i] += mass * conditional.mean[i] }
            variance += mass * (conditional.covariance[0][0] + conditional.mean[0] * conditional.mean[0])
        }
        #expect(near(mean, Array(Self.pair.mean[1...]), 1e-9))
        #expect(near([variance - mean[0] * mean[0]], [Self.pair.covariance[1][1]], 1e-9))
    }

    // MARK: Errors

    @Test func featuresAreChecked() {
        let pair = Self.pair
        func error(_ name: String, _ value: String, _ requirement: String) -> MixtureError {
            .invalidOption(name: name, value: value, requirement: requirement)
        }
        #expect(throws: error("The number of features", "0", "at least 1")) { try pair.marginal([]) }
        #expect(throws: error("The feature", "3", "from 0 to 2")) { try pair.marginal([0, 3]) }
        #expect(throws: error("The feature", "-1", "from 0 to 2")) { try pair.conditional(on: [-1: 0]) }
        #expect(throws: error("The list of features", "[1, 1]", "without repetition")) { try pair.marginal([1, 1]) }
        #expect(throws: error("The list of features", "[1, 1]", "without repetition")) {
            try pair.conditional(on: [1, 1], values: [0, 0])
        }
        #expect(throws: error("The number of values", "1", "that of the features given, 2")) {
            try pair.conditional(on: [0, 1], values: [0])
        }
        #expect(throws: error("The value given", "nan", "finite")) { try pair.conditional(on: [0: .nan]) }
        #expect(throws: error("The value given", "inf", "finite")) { try pair.conditional(on: [0: .infinity]) }
        #expect(throws: error("The number of features given", "3", "below 3, so that one is left")) {
            try pair.conditional(on: [0: 0, 1: 0, 2: 0])
        }
        for type in Self.types {
            #expect(throws: MixtureError.outOfReach(row: 0)) {
                try ModelSupport.mixture(type).conditional(on: [2: 1e200])
            }
        }
    }
}
