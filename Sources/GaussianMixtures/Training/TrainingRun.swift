/// What one run from one start came to.
struct TrainingRun: Sendable {
    var parameters: Parameters
    var loss: Double
    /// Updates made.
    var iterations: Int
    /// How often the data were read.
    var passes: Int
    var outcome: Fit.Outcome
    var remainingGain: Double?
    var floorContacts: [Fit.FloorContact]
    /// Whether fewer components would do as well: two coincide at the end, or one has lost its data.
    var isAsFewer: Bool
    /// The component whose covariance became singular, if that ended the run, and what it held of the data's weight.
    var singular: TrainingState.Singular?
    var history: History
    var events: [Fit.Event]
    var statistics: Statistics
    var kernel: Kernel?
    /// For each component which one of the start it is, and behind them those that were pruned, the last first.
    var identities: [Int]
}

extension TrainingRun {
    /// The same run with its components in order of their means, feature after feature, or as they are; those that were
    /// pruned come behind. History and events follow, so that a component has one place from start to end.
    func inOrder(byMeans: Bool) -> TrainingRun {
        let components = parameters.shape.components
        let means = (0..<components).map { parameters.mean($0) }
        var order = Array(0..<components)
        if byMeans { order.sort { means[$0].lexicographicallyPrecedes(means[$1]) } }
        let places = order.map { identities[$0] } + identities[components...]
        var run = self
        run.parameters = parameters.keeping(order)
        run.history = history.reordered(places)
        run.events = events.map { event in
            Fit.Event(
                restart: event.restart, step: event.step, component: places.firstIndex(of: event.component)!,
                kind: event.kind)
        }
        run.floorContacts = floorContacts.map { contact in
            Fit.FloorContact(component: order.firstIndex(of: contact.component)!, ownShare: contact.ownShare)
        }.sorted { $0.component < $1.component }
        run.singular = singular.map { .init(component: places.firstIndex(of: $0.component)!, mass: $0.mass) }
        run.identities = Array(0..<identities.count)
        return run
    }

    /// The same run with what came before it, a short run that it was carried on from.
    func following(_ short: TrainingRun) -> TrainingRun {
        var run = self
        run.iterations += short.iterations
        run.passes += short.passes
        let later = events.map {
            Fit.Event(
                restart: $0.restart, step: $0.step + short.iterations, component: short.identities[$0.component],
                kind: $0.kind)
        }
        run.events = short.events + later
        run.history = short.history.followed(by: history)
        run.identities =
            identities.map { short.identities[$0] } + short.identities[short.parameters.shape.components...]
        return run
    }
}
