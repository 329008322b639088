import Dispatch

extension GaussianMixture {
    /// Finds the mixture of K Gaussians that the data most likely came from.
    ///
    /// - Parameters:
    ///   - data: N finite data, at least K of them distinct and at least two: `[Double]` or `[Float]` in one dimension,
    ///     `[[Double]]` or `[[Float]]` in more, or a ``Dataset`` with weights or strides. Data in `Float` are read in
    ///     float32; sums and parameters are float64 always.
    ///   - components: K ≥ 1.
    ///   - covariance, method, initialisation, search, shortRuns, key, weightConcentration, covariancePrior,
    ///     varianceFloor, collapse, tolerance, iterations, timeLimit, endpoint, historyStride, threads, kernel: as in
    ///     ``FitOptions``, with the same defaults.
    ///   - progress: called after every step, from any thread; false stops the fit. Nothing by default.
    /// - Returns: as ``fit(_:_:progress:)``.
    /// - Throws: ``MixtureError``
    /// - Complexity: O(R · iterations · N · K · D), with full covariances O(R · iterations · (N + D) · K · D²).
    public static func fit(
        _ data: some Observations, components: Int, covariance: CovarianceType = .full, method: Method = .em(),
        initialisation: Initialisation = .kMeans, search: SearchStrategy = .automatic, shortRuns: ShortRuns? = nil,
        key: RandomKey = RandomKey(seed: 0),
        weightConcentration: Double = 1, covariancePrior: NormalInverseWishartPrior? = nil,
        varianceFloor: Double = 1e-6,
        collapse: CollapsePolicy = .hold, tolerance: Double = 1e-8, iterations: Int = 1000, timeLimit: Duration? = nil,
        endpoint: Endpoint = .best,
        historyStride: Int = 1, threads: Int? = nil, kernel: Kernel? = nil,
        progress: (@Sendable (Fit.Progress) -> Bool)? = nil
    ) throws(MixtureError) -> Fit {
        var options = FitOptions(components: components)
        options.covariance = covariance
        options.method = method
        options.initialisation = initialisation
        options.search = search
        options.shortRuns = shortRuns
        options.key = key
        options.weightConcentration = weightConcentration
        options.covariancePrior = covariancePrior
        options.varianceFloor = varianceFloor
        options.collapse = collapse
        options.tolerance = tolerance
        options.iterations = iterations
        options.timeLimit = timeLimit
        options.endpoint = endpoint
        options.historyStride = historyStride
        options.threads = threads
        options.kernel = kernel
        return try fit(data, options, progress: progress)
    }

    /// Finds the mixture of K Gaussians that the data most likely came from.
    ///
    /// Ends early, with the best of what it has reached, when `progress` says so, when the task that it runs in is
    /// cancelled, or at the time limit: each thread looks before every step.
    ///
    /// - Parameters:
    ///   - data: N finite data, at least K of them distinct and at least two.
    ///   - options: what is asked for.
    ///   - progress: called after every step, from any thread; false stops the fit. Nothing by default.
    /// - Returns: the restart that won, by the rule of ``Fit/bestRestart``. Its components are in order of their means,
    ///   by the first feature, then by the next; those of a start that is given stay in its order. History, events and
    ///   what was pruned keep that order.
    /// - Throws: ``MixtureError``
    /// - Complexity: O(R · iterations · N · K · D), with full covariances O(R · iterations · (N + D) · K · D²).
    public static func fit(
        _ data: some Observations, _ options: FitOptions, progress: (@Sendable (Fit.Progress) -> Bool)? = nil
    ) throws(MixtureError) -> Fit {
        try options.validate()
        let (rows, data) = try data.dataset().withoutWeightlessRows()
        do {
            return try fit(source: data, options, progress: progress)
        } catch {
            throw error.ofRow { rows?[$0] ?? $0 }
        }
    }

    /// The same of data from any source, of which no row has weight zero.
    public static func fit(
        source: some StatisticsSource, _ options: FitOptions, progress: (@Sendable (Fit.Progress) -> Bool)? = nil
    ) throws(MixtureError) -> Fit {
        let result: Result<Fit, MixtureError> = withUnsafeCurrentTask { task in
            let interruption = Interruption(task: task, timeLimit: options.timeLimit)
            return Result { () throws(MixtureError) in
                try Search(source, options, interruption: interruption, progress: progress).run()
            }
        }
        return try result.get()
    }

    /// The same without blocking: the fit runs on threads of its own. Cancelling the task stops it, and what it has
    /// reached is returned.
    public static func fit(
        _ data: some Observations & Sendable, _ options: FitOptions, progress: (@Sendable (Fit.Progress) -> Bool)? = nil
    ) async throws(MixtureError) -> Fit {
        try options.validate()
        let (rows, data) = try data.dataset().withoutWeightlessRows()
        let interruption = Interruption(task: nil, timeLimit: options.timeLimit)
        let result: Result<Fit, MixtureError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    continuation.resume(
                        returning: Result { () throws(MixtureError) in
                            try Search(data, options, interruption: interruption, progress: progress).run()
                        })
                }
            }
        } onCancel: {
            interruption.request()
        }
        return try result.mapError { $0.ofRow { rows?[$0] ?? $0 } }.get()
    }
}

extension Training {
    /// Begins the first restart of a fit; the others, and the choice among them, are what
    /// ``GaussianMixture/fit(source:_:progress:)`` adds.
    ///
    /// - Parameters:
    ///   - source: data of which no row has weight zero.
    ///   - options: what is asked for.
    ///   - progress: called after every step; false ends the run. Nothing by default.
    /// - Throws: ``MixtureError``
    /// - Complexity: that of the start.
    public static func begin(
        _ source: some StatisticsSource, _ options: FitOptions, progress: (@Sendable (Fit.Progress) -> Bool)? = nil
    ) throws(MixtureError) -> Training {
        try Search(
            source, options, interruption: Interruption(task: nil, timeLimit: options.timeLimit), progress: progress
        ).firstTraining()
    }
}

/// The restarts of a fit: which runs are made, which go on, and which wins.
struct Search<Source: StatisticsSource> {
    let source: Source
    let options: FitOptions
    let shape: MixtureShape
    let threads: Int
    let kernel: Kernel
    let summary: DataSummary
    let interruption: Interruption
    let progress: (@Sendable (Fit.Progress) -> Bool)?
    /// The first restart has the key as it is, and each other the one that belongs to its number, however many there
    /// are.
    let keys: [RandomKey]

    init(
        _ source: Source, _ options: FitOptions, interruption: Interruption,
        progress: (@Sendable (Fit.Progress) -> Bool)?
    ) throws(MixtureError) {
        self.source = source
        self.options = options
        self.interruption = interruption
        self.progress = progress
        shape = try options.validate(dimension: source.dimension)
        threads = try threadCount(options.threads)
        kernel = try Kernel.chosen(options.kernel)
        // Parameters that are only looked at need nothing of the data but that they can be read.
        summary =
            options.isEvaluation && options.covariancePrior == nil
            ? DataSummary(unitsOf: source.dimension)
            : try DataSummary(
                source, components: options.components,
                needsScatter: options.covariancePrior != nil && shape.factor.isTriangle, threads: threads,
                kernel: kernel)
        keys = (0..<options.restarts).map { $0 == 0 ? options.key : options.key.folded(with: UInt32($0)) }
    }

    func run() throws(MixtureError) -> Fit {
        let searchesSample = options.usesMoves && !searchesAll
        let found = try searchesSample ? searched(after: nil) : nil, sampled = found?.better
        var report = found?.report
        var shortOptions = options
        if let shortRuns = options.shortRuns { shortOptions.iterations = min(shortRuns.iterations, options.iterations) }
        var results = runs(Array(0..<options.restarts), shortOptions, keys: keys) {
            restart, threads throws(MixtureError) in
            if restart > 0, interruption.isDue { throw .stopped }
            if let sampled { return sampled }
            return try start(restart, threads: threads)
        }
        var carriedOn = Set(0..<options.restarts)
        if let shortRuns = options.shortRuns {
            let short = results, chosen = Array(RestartChoice(short).order.prefix(shortRuns.kept)).sorted()
            carriedOn = Set(chosen)
            let long = runs(chosen, options, keys: keys.map { $0.split(2)[1] }) { restart, _ throws(MixtureError) in
                try short[restart].get().parameters
            }
            for (restart, run) in zip(chosen, long) {
                results[restart] = run.flatMap { run in short[restart].map { run.following($0) } }
            }
        }
        if options.usesMoves, searchesAll, case .success(let first) = results[0],
            first.outcome == .converged || first.outcome == .stalled, first.parameters.shape == shape
        {
            let better: Parameters?
            (better, report) = try searched(after: first)
            if let better {
                results += runs([1], options, keys: [keys[0], keys[0].folded(with: 1)]) { _, _ in better }
                carriedOn.insert(1)
            }
        }
        results = results.map { $0.map { $0.inOrder(byMeans: options.initialisation.isDrawn) } }

        let choice = RestartChoice(results, carriedOn: carriedOn)
        guard let best = choice.best, case .success(let run) = results[best] else {
            throw choice.error(method: options.method, shape)
        }
        let mixture =
            try options.isEvaluation ? options.initialisation.mixture(run.parameters) : run.parameters.mixture()
        return Fit(
            mixture: mixture, parameters: run.parameters, logLikelihood: run.statistics.logLikelihood, loss: run.loss,
            iterations: run.iterations, history: run.history, restarts: choice.restarts, bestRestart: best,
            events: results.flatMap { (try? $0.get().events) ?? [] }, options: options, count: source.count,
            totalWeight: source.totalWeight,
            icl: try mixture.icl(source, threads: threads, kernel: kernel), kernel: run.kernel ?? kernel,
            threads: threads, search: report)
    }

    /// Restarts side by side come first, since they share nothing; what threads are left over go to the data of each.
    private func runs(
        _ indices: [Int], _ options: FitOptions, keys: [RandomKey],
        from start: @Sendable (Int, Int) throws(MixtureError) -> Parameters
    ) -> [Result<TrainingRun, MixtureError>] {
        let sideBySide = min(threads, indices.count), each = threads / sideBySide
        return concurrentMap(indices, threads: sideBySide) { restart throws(MixtureError) in
            try training(restart, options, from: start(restart, each), key: keys[restart], threads: each).run()
        }
    }

    private func training(
        _ restart: Int, _ options: FitOptions, from start: Parameters, key: RandomKey, threads: Int
    ) throws(MixtureError) -> Training {
        try Training(
            source, options, from: start, summary: summary, restart: restart, key: key, threads: threads,
            kernel: kernel, interruption: interruption,
            progress: progress)
    }

    private func start(_ restart: Int, threads: Int) throws(MixtureError) -> Parameters {
        try options.initialisation.start(
            source, shape, summary, threads: threads, kernel: kernel, key: keys[restart], interruption: interruption)
    }

    /// The first restart, at its start.
    func firstTraining() throws(MixtureError) -> Training {
        try training(0, options, from: start(0, threads: threads), key: keys[0], threads: threads)
    }
}
