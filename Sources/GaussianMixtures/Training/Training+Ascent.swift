extension Training {
    /// Per datum. As long as EM's own steps gain more, an extrapolation saves little, and may lead away from the
    /// maximum that EM is on its way to.
    private static var gainOfAcceleration: Double { 0.01 }

    /// A step of EM with an acceleration, or of L-BFGS with a line search. Whatever is proposed is taken only if the
    /// loss does not rise; if not, EM's step is.
    func ascend() throws(MixtureError) {
        let acceleration: Acceleration? = if case .em(let acceleration) = options.method { acceleration } else { nil }
        look(needsModel: acceleration == nil || acceleration == .quasiNewton)
        if endsHere() { return try endOrSeparate() }
        trial.parameters.copyValues(of: emUpdate)
        if try handleCollapse() { return try acceptAcrossEvent() }
        if ledger.hasEnded { return }

        let before = current.loss
        if try !propose(acceleration) {
            if interruption.isDue { return end(.stopped) }
            trial.parameters.copyValues(of: emUpdate)
            guard try evaluateTrial() else { return end(.diverged) }
            guard trialIsNoRise else {
                // What is left may be less than the tolerance all the same.
                ledger.outcome =
                    options.tolerance > 0 && ledger.model.remainingGain <= options.tolerance ? .converged : .stalled
                return try endOrSeparate()
            }
            acceptTrial()
        }
        ledger.lastGain = (before - current.loss) / current.totalWeight
    }

    /// Ends the run, unless it has converged where components coincide, which then are moved apart.
    func endOrSeparate() throws(MixtureError) {
        guard ledger.outcome == .converged, try separateCoincident() else { return end(ledger.outcome) }
    }

    /// Moves to another point than EM's, if one is accepted.
    private func propose(_ acceleration: Acceleration?) throws(MixtureError) -> Bool {
        guard acceleration != nil else { return try search() }
        let isProposed = ledger.accelerator!.propose(
            current.parameters, update: emUpdate, into: &trial.parameters, ledger.model, scale: scale)
        guard isProposed, ledger.lastGain < Self.gainOfAcceleration else { return false }
        placeEntriesOfEM()
        hold(&trial.parameters)
        if try evaluateTrial(), trialIsNoRise {
            acceptTrial()
            return true
        }
        ledger.accelerator!.reject()
        if acceleration == .quasiNewton { ledger.model.reset() }
        return false
    }

    /// L-BFGS's step, if the line search finds one; else forgets the curvature.
    private func search() throws(MixtureError) -> Bool {
        guard ledger.model.slope < 0 else { return false }
        var search = LineSearch(
            loss: current.loss, slope: ledger.model.slope, longest: ledger.model.direction.longestStep(scale: scale),
            rounding: rounding(of: current))
        while search.trials < 30, !interruption.isDue {
            trial.parameters.setMoved(current.parameters, search.length, ledger.model.direction)
            let followsEM = placeEntriesOfEM(), isAtFloor = hold(&trial.parameters), isFinite = try evaluateTrial()
            let isAccepted =
                followsEM || isAtFloor
                ? search.acceptsByLoss(isFinite ? trial.loss : nil)
                : search.accepts(isFinite ? (trial.loss, slopeAtTrial()) : nil)
            guard isAccepted else { continue }
            guard isFinite, trialIsNoRise else { break }
            acceptTrial()
            return true
        }
        ledger.model.reset()
        return false
    }

    /// Gives the point that is tried, which was extrapolated, the entries that the floor decides as EM has them;
    /// whether there are any.
    @discardableResult
    private func placeEntriesOfEM() -> Bool {
        var isAny = false
        for i in report.followsEM.indices where report.followsEM[i] {
            trial.parameters.factors[i] = emUpdate.factors[i]
            isAny = true
        }
        return isAny
    }
}

extension Parameters {
    /// Becomes x + length · direction.
    fileprivate mutating func setMoved(_ x: borrowing Parameters, _ length: Double, _ direction: borrowing Parameters) {
        copyValues(of: direction)
        multiply(by: length)
        add(1, times: x)
    }
}
