import Foundation
import GaussianMixtures
import Testing

/// What holds for training in any dimension.
struct TrainingTests {
    static let draws = Problems.draws
    static let types = CovarianceType.allCases

    // MARK: EM

    @Test(arguments: types, [false, true])
    func emNeverDescends(covariance: CovarianceType, withPriors: Bool) throws {
        let fit = try GaussianMixture.fit(
            Self.draws, components: 3, covariance: covariance, method: .em(acceleration: .none),
            initialisation: .mixture(Problems.start(covariance)),
            weightConcentration: withPriors ? 1.5 : 1, covariancePrior: withPriors ? .mclust : nil, varianceFloor: 0,
            tolerance: 0, iterations: 600)
        #expect(fit.iterations == 600 && fit.events.isEmpty)
        for (before, after) in zip(fit.history.losses, fit.history.losses.dropFirst()) {
            #expect(after <= before + 1e-14 * abs(before))
        }
    }

    /// The M-step, the gradient and the prior's density say the same of where the maximum is.
    @Test(
        arguments: types,
        [nil, .mclust, .given(mean: [1, -2], shrinkage: 3, degreesOfFreedom: 7, scale: [[9, 2], [2, 5]])]
            as [NormalInverseWishartPrior?])
    func emEndsWhereTheGradientVanishes(covariance: CovarianceType, prior: NormalInverseWishartPrior?) throws {
        let fit = try GaussianMixture.fit(
            Self.draws, components: 2, covariance: covariance, method: .em(acceleration: .none),
            weightConcentration: 1.5, covariancePrior: prior,
            tolerance: 1e-15, iterations: 3000)
        let posterior = try NegativeLogPosterior(
            Self.draws, components: 2, covariance: covariance, weightConcentration: 1.5, covariancePrior: prior)
        let (loss, gradient) = try posterior.lossAndGradient(fit.parameters)
        #expect(agree(loss, fit.loss, 1e-13))
        #expect(gradient.all.allSatisfy { abs($0) < 1e-3 }, "\(gradient.all)")
    }

    @Test(arguments: types, [nil, .mclust] as [NormalInverseWishartPrior?])
    func gradientAgainstCentralDifferences(covariance: CovarianceType, prior: NormalInverseWishartPrior?) throws {
        let posterior = try NegativeLogPosterior(
            Self.draws, components: 3, covariance: covariance, weightConcentration: 2, covariancePrior: prior)
        let parameters = Parameters(Problems.start(covariance))
        let gradient = try posterior.lossAndGradient(parameters).gradient
        for part in [\Parameters.logWeights, \Parameters.means, \Parameters.factors] {
            for i in parameters[keyPath: part].indices {
                let step = 1e-5
                var up = parameters, down = parameters
                up[keyPath: part][i] += step
                down[keyPath: part][i] -= step
                let difference = (try posterior.loss(up) - posterior.loss(down)) / (2 * step)
                #expect(abs(difference - gradient[keyPath: part][i]) <= 1e-6 * max(100, abs(difference)))
            }
        }
    }

    @Test func fourTypesAgreeInOneDimension() throws {
        let data = LawTests.draws.prefix(500).map { $0 }
        let fits = try [CovarianceType.full, .diagonal, .spherical].map {
            try GaussianMixture.fit(data, components: 2, covariance: $0, tolerance: 1e-12)
        }
        for fit in fits { #expect(agree(fit.loss, fits[0].loss, 1e-12)) }
        // Tied is the same with one component, and is told apart with two.
        let tied = try GaussianMixture.fit(data, components: 1, covariance: .tied),
            one = try GaussianMixture.fit(data, components: 1)
        #expect(agree(tied.loss, one.loss, 1e-12))
        #expect(try GaussianMixture.fit(data, components: 2, covariance: .tied).loss > fits[0].loss)
    }

    @Test func freeParameters() throws {
        for (covariance, count) in [(CovarianceType.spherical, 13), (.diagonal, 21), (.tied, 26), (.full, 41)] {
            #expect(try MixtureShape(components: 2, dimension: 5, covariance: covariance).freeParameters == count)
        }
    }

    // MARK: Equivariance

    @Test func affineEquivarianceOfFull() throws {
        let a = [[2.0, -1], [0.5, 3]], b = [1000.0, -5]
        let moved = Self.draws.map { x in (0..<2).map { i in a[i][0] * x[0] + a[i][1] * x[1] + b[i] } }
        let start = Problems.start(.full)
        func product(_ x: [[Double]], _ y: [[Double]]) -> [[Double]] {
            (0..<2).map { (i: Int) in (0..<2).map { (j: Int) -> Double in x[i][0] * y[0][j] + x[i][1] * y[1][j] } }
        }
        let transpose = [[2.0, 0.5], [-1, 3]]
        func image(_ covariance: [[Double]]) -> [[Double]] { product(product(a, covariance), transpose) }
        let movedStart = try GaussianMixture(
            weights: start.weights,
            means: start.means.map { x in (0..<2).map { i in a[i][0] * x[0] + a[i][1] * x[1] + b[i] } },
            covariances: .full((0..<3).map { image(start.covariance($0)) }))
        func fit(_ data: [[Double]], _ start: GaussianMixture) throws -> Fit {
            try GaussianMixture.fit(
                data, components: 3, method: .em(acceleration: .none), initialisation: .mixture(start), tolerance: 0,
                iterations: 25)
        }
        let here = try fit(Self.draws, start), there = try fit(moved, movedStart)
        #expect(agree(there.loss, here.loss + 400 * log(6.5), 1e-12))
        for k in 0..<3 {
            for (x, y) in zip(image(here.mixture.covariance(k)).joined(), there.mixture.covariance(k).joined()) {
                #expect(agree(x, y, 1e-9))
            }
        }
    }

    /// Also by k-means, which takes features in units of their deviations.
    @Test(arguments: [CovarianceType.full, .tied, .diagonal])
    func scalingEquivariance(covariance: CovarianceType) throws {
        let scales = [1e-3, 0x1p20]
        let scaled = Self.draws.map { x in zip(x, scales).map { $0 * $1 } }
        let here = try GaussianMixture.fit(Self.draws, components: 3, covariance: covariance)
        let there = try GaussianMixture.fit(scaled, components: 3, covariance: covariance)
        #expect(agree(there.loss, here.loss + 400 * log(1e-3 * 0x1p20), 1e-9))
        // Up to order: rounding may choose between starts that end in one optimum.
        #expect(there.mixture.isEquivalent(to: try here.mixture.scaled(by: scales), tolerance: 1e-3))
    }

    @Test(arguments: types)
    func weightsCountData(covariance: CovarianceType) throws {
        func fit(_ data: some Observations) throws -> Fit {
            try GaussianMixture.fit(
                data, components: 2, covariance: covariance,
                initialisation: .mixture(Problems.start(covariance, components: 2)), tolerance: 1e-12)
        }
        let twice = try fit(Self.draws + Self.draws)
        let weighted = try fit(Dataset(Self.draws.flatMap { $0 }, dimension: 2, weights: Self.draws.map { _ in 2 }))
        #expect(agree(twice.loss, weighted.loss, 1e-10) && agree(twice.bic, weighted.bic, 1e-10))
        // A weight of zero is a row that is not there.
        let holes = try fit(
            Dataset(
                (Self.draws + [[50, 50]]).flatMap { $0 }, dimension: 2, weights: Self.draws.map { _ in 1 } + [0]))
        #expect(agree(holes.loss, try fit(Self.draws).loss, 1e-10))
    }

    @Test(arguments: types)
    func statisticsOfPartsAddUp(covariance: CovarianceType) throws {
        let mixture = Problems.start(covariance), whole = try mixture.statistics(Self.draws)
        var sum = try mixture.statistics(Array(Self.draws[..<123]))
        sum += try mixture.statistics(Array(Self.draws[123..<250]))
        sum += try mixture.statistics(Array(Self.draws[250...]))
        #expect(sum.totalWeight == 400 && agree(sum.logLikelihood, whole.logLikelihood, 1e-13))
        for k in 0..<3 {
            for (a, b) in zip(sum.firstMoment(k) + sum.secondMoment(k), whole.firstMoment(k) + whole.secondMoment(k)) {
                #expect(abs(a - b) <= 1e-11 * 400)
            }
        }
    }

    @Test func layoutsAreTheSameData() throws {
        let rows = Self.draws, n = rows.count, start = Problems.start(.full)
        let columnMajor = (0..<2).flatMap { d in rows.map { $0[d] } }
        // Rows of a wider table, backwards, with what is not to be read between.
        let wide = rows.reversed().flatMap { [.nan, $0[1], .nan, $0[0], .nan] }
        let expected = try start.statistics(rows)
        for dataset in [
            try Dataset(columnMajor, dimension: 2, rowStride: 1, columnStride: n),
            try Dataset(wide, dimension: 2, offset: 5 * n - 2, rowStride: -5, columnStride: -2, count: n),
        ] {
            #expect(dataset.count == n && dataset.dimension == 2)
            #expect(try start.statistics(dataset) == expected)
        }
        for kernel in Kernel.available where kernel != .reference {
            for threads in [1, 2, 3] {
                #expect(
                    try start.statistics(rows, threads: threads, kernel: kernel)
                        == start.statistics(rows, threads: 1, kernel: kernel))
            }
        }
    }

    // MARK: Other methods

    @Test(arguments: types)
    func emAndGradientsMeet(covariance: CovarianceType) throws {
        func fit(_ method: Method, iterations: Int = 3000, tolerance: Double = 1e-12) throws -> Fit {
            try GaussianMixture.fit(
                Self.draws, components: 2, covariance: covariance, method: method,
                initialisation: .mixture(Problems.start(covariance, components: 2)),
                weightConcentration: 2, tolerance: tolerance, iterations: iterations)
        }
        let em = try fit(.em(acceleration: .none)), quasiNewton = try fit(.lbfgs()),
            adam = try fit(.adam(learningRate: 0.03), tolerance: 1e-9)
        #expect(em.converged && quasiNewton.converged && adam.converged)
        #expect(agree(em.loss, quasiNewton.loss, 1e-10) && agree(em.loss, adam.loss, 1e-8))
        #expect(quasiNewton.iterations < em.iterations || em.iterations < 15)
    }

    @Test(arguments: Acceleration.allCases)
    func accelerationNeverDescendsAndEndsAsLow(acceleration: Acceleration) throws {
        let start = Problems.start(.full)
        let plain = try GaussianMixture.fit(
            Self.draws, components: 3, method: .em(acceleration: .none), initialisation: .mixture(start),
            tolerance: 1e-13, iterations: 5000)
        let fit = try GaussianMixture.fit(
            Self.draws, components: 3, method: .em(acceleration: acceleration), initialisation: .mixture(start),
            tolerance: 1e-13, iterations: 5000)
        for (before, after) in zip(fit.history.losses, fit.history.losses.dropFirst()) {
            #expect(after <= before + 1e-14 * abs(before))
        }
        #expect(fit.converged && fit.loss <= plain.loss + 1e-9 * 400)
        #expect(fit.restarts[0].passes <= 2 * fit.iterations + 1)
        if acceleration != .none { #expect(fit.restarts[0].passes < plain.restarts[0].passes) }
        // What is returned belongs together.
        #expect(try NegativeLogPosterior(Self.draws, components: 3).loss(fit.parameters) == fit.loss)
        #expect(agree(try fit.mixture.logLikelihood(Self.draws), fit.logLikelihood, 1e-12))
    }

    @Test func batchesComeNear() throws {
        let data = Problems.mixture(2, 2, separation: 4).samples(2000, key: RandomKey(seed: 4))
        let best = try GaussianMixture.fit(data, components: 2)
        let fit = try GaussianMixture.fit(
            data, components: 2, method: .adam(learningRate: 0.01, batch: 200), tolerance: 0, iterations: 300)
        #expect(fit.iterations == 300 && fit.loss < best.loss + 0.01 * 2000)
        // Some thirty sweeps of ten batches, each with a loss of all data, which is the history.
        #expect(fit.history.steps == Array(stride(from: 0, through: 300, by: 10)))
        let again = try GaussianMixture.fit(
            data, components: 2, method: .adam(learningRate: 0.01, batch: 200), tolerance: 0, iterations: 300,
            threads: 1)
        #expect(again.parameters == fit.parameters)
    }

    // MARK: Starts and restarts

    @Test(arguments: [Initialisation.kMeans, .kMeansPlusPlus, .random, .randomFromData], types)
    func startsOfEveryKind(initialisation: Initialisation, covariance: CovarianceType) throws {
        let fit = try GaussianMixture.fit(
            Self.draws, components: 3, covariance: covariance, initialisation: initialisation, iterations: 0)
        #expect(fit.loss.isFinite && fit.history.steps == [0])
        let other = try GaussianMixture.fit(
            Self.draws, components: 3, covariance: covariance, initialisation: initialisation, key: RandomKey(seed: 1),
            iterations: 0)
        if initialisation != .kMeans { #expect(fit.mixture != other.mixture) }
        #expect(
            try GaussianMixture.fit(Self.draws, components: 3, covariance: covariance, initialisation: initialisation)
                .loss < fit.loss)
    }

    @Test func kMeansFindsClusters() throws {
        let truth = Problems.mixture(4, 3, separation: 12, seed: 3), data = truth.samples(800, key: RandomKey(seed: 8))
        let start = try GaussianMixture.fit(data, components: 4, iterations: 0).mixture
        for mean in truth.means {
            let nearest = start.means.map { zip($0, mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }.min()!
            #expect(nearest < 0.5)
        }
    }

    /// One run of k-means alone misses some of the clusters for four of the seeds.
    @Test func kMeansFindsManyClusters() throws {
        let truth = Problems.mixture(10, 4, separation: 6, seed: 3), data = truth.samples(1600, key: RandomKey(seed: 8))
        let successes = try (0..<20 as Range<UInt64>).filter { seed in
            let start = try GaussianMixture.fit(data, components: 10, key: RandomKey(seed: seed), iterations: 0).mixture
            return truth.means.allSatisfy { mean in
                start.means.contains { zip($0, mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } < 1 }
            }
        }
        #expect(successes.count >= 19)
    }

    /// One datum in a thousand: the rows that one run draws centres from have none of it for about every third seed.
    @Test func kMeansFindsASmallCluster() throws {
        let truth = try GaussianMixture(
            weights: [0.4, 0.3, 0.299, 0.001], means: [[0, 0], [12, 0], [0, 12], [30, 30]],
            covariances: .spherical([1, 1, 1, 1]))
        let data = truth.samples(8000, key: RandomKey(seed: 8))
        let successes = try (0..<20 as Range<UInt64>).filter { seed in
            try GaussianMixture.fit(data, components: 4, key: RandomKey(seed: seed), iterations: 0).mixture.means
                .contains { $0[0] > 20 }
        }
        #expect(successes.count >= 17, "\(successes)")
    }

    /// More data than a start looks at, with weights and without.
    @Test func startsFromSomeOfTheData() throws {
        let truth = Problems.mixture(3, 2, separation: 8, seed: 3),
            rows = truth.samples(25_000, key: RandomKey(seed: 8))
        for weights in [nil, rows.indices.map { $0 % 2 == 0 ? 1.0 : 0 }, rows.indices.map { $0 % 50 == 0 ? 1.0 : 0 }] {
            let data = try Dataset(rows.flatMap { $0 }, dimension: 2, weights: weights)
            func start(_ threads: Int) throws -> Fit {
                try GaussianMixture.fit(data, components: 3, iterations: 0, threads: threads)
            }
            let fit = try start(1)
            #expect(try start(3).parameters == fit.parameters)
            #expect(try GaussianMixture.fit(data, components: 3).loss > 0.98 * fit.loss)
        }
    }

    @Test func givenStarts() throws {
        let start = Problems.start(.diagonal)
        let given = try GaussianMixture.fit(
            Self.draws, components: 3, covariance: .diagonal,
            initialisation: .given(means: start.means, weights: start.weights, covariances: start.covariances),
            iterations: 0)
        #expect(given.mixture.means == start.means)
        for (a, b) in zip(given.mixture.weights, start.weights) { #expect(agree(a, b, 1e-14)) }
        let means = try GaussianMixture.fit(
            Self.draws, components: 3, initialisation: .given(means: start.means), iterations: 0)
        #expect(means.mixture.means == start.means)
        let warm = try GaussianMixture.fit(Self.draws, components: 3, initialisation: .parameters(means.parameters))
        #expect(warm.history.losses[0] == means.loss && warm.loss < means.loss)
        #expect(throws: MixtureError.self) {
            try GaussianMixture.fit(Self.draws, components: 2, initialisation: .given(means: start.means))
        }
        #expect(throws: MixtureError.self) {
            try GaussianMixture.fit(Self.draws, components: 3, initialisation: .mixture(start))
        }
    }

    @Test func restartsKeepTheirHistories() throws {
        func fit(_ threads: Int, _ short: ShortRuns?) throws -> Fit {
            try GaussianMixture.fit(
                Self.draws, components: 3, initialisation: .randomFromData, search: .restarts(6), shortRuns: short,
                key: RandomKey(seed: 2), threads: threads)
        }
        let all = try fit(1, nil), wide = try fit(5, nil)
        #expect(all.restarts == wide.restarts && all.parameters == wide.parameters && all.events == wide.events)
        for restart in all.restarts {
            #expect(restart.history.losses.last == restart.loss && restart.history.steps.last == restart.iterations)
        }
        #expect(all.loss == all.restarts.map(\.loss).min())
        let short = try fit(2, ShortRuns(iterations: 5, kept: 2))
        #expect(
            short.restarts.count { $0.isCarriedOn } == 2
                && short.restarts.allSatisfy { $0.isCarriedOn || $0.iterations <= 5 })
        #expect(short.restarts[short.bestRestart].isCarriedOn && short.converged)
        #expect(throws: MixtureError.self) { try fit(1, ShortRuns(iterations: 5, kept: 7)) }
    }
}
