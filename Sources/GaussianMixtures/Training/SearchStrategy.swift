/// How far a fit looks for the best maximum of the posterior, of which there are many.
public enum SearchStrategy: Sendable, Hashable, Codable {
    /// Leaves the maximum that the first start leads to by moves, which merge components and split others, as long as
    /// that leads higher; then comes from another start and does the same. It ends when moves fail, and takes a few
    /// times as long as ``none``. The default.
    ///
    /// One start it is where moves have no meaning: with one component, a start that is given, Adam, a tolerance of
    /// zero, or components that are pruned; and with more than 512 components.
    case automatic
    /// One start, and the maximum that it leads to.
    case none
    /// So many starts of one kind, run side by side, the first from the key of the fit and the others from keys that
    /// belong to it, so that more restarts contain the fewer; no moves.
    case restarts(Int)
    /// As ``automatic`` with many more moves and starts.
    case exhaustive

    /// How many starts are run to their end.
    var restarts: Int { if case .restarts(let count) = self { count } else { 1 } }
}
