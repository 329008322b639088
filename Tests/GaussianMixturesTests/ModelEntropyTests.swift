import Foundation
import GaussianMixtures
import Testing

struct ModelEntropyTests {
    @Test(arguments: CovarianceType.allCases)
    func ofOneGaussian(type: CovarianceType) throws {
        let one = try ModelSupport.mixture(type, components: 1, dimension: 3), keys = RandomKey(seed: 6)
        let covariance = one.covariance, a = covariance
        let determinant =
            a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1]) - a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0])
            + a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0])
        let expected = 1.5 * log(2 * Double.pi * M_E) + 0.5 * log(determinant),
            estimate = try one.entropy(samples: 5_000, key: keys)
        #expect(abs(estimate.value - expected) < 5 * estimate.standardError)
        // −log p is half a χ² of three degrees, whose variance is 6.
        #expect(abs(estimate.standardError / (1.5 / 5_000).squareRoot() - 1) < 0.1)
    }

    /// Far apart, the entropy of the choice of component adds to the mean of theirs: log 2 + ½ log(2πe) + ½ log 2.
    @Test func ofSeparateComponents() throws {
        let pair = try GaussianMixture(weights: [0.5, 0.5], means: [0, 1000.0], standardDeviations: [1, 2])
        let estimate = try pair.entropy(samples: 20_000)
        #expect(
            abs(estimate.value - (log(2) + 0.5 * log(2 * Double.pi * M_E) + 0.5 * log(2))) < 5 * estimate.standardError)
    }

    /// ∫ −p log p by the trapezium rule, which is exact to rounding for what falls off so fast.
    @Test func ofAMixtureInOneDimension() throws {
        let three = ModelUnivariateTests.three, grid = (0...6000).map { -30 + 0.01 * Double($0) }
        let expected = try three.logDensity(grid).reduce(0) { $0 - exp($1) * $1 } * 0.01,
            estimate = try three.entropy(samples: 10_000)
        #expect(abs(estimate.value - expected) < 5 * estimate.standardError && estimate.standardError < 0.02)
        #expect(try three.entropy(samples: 70_000, threads: 1) == three.entropy(samples: 70_000, threads: 2))
        #expect(try three.entropy(key: RandomKey(seed: 1)) != three.entropy(key: RandomKey(seed: 2)))
    }

    @Test func divergence() throws {
        // log(σ₂/σ₁) + (σ₁² + (μ₁ − μ₂)²)/(2 σ₂²) − ½
        let p = try GaussianMixture(weights: [1], means: [1.0], standardDeviations: [1])
        let q = try GaussianMixture(weights: [1], means: [0.0], standardDeviations: [2])
        let estimate = try p.divergence(from: q, samples: 10_000)
        #expect(abs(estimate.value - (log(2) + 0.25 - 0.5)) < 5 * estimate.standardError)
        let back = try q.divergence(from: p, samples: 10_000)
        #expect(abs(back.value - (-log(2) + 2.5 - 0.5)) < 5 * back.standardError)
        let mixture = try ModelSupport.mixture(.full)
        let none = try mixture.divergence(from: mixture)
        #expect(none.value == 0 && none.standardError == 0)
        #expect(abs(try mixture.divergence(from: mixture.reordered([1, 2, 0])).value) < 1e-14)
    }

    @Test func errors() throws {
        let mixture = try ModelSupport.mixture(.full), plane = try ModelSupport.mixture(.full, dimension: 2)
        for samples in [-1, 0, 1, 1_000_000_001, .max] {
            let error = MixtureError.invalidOption(
                name: "The number of samples", value: "\(samples)", requirement: "from 2 to 1000000000")
            #expect(throws: error) { try mixture.entropy(samples: samples) }
            #expect(throws: error) { try mixture.divergence(from: mixture, samples: samples) }
        }
        #expect(throws: MixtureError.dimensionMismatch(data: 4, mixture: 2)) { try mixture.divergence(from: plane) }
        #expect(throws: MixtureError.self) { try mixture.entropy(threads: 0) }
        let far = try mixture.scaled(by: [1, 1, 1, 1], offset: [1e200, 0, 0, 0])
        #expect(throws: MixtureError.outOfReach(row: 0)) { try mixture.divergence(from: far) }
    }
}
