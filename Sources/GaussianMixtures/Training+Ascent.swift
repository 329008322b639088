extension Training {
    /// Per datum. As long as EM's own steps gain more, an extrapolation saves little, and may lead away from the maximum that EM is on its way to.
    private static var gainOfAcceleration: Double { 0.01 }

    /// EM with an acceleration, or without one L-BFGS with a line search. Whatever is proposed is taken only if the loss does not rise; if not, EM's step is.
    func ascend(_ acceleration: Acceleration?) throws(MixtureError) {
        var scale = Parameters.scale(parameters.shape, deviations: summary.deviations)
        var accelerator = Accelerator(acceleration ?? .none, parameters.shape, scale: scale)
        var next = parameters, lastGain = Double.infinity, jumpsSeen = jumps
        while true {
            if jumps != jumpsSeen {
                (jumpsSeen, lastGain) = (jumps, .infinity)
                accelerator.reset()
                if scale.shape != parameters.shape {
                    next = parameters
                    scale = .scale(parameters.shape, deviations: summary.deviations)
                    accelerator = Accelerator(acceleration ?? .none, parameters.shape, scale: scale)
                }
            }
            look(needsModel: acceleration == nil || acceleration == .quasiNewton)
            if isLast() {
                guard outcome == .converged, try separateCoincident() else { return }
                continue
            }
            next.copyValues(of: image)
            if try attendToCollapse(&next) {
                try acceptAcrossEvent(next)
                if outcome == .diverged { return }
                continue
            }
            if outcome == .collapsed { return }

            let before = loss
            if try !propose(acceleration, &accelerator, &next, scale: scale, isEarly: lastGain >= Self.gainOfAcceleration) {
                guard let ofImage = evaluate(image) else { return try end(.diverged) }
                guard isNoRise(ofImage) else {
                    // What is left may be less than the tolerance all the same.
                    try end(options.tolerance > 0 && model.remainingGain <= options.tolerance ? .converged : .stalled)
                    guard outcome == .converged, try separateCoincident() else { return }
                    continue
                }
                accept(image, loss: ofImage)
            }
            lastGain = (before - loss) / posterior.totalWeight
        }
    }

    /// Moves to another point than EM's, if one serves.
    private func propose(
        _ acceleration: Acceleration?, _ accelerator: inout Accelerator, _ next: inout Parameters, scale: borrowing Parameters, isEarly: Bool
    ) throws(MixtureError) -> Bool {
        guard acceleration != nil else { return search(&next, scale: scale) }
        guard accelerator.propose(parameters, image: image, into: &next, model), !isEarly else { return false }
        placeHeld(&next)
        hold(&next)
        if let proposed = evaluate(next), isNoRise(proposed) {
            accept(next, loss: proposed)
            return true
        }
        accelerator.reject()
        if acceleration == .quasiNewton { resetModel() }
        return false
    }

    /// L-BFGS's step, if the line search finds one; else forgets the curvature.
    private func search(_ next: inout Parameters, scale: borrowing Parameters) -> Bool {
        guard model.slope < 0 else { return false }
        var search = LineSearch(loss: loss, slope: model.slope, longest: model.direction.longestStep(scale: scale), rounding: rounding)
        while search.trials < 30 {
            next.setMoved(parameters, search.length, model.direction)
            let holdsEntries = placeHeld(&next), touches = hold(&next)
            let found = evaluate(next)
            let serves = holdsEntries || touches ? search.servesByLoss(found) : search.serves(found.map { ($0, slope(at: next)) })
            guard serves else { continue }
            guard let found, isNoRise(found) else { break }
            accept(next, loss: found)
            return true
        }
        resetModel()
        return false
    }

    /// Gives a point that was extrapolated the entries that the floor decides as EM has them; whether there are any.
    @discardableResult
    private func placeHeld(_ point: inout Parameters) -> Bool {
        var holds = false
        for i in report.heldEntries.indices where report.heldEntries[i] {
            point.factors[i] = image.factors[i]
            holds = true
        }
        return holds
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
