import Foundation
import GaussianMixtures
import Testing

/// The gradient and the Hessian of the log-density, and the modes.
struct ModelModesTests {
    @Test(arguments: CovarianceType.allCases, [1, 4])
    func derivativesAgreeWithDifferences(type: CovarianceType, dimension: Int) throws {
        let mixture = try ModelSupport.mixture(type, dimension: dimension), h = 1e-5
        for x in mixture.samples(5, key: RandomKey(seed: 4)) {
            let gradient = try mixture.logDensityGradient(x), hessian = try mixture.logDensityHessian(x)
            for d in 0..<dimension {
                var up = x, down = x
                up[d] += h
                down[d] -= h
                #expect(
                    near(
                        [(try mixture.logDensity(at: up) - mixture.logDensity(at: down)) / (2 * h)], [gradient[d]], 1e-8
                    ))
                let row = zip(try mixture.logDensityGradient(up), try mixture.logDensityGradient(down)).map {
                    ($0 - $1) / (2 * h)
                }
                #expect(near(row, hessian[d], 1e-8))
                for e in 0..<dimension { #expect(hessian[d][e] == hessian[e][d]) }
            }
        }
    }

    @Test func oneGaussianIsQuadratic() throws {
        let one = try GaussianMixture(weights: [1], means: [[1, 2]], covariances: .full([[[2, 1], [1, 2]]]))
        #expect(near(try one.logDensityGradient([2, 2]), [-2.0 / 3, 1.0 / 3], 1e-15))
        #expect(near(try one.logDensityHessian([50, -3]), [[-2.0 / 3, 1.0 / 3], [1.0 / 3, -2.0 / 3]], 1e-15))
        #expect(near(try one.logDensityGradient([1e100, 2]), [-2e100 / 3, 1e100 / 3], 1e-15))
        let modes = try one.modes()
        #expect(modes.count == 1 && near(modes[0].location, [1, 2], 1e-15))
        #expect(near([modes[0].logDensity], [try one.logDensity(at: [1, 2])], 1e-15))
    }

    // MARK: Modes

    /// Two Gaussians of equal weight and deviation are bimodal if and only if they are more than two deviations apart
    /// (J. Behboodian, On the modes of a mixture of two normal distributions, Technometrics 12, 1970); then the modes
    /// are where x = a tanh(a x), 2 a the distance.
    @Test(arguments: [0.5, 1, 1.9, 1.999, 2, 2.001, 2.01, 2.1, 3, 5, 12])
    func equalPairs(distance: Double) throws {
        let a = distance / 2
        for dimension in [1, 3] {
            let means = [-a, a].map { x in (0..<dimension).map { (d: Int) -> Double in d == 0 ? 10 + 7 * x : 5 } }
            let pair = try GaussianMixture(weights: [0.5, 0.5], means: means, covariances: .spherical([49, 49]))
            let modes = try pair.modes()
            guard distance > 2 else {
                #expect(modes.count == 1 && abs(modes[0].location[0] - 10) < 7e-4)
                continue
            }
            var x = a
            for _ in 0..<100_000 { x = a * tanh(a * x) }
            #expect(modes.count == 2)
            #expect(near(modes.map { $0.location[0] }.sorted(), [10 - 7 * x, 10 + 7 * x], 1e-9))
            for mode in modes { #expect(Array(mode.location.dropFirst()) == (1..<dimension).map { _ in 5 }) }
        }
    }

    @Test(arguments: CovarianceType.allCases, [1, 2, 5])
    func modesAreMaxima(type: CovarianceType, dimension: Int) throws {
        for seed in 0..<3 {
            let mixture = try ModelSupport.mixture(type, components: 6, dimension: dimension, seed: UInt64(seed)),
                modes = try mixture.modes()
            #expect(!modes.isEmpty && modes.count <= 6)
            #expect(modes.map(\.logDensity) == modes.map(\.logDensity).sorted(by: >))
            for (i, mode) in modes.enumerated() {
                #expect(try mixture.logDensityGradient(mode.location).allSatisfy { abs($0) < 1e-12 })
                for step in RandomKey(seed: UInt64(i)).split(5) {
                    let aside = zip(mode.location, step.normal(dimension)).map { $0 + 1e-3 * $1 }
                    #expect(try mixture.logDensity(at: aside) < mode.logDensity)
                }
            }
            // The highest point of many samples is below the highest mode.
            let highest = try mixture.logDensity(mixture.samples(500, key: RandomKey(seed: 1))).max()!
            #expect(modes[0].logDensity > highest)
            // More starts find the same in one dimension.
            if dimension == 1 {
                #expect(try mixture.modes(from: mixture.samples(50, key: RandomKey(seed: 2))).count == modes.count)
            }
        }
    }

    /// In one dimension a grid sees them all.
    @Test func agreesWithAGrid() throws {
        for seed in 0..<10 {
            let mixture = try ModelSupport.mixture(.full, components: 8, dimension: 1, seed: UInt64(seed))
            let values = try mixture.logDensity((0...40_000).map { -10 + 5e-4 * Double($0) })
            let maxima = (1..<40_000).count { (i: Int) -> Bool in
                values[i] > values[i - 1] && values[i] >= values[i + 1]
            }
            #expect(try mixture.modes().count == maxima)
        }
    }

    /// The middle mean is a minimum, where the gradient is zero too.
    @Test func aStationaryMeanIsLeft() throws {
        let ring = try GaussianMixture(
            weights: [0.02, 0.245, 0.245, 0.245, 0.245], means: [[0, 0], [3, 0], [-3, 0], [0, 3], [0, -3]],
            covariances: .spherical([4, 1, 1, 1, 1]))
        let modes = try ring.modes()
        #expect(modes.count == 4 && modes.allSatisfy { abs($0.logDensity - modes[0].logDensity) < 1e-12 })
        let saddle = try GaussianMixture(
            weights: [0.5, 0.5], means: [[-2, 0], [2, 0]], covariances: .spherical([1, 1]))
        #expect(try saddle.modes(from: [[0, 0], [0, 4], [0, 1e6]]).count == 2)
    }

    /// Two crossed ellipses meet in a third mode that no mean leads to: S. Ray and B. G. Lindsay, The topography of
    /// multivariate normal mixtures, Ann. Stat. 33, 2005, figure 1.
    @Test func moreModesThanComponents() throws {
        let crossed = try GaussianMixture(
            weights: [0.5, 0.5], means: [[0, 0], [1, 1]], covariances: .diagonal([[1, 0.05], [0.05, 1]]))
        let all = try crossed.modes(from: crossed.samples(100, key: RandomKey(seed: 0)))
        #expect(all.count == 3)
        #expect(all.contains { near($0.location, [0.95, 0.05], 0.06) })
    }

    @Test func unitsDoNotMatter() throws {
        let mixture = try ModelSupport.mixture(.full, components: 5, dimension: 2, seed: 3), modes = try mixture.modes()
        for scale in [1e-150, 1e150] {
            let scaled = try mixture.scaled(by: [scale, 1 / scale]).modes()
            #expect(scaled.count == modes.count)
            for (a, b) in zip(scaled, modes) {
                #expect(near([a.location[0] / scale, a.location[1] * scale], b.location, 1e-10))
            }
        }
        // Far from the origin a component's width is a few thousand units in the last place.
        let far = try GaussianMixture(weights: [0.4, 0.6], means: [1e9, 1e9 + 1], standardDeviations: [1e-3, 1e-3])
        #expect(try far.modes().map(\.location) == [[1e9 + 1], [1e9]])
        let narrow = try GaussianMixture(
            weights: [0.5, 0, 0.5], means: [0, 1, 2.0], standardDeviations: [1e-9, 1, 1])
        #expect(try narrow.modes().count == 2)
    }

    @Test func errors() throws {
        let mixture = try ModelSupport.mixture(.tied, dimension: 2)
        #expect(throws: MixtureError.dimensionMismatch(data: 3, mixture: 2)) {
            try mixture.logDensityGradient([1, 2, 3])
        }
        #expect(throws: MixtureError.notFinite(row: 0)) { try mixture.logDensityHessian([1, .nan]) }
        #expect(throws: MixtureError.outOfReach(row: 0)) { try mixture.logDensityGradient([1, 1e200]) }
        #expect(throws: MixtureError.outOfReach(row: 1)) { try mixture.modes(from: [[1, 1], [1e300, 1e300]]) }
        #expect(throws: MixtureError.notFinite(row: 2)) {
            try mixture.modes(from: [[1, 1], [0, 1], [.infinity, 0]])
        }
        #expect(throws: MixtureError.dimensionMismatch(data: 0, mixture: 2)) { try mixture.modes(from: [[]]) }
    }
}
