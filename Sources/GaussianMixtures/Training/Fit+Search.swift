extension Fit {
    /// What looking for better maxima came to.
    public struct Search: Sendable, Hashable, Codable {
        /// Different starts.
        public internal(set) var starts = 1
        /// Moves that were tried.
        public internal(set) var trials = 0
        /// Moves that were made, since the posterior rose by them.
        public internal(set) var kept = 0
        /// How many of the starts led to the best maximum. More than one is a sign that there is no better.
        public internal(set) var found = 1
    }
}
