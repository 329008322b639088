import RealModule

/// A run of one method from one start: the state that all methods share, and the law that all keep.
///
/// - No point whose loss is looked at lies below the variance floor.
/// - From one kept point to the next the loss does not rise by more than its rounding, but at an event that is reported. Adam keeps the best point it has
///   come by.
/// - A run has converged only if ``LocalModel/remainingGain`` is no more than the tolerance, at two points in a row but for Adam's, or than the rounding
///   where no step lowers the loss any more.
/// - What ends a run otherwise is its outcome.
///
/// Loss and statistics at the end belong to the parameters at the end.
final class Training<Scalar: KernelScalar> {
    let options: TrainingOptions
    private(set) var posterior: NegativeLogPosterior<Scalar>
    /// Makes the same posterior for another number of components.
    private let posteriorOfShape: (MixtureShape) throws(MixtureError) -> NegativeLogPosterior<Scalar>
    let summary: DataSummary
    private(set) var floor: VarianceFloor
    private let restart: Int
    var key: RandomKey
    let batchKey: RandomKey

    private(set) var parameters: Parameters
    private(set) var loss = Double.infinity
    private(set) var step = 0
    var outcome = Fit.Outcome.iterationLimit
    private(set) var model: LocalModel
    private(set) var history: History
    private var events: [Fit.Event] = []
    /// EM's step from the parameters, and what becomes of the components in it.
    var image: Parameters
    var report: UpdateReport
    /// Which components have been reported since they were last in order.
    private var reported: UpdateReport
    /// For each component there is, which one of the start it is.
    private var identities: [Int]
    private var prunedIdentities: [Int] = []
    var reseedsLeft: Int
    private var hasSeparated = false
    private var passesBefore = 0
    private var singular: (component: Int, mass: Double)?

    /// The lowest loss since the last event, and the point that is returned: no more than the rounding above it.
    private var lowest = Double.infinity
    private var best: (parameters: Parameters, loss: Double)
    /// Steps since the loss last fell by more than its rounding.
    private var stepsWithoutGain = 0
    /// Points in a row that the model gives no more than the tolerance to gain. One may be a place where the loss bends otherwise than farther on; Adam's
    /// points are so near each other that a second says nothing new.
    private var pointsWithoutGain = 0
    /// How many events have moved the parameters: what a method remembers of its points is then of no use.
    private(set) var jumps = 0
    private var touching: [Bool]
    private var trialGradient: Parameters

    /// - Parameter isEvaluation: whether the start is to be left as it is, since no step is made from it.
    init(
        from start: Parameters, _ options: TrainingOptions, summary: DataSummary, restart: Int, key: RandomKey, isEvaluation: Bool,
        posterior: @escaping (MixtureShape) throws(MixtureError) -> NegativeLogPosterior<Scalar>
    ) throws(MixtureError) {
        self.options = options
        self.summary = summary
        self.restart = restart
        let keys = key.split(2), shape = start.shape
        self.key = keys[0]
        batchKey = keys[1]
        posteriorOfShape = posterior
        self.posterior = try posterior(shape)
        floor = VarianceFloor(relative: isEvaluation ? 0 : options.varianceFloor, deviations: summary.deviations, shape)
        parameters = start
        image = start
        best = (start, .infinity)
        model = LocalModel(shape, memory: options.method.memory)
        history = History(shape, iterations: options.iterations, stride: options.historyStride)
        report = UpdateReport(shape)
        reported = report
        identities = Array(0..<shape.components)
        reseedsLeft = 3 * shape.components
        touching = report.atFloor
        trialGradient = Parameters(zerosFor: shape)
        if isEvaluation {
            // What would be lifted is not to be changed here.
            if self.posterior.weightPrior.concentration > 1, let k = start.logWeights.firstIndex(of: -.infinity) {
                throw .invalidMixture(
                    component: k, reason: "its weight is zero, which a weight concentration above 1 forbids; train it, or leave the concentration at 1")
            }
            return
        }
        self.posterior.liftZeroWeights(&parameters)
        hold(&parameters)
        for k in 0..<shape.components where touching[k] { note(k, .reachedFloor, step: 0) }
        reported.atFloor = touching
    }

    func run() throws(MixtureError) -> TrainingRun {
        loss = try posterior.loss(parameters)
        remember()
        if options.iterations == 0 {
            _ = isLast()
        } else {
            try train()
        }
        history.record(step: step, loss: loss, parameters, isLast: true)
        if options.endpoint == .best, best.loss < loss || !loss.isFinite {
            parameters = best.parameters
            loss = try posterior.loss(parameters)
        }
        // A deviation may leave the range that its logarithm has not left.
        if (try? parameters.mixture()) == nil { outcome = .diverged }
        return TrainingRun(
            parameters: parameters, loss: loss, iterations: step, passes: passesBefore + posterior.passes, outcome: outcome,
            remainingGain: remainingGain, floorContacts: floorContacts(), isAsFewer: isAsFewer, singular: singular, history: history,
            events: events, statistics: posterior.statistics, kernel: posterior.pass.kernelThatRan,
            identities: identities + prunedIdentities)
    }

    private func train() throws(MixtureError) {
        if !posterior.coincidentComponents(parameters, within: 1e-6).isEmpty {
            history.record(step: 0, loss: loss, parameters, isLast: false)
            try separateCoincident()
        }
        switch options.method {
        case .em(let acceleration): try ascend(acceleration)
        case .lbfgs: try ascend(nil)
        case .adam: try runAdam()
        }
    }

    // MARK: Steps

    /// Whether this is the last step: takes note of the parameters, which are those of ``image`` and the model, and asks the stopping rule.
    func isLast() -> Bool {
        if options.tolerance > 0, outcome == .iterationLimit, hasConverged() { outcome = .converged }
        let isLast = outcome != .iterationLimit || step == options.iterations
        history.record(step: step, loss: loss, parameters, isLast: isLast)
        options.progress?(Fit.Progress(restart: restart, step: step, loss: loss))
        return isLast
    }

    /// The stopping rule of all methods. A component that a policy is about to change has not come to rest.
    private func hasConverged() -> Bool {
        switch options.collapse {
        case .hold: break
        case .reseed: if !fallen.isEmpty, reseedsLeft > 0 { return false }
        case .prune: if !fallen.isEmpty, fallen.count < parameters.shape.components { return false }
        }
        pointsWithoutGain = model.remainingGain <= options.tolerance ? pointsWithoutGain + 1 : 0
        if pointsWithoutGain >= (options.method.isAdam ? 1 : 2) { return true }
        return stepsWithoutGain >= 10 && model.remainingGain * posterior.totalWeight <= rounding
    }

    private var remainingGain: Double? {
        // An evaluation, or a run that was not asked to stop before its iterations, has no model of its end; and before a step it says little.
        guard options.tolerance > 0, options.iterations > 0, model.remainingGain.isFinite, model.hasCurvature || outcome == .converged else { return nil }
        return model.remainingGain
    }

    /// Makes ``image`` and, if the stopping rule or `needsModel` asks for it, the model of the parameters, which were evaluated last.
    func look(needsModel: Bool) {
        posterior.maximize(from: parameters, into: &image, floor: floor, &report)
        if needsModel || options.tolerance > 0 { model.move(to: parameters, image: image, report, posterior) }
    }

    /// The loss of parameters, nil where they have left the range of float64: the data were fit to be read at the start.
    func evaluate(_ parameters: borrowing Parameters) -> Double? {
        do {
            return try posterior.loss(copy parameters)
        } catch {
            return nil
        }
    }

    /// Whether a loss is no higher than that of the kept points, by what its sums can tell.
    func isNoRise(_ loss: Double) -> Bool { loss <= lowest + rounding }

    /// How far rounding may put the loss. Without a floor nothing is said of means: a deviation may have become less than their last digit.
    var rounding: Double {
        var rounding = posterior.rounding
        if floor.relative > 0 { rounding += posterior.roundingOfMeans }
        if report.atFloor.contains(true) { rounding += floor.rounding(parameters.shape) * posterior.totalWeight }
        return rounding
    }

    /// Moves to parameters that were evaluated last.
    func accept(_ next: borrowing Parameters, loss: Double) {
        stepsWithoutGain = loss < lowest - rounding ? 0 : stepsWithoutGain + 1
        parameters.copyValues(of: next)
        self.loss = loss
        step += 1
        remember()
    }

    /// Counts updates that were made without knowing their losses.
    func advance(by updates: Int) { step += updates }

    /// Moves to the parameters as a reported event has them, whatever their loss; or where they have none ends the run where it is.
    func acceptAcrossEvent(_ next: Parameters) throws(MixtureError) {
        model.reset()
        jumps += 1
        var next = next
        hold(&next)
        guard let loss = evaluate(next) else { return try end(.diverged) }
        parameters = next
        self.loss = loss
        step += 1
        (lowest, stepsWithoutGain, pointsWithoutGain) = (.infinity, 0, 0)
        remember()
    }

    private func remember() {
        lowest = min(lowest, loss)
        guard isNoRise(loss) else { return }
        if best.parameters.shape == parameters.shape {
            best.parameters.copyValues(of: parameters)
        } else {
            best.parameters = parameters
        }
        best.loss = loss
    }

    /// Ends the run at the parameters as they are, after others were evaluated.
    func end(_ outcome: Fit.Outcome) throws(MixtureError) {
        self.outcome = outcome
        loss = try posterior.loss(parameters)
    }

    func resetModel() { model.reset() }

    /// The slope of the loss along the model's direction at parameters that were evaluated last.
    func slope(at next: borrowing Parameters) -> Double {
        posterior.takeGradient(at: next, into: &trialGradient)
        return Parameters.dot(model.direction, trialGradient)
    }

    // MARK: The floor

    /// Raises what is below the floor. Returns whether a component is then at it.
    @discardableResult
    func hold(_ next: inout Parameters) -> Bool {
        floor.hold(&next, &posterior.scratch, touches: &touching)
        return touching.contains(true)
    }

    /// ``report`` of parameters that a method came to without EM's step.
    func reportHeld() {
        for k in touching.indices {
            report.atFloor[k] = touching[k]
            report.lost[k] = posterior.hasLostData(k)
            report.singular[k] = false
        }
    }

    private func floorContacts() -> [Fit.FloorContact] {
        guard floor.relative > 0 else { return [] }
        var point = parameters, none = UpdateReport(parameters.shape)
        guard hold(&point) else { return [] }
        posterior.maximize(from: parameters, into: &point, floor: VarianceFloor(relative: 0, deviations: summary.deviations, point.shape), &none)
        return touching.indices.filter { touching[$0] }.map { k in
            Fit.FloorContact(component: k, ownShare: none.singular[k] ? 0 : floor.leastShare(point, k, &posterior.scratch))
        }
    }

    // MARK: Collapse

    /// Components that have lost their data, or that came to the floor, one that all share aside, which is no component's fault.
    private var fallen: [Int] {
        let isShared = parameters.shape.isShared
        return report.lost.indices.filter { report.lost[$0] || report.singular[$0] || (report.atFloor[$0] && !isShared) }
    }

    /// Records what ``report`` says of an update to `next`, and changes `next` as the policy has it; returns whether it did. Where a covariance
    /// is singular and the policy leaves it, the run ends.
    func attendToCollapse(_ next: inout Parameters) throws(MixtureError) -> Bool {
        if report.isQuiet {
            if !reported.isQuiet { reported.copyComponents(of: report) }
            return false
        }
        for k in 0..<next.shape.components {
            if report.atFloor[k], !reported.atFloor[k] { note(k, .reachedFloor) }
            if report.lost[k], !reported.lost[k] { note(k, .lostData) }
        }
        reported.copyComponents(of: report)
        var isChanged = false
        if options.collapse != .hold {
            let fallen = fallen
            if !fallen.isEmpty { isChanged = options.collapse == .reseed ? try reseed(fallen, &next) : try prune(fallen, &next) }
        }
        if !isChanged, let k = report.singular.firstIndex(of: true) {
            singular = (identities[k], posterior.statistics.mass(next.shape.isShared ? 0 : k))
            outcome = .collapsed
        }
        return isChanged
    }

    func note(_ component: Int, _ kind: Fit.Event.Kind) { note(component, kind, step: step + 1) }

    private func note(_ component: Int, _ kind: Fit.Event.Kind, step: Int) {
        events.append(Fit.Event(restart: restart, step: step, component: identities[component], kind: kind))
    }

    /// Goes on with some of the components, in a posterior of their shape.
    func keep(_ kept: [Int], _ next: inout Parameters) throws(MixtureError) {
        next = next.keeping(kept)
        parameters = parameters.keeping(kept)
        passesBefore += posterior.passes
        posterior = try posteriorOfShape(next.shape)
        floor = VarianceFloor(relative: floor.relative, deviations: summary.deviations, next.shape)
        model = LocalModel(next.shape, memory: options.method.memory)
        image = next
        report = UpdateReport(next.shape)
        reported = report
        touching = report.atFloor
        trialGradient = Parameters(zerosFor: next.shape)
        // The component that was taken out last comes first of those that were: so the columns of those that are missing are always the last.
        prunedIdentities = identities.indices.filter { !kept.contains($0) }.map { identities[$0] } + prunedIdentities
        identities = kept.map { identities[$0] }
    }

    // MARK: Saddles

    /// Whether fewer components would do as well: two coincide, which is a saddle, since the gradient cannot tell them apart however much better they
    /// would fit apart; or one has lost its data.
    private var isAsFewer: Bool {
        let shape = parameters.shape
        return shape.components > 1
            && ((0..<shape.components).contains { posterior.hasLostData($0) } || !posterior.coincidentComponents(parameters, within: 1e-2).isEmpty)
    }

    /// Moves components that coincide apart, once in a run; returns whether there were any.
    @discardableResult
    func separateCoincident() throws(MixtureError) -> Bool {
        guard !hasSeparated, step < options.iterations else { return false }
        let groups = posterior.coincidentComponents(parameters, within: 1e-6)
        guard !groups.isEmpty else { return false }
        hasSeparated = true
        var next = parameters
        let keys = key.split(2)
        key = keys[0]
        for (group, key) in zip(groups, keys[1].split(groups.count)) {
            next.moveApart(group, key: key)
            for k in group { note(k, .separated) }
        }
        outcome = .iterationLimit
        try acceptAcrossEvent(next)
        return true
    }
}
