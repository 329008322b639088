import RealModule

/// A fitted mixture, and what happened on the way.
public struct Fit: Sendable {
    public let mixture: GaussianMixture
    /// The same in unconstrained parameters, as the method left them.
    public let parameters: Parameters
    /// Σ wᵢ log p(xᵢ) of the data under ``mixture``.
    public let logLikelihood: Double
    /// Minus the log posterior: −(``logLikelihood`` + log prior).
    public let loss: Double
    /// Updates made by the restart that won.
    public let iterations: Int
    /// Why the restart that won ended.
    public var outcome: Outcome { restarts[bestRestart].outcome }
    /// Whether the restart that won met the tolerance.
    public var converged: Bool { outcome == .converged }
    /// What the loss is estimated to have left to gain where the restart that won ended, per unit of data weight; nil where that is not known, as without
    /// a tolerance or where the loss bends downwards.
    public var remainingGain: Double? { restarts[bestRestart].remainingGain }
    /// Of the restart that won.
    public let history: History
    /// Every restart, in order.
    public let restarts: [Restart]
    /// The index in ``restarts`` of the one that won: of the restarts that are not ``Restart/setAside``, the one with the lowest loss, the first of equals.
    ///
    /// Set aside are restarts that failed, diverged or collapsed, and those that were not carried on after a short run. If a restart is left of which no
    /// component ended at the variance floor, all have data and no two coincide, then those of which this is not so are set aside too: at the floor the
    /// loss says how low the floor is and little else, and the others are no better than fewer components.
    public let bestRestart: Int
    /// What went wrong with components, in all restarts.
    public let events: [Event]
    public let method: Method
    /// N
    public let count: Int
    /// W = Σ wᵢ, N without weights.
    public let totalWeight: Double
    /// BIC with the likelihood of the data and of their most probable components together
    /// (C. Biernacki, G. Celeux and G. Govaert, 2000); smaller is better.
    public let icl: Double
    /// The kernel that read the data, by its own report.
    public let kernel: Kernel
    /// The threads that it was allowed.
    public let threads: Int

    /// How one restart ended.
    public struct Restart: Sendable, Hashable {
        /// Infinite where it failed.
        public let loss: Double
        public let iterations: Int
        public let outcome: Outcome
        public var converged: Bool { outcome == .converged }
        /// As ``Fit/remainingGain``.
        public let remainingGain: Double?
        /// How often the data were read: an iteration whose extrapolation is not taken reads them twice.
        public let passes: Int
        /// The components that ended at the variance floor.
        public let floorContacts: [FloorContact]
        public var isAtFloor: Bool { !floorContacts.isEmpty }
        /// Whether it was among those carried on after short runs; true without those.
        public let isCarriedOn: Bool
        /// Why it could not win; nil if it could.
        public let setAside: SetAside?
        /// What kept it from being made, where it failed.
        public let error: MixtureError?
        public let history: History
    }

    /// Why a restart could not win.
    public enum SetAside: String, Codable, Sendable, Hashable, CaseIterable {
        /// A component ended at the variance floor, and other restarts did not end so.
        case atFloor = "at-floor"
        /// A component has no data, or two coincide, so that it is no better than fewer components; and other restarts are.
        case fewerComponents = "as-fewer-components"
        /// Its short run was not among the best.
        case shortRun = "short-run"
        case diverged, collapsed, failed
    }

    /// The components of ``mixture`` that ended at the variance floor.
    public var floorContacts: [FloorContact] { restarts[bestRestart].floorContacts }
    /// Whether a component of ``mixture`` ended at the variance floor.
    public var isAtFloor: Bool { restarts[bestRestart].isAtFloor }
    /// p: weights that sum to one, means, covariances.
    public var freeParameters: Int { mixture.shape.freeParameters }
    /// The Bayesian information criterion −2 ℓ + p log W; smaller is better (G. Schwarz, 1978).
    public var bic: Double { -2 * logLikelihood + Double(freeParameters) * .log(totalWeight) }
    /// Akaike's information criterion −2 ℓ + 2 p; smaller is better (H. Akaike, 1974).
    public var aic: Double { -2 * logLikelihood + 2 * Double(freeParameters) }
}

extension Fit: CustomStringConvertible {
    /// One line for the fit, one for each component, and one if a component ended at the variance floor.
    public var description: String {
        "log-likelihood \(logLikelihood), \(converged ? "converged" : "not converged") after \(iterations) iterations\n\(mixture)"
            + (isAtFloor ? "\na component ended at the variance floor: try a lower floor, fewer components or another covariance type" : "")
    }
}

/// Short runs of all restarts, of which the best are carried on (emEM; C. Biernacki, G. Celeux and G. Govaert, Choosing starting values for the EM
/// algorithm, Comput. Stat. Data Anal. 41, 2003).
public struct ShortRuns: Sendable, Hashable {
    /// How many iterations a short run makes.
    public let iterations: Int
    /// How many of the restarts are carried on.
    public let kept: Int

    public init(iterations: Int = 10, kept: Int = 1) {
        self.iterations = iterations
        self.kept = kept
    }
}

extension GaussianMixture {
    /// Finds the mixture of K Gaussians that the data most likely came from.
    ///
    /// - Parameters:
    ///   - data: N finite data, at least K of them distinct and at least two: `[Double]` or `[Float]` in one dimension, `[[Double]]` or `[[Float]]`
    ///     in more, or a ``Dataset`` with weights or strides. Data in `Float` are read in float32; sums and parameters are float64 always.
    ///   - components: K ≥ 1.
    ///   - covariance: full by default.
    ///   - method: ``Method/em(acceleration:)`` by default.
    ///   - initialisation: ``Initialisation/kMeans`` by default.
    ///   - restarts: R ≥ 1 starts, run side by side, the first from `key` and the others from keys that belong to it, so that more restarts contain the
    ///     fewer; the best is returned, by the rule of ``Fit/bestRestart``. 1 by default, and the most where the start is given.
    ///   - shortRuns: carries only the best of the restarts on after a few iterations; nil, the default, all to the end.
    ///   - key: of every random choice; seed 0 by default. The result depends on it and not on the threads.
    ///   - weightConcentration: α ≥ 1 of the symmetric Dirichlet prior on the weights; 1, the default, is maximum likelihood. Below 1 the
    ///     posterior has no maximum, since a weight of zero makes it infinite.
    ///   - covariancePrior: of means and covariances; nil, the default, is none.
    ///   - varianceFloor: the least variance of a component in any direction, in units of the features' variances; 1e-6 by default. A component
    ///     that closes in on one datum would otherwise take the likelihood to infinity. 0 is none: a component that collapses then ends its run.
    ///   - collapse: what becomes of a component that reaches the floor or loses its data; it is held there by default. ``Fit/events`` has it.
    ///   - tolerance: training ends when the loss has no more than this left to gain, per unit of data weight, by the quadratic that the gradient and the
    ///     curvature of the last steps make; or no more than its own rounding, while no step lowers it. 1e-8 by default; 0 makes all iterations.
    ///   - iterations: the most updates that a restart makes, 1000 by default. 0 evaluates the start; given parameters are then left as they are, to the
    ///     last bit, and the data may be any that can be read, a single row too.
    ///   - endpoint: which point of a run is returned, the best by default.
    ///   - historyStride: every how many steps loss and parameters are kept, 1 by default; the first and the last always are, in each restart.
    ///   - threads: the most that run at once, over restarts and over data together; by default as many as the machine has cores, and at most four a core.
    ///   - kernel: ``Kernel/automatic()`` by default.
    ///   - progress: called after every step, from any thread; nothing by default.
    /// - Returns: the restart that won, by the rule of ``Fit/bestRestart``. Its components are in order of their means, by the first feature, then by the
    ///   next; those of a start that is given stay in its order. History, events and what was pruned keep that order.
    /// - Throws: ``MixtureError``
    /// - Complexity: O(R · iterations · N · K · D), with full covariances O(R · iterations · (N + D) · K · D²).
    public static func fit(
        _ data: some Observations, components: Int, covariance: CovarianceType = .full, method: Method = .em(),
        initialisation: Initialisation = .kMeans, restarts: Int = 1, shortRuns: ShortRuns? = nil, key: RandomKey = RandomKey(seed: 0),
        weightConcentration: Double = 1, covariancePrior: NormalInverseWishartPrior? = nil, varianceFloor: Double = 1e-6,
        collapse: CollapsePolicy = .hold, tolerance: Double = 1e-8, iterations: Int = 1000, endpoint: Endpoint = .best, historyStride: Int = 1,
        threads: Int? = nil, kernel: Kernel? = nil, progress: (@Sendable (Fit.Progress) -> Void)? = nil
    ) throws(MixtureError) -> Fit {
        let options = TrainingOptions(
            method: method, iterations: iterations, tolerance: tolerance, historyStride: historyStride, varianceFloor: varianceFloor,
            collapse: collapse, endpoint: endpoint, progress: progress)
        try options.check()
        let (rows, data) = try data.dataset().withoutWeightlessRows()
        do {
            return try fit(
                data, components: components, covariance, options, initialisation, restarts: restarts, shortRuns, key: key,
                weightConcentration: weightConcentration, covariancePrior, threads: threadCount(threads), kernel: Kernel.chosen(kernel))
        } catch {
            throw error.ofRow { rows?[$0] ?? $0 }
        }
    }

    private static func fit<Scalar>(
        _ data: Dataset<Scalar>, components: Int, _ covariance: CovarianceType, _ options: TrainingOptions, _ initialisation: Initialisation,
        restarts: Int, _ shortRuns: ShortRuns?, key: RandomKey, weightConcentration: Double, _ covariancePrior: NormalInverseWishartPrior?,
        threads: Int, kernel: Kernel
    ) throws(MixtureError) -> Fit {
        let shape = try MixtureShape(components: components, dimension: data.dimension, covariance: covariance)
        guard (1...1_000_000).contains(restarts) else {
            throw .invalidOption(name: "The number of restarts", value: "\(restarts)", requirement: "from 1 to 1000000")
        }
        guard weightConcentration >= 1, weightConcentration.isFinite else {
            throw .invalidOption(
                name: "The weight concentration", value: "\(weightConcentration)",
                requirement: "at least 1 and finite; below 1 a weight of zero makes the posterior infinite")
        }
        if let shortRuns, shortRuns.iterations < 1 || !(1...restarts).contains(shortRuns.kept) {
            throw .invalidOption(
                name: "The short runs", value: "\(shortRuns.iterations) iterations, of which \(shortRuns.kept) are kept",
                requirement: "of at least 1 iteration, and from 1 to as many kept as there are restarts, \(restarts)")
        }
        guard restarts == 1 || initialisation.isDrawn else {
            throw .invalidOption(
                name: "The number of restarts", value: "\(restarts)", requirement: "1 where the start is given, since all would be the same")
        }
        let weightPrior = try DirichletPrior(concentration: weightConcentration)
        // Parameters that are only looked at need nothing of the data but that they can be read.
        let isEvaluation = options.iterations == 0 && initialisation.isComplete
        let summary = isEvaluation && covariancePrior == nil
            ? DataSummary(unitsOf: data.dimension)
            : try DataSummary(
                data, components: components, needsScatter: covariancePrior != nil && shape.isTriangular, threads: threads,
                kernel: kernel)

        func runs(
            _ indices: [Int], _ options: TrainingOptions, from start: @Sendable (Int, Int) throws(MixtureError) -> Parameters, keys: [RandomKey]
        ) -> [Result<TrainingRun, MixtureError>] {
            // Restarts side by side come first, since they share nothing; what threads are left over go to the data of each.
            let sideBySide = min(threads, indices.count), each = threads / sideBySide
            return concurrentMap(indices, threads: sideBySide) { restart throws(MixtureError) in
                let training = try Training(
                    from: start(restart, each), options, summary: summary, restart: restart, key: keys[restart], isEvaluation: isEvaluation
                ) { shape throws(MixtureError) in
                    try NegativeLogPosterior(
                        data, shape, weightPrior: weightPrior,
                        covariancePrior: CovariancePrior(covariancePrior, shape, summary, totalWeight: data.totalWeight), threads: each,
                        kernel: kernel)
                }
                return try training.run()
            }
        }

        // The first restart has the key as it is, and each other the one that belongs to its number, however many there are.
        let keys = (0..<restarts).map { $0 == 0 ? key : key.folded(with: UInt32($0)) }
        var shortOptions = options
        if let shortRuns { shortOptions.iterations = min(shortRuns.iterations, options.iterations) }
        var results = runs(
            Array(0..<restarts), shortOptions,
            from: { restart, threads throws(MixtureError) in
                try initialisation.start(data, shape, summary, threads: threads, kernel: kernel, key: keys[restart])
            }, keys: keys)
        var carriedOn = Set(0..<restarts)
        if let shortRuns {
            let short = results, chosen = Array(RestartChoice(short).order.prefix(shortRuns.kept)).sorted()
            carriedOn = Set(chosen)
            let long = runs(
                chosen, options, from: { restart, _ throws(MixtureError) in try short[restart].get().parameters }, keys: keys.map { $0.split(2)[1] })
            for (restart, run) in zip(chosen, long) {
                results[restart] = run.flatMap { run in short[restart].map { run.following($0) } }
            }
        }
        results = results.map { $0.map { $0.inOrder(byMeans: initialisation.isDrawn) } }

        let choice = RestartChoice(results, carriedOn: carriedOn)
        guard let best = choice.best, case .success(let run) = results[best] else { throw choice.error(method: options.method, shape) }
        let mixture = try isEvaluation ? initialisation.mixture(run.parameters) : run.parameters.mixture()
        return Fit(
            mixture: mixture, parameters: run.parameters, logLikelihood: run.statistics.logLikelihood, loss: run.loss,
            iterations: run.iterations, history: run.history, restarts: choice.restarts, bestRestart: best,
            events: results.flatMap { (try? $0.get().events) ?? [] }, method: options.method, count: data.count, totalWeight: data.totalWeight,
            icl: try mixture.icl(data, threads: threads, kernel: kernel), kernel: run.kernel ?? kernel, threads: threads)
    }
}

extension TrainingOptions {
    fileprivate func check() throws(MixtureError) {
        try method.check()
        guard historyStride >= 1 else {
            throw .invalidOption(name: "The stride of the history", value: "\(historyStride)", requirement: "at least 1")
        }
        guard iterations >= 0 else { throw .invalidOption(name: "The number of iterations", value: "\(iterations)", requirement: "at least 0") }
        guard tolerance >= 0, tolerance.isFinite else {
            throw .invalidOption(name: "The tolerance", value: "\(tolerance)", requirement: "at least 0 and finite")
        }
        guard varianceFloor >= 0, varianceFloor < 1 else {
            throw .invalidOption(name: "The variance floor", value: "\(varianceFloor)", requirement: "at least 0 and below 1")
        }
    }
}
