import GMMFiles
import GaussianMixtures

extension ModelDocument {
    /// The document of a fit.
    init(_ fit: Fit, features: [String], seed: UInt64) {
        let method: FitSummary.Method =
            switch fit.method {
            case .em: .em
            case .adam: .adam
            case .lbfgs: .lbfgs
            }
        // The format gives every restart a loss, so those without one stand in a list of their own.
        let made = fit.restarts.indices.filter { fit.restarts[$0].loss.isFinite },
            failed = fit.restarts.indices.filter { !made.contains($0) }
        self.init(
            mixture: fit.mixture, features: features,
            fit: FitSummary(
                method: method, count: fit.count, logLikelihood: fit.logLikelihood, loss: fit.loss, bic: fit.bic,
                aic: fit.aic,
                iterations: fit.iterations, converged: fit.converged, seed: seed, kernel: fit.kernel.name,
                threads: fit.threads,
                restarts: made.map { index in
                    let restart = fit.restarts[index]
                    return .init(
                        loss: restart.loss, iterations: restart.iterations, converged: restart.converged,
                        restart: index, outcome: restart.outcome,
                        setAside: restart.setAside, remainingGain: restart.remainingGain)
                },
                outcome: fit.outcome, remainingGain: fit.remainingGain, totalWeight: fit.totalWeight, icl: fit.icl,
                bestRestart: fit.bestRestart,
                events: fit.events.map {
                    .init(restart: $0.restart, step: $0.step, component: $0.component, kind: .init($0.kind))
                },
                atFloor: fit.floorContacts.map { .init(component: $0.component, ownShare: $0.ownShare) },
                failedRestarts: failed.map { index in
                    .init(
                        restart: index,
                        reason: fit.restarts[index].error?.description ?? "Its loss is \(fit.restarts[index].loss).")
                }, search: fit.search))
    }
}
