/// How a mixture was found, the `fit` of the model JSON.
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
    /// Every restart, in order.
    public var restarts: [Restart]

    /// How one restart ended.
    public struct Restart: Codable, Equatable, Sendable {
        /// Minus the log posterior at the end.
        public var loss: Double
        /// How many iterations it took.
        public var iterations: Int
        /// Whether the tolerance was met.
        public var converged: Bool

        /// The restart with these fields.
        public init(loss: Double, iterations: Int, converged: Bool) {
            self.loss = loss
            self.iterations = iterations
            self.converged = converged
        }
    }

    /// The summary with these fields. Its numbers are checked when a ``ModelDocument`` is encoded.
    public init(
        method: Method, count: Int, logLikelihood: Double, loss: Double, bic: Double, aic: Double, iterations: Int, converged: Bool,
        seed: UInt64, kernel: String, threads: Int, restarts: [Restart]
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
    }

    enum CodingKeys: String, CodingKey {
        case method, count
        case logLikelihood = "log_likelihood"
        case loss, bic, aic, iterations, converged, seed, kernel, threads, restarts
    }
}
