extension Training {
    /// Per datum. As long as EM's own steps gain more, an extrapolation saves little, and may lead away from the maximum that EM is on its way to.
    private static var gainOfAcceleration: Double { 0.01 }

    func runExpectationMaximization(_ acceleration: Acceleration) throws(MixtureError) {
        var accelerator = Accelerator(acceleration, parameters.shape, scale: .scale(parameters.shape, deviations: summary.deviations))
        var image = parameters, proposal = parameters
        var gains = GainEstimate()
        _ = gains.remaining(after: loss / posterior.totalWeight)
        // Aitken's estimate is one of plain EM's steps: where an accelerated one gains next to nothing, plain ones follow until it is known.
        var isConfirming = acceleration == .none, confirmBelow = options.tolerance

        var lastGain = Double.infinity
        while !isLast() {
            posterior.maximize(from: parameters, into: &image, floor: floor, &report)
            if try attendToCollapse(&image) {
                if image.shape != proposal.shape {
                    proposal = image
                    accelerator = Accelerator(acceleration, image.shape, scale: .scale(image.shape, deviations: summary.deviations))
                }
                accelerator.reset()
                gains = GainEstimate()
                guard try move(to: image) else { break }
                continue
            }

            let before = loss
            // At the floor the likelihood rises without end beyond it; and an extrapolation of what is held there means nothing.
            let isProposal =
                accelerator.propose(parameters, image: image, into: &proposal, posterior) && !isConfirming
                && lastGain < Self.gainOfAcceleration && !report.atFloor.contains(true)
            if isProposal, let proposed = evaluate(proposal), proposed <= loss, isClearOfFloor(proposal) {
                accept(proposal, loss: proposed)
            } else {
                if isProposal { accelerator.reject() }
                guard try move(to: image) else { break }
            }

            lastGain = (before - loss) / posterior.totalWeight
            // A tolerance of zero asks for all iterations.
            guard options.tolerance > 0 else { continue }
            let remaining = gains.remaining(after: loss / posterior.totalWeight)
            if isConfirming {
                if remaining <= options.tolerance {
                    outcome = .converged
                } else if acceleration != .none, remaining < .infinity {
                    isConfirming = false
                    confirmBelow /= 10
                }
            } else if (before - loss) / posterior.totalWeight <= confirmBelow {
                isConfirming = true
                gains = GainEstimate()
                _ = gains.remaining(after: loss / posterior.totalWeight)
            }
        }
    }
}
