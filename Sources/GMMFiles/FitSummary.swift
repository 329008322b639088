import GaussianMixtures

/// How a mixture was found, the `fit` of the model JSON.
///
/// The optional fields came to version 1 of the format later, so files of earlier programs lack them. Restarts and
/// components are counted from 0, as JSON arrays are.
public struct FitSummary: Codable, Equatable, Sendable {
    /// The optimizers.
    public enum Method: String, Codable, CaseIterable, Sendable {
        case em, adam, lbfgs
    }

    /// The optimizer that found the mixture.
    public var method: Method
    /// How many data were fitted.
    public var count: Int
    /// Of all data together.
    public var logLikelihood: Double
    /// Minus the log posterior.
    public var loss: Double
    /// −2ℓ + p log N; smaller is better.
    public var bic: Double
    /// −2ℓ + 2p; smaller is better.
    public var aic: Double
    /// Of the restart that was kept.
    public var iterations: Int
    /// Whether the tolerance was met before the iterations ran out.
    public var converged: Bool
    /// The seed of every random choice.
    public var seed: UInt64
    /// The kernel that ran.
    public var kernel: String
    /// How many threads there were; the result does not depend on it.
    public var threads: Int
    /// Every restart that has a loss, in order.
    public var restarts: [Restart]
    /// Why the restart that was kept ended.
    public var outcome: Fit.Outcome?
    /// What its loss is estimated to have left to gain, per unit of data weight; nil also where that is not known.
    public var remainingGain: Double?
    /// W = Σ wᵢ, the number of data without weights.
    public var totalWeight: Double?
    /// BIC with the likelihood of the data and of their most probable components together; smaller is better.
    public var icl: Double?
    /// Which restart was kept.
    public var bestRestart: Int?
    /// What went wrong with components, in all restarts.
    public var events: [Event]?
    /// The components that ended at the variance floor.
    public var atFloor: [FloorContact]?
    /// The restarts that failed and so have no loss.
    public var failedRestarts: [FailedRestart]?
    /// What looking for better maxima came to.
    public var search: Fit.Search?

    /// How one restart ended.
    public struct Restart: Codable, Equatable, Sendable {
        /// Minus the log posterior at the end.
        public var loss: Double
        /// How many iterations it took.
        public var iterations: Int
        /// Whether the tolerance was met.
        public var converged: Bool
        /// Which restart it is, those that failed counted too.
        public var restart: Int?
        /// Why it ended.
        public var outcome: Fit.Outcome?
        /// Why it could not be kept; nil if it could.
        public var setAside: Fit.SetAside?
        /// As ``FitSummary/remainingGain``.
        public var remainingGain: Double?

        /// The restart with these fields.
        public init(
            loss: Double, iterations: Int, converged: Bool, restart: Int? = nil, outcome: Fit.Outcome? = nil,
            setAside: Fit.SetAside? = nil,
            remainingGain: Double? = nil
        ) {
            self.loss = loss
            self.iterations = iterations
            self.converged = converged
            self.restart = restart
            self.outcome = outcome
            self.setAside = setAside
            self.remainingGain = remainingGain
        }

        enum CodingKeys: String, CodingKey {
            case loss, iterations, converged, restart, outcome
            case setAside = "set_aside"
            case remainingGain = "remaining_gain"
        }
    }

    /// Something that went wrong with a component, as `Fit.Event`.
    public struct Event: Codable, Equatable, Sendable {
        /// The kinds of events.
        public enum Kind: String, Codable, CaseIterable, Sendable {
            case reachedFloor = "reached-floor"
            case lostData = "lost-data"
            case reseeded, pruned, separated

            /// The word for a kind of event.
            public init(_ kind: Fit.Event.Kind) {
                self =
                    switch kind {
                    case .reachedFloor: .reachedFloor
                    case .lostData: .lostData
                    case .reseeded: .reseeded
                    case .pruned: .pruned
                    case .separated: .separated
                    }
            }
        }

        /// In which restart.
        public var restart: Int
        /// After how many iterations.
        public var step: Int
        /// Which component. Components that were pruned are numbered behind those of the mixture.
        public var component: Int
        /// What it was.
        public var kind: Kind

        /// The event with these fields.
        public init(restart: Int, step: Int, component: Int, kind: Kind) {
            self.restart = restart
            self.step = step
            self.component = component
            self.kind = kind
        }
    }

    /// A component that ended at the variance floor.
    public struct FloorContact: Codable, Equatable, Sendable {
        /// Which component.
        public var component: Int
        /// The least variance of its own data in any direction, as a share of the features' variances; 0 if they have
        /// none.
        public var ownShare: Double

        /// The contact with these fields.
        public init(component: Int, ownShare: Double) {
            self.component = component
            self.ownShare = ownShare
        }

        enum CodingKeys: String, CodingKey {
            case component
            case ownShare = "own_share"
        }
    }

    /// A restart that failed and so has no loss.
    public struct FailedRestart: Codable, Equatable, Sendable {
        /// Which restart.
        public var restart: Int
        /// What kept it from being made.
        public var reason: String

        /// The restart with these fields.
        public init(restart: Int, reason: String) {
            self.restart = restart
            self.reason = reason
        }
    }

    /// The summary with these fields. Its numbers are checked when a ``ModelDocument`` is encoded.
    public init(
        method: Method, count: Int, logLikelihood: Double, loss: Double, bic: Double, aic: Double, iterations: Int,
        converged: Bool,
        seed: UInt64, kernel: String, threads: Int, restarts: [Restart], outcome: Fit.Outcome? = nil,
        remainingGain: Double? = nil,
        totalWeight: Double? = nil, icl: Double? = nil, bestRestart: Int? = nil, events: [Event]? = nil,
        atFloor: [FloorContact]? = nil,
        failedRestarts: [FailedRestart]? = nil, search: Fit.Search? = nil
    ) {
        self.method = method
        self.count = count
        self.logLikelihood = logLikelihood
        self.loss = loss
        self.bic = bic
        self.aic = aic
        self.iterations = iterations
        self.converged = converged
        self.seed = seed
        self.kernel = kernel
        self.threads = threads
        self.restarts = restarts
        self.outcome = outcome
        self.remainingGain = remainingGain
        self.totalWeight = totalWeight
        self.icl = icl
        self.bestRestart = bestRestart
        self.events = events
        self.atFloor = atFloor
        self.failedRestarts = failedRestarts
        self.search = search
    }

    enum CodingKeys: String, CodingKey {
        case method, count
        case logLikelihood = "log_likelihood"
        case loss, bic, aic, iterations, converged, seed, kernel, threads, restarts, outcome
        case remainingGain = "remaining_gain"
        case totalWeight = "total_weight"
        case icl
        case bestRestart = "best_restart"
        case events
        case atFloor = "at_floor"
        case failedRestarts = "failed_restarts"
        case search
    }
}
