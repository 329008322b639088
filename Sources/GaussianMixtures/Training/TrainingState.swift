/// Everything that a run of training needs to go on, for every method: decoded in another process and gone on with over
/// the same data, it ends in the same bits as a run that was not interrupted.
///
/// The coding is JSON's or any other of `Codable`; its layout is that of one version of this package.
public struct TrainingState: Sendable, Codable {
    public let options: FitOptions
    /// Which restart, from 0.
    public let restart: Int
    /// The kernel that reads the data: another would give other bits.
    public let kernel: Kernel
    /// What the data are recognised by, with the loss where the run stands.
    let count: Int
    let totalWeight: Double
    let summary: DataSummary

    /// Where the run stands.
    public internal(set) var parameters: Parameters
    /// The loss there; infinite before it is known.
    @Extended public internal(set) var loss = Double.infinity
    /// Updates made.
    public internal(set) var step = 0
    /// How often the data were read.
    public internal(set) var passes = 0
    /// Why the run ended, or while it goes on ``Fit/Outcome/iterationLimit``.
    public internal(set) var outcome = Fit.Outcome.iterationLimit
    /// Whether the run has ended.
    public internal(set) var hasEnded = false
    public internal(set) var history: History
    public internal(set) var events: [Fit.Event] = []

    /// The point that is returned, no more than the rounding above the lowest loss since the last event; nil where that
    /// is ``parameters``.
    var best: Parameters?
    @Extended var lowest = Double.infinity
    /// Steps since the loss last fell by more than its rounding.
    var stepsWithoutGain = 0
    /// Points in a row that the model gives no more than the tolerance to gain. One may be a place where the loss bends
    /// otherwise than farther on; Adam's points are so near each other that a second says nothing new.
    var pointsWithoutGain = 0
    @Extended var lastGain = Double.infinity
    var model: LocalModel
    var accelerator: Accelerator?
    var adam: Adam?
    var key, batchKey: RandomKey
    /// Which components have been reported since they were last in order.
    var reported: UpdateReport
    /// For each component there is, which one of the start it is.
    var identities: [Int]
    var prunedIdentities: [Int] = []
    var reseedsLeft: Int
    var hasSeparated = false
    var singular: Singular?

    /// The component whose covariance became singular, and what it held of the data's weight.
    struct Singular: Codable {
        let component: Int
        let mass: Double
    }

    /// The point that a fit returns if the run ends here.
    public var result: Parameters { options.endpoint == .best ? best ?? parameters : parameters }

    init(
        from start: Parameters, _ options: FitOptions, summary: DataSummary, restart: Int, count: Int,
        totalWeight: Double, kernel: Kernel, key: RandomKey
    ) throws(MixtureError) {
        let keys = key.split(2), shape = start.shape
        self.options = options
        self.restart = restart
        self.count = count
        self.kernel = kernel
        self.totalWeight = totalWeight
        self.summary = summary
        parameters = start
        self.key = keys[0]
        batchKey = keys[1]
        history = History(shape, iterations: options.iterations, stride: options.historyStride)
        reported = UpdateReport(shape)
        identities = Array(0..<shape.components)
        reseedsLeft = 3 * shape.components
        model = LocalModel(shape, memory: options.method.memory)
        try resetOptimizer(shape)
    }

    /// Forgets the points of the method: the next does not follow from them. Where components were taken out, the
    /// memories get the new shape.
    mutating func resetOptimizer(_ shape: MixtureShape) throws(MixtureError) {
        lastGain = .infinity
        let isOtherShape = model.shape != shape
        if isOtherShape { model = LocalModel(shape, memory: options.method.memory) } else { model.reset() }
        switch options.method {
        case .em(let acceleration):
            if isOtherShape || accelerator == nil { accelerator = Accelerator(acceleration, shape) }
            accelerator?.reset()
        case .lbfgs: break
        case .adam(let learningRate, _, let isStandardized, let beta1, let beta2, let epsilon):
            adam = try Adam(
                shape, learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
                scale: isStandardized ? .scale(shape, deviations: summary.deviations) : nil)
        }
    }

    /// Whether all parts fit together, as those of a state that was decoded need not.
    var isSound: Bool {
        let shape = parameters.shape, components = shape.components, dimension = shape.dimension
        func isSound(_ method: Method) -> Bool {
            switch method {
            case .em(let acceleration): accelerator?.isSound(acceleration, shape) == true
            case .lbfgs: true
            case .adam: adam?.isSound(shape) == true
            }
        }
        let all = identities + prunedIdentities
        return shape.covariance == options.covariance && components <= options.components
            && (best?.shape ?? shape) == shape && model.isSound(shape) && isSound(options.method)
            && [reported.atFloor, reported.lost, reported.singular].allSatisfy { $0.count == components }
            && identities.count == components && all.count <= options.components
            && all.sorted() == Array(0..<all.count)
            && events.allSatisfy { all.contains($0.component) } && (0...min(options.iterations, 1 << 60)).contains(step)
            && [passes, stepsWithoutGain, pointsWithoutGain].allSatisfy { (0...1 << 60).contains($0) }
            && (0...3 * options.components).contains(reseedsLeft) && (0..<options.restarts).contains(restart)
            && summary.isSound(dimension, needsScatter: options.covariancePrior == .mclust && shape.factor.isTriangle)
            && history.stride == options.historyStride
    }
}
