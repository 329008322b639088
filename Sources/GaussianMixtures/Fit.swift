import Dispatch
import RealModule

/// A fitted mixture, and what happened on the way.
public struct Fit: Sendable {
    public let mixture: GaussianMixture
    /// The same in unconstrained parameters, as the method left them.
    public let parameters: Parameters
    /// Σ wᵢ log p(xᵢ) of the data under ``mixture``.
    public let logLikelihood: Double
    /// Minus the log posterior: −(``logLikelihood`` + log Dirichlet(weights; α)).
    public let loss: Double
    /// Updates made by the restart that won.
    public let iterations: Int
    /// Whether the restart that won met the tolerance.
    public let converged: Bool
    /// Of the restart that won.
    public let history: History
    /// Every restart, in order.
    public let restarts: [Restart]
    /// The index in ``restarts`` of the one with the lowest loss, the first of equals.
    public let bestRestart: Int
    public let method: Method
    /// N
    public let count: Int
    /// W = Σ wᵢ, N without weights.
    public let totalWeight: Double
    /// The kernel that read the data, by its own report.
    public let kernel: Kernel
    /// The threads that it was allowed.
    public let threads: Int

    /// How one restart ended.
    public struct Restart: Sendable, Hashable {
        public let loss: Double
        public let iterations: Int
        public let converged: Bool
    }

    /// p = 3 K − 1: weights that sum to one, means, variances.
    public var freeParameters: Int { 3 * mixture.components - 1 }
    /// The Bayesian information criterion −2 ℓ + p log W; smaller is better (G. Schwarz, 1978).
    public var bic: Double { -2 * logLikelihood + Double(freeParameters) * .log(totalWeight) }
    /// Akaike's information criterion −2 ℓ + 2 p; smaller is better (H. Akaike, 1974).
    public var aic: Double { -2 * logLikelihood + 2 * Double(freeParameters) }
}

extension Fit: CustomStringConvertible {
    /// One line for the fit and one for each component.
    public var description: String {
        "log-likelihood \(logLikelihood), \(converged ? "converged" : "not converged") after \(iterations) iterations\n\(mixture)"
    }
}

extension GaussianMixture {
    /// Finds the mixture of K Gaussians that the data most likely came from.
    ///
    /// - Parameters:
    ///   - data: N finite numbers, at least K of them distinct and at least two: `[Double]`, `[Float]`, or a ``Dataset`` with weights or a
    ///     stride. Data in `Float` are read in float32; sums and parameters are float64 always.
    ///   - components: K ≥ 1.
    ///   - method: ``Method/em`` by default.
    ///   - initialisation: ``Initialisation/kMeansPlusPlus`` by default.
    ///   - restarts: R ≥ 1 starts, each from a key split from `key`, run side by side; the best is returned. 1 by default.
    ///   - key: of every random choice; seed 0 by default. The result depends on it and not on the threads.
    ///   - weightConcentration: α ≥ 1 of the symmetric Dirichlet prior on the weights; 1, the default, is maximum likelihood. Below 1 the
    ///     posterior has no maximum, since a weight of zero makes it infinite.
    ///   - tolerance: training ends when the loss has no more than this, per unit of data weight, left to gain: for EM by Aitken's estimate, for
    ///     Adam when no entry of the gradient exceeds its square root. 1e-8 by default; 0 makes all iterations.
    ///   - iterations: the most updates that a restart makes, 1000 by default.
    ///   - historyStride: every how many steps loss and parameters are kept, 1 by default; the first and the last always are.
    ///     The history takes (3 K + 2) · 8 bytes a step kept.
    ///   - threads: the most that run at once, over restarts and over data together; by default as many as the machine has cores.
    ///   - kernel: ``Kernel/automatic()`` by default.
    ///   - progress: called after every step, from any thread; nothing by default.
    /// - Returns: the restart with the lowest loss. No variance falls below 1e-6 of that of the data under EM, since a component that closes in
    ///   on one datum takes the likelihood to infinity; Adam has no such floor.
    /// - Throws: ``MixtureError``
    /// - Complexity: O(R · iterations · N · K)
    public static func fit(
        _ data: some Observations, components: Int, method: Method = .em, initialisation: Initialisation = .kMeansPlusPlus, restarts: Int = 1,
        key: RandomKey = RandomKey(seed: 0), weightConcentration: Double = 1, tolerance: Double = 1e-8, iterations: Int = 1000,
        historyStride: Int = 1, threads: Int? = nil, kernel: Kernel? = nil, progress: (@Sendable (Fit.Progress) -> Void)? = nil
    ) throws(MixtureError) -> Fit {
        try fit(
            dataset: data.dataset(), components: components, method: method, initialisation: initialisation, restarts: restarts, key: key,
            weightConcentration: weightConcentration, tolerance: tolerance, iterations: iterations, historyStride: historyStride,
            threads: threads, kernel: kernel, progress: progress)
    }

    private static func fit<Scalar>(
        dataset: Dataset<Scalar>, components: Int, method: Method, initialisation: Initialisation, restarts: Int, key: RandomKey,
        weightConcentration: Double, tolerance: Double, iterations: Int, historyStride: Int, threads: Int?, kernel: Kernel?,
        progress: (@Sendable (Fit.Progress) -> Void)?
    ) throws(MixtureError) -> Fit {
        try checkComponents(components)
        try method.check()
        guard (1...1_000_000).contains(restarts) else {
            throw .invalidOption(name: "The number of restarts", value: "\(restarts)", requirement: "from 1 to 1000000")
        }
        guard historyStride >= 1 else {
            throw .invalidOption(name: "The stride of the history", value: "\(historyStride)", requirement: "at least 1")
        }
        guard iterations >= 0 else { throw .invalidOption(name: "The number of iterations", value: "\(iterations)", requirement: "at least 0") }
        guard tolerance >= 0, tolerance.isFinite else {
            throw .invalidOption(name: "The tolerance", value: "\(tolerance)", requirement: "at least 0 and finite")
        }
        guard weightConcentration >= 1, weightConcentration.isFinite else {
            throw .invalidOption(
                name: "The weight concentration", value: "\(weightConcentration)",
                requirement: "at least 1 and finite; below 1 a weight of zero makes the posterior infinite")
        }
        let threads = try threadCount(threads), kernel = try Kernel.chosen(kernel)
        let doubles = dataset.doubles(), weights = dataset.weightsAsDoubles()
        let variance = try variance(of: doubles, weights: weights, components: components)
        let options = TrainingOptions(
            method: method, iterations: iterations, tolerance: tolerance, historyStride: historyStride, varianceFloor: 1e-6 * variance,
            progress: progress)

        // Restarts side by side come first, since they share nothing; what threads are left over go to the data of each.
        let sideBySide = min(threads, restarts)
        let runs = try concurrentMap(key.split(restarts), threads: sideBySide) { restart, key throws(MixtureError) in
            let start = try initialisation.start(
                doubles, weights: weights, components: components, varianceFloor: options.varianceFloor, key: key)
            let posterior = try NegativeLogPosterior(
                dataset, components: components, weightConcentration: weightConcentration, threads: threads / sideBySide, kernel: kernel)
            return (try posterior.train(from: start, options, restart: restart), posterior.pass.kernelThatRan)
        }

        let finished = runs.indices.filter { runs[$0].0.outcome != .diverged }
        guard let best = finished.min(by: { runs[$0].0.loss < runs[$1].0.loss }) else {
            throw .diverged(step: runs[0].0.iterations + 1)
        }
        let run = runs[best].0
        return Fit(
            mixture: try run.parameters.mixture(), parameters: run.parameters, logLikelihood: run.statistics.logLikelihood, loss: run.loss,
            iterations: run.iterations, converged: run.outcome == .converged, history: run.history,
            restarts: runs.map { Fit.Restart(loss: $0.0.loss, iterations: $0.0.iterations, converged: $0.0.outcome == .converged) },
            bestRestart: best, method: method, count: dataset.count, totalWeight: dataset.totalWeight, kernel: runs[best].1 ?? kernel,
            threads: threads)
    }

    /// The variance of the data, after a look at whether they can be fitted at all.
    private static func variance(of data: [Double], weights: [Double]?, components: Int) throws(MixtureError) -> Double {
        var smallest = Double.infinity, largest = -Double.infinity, total = 0.0
        var distinct: Set<Double> = []
        for (i, x) in data.enumerated() {
            guard x.isFinite else { throw .notFinite(row: i) }
            let weight = weights?[i] ?? 1
            guard weight > 0 else { continue }
            total += weight
            smallest = min(smallest, x)
            largest = max(largest, x)
            if distinct.count < max(2, components) { distinct.insert(x) }
        }
        guard distinct.count >= max(2, components) else { throw .tooFewDistinctData(distinct: distinct.count, components: components) }
        // About the smallest datum, in units of the range: no overflow, and no cancellation beyond that of the range itself.
        let range = largest - smallest
        var first = 0.0, second = 0.0
        for (i, x) in data.enumerated() {
            let share = (weights?[i] ?? 1) / total, distance = (x - smallest) / range
            first += share * distance
            second += share * distance * distance
        }
        let variance = (second - first * first) * range * range
        guard (1e-6 * variance).isNormal, variance.isFinite else {
            throw .spreadNotRepresentable(smallest: smallest, largest: largest)
        }
        return variance
    }
}

/// Maps elements side by side on at most `threads` threads; the results are in order, and so is the error that is thrown, the first.
private func concurrentMap<Element: Sendable, Result: Sendable>(
    _ elements: [Element], threads: Int, _ transform: @Sendable (Int, Element) throws(MixtureError) -> Result
) throws(MixtureError) -> [Result] {
    var results = [Swift.Result<Result, MixtureError>?](repeating: nil, count: elements.count)
    results.withUnsafeMutableBufferPointer {
        // Each iteration writes entries that no other touches.
        nonisolated(unsafe) let results = $0
        DispatchQueue.concurrentPerform(iterations: threads) { worker in
            for i in stride(from: worker, to: elements.count, by: threads) {
                do throws(MixtureError) {
                    results[i] = .success(try transform(i, elements[i]))
                } catch {
                    results[i] = .failure(error)
                }
            }
        }
    }
    var successes: [Result] = []
    for result in results { successes.append(try result!.get()) }
    return successes
}
