import GaussianMixtures

/// What became of components that collapsed, as sentences without a full stop.
struct CollapseText {
    /// Further events of the restart that was kept are counted and not described.
    private static let most = 4

    let lines: [String]

    /// A line for each event of the restart that was kept, and one that counts the other restarts with events.
    init(_ fit: Fit) {
        let own = fit.events.filter { $0.restart == fit.bestRestart }
        var lines = own.prefix(Self.most).map { "component \($0.component + 1) \($0.kind.text) at step \($0.step)" }
        if own.count > Self.most { lines.append("and components collapsed \(own.count - Self.most) more times") }
        let others = Set(fit.events.map(\.restart)).subtracting([fit.bestRestart]).count
        if others > 0 {
            lines.append("components collapsed in \(others) of the \(fit.restarts.count - 1) other restarts")
        }
        self.lines = lines
    }
}

extension Fit.Event.Kind {
    fileprivate var text: String {
        switch self {
        case .reachedFloor: "came to the variance floor"
        case .lostData: "lost its data"
        case .reseeded: "was placed anew"
        case .pruned: "was taken out"
        case .separated: "was moved away from another that it equalled"
        }
    }
}
