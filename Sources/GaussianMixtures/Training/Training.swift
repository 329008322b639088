import RealModule

/// A run of one method from one start, step by step: its ``TrainingState``, what reads the data, and the law that all
/// methods keep.
///
/// - No point whose loss is looked at lies below the variance floor.
/// - From one kept point to the next the loss does not rise by more than its rounding, but at an event that is
///   reported. Adam keeps the best point it has come by.
/// - A run has converged only if ``LocalModel/remainingGain`` is no more than the tolerance, at two points in a row but
///   for Adam's, or than the rounding where no step lowers the loss any more.
/// - What ends a run otherwise is its outcome.
///
/// A point and what the data say of it is an ``Evaluation``. There are three, which are swapped: the current one, the
/// next that is tried, and the best where that is not the current one. So no reading is repeated, and no step
/// allocates.
public final class Training {
    /// The state but for the points, which the evaluations have.
    var ledger: TrainingState
    var current, trial, best: Evaluation
    /// EM's step from the current point, and what becomes of the components in it.
    var emUpdate: Parameters
    var report: UpdateReport
    private(set) var posterior: Posterior
    private(set) var floor: VarianceFloor
    private(set) var scale: Parameters
    private var isAtFloor: [Bool]
    /// Whether the best point is another than the current one.
    private var isBestApart: Bool
    private(set) var gradient: Parameters
    private(set) var workers: ComponentWorkers

    let source: any StatisticsSource
    private(set) var reader: any StatisticsReader
    var batches: (any BatchReader)?
    private let threads: Int
    let interruption: Interruption
    private let progress: (@Sendable (Fit.Progress) -> Bool)?

    var options: FitOptions { ledger.options }
    var summary: DataSummary { ledger.summary }
    var kernel: Kernel { ledger.kernel }

    // MARK: Beginning

    /// A run from a start.
    ///
    /// - Parameters:
    ///   - threads: those that may read the data at once.
    convenience init(
        _ source: any StatisticsSource, _ options: FitOptions, from start: Parameters, summary: DataSummary,
        restart: Int, key: RandomKey, threads: Int,
        kernel: Kernel, interruption: Interruption, progress: (@Sendable (Fit.Progress) -> Bool)?
    ) throws(MixtureError) {
        try self.init(
            source,
            TrainingState(
                from: start, options, summary: summary, restart: restart, count: source.count,
                totalWeight: source.totalWeight, kernel: kernel, key: key),
            threads: threads, interruption: interruption, progress: progress)
        if options.isEvaluation {
            // What would be lifted is not to be changed here.
            if posterior.weightExcess > 0, let k = start.logWeights.firstIndex(of: -.infinity) {
                throw .invalidMixture(
                    component: k,
                    reason:
                        "its weight is zero, which a weight concentration above 1 forbids; train it, or leave the concentration at 1"
                )
            }
        } else {
            posterior.liftZeroWeights(&current.parameters, totalWeight: source.totalWeight)
            hold(&current.parameters)
            for k in isAtFloor.indices where isAtFloor[k] { note(k, .reachedFloor, step: 0) }
            ledger.reported.atFloor = isAtFloor
        }
        try current.read(reader, posterior, workers)
        ledger.passes = 1
        remember()
        if options.iterations > 0, !coincidentComponents(within: 1e-6).isEmpty {
            ledger.history.record(step: 0, loss: current.loss, current.parameters, isLast: false)
            try separateCoincident()
        }
    }

    /// Goes on with a run, also with one that was stopped.
    ///
    /// - Parameters:
    ///   - source: the data that it was begun on.
    ///   - state: of the run, as ``state`` had it.
    ///   - threads: those that may read the data at once; by default as many as the machine has cores. The result does
    ///     not depend on them.
    ///   - progress: called after every step; false ends the run. Nothing by default.
    /// - Throws: ``MixtureError/otherData(count:dimension:totalWeight:)`` unless the loss at the state's point is the
    ///   state's, to the last bit; ``MixtureError/brokenState``; what ``FitOptions/validate(dimension:)`` and reading
    ///   the data throw.
    /// - Complexity: as a step, since the data are read where the run stands.
    public convenience init(
        _ source: some StatisticsSource, resuming state: TrainingState, threads: Int? = nil,
        progress: (@Sendable (Fit.Progress) -> Bool)? = nil
    ) throws(MixtureError) {
        // A state that was begun here fits together; one that was decoded need not.
        try state.options.validate(dimension: source.dimension)
        guard state.isSound else { throw .brokenState }
        try self.init(
            source, state, threads: threadCount(threads),
            interruption: Interruption(task: nil, timeLimit: state.options.timeLimit), progress: progress)
        try current.read(reader, posterior, workers)
        guard current.loss.bitPattern == state.loss.bitPattern else {
            throw .otherData(count: state.count, dimension: current.shape.dimension, totalWeight: state.totalWeight)
        }
        if state.best != nil { try best.read(reader, posterior, workers) }
        if state.outcome == .stopped {
            ledger.outcome = .iterationLimit
            ledger.hasEnded = false
            ledger.history.forgetLastUnlessKept()
        }
    }

    private init(
        _ source: any StatisticsSource, _ state: TrainingState, threads: Int, interruption: Interruption,
        progress: (@Sendable (Fit.Progress) -> Bool)?
    ) throws(MixtureError) {
        guard state.count == source.count, state.totalWeight == source.totalWeight,
            state.parameters.shape.dimension == source.dimension
        else {
            throw .otherData(
                count: state.count, dimension: state.parameters.shape.dimension, totalWeight: state.totalWeight)
        }
        let shape = state.parameters.shape
        ledger = state
        isBestApart = state.best != nil
        current = Evaluation(of: state.parameters)
        trial = Evaluation(of: state.parameters)
        best = Evaluation(of: state.best ?? state.parameters)
        emUpdate = state.parameters
        report = UpdateReport(shape)
        isAtFloor = report.atFloor
        gradient = Parameters(zerosFor: shape)
        workers = ComponentWorkers(shape, threads: threads)
        posterior = try Posterior(state.options, shape, state.summary, totalWeight: source.totalWeight)
        floor = VarianceFloor(
            relative: state.options.isEvaluation ? 0 : state.options.varianceFloor,
            deviations: state.summary.deviations, shape)
        scale = .scale(shape, deviations: state.summary.deviations)
        reader = try source.reader(shape, assignment: .soft, threads: threads, kernel: state.kernel)
        self.source = source
        self.threads = threads
        self.interruption = interruption
        self.progress = progress
        try makeBatches()
    }

    private func makeBatches() throws(MixtureError) {
        guard case .adam(_, let size?, _, _, _, _) = options.method, size < source.count else { return }
        batches = try source.batchReader(current.shape, size: size, threads: threads, kernel: kernel)
    }

    // MARK: Steps

    /// All that the run needs to go on. O(memory of the method · p), p the number of parameters.
    public var state: TrainingState {
        var state = ledger
        state.parameters = current.parameters
        state.loss = current.loss
        state.best = isBestApart ? best.parameters : nil
        return state
    }

    /// Makes a step of the method. Returns whether the run goes on; where it does not, ``state`` has the outcome.
    ///
    /// - Throws: ``MixtureError`` where the data cannot be read. That a point has left the range of float64 is an
    ///   outcome.
    /// - Complexity: that of reading the data, once for most steps; without allocation but at events.
    public func step() throws(MixtureError) -> Bool {
        guard !ledger.hasEnded else { return false }
        if isInterrupted(), ledger.step < options.iterations {
            // Nothing of the step is begun, so that a run that goes on from here has the bits of one that was not
            // stopped.
            end(.stopped)
        } else if options.iterations == 0 {
            _ = endsHere()
            end(ledger.outcome)
        } else if options.method.isAdam {
            try descend()
        } else {
            try ascend()
        }
        return !ledger.hasEnded
    }

    /// Tells of the current point; whether the run is to end before its time.
    private func isInterrupted() -> Bool {
        if let progress {
            let goesOn = progress(
                Fit.Progress(
                    restart: ledger.restart, restarts: options.restarts, step: ledger.step,
                    iterations: options.iterations,
                    loss: current.loss, parameters: current.parameters))
            if !goesOn { interruption.request() }
        }
        return interruption.isDue
    }

    /// Makes all steps that are left.
    func run() throws(MixtureError) -> TrainingRun {
        while try step() {}
        return finished()
    }

    /// Whether the run ends at the current point: takes note of it, and asks the stopping rule.
    func endsHere() -> Bool {
        if options.tolerance > 0, ledger.outcome == .iterationLimit, hasConverged() { ledger.outcome = .converged }
        let isLast = ledger.outcome != .iterationLimit || ledger.step == options.iterations
        ledger.history.record(step: ledger.step, loss: current.loss, current.parameters, isLast: isLast)
        return isLast
    }

    /// The stopping rule of all methods. A component that a policy is about to change has not come to rest.
    private func hasConverged() -> Bool {
        switch options.collapse {
        case .hold: break
        case .reseed: if !fallen.isEmpty, ledger.reseedsLeft > 0 { return false }
        case .prune: if !fallen.isEmpty, fallen.count < current.shape.components { return false }
        }
        ledger.pointsWithoutGain = ledger.model.remainingGain <= options.tolerance ? ledger.pointsWithoutGain + 1 : 0
        if ledger.pointsWithoutGain >= (options.method.isAdam ? 1 : 2) { return true }
        return ledger.stepsWithoutGain >= 10
            && ledger.model.remainingGain * current.totalWeight <= rounding(of: current)
    }

    private var remainingGain: Double? {
        // An evaluation, or a run that was not asked to stop before its iterations, has no model of its end; and before
        // a step it says little.
        guard options.tolerance > 0, options.iterations > 0, ledger.model.remainingGain.isFinite,
            ledger.model.hasCurvature || ledger.outcome == .converged
        else { return nil }
        return ledger.model.remainingGain
    }

    /// Makes ``emUpdate`` and, if the stopping rule or `needsModel` asks for it, the model of the current point.
    func look(needsModel: Bool) {
        posterior.maximize(current, into: &emUpdate, floor: floor, roundoff: reader.unitRoundoff, &report, workers)
        guard needsModel || options.tolerance > 0 else { return }
        ledger.model.move(
            to: current, update: emUpdate, report, rounding: current.rounding(unitRoundoff: reader.unitRoundoff),
            posterior,
            workers)
    }

    /// Evaluates the point that is tried; false where it has left the range of float64.
    func evaluateTrial() throws(MixtureError) -> Bool {
        guard try read(reader) else { return false }
        ledger.passes += 1
        return true
    }

    /// Reads data at the point that is tried; false where it has left the range of float64, since the data were fit to
    /// be read at the start.
    func read(_ reader: any StatisticsReader, multiplicity: Double = 1) throws(MixtureError) -> Bool {
        do {
            try trial.read(reader, posterior, workers, multiplicity: multiplicity)
            return true
        } catch {
            switch error {
            case .outOfReach, .sumsOverflow: return false
            default: throw error
            }
        }
    }

    /// Whether the loss at the point that was tried is no higher than at the kept points, by what its sums can tell.
    var trialIsNoRise: Bool { trial.loss <= ledger.lowest + rounding(of: trial) }

    /// How far rounding may put the loss. Without a floor nothing is said of means: a deviation may have become less
    /// than their last digit.
    func rounding(of evaluation: Evaluation) -> Double {
        var rounding = evaluation.rounding(unitRoundoff: reader.unitRoundoff)
        if floor.relative > 0 { rounding += evaluation.roundingOfMeans }
        if report.atFloor.contains(true) { rounding += floor.rounding(evaluation.shape) * evaluation.totalWeight }
        return rounding
    }

    /// Moves to the point that was tried.
    func acceptTrial() {
        ledger.stepsWithoutGain = trial.loss < ledger.lowest - rounding(of: trial) ? 0 : ledger.stepsWithoutGain + 1
        moveToTrial()
        ledger.step += 1
    }

    private func moveToTrial() {
        ledger.lowest = min(ledger.lowest, trial.loss)
        if trialIsNoRise {
            isBestApart = false
        } else if !isBestApart {
            isBestApart = true
            swap(&best, &current)
        }
        swap(&current, &trial)
    }

    private func remember() {
        ledger.lowest = current.loss
        isBestApart = false
    }

    /// Moves to the point that is tried as a reported event has it, whatever its loss; or where it has none ends the
    /// run where it is.
    func acceptAcrossEvent() throws(MixtureError) {
        try ledger.resetOptimizer(trial.shape)
        hold(&trial.parameters)
        guard try evaluateTrial() else {
            // Where components were taken out, the data have not been read without them.
            if !current.loss.isFinite { try current.read(reader, posterior, workers) }
            return end(.diverged)
        }
        swap(&current, &trial)
        ledger.step += 1
        (ledger.stepsWithoutGain, ledger.pointsWithoutGain) = (0, 0)
        remember()
    }

    /// Ends the run at the current point.
    func end(_ outcome: Fit.Outcome) {
        ledger.history.record(step: ledger.step, loss: current.loss, current.parameters, isLast: true)
        ledger.outcome = outcome
        ledger.hasEnded = true
    }

    /// The slope of the loss along the model's direction at the point that was tried.
    func slopeAtTrial() -> Double {
        computeGradient(of: trial)
        return Parameters.dot(ledger.model.direction, gradient)
    }

    func computeGradient(of evaluation: Evaluation) {
        posterior.computeGradient(of: evaluation, into: &gradient, workers)
    }

    // MARK: The floor

    /// Raises what is below the floor. Returns whether a component is then at it.
    @discardableResult
    func hold(_ next: inout Parameters) -> Bool {
        floor.hold(&next, workers, isAtFloor: &isAtFloor)
        return isAtFloor.contains(true)
    }

    /// ``report`` of parameters that a method came to without EM's step.
    func reportHeld() {
        for k in isAtFloor.indices {
            report.atFloor[k] = isAtFloor[k]
            report.lost[k] = current.hasLostData(k)
            report.singular[k] = false
        }
    }

    private func floorContacts() -> [Fit.FloorContact] {
        guard floor.relative > 0 else { return [] }
        var point = current.parameters, none = UpdateReport(current.shape)
        guard hold(&point) else { return [] }
        posterior.maximize(
            current, into: &point, floor: VarianceFloor(relative: 0, deviations: summary.deviations, point.shape),
            roundoff: reader.unitRoundoff, &none,
            workers)
        return isAtFloor.indices.filter { isAtFloor[$0] }.map { k in
            Fit.FloorContact(
                component: k,
                ownShare: none.singular[k]
                    ? 0 : workers.first.factor.leastShare(point.factors, point.shape.factorStart(k), floor))
        }
    }

    // MARK: Collapse

    /// Components that have lost their data, or that came to the floor, one that all share aside, which is no
    /// component's fault.
    private var fallen: [Int] {
        let isShared = current.shape.isShared
        return report.lost.indices.filter {
            report.lost[$0] || report.singular[$0] || (report.atFloor[$0] && !isShared)
        }
    }

    /// Records what ``report`` says of an update to the point that is tried, and changes that as the policy has it;
    /// returns whether it did. Where a covariance is singular and the policy leaves it, the run ends.
    func handleCollapse() throws(MixtureError) -> Bool {
        if report.isQuiet {
            if !ledger.reported.isQuiet { ledger.reported.copyComponents(of: report) }
            return false
        }
        for k in 0..<current.shape.components {
            if report.atFloor[k], !ledger.reported.atFloor[k] { note(k, .reachedFloor) }
            if report.lost[k], !ledger.reported.lost[k] { note(k, .lostData) }
        }
        ledger.reported.copyComponents(of: report)
        var isChanged = false
        if options.collapse != .hold {
            let fallen = fallen
            if !fallen.isEmpty { isChanged = options.collapse == .reseed ? try reseed(fallen) : try prune(fallen) }
        }
        if !isChanged, let k = report.singular.firstIndex(of: true) {
            ledger.singular = .init(
                component: ledger.identities[k], mass: current.statistics.mass(current.shape.isShared ? 0 : k))
            end(.collapsed)
        }
        return isChanged
    }

    func note(_ component: Int, _ kind: Fit.Event.Kind) { note(component, kind, step: ledger.step + 1) }

    private func note(_ component: Int, _ kind: Fit.Event.Kind, step: Int) {
        ledger.events.append(
            Fit.Event(restart: ledger.restart, step: step, component: ledger.identities[component], kind: kind))
    }

    /// Goes on with some of the components of the point that is tried, in a posterior of their shape.
    func keep(_ kept: [Int]) throws(MixtureError) {
        let next = trial.parameters.keeping(kept), shape = next.shape
        current = Evaluation(of: current.parameters.keeping(kept))
        trial = Evaluation(of: next)
        best = trial
        isBestApart = false
        ledger.lowest = .infinity
        emUpdate = next
        report = UpdateReport(shape)
        ledger.reported = report
        isAtFloor = report.atFloor
        gradient = Parameters(zerosFor: shape)
        workers = ComponentWorkers(shape, threads: threads)
        posterior = try Posterior(options, shape, summary, totalWeight: source.totalWeight)
        floor = VarianceFloor(relative: floor.relative, deviations: summary.deviations, shape)
        scale = .scale(shape, deviations: summary.deviations)
        reader = try source.reader(shape, assignment: .soft, threads: threads, kernel: kernel)
        try makeBatches()
        // The component that was taken out last comes first of those that were: so the columns of those that are
        // missing are always the last.
        let identities = ledger.identities
        ledger.prunedIdentities =
            identities.indices.filter { !kept.contains($0) }.map { identities[$0] } + ledger.prunedIdentities
        ledger.identities = kept.map { identities[$0] }
    }

    // MARK: Saddles

    /// Whether fewer components would do as well: two coincide, which is a saddle, since the gradient cannot tell them
    /// apart however much better they would fit apart; or one has lost its data.
    private var isAsFewer: Bool {
        let components = current.shape.components
        return components > 1
            && ((0..<components).contains { current.hasLostData($0) } || !coincidentComponents(within: 1e-2).isEmpty)
    }

    /// Moves components that coincide apart, once in a run; returns whether there were any.
    @discardableResult
    func separateCoincident() throws(MixtureError) -> Bool {
        guard !ledger.hasSeparated, ledger.step < options.iterations else { return false }
        let groups = coincidentComponents(within: 1e-6)
        guard !groups.isEmpty else { return false }
        ledger.hasSeparated = true
        trial.parameters.copyValues(of: current.parameters)
        let keys = ledger.key.split(2)
        ledger.key = keys[0]
        for (group, key) in zip(groups, keys[1].split(groups.count)) {
            trial.parameters.moveApart(group, key: key)
            for k in group { note(k, .separated) }
        }
        ledger.outcome = .iterationLimit
        try acceptAcrossEvent()
        return true
    }

    // MARK: Ending

    func finished() -> TrainingRun {
        if options.endpoint == .best, isBestApart {
            swap(&current, &best)
            isBestApart = false
        }
        // A deviation may leave the range that its logarithm has not left.
        if (try? current.parameters.mixture()) == nil { ledger.outcome = .diverged }
        return TrainingRun(
            parameters: current.parameters, loss: current.loss, iterations: ledger.step, passes: ledger.passes,
            outcome: ledger.outcome,
            remainingGain: remainingGain, floorContacts: floorContacts(), isAsFewer: isAsFewer,
            singular: ledger.singular,
            history: ledger.history,
            events: ledger.events, statistics: current.statistics, kernel: reader.kernelThatRan,
            identities: ledger.identities + ledger.prunedIdentities)
    }
}

extension Posterior {
    /// That of the options.
    init(_ options: FitOptions, _ shape: MixtureShape, _ summary: DataSummary, totalWeight: Double) throws(MixtureError)
    {
        self.init(
            shape: shape, weightPrior: try DirichletPrior(concentration: options.weightConcentration),
            covariancePrior: try CovariancePrior(options.covariancePrior, shape, summary, totalWeight: totalWeight))
    }
}
