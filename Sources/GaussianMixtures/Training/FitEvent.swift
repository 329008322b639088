extension Fit {
    /// Something that went wrong with a component while it was trained.
    public struct Event: Sendable, Hashable, Codable {
        public enum Kind: String, Sendable, Hashable, Codable {
            /// Its spread came to the variance floor: it closes in on few data, or a feature is a combination of
            /// others.
            case reachedFloor
            /// It holds less than a millionth of a datum.
            case lostData
            /// It was placed anew, among data that the others explain badly.
            case reseeded
            /// It was taken out. Its place is behind those of the components that stay.
            case pruned
            /// It coincided with another, which is a saddle: their means were moved apart, to either side.
            case separated
        }

        /// Which restart, from 0.
        public let restart: Int
        /// After how many updates; 0 is the start.
        public let step: Int
        /// Which component, from 0, in the order of the fit. Those that were taken out are counted behind those that
        /// stayed.
        public let component: Int
        public let kind: Kind
    }
}

/// What becomes of a component that reaches the variance floor or loses its data.
public enum CollapsePolicy: String, Sendable, Hashable, Codable, CaseIterable {
    /// It stays, at the floor or without weight.
    case hold
    /// It is placed anew, among data that the others explain badly; at most three times as often as there are
    /// components, from then on held.
    case reseed
    /// It is taken out, as long as another is left.
    case prune
}
