import RealModule

/// Moves from one local maximum to a higher one: two components become one, or one is taken away, and another becomes
/// two (N. Ueda, R. Nakano, Z. Ghahramani and G. E. Hinton, SMEM algorithm for mixture models, Neural Comput. 12, 2000).
///
/// What a merge loses and what a split gains is found first, each on the data of the components concerned. The moves that
/// promise most are then tried, on those components and their neighbours; the best of a few that gain is made, and all
/// components are trained together. When none gains, the search is over. Trials run side by side and are judged in their
/// order, so the result does not depend on the threads.
struct MoveSearch<Scalar: KernelScalar>: Sendable {
    private let data: Dataset<Scalar>
    private let options: FitOptions
    private let shape: MixtureShape
    private let summary: DataSummary
    private let threads: Int
    private let kernel: Kernel
    private let interruption: Interruption
    private let effort: Effort
    private let progress: (@Sendable (Fit.Progress) -> Bool)?
    /// Of the first run, which its progress has told of.
    private let steps: Int

    /// How much is tried.
    struct Effort {
        /// Moves that are tried before a maximum is taken for the highest that moves lead to.
        var trials: Int
        /// Different splits of each component.
        var splits: Int
        /// How often other splits are tried when none gains.
        var rounds: Int
    }

    /// Rows times components that were read, of all trials.
    private(set) var reads = 0.0
    private(set) var trials = 0, kept = 0
    /// Whether there was anything to try at the last maxima.
    private(set) var hasCandidates = false

    init(
        _ data: Dataset<Scalar>, _ options: FitOptions, _ shape: MixtureShape, _ summary: DataSummary, threads: Int,
        kernel: Kernel, interruption: Interruption, effort: Effort,
        steps: Int = 0, progress: (@Sendable (Fit.Progress) -> Bool)? = nil
    ) throws(MixtureError) {
        self.data = data
        self.shape = shape
        self.summary = summary
        self.threads = threads
        self.kernel = kernel
        self.interruption = interruption
        self.effort = effort
        self.progress = progress
        self.steps = steps
        var options = options
        options.collapse = .hold
        options.endpoint = .best
        options.historyStride = .max
        options.covariancePrior = try CovariancePrior(
            options.covariancePrior, shape, summary, totalWeight: data.totalWeight)?.given(shape)
        self.options = options
    }

    // MARK: Training

    /// What a training came to.
    struct Trained {
        var parameters: Parameters
        var loss: Double
        var reads: Double
        /// Whether it has as many components as it seems: none at the floor, without data, or equal to another.
        var isSound: Bool
    }

    /// Trains components on data, or leaves it when it seems not to come below `target`. The loss is infinite where the
    /// start has none: a component that a move places may be out of the reach of all data.
    private func train(
        _ data: Dataset<Scalar>, from start: Parameters, iterations: Int, tolerance: Double, target: Double? = nil,
        threads: Int = 1
    ) throws(MixtureError) -> Trained {
        do {
            return try trained(data, start, iterations, tolerance, target, threads)
        } catch {
            switch error {
            case .outOfReach, .sumsOverflow:
                return Trained(parameters: start, loss: .infinity, reads: Double(data.count), isSound: false)
            default: throw error
            }
        }
    }

    private func trained(
        _ data: Dataset<Scalar>, _ start: Parameters, _ iterations: Int, _ tolerance: Double, _ target: Double?,
        _ threads: Int
    ) throws(MixtureError) -> Trained {
        var options = options
        options.components = start.shape.components
        options.iterations = iterations
        options.tolerance = tolerance
        let training = try Training(
            data, options, from: start, summary: summary, restart: 0, key: options.key, threads: threads,
            kernel: kernel, interruption: interruption, progress: nil)
        var losses = [training.current.loss]
        while try training.step() {
            losses.append(training.current.loss)
            guard let target, losses.count > 10 else { continue }
            // As if each five steps to come gained as much as the last.
            let gain = losses[losses.count - 6] - losses[losses.count - 1]
            if losses[losses.count - 1] - target > 10 * gain { break }
        }
        let run = training.finished()
        return Trained(
            parameters: run.parameters, loss: run.loss,
            reads: Double(run.passes) * Double(data.count) * Double(start.shape.components),
            isSound: run.floorContacts.isEmpty && !run.isAsFewer && run.outcome != .diverged)
    }

    private func loss(_ data: Dataset<Scalar>, _ parameters: Parameters) throws(MixtureError) -> Double {
        try train(data, from: parameters, iterations: 0, tolerance: 0).loss
    }

    /// A maximum of all data, from a start.
    mutating func climb(_ start: Parameters, iterations: Int = 1000, tolerance: Double) throws(MixtureError) -> Trained
    {
        let trained = try train(data, from: start, iterations: iterations, tolerance: tolerance, threads: threads)
        reads += trained.reads
        return trained
    }

    // MARK: The search

    /// The least gain that is taken for one, of all data: what the sums of the data's precision can tell.
    private func leastGain(_ loss: Double) -> Double {
        1e-6 * data.totalWeight + (Scalar.isFloat32 ? 0x1p-21 * abs(loss) : 0)
    }

    /// The highest maximum that moves lead to, from one.
    ///
    /// - Parameter readsLimit: as much may be read in vain.
    mutating func improve(_ start: Trained, key: RandomKey, readsLimit: Double) throws(MixtureError) -> Trained {
        var current = start, round: UInt32 = 0, failures = 0, first = reads
        var known = Candidates(components: shape.components)
        hasCandidates = false
        while !interruption.isDue {
            let view = try ResponsibilityView(data, current.parameters, threads: threads, kernel: kernel)
            reads += 2 * Double(data.count) * Double(shape.components)
            let moves = try rankedMoves(view, &known, key: key.folded(with: round))
            if !moves.isEmpty { hasCandidates = true }
            tell(of: current)
            round += 1
            var next = 0, changed: Set<Int> = []
            while next < moves.count, changed.isEmpty, !interruption.isDue, reads - first < readsLimit {
                // So few that not many are tried in vain beside one that gains, whatever the number of threads.
                let batch = Array(moves[next..<min(next + 4, moves.count)])
                next += batch.count
                changed = try make(bestOf: batch, view, &current)
                tell(of: current)
            }
            if changed.isEmpty {
                failures += 1
                guard !moves.isEmpty, failures < effort.rounds, reads - first < readsLimit else { break }
                known.forgetSplits()
            } else {
                // A move that is made pays for more.
                (failures, first) = (0, reads)
                known.forget(changed)
            }
        }
        return current
    }

    /// Tells where the search stands; whoever hears of it may stop it.
    private func tell(of current: Trained) {
        guard let progress else { return }
        let goesOn = progress(
            Fit.Progress(
                restart: 0, restarts: options.restarts, step: steps, trials: trials, iterations: options.iterations,
                loss: current.loss, parameters: current.parameters))
        if !goesOn { interruption.request() }
    }

    /// Tries moves, and makes the one that gains most if any does on all data. Returns the components that it changed.
    private mutating func make(
        bestOf moves: [Move], _ view: ResponsibilityView, _ current: inout Trained
    ) throws(MixtureError) -> Set<Int> {
        trials += moves.count
        let search = self
        let results = concurrentMap(moves, threads: threads) { move throws(MixtureError) in
            try search.attempt(move, view)
        }
        var gaining: [Attempt] = []
        for result in results {
            guard let attempt = try result.get() else { continue }
            reads += attempt.reads
            if attempt.gain > leastGain(current.loss) { gaining.append(attempt) }
        }
        for attempt in gaining.sorted(by: { $0.gain > $1.gain }) {
            let climbed = try climb(attempt.parameters, iterations: 10, tolerance: 1e-6)
            guard climbed.loss < current.loss - leastGain(current.loss), climbed.isSound || !current.isSound else {
                continue
            }
            current = climbed
            kept += 1
            return Set(attempt.concerned)
        }
        return []
    }

    private struct Attempt: Sendable {
        let gain: Double
        let parameters: Parameters
        let concerned: [Int]
        let reads: Double
    }

    /// What a move gains on the components concerned and their neighbours; nil if they hold no data, or a component
    /// came to the floor.
    private func attempt(
        _ move: Move, _ view: ResponsibilityView
    ) throws(MixtureError) -> Attempt? {
        let moved = move.components
        var concerned = moved + view.neighbours(of: moved, atMost: 5)
        if shape.isShared { concerned = Array(0..<shape.components) }
        guard let problem = LocalProblem(data, view, concerned) else { return nil }
        let base = try loss(problem.data, problem.parameters)
        guard base.isFinite else { return nil }
        let places = Dictionary(uniqueKeysWithValues: concerned.enumerated().map { ($1, $0) })
        let start = move.applied(to: problem.parameters) { places[$0]! }
        let trained = try train(
            problem.data, from: start, iterations: 60, tolerance: 1e-5, target: base - leastGain(base))
        let reads = trained.reads + Double(problem.data.count) * Double(concerned.count)
        return Attempt(
            gain: trained.isSound && trained.loss.isFinite ? base - trained.loss : -.infinity,
            parameters: problem.placed(trained.parameters, in: view.parameters), concerned: concerned, reads: reads)
    }

    // MARK: Candidates

    /// A component that was split, and what that gains on its own data.
    private struct Split: Sendable {
        let component: Int
        /// The two.
        let halves: Parameters
        let gain: Double
    }

    /// What gives a component to a split, and what that loses.
    private enum Source: Sendable {
        case merge(Int, Int)
        case removal(Int)
    }

    private struct Move: Sendable {
        let source: Source
        let split: Split?
        /// Where two components are merged and split again: along a direction.
        let direction: [Double]

        var components: [Int] {
            let taken: [Int] =
                switch source {
                case .merge(let k, let l): [k, l]
                case .removal(let k): [k]
                }
            return taken + (split.map { [$0.component] } ?? [])
        }

        func applied(to parameters: Parameters, _ place: (Int) -> Int) -> Parameters {
            var result = parameters
            let free: Int
            switch source {
            case .merge(let k, let l):
                result.merge(place(k), place(l))
                free = place(l)
                if split == nil { result.split(place(k), into: free, along: direction) }
            case .removal(let k): free = place(k)
            }
            if let split { result.replace(place(split.component), free, by: split.halves) }
            return result
        }
    }

    /// What is known of splits and mergers: as long as a component and its neighbours stay as they are, that stays.
    private struct Candidates {
        var splits: [Split?]
        private var isSplit: [Bool]
        private var losses: [Double?]
        private let components: Int

        init(components: Int) {
            self.components = components
            splits = Array(repeating: nil, count: components)
            isSplit = Array(repeating: false, count: components)
            losses = Array(repeating: nil, count: components * components)
        }

        var unsplit: [Int] { isSplit.indices.filter { !isSplit[$0] } }

        subscript(k: Int, l: Int) -> Double? {
            get { losses[min(k, l) * components + max(k, l)] }
            set { losses[min(k, l) * components + max(k, l)] = newValue }
        }

        mutating func add(_ split: Split?, of k: Int) { (splits[k], isSplit[k]) = (split, true) }

        mutating func forgetSplits() { isSplit = Array(repeating: false, count: components) }

        mutating func forget(_ changed: Set<Int>) {
            for k in changed {
                isSplit[k] = false
                for l in 0..<components { self[k, l] = nil }
            }
        }
    }

    private mutating func rankedMoves(
        _ view: ResponsibilityView, _ known: inout Candidates, key: RandomKey
    ) throws(MixtureError) -> [Move] {
        let keys = key.split(3), components = shape.components
        try split(view, &known, key: keys[0])
        let splits = known.splits.compactMap { $0 }
        let pairs = try mergers(view, &known)
        var ranked: [(promise: Double, move: Move)] = []
        // What training the neighbours too may win back of a loss: about as much as a split gains a few times over, and
        // what the parameters of a few components can.
        let ofComponent = Double(shape.freeParameters) / Double(components)
        func isHopeful(_ loss: Double, _ gain: Double) -> Bool { loss <= 9 * max(gain, 0) + 4 * ofComponent }
        for split in splits {
            for (k, l, loss) in pairs
            where split.component != k && split.component != l && isHopeful(loss, split.gain) {
                ranked.append((split.gain - loss, Move(source: .merge(k, l), split: split, direction: [])))
            }
            for k in 0..<components where k != split.component && isHopeful(view.lossesOfRemoval[k], split.gain) {
                ranked.append(
                    (split.gain - view.lossesOfRemoval[k], Move(source: .removal(k), split: split, direction: [])))
            }
        }
        // Two that overlap may lie better otherwise.
        for (place, (k, l, loss)) in pairs.prefix(max(2, effort.trials / 4)).enumerated()
        where isHopeful(loss, loss / 20) {
            let direction = unit(keys[1].folded(with: UInt32(place)))
            ranked.append((0, Move(source: .merge(k, l), split: nil, direction: direction)))
        }
        ranked = ranked.enumerated().sorted { (-$0.element.promise, $0.offset) < (-$1.element.promise, $1.offset) }
            .map(\.element)
        // Moves of many kinds: none has a part in all of them.
        var moves: [Move] = [], uses: [Int: Int] = [:], sources: [[Int]: Int] = [:]
        for (_, move) in ranked where moves.count < effort.trials {
            let split = move.split?.component ?? -1,
                source = Array(move.components.prefix(move.split == nil ? 2 : move.components.count - 1))
            guard uses[split, default: 0] < 4, sources[source, default: 0] < 3 else { continue }
            uses[split, default: 0] += 1
            sources[source, default: 0] += 1
            moves.append(move)
        }
        return moves
    }

    private func unit(_ key: RandomKey) -> [Double] {
        let draws = key.normal(shape.dimension), length = draws.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return draws.map { $0 / length }
    }

    /// Finds the best of some splits of each component of which none is known.
    private mutating func split(
        _ view: ResponsibilityView, _ known: inout Candidates, key: RandomKey
    ) throws(MixtureError) {
        if shape.isShared {
            for k in known.unsplit { known.add(sharedSplit(view, k, key: key.folded(with: UInt32(k))), of: k) }
            return
        }
        let search = self, unsplit = known.unsplit
        let results = concurrentMap(unsplit, threads: threads) { k throws(MixtureError) -> (Split?, Double) in
            guard let problem = LocalProblem(search.data, view, [k]),
                problem.data.count > 2 * (search.shape.dimension + 1)
            else { return (nil, 0) }
            let base = try search.loss(problem.data, problem.parameters)
            var best: Trained?, reads = Double(problem.data.count)
            for (number, key) in key.folded(with: UInt32(k)).split(search.effort.splits).enumerated() {
                let start = search.halves(problem.parameters, problem.data, key: key, isBirth: number % 2 == 1)
                let trained = try search.train(problem.data, from: start, iterations: 8, tolerance: 1e-4)
                reads += trained.reads
                if trained.isSound, trained.loss.isFinite, best == nil || trained.loss < best!.loss { best = trained }
            }
            guard let best, base.isFinite else { return (nil, reads) }
            return (Split(component: k, halves: best.parameters, gain: base - best.loss), reads)
        }
        for (k, result) in zip(unsplit, results) {
            let (split, reads) = try result.get()
            self.reads += reads
            known.add(split, of: k)
        }
    }

    /// Where all share a factor no component can be trained by itself: halves are along random directions, and promise
    /// alike.
    private func sharedSplit(_ view: ResponsibilityView, _ k: Int, key: RandomKey) -> Split {
        var halves = view.parameters.keeping([k, k])
        halves.split(0, into: 1, along: unit(key))
        return Split(component: k, halves: halves, gain: 0.01 * view.masses[k])
    }

    /// One component as two: to both sides of its mean in the direction from one of its data to another, or with a small
    /// one at one of its data.
    private func halves(_ one: Parameters, _ data: Dataset<Scalar>, key: RandomKey, isBirth: Bool) -> Parameters {
        let keys = key.split(2), dimension = shape.dimension
        var two = one.keeping([0, 0])
        let draws = keys[0].uniform(2)
        let rows = draws.map { data.row(min(Int($0 * Double(data.count)), data.count - 1)) }
        if isBirth {
            two.bear(1, within: 0, at: rows[0])
            return two
        }
        // In the component's own coordinates, by those of its factor that are stored; a random direction where the two
        // data are equal.
        var kernel = KernelParameters(one.shape)
        kernel.update(from: one, ComponentWorkers(one.shape, threads: 1))
        var direction = [Double](repeating: 0, count: dimension)
        one.shape.factor.addProduct(
            of: kernel.factors, at: 0, with: zip(rows[0], rows[1]).map { $0 - $1 }, to: &direction)
        let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
        two.split(
            0, into: 1, along: length > 0 && length.isFinite ? direction.map { $0 / length } : unit(keys[1]))
        return two
    }

    /// Pairs that overlap most, with what their merger loses on their own data, the least first.
    private mutating func mergers(
        _ view: ResponsibilityView, _ known: inout Candidates
    ) throws(MixtureError) -> [(k: Int, l: Int, loss: Double)] {
        let components = shape.components
        var pairs: [(overlap: Double, k: Int, l: Int)] = []
        for k in 0..<components {
            for l in 0..<k { pairs.append((view.overlap(k, l), l, k)) }
        }
        pairs.sort { (-$0.overlap, $0.k, $0.l) < (-$1.overlap, $1.k, $1.l) }
        let closest = Array(pairs.prefix(2 * components)), unknown = closest.filter { known[$0.k, $0.l] == nil }
        let search = self
        let results = concurrentMap(unknown, threads: threads) { pair throws(MixtureError) -> (Double, Double) in
            if search.shape.isShared { return (0.01 * view.masses[pair.k], 0) }
            guard let problem = LocalProblem(search.data, view, [pair.k, pair.l]) else { return (0, 0) }
            var merged = problem.parameters
            merged.merge(0, 1)
            let before = try search.loss(problem.data, problem.parameters),
                after = try search.loss(problem.data, merged.keeping([0]))
            return (before.isFinite ? after - before : .infinity, 3 * Double(problem.data.count))
        }
        for (pair, result) in zip(unknown, results) {
            let (loss, reads) = try result.get()
            self.reads += reads
            known[pair.k, pair.l] = loss
        }
        return closest.enumerated().map { (place: $0, k: $1.k, l: $1.l, loss: known[$1.k, $1.l]!) }
            .sorted { ($0.loss, $0.place) < ($1.loss, $1.place) }.map { ($0.k, $0.l, $0.loss) }
    }
}

extension Parameters {
    /// Two components become those of a smaller mixture, which share the first one's weight.
    fileprivate mutating func replace(_ k: Int, _ l: Int, by two: Parameters) {
        let logWeight = logWeights[k]
        let logTotal = logSumExp([two.logWeights[0], two.logWeights[1]])
        for (place, target) in [k, l].enumerated() {
            logWeights[target] = logWeight + two.logWeights[place] - logTotal
            copyMeanAndFactor(to: target, of: two, place)
        }
    }
}
