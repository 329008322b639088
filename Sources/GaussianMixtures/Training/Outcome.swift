extension Fit {
    /// Where a fit stands, after each step of each restart, and while moves are tried after each few of them.
    public struct Progress: Sendable {
        /// Which restart, from 0.
        public let restart: Int
        /// How many there are.
        public let restarts: Int
        /// Updates made so far in this restart.
        public let step: Int
        /// Moves tried so far, while they are; 0 in a restart.
        public var trials = 0
        /// The most that it makes.
        public let iterations: Int
        /// The loss after those made.
        public let loss: Double
        /// The parameters after them. To keep them costs a copy.
        public let parameters: Parameters
    }

    /// Why a run ended.
    public enum Outcome: String, Codable, Sendable, Hashable, CaseIterable {
        /// The loss had no more than the tolerance left to gain, per unit of data weight, or no more than its rounding
        /// while no step lowered it.
        case converged
        /// All iterations were made.
        case iterationLimit = "iteration-limit"
        /// Not even EM's step lowers the loss any more, and yet there seems to be more to gain than the tolerance.
        case stalled
        /// The parameters were about to leave the range of float64.
        case diverged
        /// Without a variance floor, a component's covariance became singular.
        case collapsed
        /// The fit was told to stop, by its progress, its task or its time limit, before another end.
        case stopped
        /// The start could not be made or evaluated.
        case failed
    }

    /// A component that ended at the variance floor.
    public struct FloorContact: Sendable, Hashable {
        public let component: Int
        /// The least variance of its own data in any direction, in units of the features' variances, which is below the
        /// floor; 0 if they have none. A floor lower than this lets the component have its own spread.
        public let ownShare: Double
    }
}
