/// What a fit is asked for, beside the data.
public struct FitOptions: Sendable, Hashable, Codable {
    /// K ≥ 1.
    public var components: Int
    /// Full by default.
    public var covariance = CovarianceType.full
    /// ``Method/em(acceleration:)`` by default.
    public var method = Method.em()
    /// ``Initialisation/kMeans`` by default.
    public var initialisation = Initialisation.kMeans
    /// How far the best maximum is looked for; ``SearchStrategy/automatic`` by default. Of several runs the best is
    /// returned, by the rule of ``Fit/bestRestart``.
    public var search = SearchStrategy.automatic
    /// Carries only the best of the restarts on after a few iterations; nil, the default, all to the end.
    public var shortRuns: ShortRuns?
    /// Of every random choice; seed 0 by default. The result depends on it and not on the threads.
    public var key = RandomKey(seed: 0)
    /// α ≥ 1 of the symmetric Dirichlet prior on the weights; 1, the default, is maximum likelihood. Below 1 the
    /// posterior has no maximum, since a weight of zero makes it infinite.
    public var weightConcentration = 1.0
    /// Of means and covariances; nil, the default, is none.
    public var covariancePrior: NormalInverseWishartPrior?
    /// The least variance of a component in any direction, in units of the features' variances; 1e-6 by default. A
    /// component that closes in on one datum would otherwise take the likelihood to infinity. 0 is none: a component
    /// that collapses then ends its run.
    public var varianceFloor = 1e-6
    /// What becomes of a component that reaches the floor or loses its data; it is held there by default.
    /// ``Fit/events`` has it.
    public var collapse = CollapsePolicy.hold
    /// Training ends when the loss has no more than this left to gain, per unit of data weight, by the quadratic that
    /// the gradient and the curvature of the last steps make; or no more than its own rounding, while no step lowers
    /// it. 1e-8 by default; 0 makes all iterations.
    public var tolerance = 1e-8
    /// The most updates that a restart makes, 1000 by default. 0 evaluates the start; given parameters are then left as
    /// they are, to the last bit, and the data may be any that can be read, a single row too.
    public var iterations = 1000
    /// The most time for the whole fit; nil, the default, is no limit. A fit that comes to it returns the best of what
    /// it has reached; restarts that were under way have the outcome ``Fit/Outcome/stopped``.
    public var timeLimit: Duration?
    /// Which point of a run is returned, the best by default.
    public var endpoint = Endpoint.best
    /// Every how many steps loss and parameters are kept, 1 by default; the first and the last always are, in each
    /// restart.
    public var historyStride = 1
    /// The most that run at once, over restarts and over data together; by default as many as the machine has cores,
    /// and at most four a core.
    public var threads: Int?
    /// ``Kernel/automatic()`` by default.
    public var kernel: Kernel?

    public init(components: Int) { self.components = components }

    /// How many starts are run to their end.
    public var restarts: Int { search.restarts }

    /// Whether moves from one maximum to another are looked for.
    var usesMoves: Bool {
        guard search == .automatic || search == .exhaustive else { return false }
        return (2...512).contains(components) && initialisation.isDrawn && !method.isAdam && tolerance > 0
            && iterations > 0
            && collapse != .prune && shortRuns == nil
    }

    /// Whether a start is only evaluated, not trained.
    var isEvaluation: Bool { iterations == 0 && initialisation.isComplete }

    /// The shape of the mixture for data of D features, if all options are in their ranges.
    ///
    /// - Throws: ``MixtureError/invalidOption(name:value:requirement:)`` for the first that is not.
    @discardableResult
    public func validate(dimension: Int = 1) throws(MixtureError) -> MixtureShape {
        func require(_ holds: Bool, _ name: String, _ value: some Any, _ requirement: String) throws(MixtureError) {
            guard holds else { throw .invalidOption(name: name, value: "\(value)", requirement: requirement) }
        }
        try method.check()
        try require(historyStride >= 1, "The stride of the history", historyStride, "1 or more")
        try require(iterations >= 0, "The number of iterations", iterations, "0 or more")
        try require(
            tolerance >= 0 && tolerance.isFinite, "The tolerance", tolerance,
            "0 or a small positive number, such as 1e-8")
        try require(
            varianceFloor >= 0 && varianceFloor < 1, "The variance floor", varianceFloor,
            "0 or a small share of the features' variances, such as 1e-6")
        let shape = try MixtureShape(components: components, dimension: dimension, covariance: covariance)
        try require(
            (1...1_000_000).contains(restarts), "The number of restarts", restarts, "a number from 1 to 1000000")
        try require(
            weightConcentration >= 1 && weightConcentration.isFinite, "The weight concentration", weightConcentration,
            "1 or more, since below 1 a weight of zero makes the posterior infinite")
        if let shortRuns {
            try require(
                shortRuns.iterations >= 1, "The length of short runs", shortRuns.iterations,
                "at least 1 step, such as 10")
            try require(
                (1...restarts).contains(shortRuns.kept), "The number of short runs kept", shortRuns.kept,
                "a number from 1 to as many as there are restarts, \(restarts)")
        }
        try require(
            restarts == 1 || initialisation.isDrawn, "The number of restarts", restarts,
            "1 where the start is given, since all would be the same")
        if let timeLimit {
            try require(
                timeLimit >= .zero && timeLimit <= .seconds(1_000_000_000), "The time limit", timeLimit,
                "from 0 to 1000000000 seconds")
        }
        _ = try threadCount(threads)
        return shape
    }
}

/// Short runs of all restarts, of which the best are carried on (emEM; C. Biernacki, G. Celeux and G. Govaert, Choosing
/// starting values for the EM algorithm, Comput. Stat. Data Anal. 41, 2003).
public struct ShortRuns: Sendable, Hashable, Codable {
    /// How many iterations a short run makes.
    public let iterations: Int
    /// How many of the restarts are carried on.
    public let kept: Int

    public init(iterations: Int = 10, kept: Int = 1) {
        self.iterations = iterations
        self.kept = kept
    }
}

/// Which point of a run is returned.
public enum Endpoint: String, Sendable, Hashable, Codable, CaseIterable {
    /// The one of the lowest loss.
    case best
    /// The last, as the notebook's demonstration has it. Adam leaves an optimum again where its steps are long; other
    /// methods' last point is the best.
    case last
}
