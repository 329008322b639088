import Foundation
import GaussianMixtures
import Testing

/// What holds for every mixture and all data.
struct LawTests {
    static let kernels = Kernel.available
    static let three = try! GaussianMixture(
        weights: [0.2, 0.5, 0.3], means: [-4, 0, 3], standardDeviations: [0.5, 1, 2])
    static let draws = three.sample(4000, key: RandomKey(seed: 11))

    @Test(arguments: kernels)
    func responsibilitiesSumToOne(kernel: Kernel) throws {
        let data = Array(Self.draws.prefix(500)), rows = try Self.three.responsibilities(data, kernel: kernel)
        #expect(rows.count == 1500)
        for i in data.indices { #expect(agree(rows[3 * i] + rows[3 * i + 1] + rows[3 * i + 2], 1, 1e-15)) }
        let labels = try Self.three.predict(data, kernel: kernel)
        for i in data.indices { #expect(rows[3 * i + labels[i]] == rows[3 * i..<3 * i + 3].max()!) }
    }

    @Test(arguments: kernels)
    func theDensityIntegratesToOne(kernel: Kernel) throws {
        let step = 0.01, grid = (0...4000).map { -20 + step * Double($0) }
        let integral = try Self.three.logDensity(grid, kernel: kernel).reduce(0) { $0 + exp($1) } * step
        #expect(agree(integral, 1, 1e-12))
    }

    @Test func statisticsOfPartsAddUp() throws {
        let whole = try Self.three.statistics(Self.draws)
        var sum = try Self.three.statistics(Array(Self.draws[..<1234]))
        sum += try Self.three.statistics(Array(Self.draws[1234...]))
        #expect(sum.totalWeight == whole.totalWeight && agree(sum.logLikelihood, whole.logLikelihood, 1e-13))
        for k in 0..<3 {
            #expect(
                agree(sum.mass(k), whole.mass(k), 1e-12)
                    && agree(sum.secondMoment(k)[0], whole.secondMoment(k)[0], 1e-12))
        }
    }

    @Test func relabellingChangesNothingElse() throws {
        let relabelled = try GaussianMixture(
            weights: [0.3, 0.2, 0.5], means: [3, -4, 0], standardDeviations: [2, 0.5, 1])
        let old = try Self.three.statistics(Self.draws), new = try relabelled.statistics(Self.draws)
        #expect(agree(old.logLikelihood, new.logLikelihood, 1e-14))
        for (k, j) in [(0, 1), (1, 2), (2, 0)] { #expect(agree(old.mass(k), new.mass(j), 1e-13)) }
    }

    @Test(arguments: kernels.filter { $0 != .reference })
    func emNeverDescends(kernel: Kernel) throws {
        for components in [1, 2, 3, 5] {
            let fit = try GaussianMixture.fit(
                Self.draws, components: components, initialisation: .standardNormal, key: RandomKey(seed: 5),
                weightConcentration: 1.5,
                tolerance: 0, iterations: 600, kernel: kernel)
            #expect(fit.iterations == 600)
            for (before, after) in zip(fit.history.losses, fit.history.losses.dropFirst()) {
                // By no more than the rounding of a sum of 4000 terms.
                #expect(after <= before + 1e-14 * abs(before))
            }
        }
    }

    @Test(arguments: [-3.0, 1000])
    func affineEquivariance(scale: Double) throws {
        let moved = Self.draws.map { scale * $0 + 17 }
        let a = try GaussianMixture.fit(Self.draws, components: 3, tolerance: 1e-12, iterations: 3000)
        let start = Parameters(
            try GaussianMixture(
                weights: a.mixture.weights, means: a.mixture.centres.map { scale * $0 + 17 },
                standardDeviations: a.mixture.deviations.map { abs(scale) * $0 }))
        let b = try GaussianMixture.fit(moved, components: 3, initialisation: .parameters(start), tolerance: 1e-12)
        #expect(agree(b.logLikelihood, a.logLikelihood - 4000 * log(abs(scale)), 1e-11) && b.converged)
        for k in 0..<3 {
            #expect(agree(b.mixture.standardDeviations[k][0], abs(scale) * a.mixture.standardDeviations[k][0], 1e-4))
        }
    }

    @Test func farFromZeroNothingCancels() throws {
        // The same data moved by 2³⁰, exactly: raw second moments would keep three digits of the variance here.
        let data = Self.draws.map { ($0 * 0x1p20).rounded() * 0x1p-20 }
        let near = try GaussianMixture.fit(data, components: 3),
            far = try GaussianMixture.fit(data.map { $0 + 0x1p30 }, components: 3)
        #expect(agree(near.logLikelihood, far.logLikelihood, 1e-9))
        for k in 0..<3 {
            #expect(agree(near.mixture.standardDeviations[k][0], far.mixture.standardDeviations[k][0], 1e-5))
        }
    }

    @Test func emAndAdamMeet() throws {
        let em = try GaussianMixture.fit(
            Self.draws, components: 3, weightConcentration: 2, tolerance: 1e-13, iterations: 5000)
        let adam = try GaussianMixture.fit(
            Self.draws, components: 3, method: .adam(learningRate: 0.02), weightConcentration: 2, tolerance: 1e-10,
            iterations: 20_000)
        #expect(em.converged && adam.converged)
        #expect(agree(em.loss, adam.loss, 1e-9))
    }

    @Test func convergedMeansConverged() throws {
        for tolerance in [1e-4, 1e-6, 1e-8] {
            let fit = try GaussianMixture.fit(Self.draws, components: 3, tolerance: tolerance, iterations: 5000)
            let best = try GaussianMixture.fit(Self.draws, components: 3, tolerance: 0, iterations: 5000)
            #expect(fit.converged && !best.converged)
            // Aitken's estimate is an estimate: allow it a factor of ten.
            #expect((fit.loss - best.loss) / 4000 <= 10 * tolerance)
        }
        #expect(try !GaussianMixture.fit(Self.draws, components: 3, iterations: 3).converged)
    }

    @Test func historyKeepsEveryNth() throws {
        let all = try GaussianMixture.fit(Self.draws, components: 3, tolerance: 0, iterations: 25)
        let some = try GaussianMixture.fit(Self.draws, components: 3, tolerance: 0, iterations: 25, historyStride: 10)
        #expect(all.history.steps == Array(0...25) && some.history.steps == [0, 10, 20, 25])
        for (i, step) in some.history.steps.enumerated() {
            #expect(
                some.history.losses[i] == all.history.losses[step]
                    && some.history.parameters(at: i) == all.history.parameters(at: step))
        }
        #expect(some.parameters == some.history.parameters(at: 3) && some.loss == some.history.losses[3])
        #expect(try GaussianMixture.fit(Self.draws, components: 3, iterations: 0).history.steps == [0])
    }

    @Test func samplesComeFromTheMixture() throws {
        let draws = Self.three.sample(200_000, key: RandomKey(seed: 2)), n = Double(draws.count)
        let mean = zip(Self.three.weights, Self.three.centres).reduce(0) { $0 + $1.0 * $1.1 }
        var square = 0.0
        for k in 0..<3 {
            square += Self.three.weights[k] * (Self.three.variances[k] + Self.three.centres[k] * Self.three.centres[k])
        }
        #expect(abs(draws.reduce(0, +) / n - mean) < 5 * ((square - mean * mean) / n).squareRoot())
        #expect(agree(draws.reduce(0) { $0 + $1 * $1 } / n, square, 0.02))
        #expect(
            draws == Self.three.sample(200_000, key: RandomKey(seed: 2))
                && draws != Self.three.sample(200_000, key: RandomKey(seed: 3)))
        let fit = try GaussianMixture.fit(draws, components: 3)
        for (mine, truth) in zip(fit.mixture.centres.sorted(), Self.three.centres) { #expect(abs(mine - truth) < 0.1) }
    }

    /// Old Faithful's `waiting`, one Gaussian, in closed form.
    @Test func oneComponentIsTheSampleMeanAndVariance() throws {
        let fit = try GaussianMixture.fit(Self.draws, components: 1), n = Double(Self.draws.count)
        let mean = Self.draws.reduce(0, +) / n
        let variance = Self.draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
        #expect(agree(fit.mixture.means[0][0], mean, 1e-12) && agree(fit.mixture.variances[0], variance, 1e-12))
        #expect(agree(fit.logLikelihood, -0.5 * n * (log(2 * .pi * variance) + 1), 1e-12))
        #expect(fit.freeParameters == 2 && agree(fit.bic, -2 * fit.logLikelihood + 2 * log(n), 1e-14))
        #expect(agree(fit.aic, -2 * fit.logLikelihood + 4, 1e-14) && fit.converged)
    }

    @Test func theReferenceFitsTheSame() throws {
        let data = Array(Self.draws.prefix(400))
        let fast = try GaussianMixture.fit(data, components: 2),
            slow = try GaussianMixture.fit(data, components: 2, kernel: .reference)
        #expect(agree(fast.loss, slow.loss, 1e-12) && fast.iterations == slow.iterations && slow.kernel == .reference)
    }

    @Test func float32DataFitAsFloat64Do() throws {
        let floats = Self.draws.map(Float.init)
        let single = try GaussianMixture.fit(floats, components: 3),
            double = try GaussianMixture.fit(floats.map(Double.init), components: 3)
        #expect(agree(single.loss, double.loss, 1e-6))
        // A mean that is 10⁵ deviations from zero: float32 holds the data to 1/128, and the mean in two parts.
        let far = try GaussianMixture.fit(Self.draws.map { Float($0 + 1e5) }, components: 1)
        let exact = Self.draws.map { Double(Float($0 + 1e5)) }
        #expect(abs(far.mixture.means[0][0] - exact.reduce(0, +) / 4000) < 1e-5)
        #expect(
            agree(
                far.mixture.standardDeviations[0][0],
                try GaussianMixture.fit(exact, components: 1).mixture.standardDeviations[0][0], 1e-5))
    }
}
