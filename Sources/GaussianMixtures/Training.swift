import RealModule

/// A run of one method from one start: the state that all methods share, and what they do alike.
///
/// Loss, history and statistics at the end belong to the parameters at the end. A run whose parameters leave the range of float64 ends at the
/// last ones that did not.
final class Training<Scalar: KernelScalar> {
    let options: TrainingOptions
    private(set) var posterior: NegativeLogPosterior<Scalar>
    /// Makes the same posterior for another number of components.
    private let posteriorOfShape: (MixtureShape) throws(MixtureError) -> NegativeLogPosterior<Scalar>
    let summary: DataSummary
    private(set) var floor: VarianceFloor
    private let restart: Int
    private var key: RandomKey
    let batchKey: RandomKey

    var parameters: Parameters
    private(set) var loss = Double.infinity
    private(set) var step = 0
    var outcome = TrainingRun.Outcome.iterationLimit
    private var history: History
    private var events: [Fit.Event] = []
    /// Of the last update.
    var report: UpdateReport
    /// Which components have been reported since they were last in order.
    private var reported: UpdateReport
    private var reseedsLeft: Int
    private var passesBefore = 0

    init(
        from start: Parameters, _ options: TrainingOptions, summary: DataSummary, restart: Int, key: RandomKey,
        posterior: @escaping (MixtureShape) throws(MixtureError) -> NegativeLogPosterior<Scalar>
    ) throws(MixtureError) {
        self.options = options
        self.summary = summary
        self.restart = restart
        let keys = key.split(2)
        self.key = keys[0]
        batchKey = keys[1]
        posteriorOfShape = posterior
        self.posterior = try posterior(start.shape)
        floor = VarianceFloor(relative: options.varianceFloor, deviations: summary.deviations, start.shape)
        parameters = start
        history = History(start.shape, iterations: options.iterations, stride: options.historyStride)
        report = UpdateReport(components: start.shape.components)
        reported = report
        reseedsLeft = 3 * start.shape.components
    }

    func run() throws(MixtureError) -> TrainingRun {
        loss = try posterior.loss(parameters)
        switch options.method {
        case .em(let acceleration): try runExpectationMaximization(acceleration)
        case .adam: try runAdam()
        case .lbfgs(let memory): try runLimitedMemoryBFGS(memory)
        }
        history.record(step: step, loss: loss, parameters, isLast: true)
        // A deviation may leave the range that its logarithm has not left.
        if (try? parameters.mixture()) == nil { outcome = .diverged }
        return TrainingRun(
            parameters: parameters, loss: loss, iterations: step, passes: passesBefore + posterior.passes, outcome: outcome,
            isAtFloor: report.atFloor.contains(true), history: history, events: events, statistics: posterior.statistics,
            kernel: posterior.pass.kernelThatRan)
    }

    // MARK: Steps

    /// Takes note of the parameters as they are; returns whether they are the last.
    func isLast() -> Bool {
        let isLast = outcome != .iterationLimit || step == options.iterations
        history.record(step: step, loss: loss, parameters, isLast: isLast)
        options.progress?(Fit.Progress(restart: restart, step: step, loss: loss))
        return isLast
    }

    /// The loss of parameters, nil where they have left the range of float64: the data were fit to be read at the start.
    func evaluate(_ parameters: borrowing Parameters) -> Double? {
        do {
            return try posterior.loss(copy parameters)
        } catch {
            return nil
        }
    }

    /// Moves to parameters that were evaluated last.
    func accept(_ next: borrowing Parameters, loss: Double) {
        parameters.copyValues(of: next)
        self.loss = loss
        step += 1
    }

    /// Counts updates that were made without knowing their losses.
    func advance(by updates: Int) { step += updates }

    /// Moves to the parameters, or where they have no loss ends the run where it is.
    func move(to next: borrowing Parameters) throws(MixtureError) -> Bool {
        if let loss = evaluate(next) {
            accept(next, loss: loss)
            return true
        }
        try stay()
        outcome = .diverged
        return false
    }

    /// Evaluates the parameters as they are again, after others.
    func stay() throws(MixtureError) { loss = try posterior.loss(parameters) }

    // MARK: Collapse

    /// Records what ``report`` says of an update to `next`, and changes `next` as the policy has it; returns whether it did.
    func attendToCollapse(_ next: inout Parameters) throws(MixtureError) -> Bool {
        if report.isQuiet {
            if !reported.isQuiet { reported = report }
            return false
        }
        for k in 0..<next.shape.components {
            if report.atFloor[k], !reported.atFloor[k] { note(k, .reachedFloor) }
            if report.lost[k], !reported.lost[k] { note(k, .lostData) }
        }
        reported = report
        // A floor that all share is no component's fault.
        let fallen = (0..<next.shape.components).filter { report.lost[$0] || (report.atFloor[$0] && !next.shape.isShared) }
        guard !fallen.isEmpty else { return false }
        switch options.collapse {
        case .hold: return false
        case .reseed: return try reseed(fallen, &next)
        case .prune: return try prune(fallen, &next)
        }
    }

    private func note(_ component: Int, _ kind: Fit.Event.Kind) {
        events.append(Fit.Event(restart: restart, step: step + 1, component: component, kind: kind))
    }

    /// Places components at the least likely of some random data, as wide as K components that share the data's spread.
    private func reseed(_ fallen: [Int], _ next: inout Parameters) throws(MixtureError) -> Bool {
        let data = posterior.pass.data, shape = next.shape
        let densities = try posterior.pass.logDensities(posterior.kernelParameters)
        var changed = false
        for k in fallen where reseedsLeft > 0 {
            let keys = key.split(2)
            key = keys[0]
            let candidates = keys[1].uniform(32).map { min(Int($0 * Double(data.count)), data.count - 1) }.filter { data.weight($0) > 0 }
            guard let row = candidates.min(by: { densities[$0] < densities[$1] }) else { continue }
            next.place(k, at: data.row(row), deviations: summary.deviations.map { $0 * shape.shareOfSpread })
            report.atFloor[k] = false
            reseedsLeft -= 1
            note(k, .reseeded)
            changed = true
        }
        return changed
    }

    private func prune(_ fallen: [Int], _ next: inout Parameters) throws(MixtureError) -> Bool {
        let kept = (0..<next.shape.components).filter { !fallen.contains($0) }
        guard !kept.isEmpty else { return false }
        for k in fallen.reversed() { note(k, .pruned) }
        next = next.keeping(kept)
        passesBefore += posterior.passes
        posterior = try posteriorOfShape(next.shape)
        floor = VarianceFloor(relative: options.varianceFloor, deviations: summary.deviations, next.shape)
        parameters = next
        report = UpdateReport(components: kept.count)
        reported = report
        return true
    }

    /// Raises factors of `next` that are below the floor, and fills ``report``; for methods that know nothing of the floor.
    func enforceFloor(_ next: inout Parameters) {
        let shape = next.shape
        for factor in 0..<shape.factorCount {
            var isRaised = false
            let start = factor * shape.factorLength
            if shape.isTriangular {
                isRaised = posterior.scratch.raiseToFloor(&next, factor, floor)
            } else {
                for i in 0..<shape.factorLength {
                    let (value, raised) = floor.held(next.factors[start + i], i)
                    if raised {
                        next.factors[start + i] = value
                        isRaised = true
                    }
                }
            }
            if shape.isShared {
                for k in 0..<shape.components { report.atFloor[k] = isRaised }
            } else {
                report.atFloor[factor] = isRaised
            }
        }
        for k in 0..<shape.components { report.lost[k] = posterior.hasLostData(k) }
    }

    /// Whether the parameters that were evaluated last are surely above the floor.
    func isClearOfFloor(_ parameters: borrowing Parameters) -> Bool {
        let shape = parameters.shape
        for factor in 0..<shape.factorCount {
            if shape.isTriangular {
                guard posterior.isClear(of: floor, factor) else { return false }
            } else {
                for i in 0..<shape.factorLength where floor.held(parameters.factors[factor * shape.factorLength + i], i).1 { return false }
            }
        }
        return true
    }
}

extension MixtureShape {
    /// Along each feature, the share of the data's deviation that a component of K equal ones has that fill the same volume.
    var shareOfSpread: Double { .pow(Double(components), -1 / Double(dimension)) }
}

extension Parameters {
    /// Puts component k at a place, with a share of 1/K, without correlation unless the factor is shared, which stays.
    fileprivate mutating func place(_ k: Int, at x: [Double], deviations: [Double]) {
        for (d, value) in x.enumerated() { means[k * shape.dimension + d] = value }
        let others = softmax((0..<shape.components).map { $0 == k ? -.infinity : logWeights[$0] })
        let share = 1 / Double(shape.components)
        for j in 0..<shape.components { logWeights[j] = j == k ? .log(share) : .log((1 - share) * others[j]) }
        guard !shape.isShared else { return }
        let start = shape.factorStart(k)
        for i in start..<start + shape.factorLength { factors[i] = 0 }
        for (d, deviation) in deviations.enumerated() { factors[start + shape.diagonalIndex(d)] = .log(deviation) }
    }

    /// The parameters of some of the components.
    fileprivate func keeping(_ kept: [Int]) -> Parameters {
        let dimension = shape.dimension, smaller = shape.with(components: kept.count)
        return Parameters(
            smaller, logWeights: ComponentVector(kept.map { logWeights[$0] }),
            means: ComponentVector(kept.flatMap { k in (0..<dimension).map { means[k * dimension + $0] } }),
            factors: shape.isShared
                ? factors
                : ComponentVector(kept.flatMap { k in (0..<shape.factorLength).map { factors[shape.factorStart(k) + $0] } }))
    }
}

extension ComponentScratch {
    fileprivate mutating func raiseToFloor(_ parameters: inout Parameters, _ factor: Int, _ floor: VarianceFloor) -> Bool {
        triangle.loadFactor(parameters, factor)
        inverse.setInverse(ofTriangle: triangle)
        if floor.isCleared(byInverse: inverse) { return false }
        second.clear()
        for d in 0..<second.dimension { second[d, d] = 1 }
        guard floor.raise(&triangle, second, &product, &inverse) else { return false }
        triangle.storeFactor(into: &parameters, factor)
        return true
    }
}

extension NegativeLogPosterior {
    fileprivate func isClear(of floor: VarianceFloor, _ factor: Int) -> Bool {
        scratch.inverse.loadTriangle(kernelParameters.factors, at: factor * shape.factorLength)
        return floor.isCleared(byInverse: scratch.inverse)
    }
}
