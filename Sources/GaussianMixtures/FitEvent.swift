extension Fit {
    /// Something that went wrong with a component while it was trained.
    public struct Event: Sendable, Hashable {
        public enum Kind: String, Sendable, Hashable {
            /// Its spread came to the variance floor: it closes in on few data, or a feature is a combination of others.
            case reachedFloor
            /// It holds less than a millionth of a datum.
            case lostData
            /// It was placed anew, among data that the others explain badly.
            case reseeded
            /// It was taken out. Components behind it move up by one.
            case pruned
        }

        /// Which restart, from 0.
        public let restart: Int
        /// After how many updates.
        public let step: Int
        /// Which component, from 0.
        public let component: Int
        public let kind: Kind
    }
}

/// What becomes of a component that reaches the variance floor or loses its data.
public enum CollapsePolicy: String, Sendable, Hashable, CaseIterable {
    /// It stays, at the floor or without weight.
    case hold
    /// It is placed anew, among data that the others explain badly; at most three times as often as there are components, from then on held.
    case reseed
    /// It is taken out, as long as another is left.
    case prune
}
