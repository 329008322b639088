import Foundation
import Testing

import GaussianMixtures

/// Everything that the notebook computes, against the figures of expected.json, on every kernel.
struct NotebookTests {
    static let kernels = Kernel.available
    let start = Notebook.parameters("params_init"), truth = Notebook.parameters("params_true")

    func posterior(_ kernel: Kernel, threads: Int = 1) throws -> NegativeLogPosterior {
        try NegativeLogPosterior(Notebook.data, components: 2, weightConcentration: 2, threads: threads, kernel: kernel)
    }

    @Test func oneComponentAtZero() throws {
        let normal = try GaussianMixture(weights: [1], means: [0], standardDeviations: [1])
        #expect(agree(normal.logJointDensity(0, component: 0), Notebook.number("float64/one_component_at_zero"), 1e-12))
    }

    @Test func weightsAndPrior() throws {
        let weights = softmax(Array(truth.logWeights))
        #expect(agree(weights[0], 1 / 6, 1e-15) && agree(weights[1], 5 / 6, 1e-15))
        let prior = try DirichletPrior(concentration: Notebook.number("alpha_prior"))
        #expect(agree(prior.logDensity(weights), Notebook.number("float64/weights_loglike_true"), 1e-12))
    }

    @Test(arguments: kernels)
    func logLikelihoods(kernel: Kernel) throws {
        let mixture = try truth.mixture()
        #expect(
            agree(
                try mixture.logDensity([Notebook.data[1]], kernel: kernel)[0],
                Notebook.number("float64/loglike_datum_1"), 1e-12))
        #expect(
            agree(
                try mixture.logLikelihood(Notebook.data, kernel: kernel),
                Notebook.number("float64/mixture_loglike_true"), 1e-12))
    }

    @Test(arguments: kernels)
    func lossAndGradient(kernel: Kernel) throws {
        for (parameters, name) in [(start, "init"), (truth, "true")] {
            let (loss, gradient) = try posterior(kernel).lossAndGradient(parameters)
            #expect(agree(loss, Notebook.number("float64/loss_\(name)"), 1e-12))
            let expected = Notebook.parameters("float64/grad_\(name)")
            // Relative to the largest entry of a row: single entries are differences of sums a thousand times their
            // size.
            for (mine, theirs) in [
                (gradient.logWeights, expected.logWeights), (gradient.means, expected.means),
                (gradient.factors, expected.factors),
            ] {
                let size = max(theirs.map(abs).max()!, name == "true" ? 6000 : 0)
                #expect(
                    zip(mine, theirs).allSatisfy { abs($0 - $1) <= 1e-10 * size },
                    "\(Array(mine)) against \(Array(theirs))")
            }
        }
    }

    @Test(arguments: kernels)
    func float32(kernel: Kernel) throws {
        let data = Notebook.data.map(Float.init), mixture = try truth.mixture()
        let one = try mixture.logDensity([data[1]], kernel: kernel)[0]
        #expect(agree(Double(one), Notebook.number("seed_float32/loglike_datum_1"), 1e-6))
        for figures in ["seed_float32", "jax_float32"] {
            #expect(
                agree(
                    try mixture.logLikelihood(data, kernel: kernel), Notebook.number(figures + "/mixture_loglike_true"),
                    1e-6))
            let posterior = try NegativeLogPosterior(data, components: 2, weightConcentration: 2, kernel: kernel)
            #expect(agree(try posterior.loss(truth), Notebook.number(figures + "/loss_true"), 1e-6))
            let (loss, gradient) = try posterior.lossAndGradient(start)
            #expect(agree(loss, Notebook.number(figures + "/loss_init"), 1e-6))
            for (mine, theirs) in zip(gradient.all, Notebook.parameters(figures + "/grad_init").all) {
                #expect(agree(mine, theirs, 1e-6))
            }
        }
    }

    @Test func gradientAgainstCentralDifferences() throws {
        let posterior = try posterior(.automatic())
        for parameters in [start, truth] {
            let gradient = try posterior.lossAndGradient(parameters).gradient
            for row in [\Parameters.logWeights, \Parameters.means, \Parameters.factors] {
                for k in 0..<2 {
                    let step = 1e-5
                    var up = parameters, down = parameters
                    up[keyPath: row][k] += step
                    down[keyPath: row][k] -= step
                    let difference = (try posterior.loss(up) - posterior.loss(down)) / (2 * step)
                    // Truncation grows as step², rounding of the loss as 1/step: both near 1e-6 of 1e5 here.
                    #expect(abs(difference - gradient[keyPath: row][k]) <= 1e-5 * max(1000, abs(difference)))
                }
            }
        }
    }

    /// The reference is left out: 1000 passes in debug take minutes, and it agrees with the others step by step.
    @Test(arguments: kernels.filter { $0 != .reference }, [("adam", 0.5), ("adam_step_0.1", 0.1)])
    func adam(kernel: Kernel, run: (name: String, learningRate: Double)) throws {
        let path = "float64/" + run.name
        let fit = try GaussianMixture.fit(
            Notebook.data, components: 2, method: .adam(learningRate: run.learningRate, standardized: false),
            initialisation: .parameters(start),
            weightConcentration: 2, tolerance: 0, iterations: 1000, endpoint: .last, threads: 1, kernel: kernel)
        #expect(fit.iterations == 1000 && fit.history.steps == Array(0...1000) && !fit.converged)
        #expect(fit.kernel == kernel)
        for (step, loss) in Notebook.value(path + "/losses") as! [String: Double] {
            // The spread over runs started 1 ulp apart, and the rounding of a sum of 6000 terms where that spread is
            // nothing.
            let spread = Notebook.number("\(path)/losses_spread/\(step)")
            #expect(abs(fit.history.losses[Int(step)!] - loss) <= max(spread, 1e-12 * loss), "step \(step)")
        }
        let lowest = fit.history.losses.min()!
        #expect(agree(lowest, Notebook.number(path + "/lowest_loss"), 1e-12))
        for (mine, theirs) in zip(fit.parameters.all, Notebook.parameters(path + "/final_params").all) {
            #expect(abs(mine - theirs) <= max(Notebook.number(path + "/final_params_spread"), 1e-12) * 4)
        }
        #expect(fit.parameters == fit.history.parameters(at: 1000))
        #expect(try fit.loss == posterior(kernel).loss(fit.parameters))
    }

    @Test func adamInFloat32ReachesTheOptimum() throws {
        let fit = try GaussianMixture.fit(
            Notebook.data.map(Float.init), components: 2, method: .adam(learningRate: 0.5, standardized: false),
            initialisation: .parameters(start),
            weightConcentration: 2, tolerance: 0, iterations: 1000, endpoint: .last)
        // In float32 the bursts of step size 0.5 come when rounding decides: the README of the fixtures.
        #expect(fit.history.losses.min()! < Notebook.number("float64/optimum/loss") + 0.1)
        #expect(fit.loss < Notebook.number("float64/optimum/loss") + 5)
    }

    @Test(arguments: kernels.filter { $0 != .reference })
    func emReachesTheOptimum(kernel: Kernel) throws {
        let fit = try GaussianMixture.fit(
            Notebook.data, components: 2, initialisation: .parameters(start), weightConcentration: 2, tolerance: 1e-12,
            kernel: kernel)
        #expect(fit.converged)
        #expect(agree(fit.loss, Notebook.number("float64/optimum/loss"), 1e-9))
        let order = fit.mixture.means[0][0] < fit.mixture.means[1][0] ? [0, 1] : [1, 0]
        for (i, k) in order.enumerated() {
            #expect(agree(fit.mixture.weights[k], Notebook.numbers("float64/optimum/normalised_weights")[i], 1e-5))
            #expect(agree(fit.mixture.means[k][0], Notebook.numbers("float64/optimum/mus")[i], 1e-5))
            #expect(agree(fit.mixture.standardDeviations[k][0], Notebook.numbers("float64/optimum/scales")[i], 1e-5))
        }
    }

    @Test(arguments: [Method.em(), .adam(learningRate: 0.1, standardized: false)])
    func sixteenRestartsFindTheOptimum(method: Method) throws {
        func fit(threads: Int, seed: UInt64 = 7) throws -> Fit {
            try GaussianMixture.fit(
                Notebook.data, components: 2, method: method, initialisation: .standardNormal, search: .restarts(16),
                key: RandomKey(seed: seed),
                weightConcentration: 2, tolerance: 1e-12, iterations: 1500, historyStride: 100, threads: threads)
        }
        let one = try fit(threads: 1), eight = try fit(threads: 8)
        #expect(agree(one.loss, Notebook.number("float64/optimum/loss"), 1e-10))
        #expect(
            one.restarts.count == 16 && one.restarts.map(\.loss).min() == one.loss
                && one.restarts[one.bestRestart].loss == one.loss)
        // The threads leave no trace in the result; the key does.
        #expect(one.parameters == eight.parameters && one.restarts == eight.restarts && one.history == eight.history)
        #expect(try fit(threads: 2, seed: 8).restarts != one.restarts)
    }

    // MARK: Random numbers

    @Test func dataAndStartFromKey100() throws {
        let key = RandomKey(seed: 100), keys = key.split()
        let data =
            keys[0].normal(1000, as: Float.self).map { 1.1 * $0 - 2 }
            + keys[1].normal(5000, as: Float.self).map { 2 * $0 + 5 }
        #expect(data.count == 6000)
        for (mine, theirs) in zip(data, Notebook.data) { #expect(abs(Double(mine) - theirs) <= 2e-6) }
        for (mine, theirs) in zip(try Parameters.standardNormal(MixtureShape(components: 2), key: key).all, start.all) {
            #expect(abs(mine - theirs) <= 1e-6)
        }
    }
}
