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
        self.init(
            mixture: fit.mixture, features: features,
            fit: FitSummary(
                method: method, count: fit.count, logLikelihood: fit.logLikelihood, loss: fit.loss, bic: fit.bic, aic: fit.aic,
                iterations: fit.iterations, converged: fit.converged, seed: seed, kernel: fit.kernel.name, threads: fit.threads,
                restarts: fit.restarts.map { .init(loss: $0.loss, iterations: $0.iterations, converged: $0.converged) }))
    }
}
