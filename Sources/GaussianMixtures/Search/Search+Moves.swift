extension Search {
    /// How many rows decide among maxima of so many parameters. Their responsibilities take at most a quarter of a
    /// gibibyte.
    private var sufficientRows: Int {
        min(max(20_000, 30 * shape.freeParameters), (1 << 25) / shape.components)
    }

    /// Whether all data take part in the search.
    var searchesAll: Bool { source.count <= 2 * sufficientRows }

    /// The best maximum of all data, or of a sample of them, that moves from one start after another lead to; nil if
    /// none is better than what the first run came to.
    func searched(
        after first: TrainingRun?
    ) throws(MixtureError) -> (better: Parameters?, report: Fit.Search) {
        let keys = keys[0].split(3), isExhaustive = options.search == .exhaustive
        let data = try source.sample(searchesAll ? source.count : sufficientRows, key: keys[0])
        var search = try MoveSearch(
            data, options, shape, summary, threads: threads, kernel: kernel, interruption: interruption,
            effort: isExhaustive
                ? .init(trials: 64, splits: 6, rounds: 6) : .init(trials: 24, splits: 2, rounds: 2),
            steps: first?.iterations ?? 0, progress: progress)
        let tolerance = max(options.tolerance, 1e-7)

        func maximum(
            from kind: Initialisation, _ search: inout MoveSearch<Source.Scalar>, key: RandomKey
        )
            throws(MixtureError) -> MoveSearch<Source.Scalar>.Trained
        {
            try search.climb(
                kind.start(
                    data, shape, summary, threads: threads, kernel: kernel, key: key, interruption: interruption),
                iterations: 150, tolerance: 1e-5)
        }

        var start: MoveSearch<Source.Scalar>.Trained
        if let first {
            start = .init(
                parameters: first.parameters, loss: first.loss,
                reads: Double(first.passes) * Double(data.count) * Double(shape.components),
                isSound: first.floorContacts.isEmpty && !first.isAsFewer)
        } else {
            start = try maximum(from: options.initialisation, &search, key: self.keys[0])
        }
        let unit = start.reads, limit = (isExhaustive ? 100 : 10) * unit
        var best = try search.improve(start, key: keys[1], readsLimit: limit / 3)
        if search.kept > 0 { best = try search.climb(best.parameters, tolerance: tolerance) }
        // Groups so far apart that no move is worth a trial have one maximum.
        let isSure = !search.hasCandidates && search.kept == 0
        var report = Fit.Search()
        let others: [Initialisation] = [.kMeansPlusPlus, .randomFromData, .random]
        let enough = isExhaustive ? 4 : 2, most = isExhaustive ? 24 : 5
        while !isSure || isExhaustive, report.found < enough, report.starts < most, !interruption.isDue,
            search.reads < limit
        {
            let key = keys[2].folded(with: UInt32(report.starts))
            let kind = others[(report.starts - 1) % others.count]
            report.starts += 1
            let start = try maximum(from: kind, &search, key: key)
            guard start.loss.isFinite else { continue }
            let moved = try search.improve(start, key: key.folded(with: 1), readsLimit: limit / 3)
            let other = try search.climb(moved.parameters, tolerance: tolerance)
            guard other.loss.isFinite, other.isSound || !best.isSound else { continue }
            let difference = (best.loss - other.loss) / data.totalWeight
            if difference > 1e-6 {
                report.found = 1
                best = other
            } else if difference > -1e-6 {
                report.found += 1
            }
        }
        report.trials = search.trials
        report.kept = search.kept
        let isBetter = first.map { best.loss < $0.loss - 1e-7 * data.totalWeight } ?? true
        return (isBetter ? best.parameters : nil, report)
    }
}
