/// A fitted mixture, and what happened on the way.
public struct Fit: Sendable {
    public let mixture: GaussianMixture
    /// The same in unconstrained parameters, as the method left them.
    public let parameters: Parameters
    /// Σ wᵢ log p(xᵢ) of the data under ``mixture``.
    public let logLikelihood: Double
    /// Minus the log posterior: −(``logLikelihood`` + log prior).
    public let loss: Double
    /// Updates made by the restart that won.
    public let iterations: Int
    /// Why the restart that won ended.
    public var outcome: Outcome { restarts[bestRestart].outcome }
    /// Whether the restart that won met the tolerance.
    public var converged: Bool { outcome == .converged }
    /// What the loss is estimated to have left to gain where the restart that won ended, per unit of data weight; nil
    /// where that is not known, as without a tolerance or where the loss bends downwards.
    public var remainingGain: Double? { restarts[bestRestart].remainingGain }
    /// Of the restart that won.
    public let history: History
    /// Every restart, in order. A search has its first run first, and behind it the run from the better maximum that it
    /// found, if any.
    public let restarts: [Restart]
    /// The index in ``restarts`` of the one that won: of the restarts that are not ``Restart/setAside``, the one with
    /// the lowest loss, the first of equals.
    ///
    /// Set aside are restarts that failed, diverged or collapsed, and those that were not carried on after a short run.
    /// If a restart is left of which no component ended at the variance floor, all have data and no two coincide, then
    /// those of which this is not so are set aside too: at the floor the loss says how low the floor is and little
    /// else, and the others are no better than fewer components.
    public let bestRestart: Int
    /// What went wrong with components, in all restarts.
    public let events: [Event]
    /// What was asked for.
    public let options: FitOptions
    public var method: Method { options.method }
    /// N
    public let count: Int
    /// W = Σ wᵢ, N without weights.
    public let totalWeight: Double
    /// BIC with the likelihood of the data and of their most probable components together
    /// (C. Biernacki, G. Celeux and G. Govaert, 2000); smaller is better.
    public let icl: Double
    /// The kernel that read the data, by its own report.
    public let kernel: Kernel
    /// The threads that it was allowed.
    public let threads: Int
    /// What looking for better maxima came to; nil where that was not done.
    public let search: Search?

    /// How one restart ended.
    public struct Restart: Sendable, Hashable {
        /// Infinite where it failed.
        public let loss: Double
        public let iterations: Int
        public let outcome: Outcome
        public var converged: Bool { outcome == .converged }
        /// As ``Fit/remainingGain``.
        public let remainingGain: Double?
        /// How often the data were read: an iteration whose extrapolation is not taken reads them twice.
        public let passes: Int
        /// The components that ended at the variance floor.
        public let floorContacts: [FloorContact]
        public var isAtFloor: Bool { !floorContacts.isEmpty }
        /// Whether it was among those carried on after short runs; true without those.
        public let isCarriedOn: Bool
        /// Why it could not win; nil if it could.
        public let setAside: SetAside?
        /// What kept it from being made, where it failed.
        public let error: MixtureError?
        public let history: History
    }

    /// Why a restart could not win.
    public enum SetAside: String, Codable, Sendable, Hashable, CaseIterable {
        /// A component ended at the variance floor, and other restarts did not end so.
        case atFloor = "at-floor"
        /// A component has no data, or two coincide, so that it is no better than fewer components; and other restarts
        /// are.
        case fewerComponents = "as-fewer-components"
        /// Its short run was not among the best.
        case shortRun = "short-run"
        case diverged, collapsed, failed
        /// The fit was stopped before it was begun.
        case stopped
    }

    /// The components of ``mixture`` that ended at the variance floor.
    public var floorContacts: [FloorContact] { restarts[bestRestart].floorContacts }
    /// Whether a component of ``mixture`` ended at the variance floor.
    public var isAtFloor: Bool { restarts[bestRestart].isAtFloor }
    /// p: weights that sum to one, means, covariances.
    public var freeParameters: Int { mixture.shape.freeParameters }
    /// The Bayesian information criterion −2 ℓ + p log W; smaller is better (G. Schwarz, 1978).
    public var bic: Double { mixture.bic(logLikelihood, totalWeight: totalWeight) }
    /// Akaike's information criterion −2 ℓ + 2 p; smaller is better (H. Akaike, 1974).
    public var aic: Double { mixture.aic(logLikelihood) }
}

extension Fit: CustomStringConvertible {
    /// One line for the fit, one for each component, and one if a component ended at the variance floor.
    public var description: String {
        "log-likelihood \(logLikelihood), \(converged ? "converged" : "not converged") after \(iterations) iterations\n\(mixture)"
            + (isAtFloor
                ? "\na component ended at the variance floor: try a lower floor, fewer components or another covariance type"
                : "")
    }
}
