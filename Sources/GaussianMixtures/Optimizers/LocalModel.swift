/// The loss about a point as a quadratic: its gradient there, and the curvature that the last steps have shown, in EM's
/// own metric where they have shown none (M. Jamshidian and R. I. Jennrich, Acceleration of the EM algorithm by using
/// quasi-Newton methods, J. R. Stat. Soc. B 59, 1997).
///
/// It says what every method asks before it goes on: which way to go, and how much there is left to gain. The gain
/// comes from the gradient and not from differences of losses, so that rounding of a sum over the data does not reach
/// it.
struct LocalModel: Sendable, Codable {
    /// Where to go, −H⁻¹ g, and the loss's slope along it. Entries of factors that follow EM stay as they are.
    private(set) var direction: Parameters
    @Extended private(set) var slope = 0.0
    /// The most that the loss may still fall, by the quadratic, per unit of data weight. Infinite where it bends
    /// downwards.
    @Extended private(set) var remainingGain = Double.infinity

    private var optimizer: LimitedMemoryBFGS
    private var x, gradient, step: Parameters
    private var hasPoint = false, isConvex = false
    /// Which entries of the factors follow EM, since the floor decides them.
    private var followsEM: [Bool]
    /// What they would gain by EM's step.
    @Extended private var gainOfEM = 0.0

    /// The share of the way left that EM is reckoned to make in a step: of entries that
    /// follow EM where no two steps have shown it, and before any curvature is known.
    private static let slowestOfEM = 1e-4, slowest = 1e-8

    init(_ shape: MixtureShape, memory: Int) {
        optimizer = LimitedMemoryBFGS(shape, memory: memory)
        direction = Parameters(zerosFor: shape)
        x = Parameters(zerosFor: shape)
        gradient = Parameters(zerosFor: shape)
        step = Parameters(zerosFor: shape)
        followsEM = Array(repeating: false, count: shape.factorCount * shape.factorLength)
    }

    var shape: MixtureShape { x.shape }

    /// Whether it is what the initialiser makes and steps leave, for a shape.
    func isSound(_ shape: MixtureShape) -> Bool {
        optimizer.isSound(shape) && [direction, x, gradient, step].allSatisfy { $0.shape == shape }
            && followsEM.count == shape.factorCount * shape.factorLength
    }

    /// Whether a step has shown curvature.
    var hasCurvature: Bool { optimizer.count > 0 }

    /// Forgets the curvature: the next point does not follow from the last.
    mutating func reset() {
        optimizer.reset()
        (hasPoint, isConvex, gainOfEM) = (false, false, 0)
    }

    /// Moves to the point of an evaluation. O(memory · p), p the number of parameters, and that of the gradient;
    /// without allocation.
    ///
    /// - Parameters:
    ///   - update: EM's step from there.
    ///   - report: what becomes of the components in it. Entries of factors that it holds at the floor move as EM moves
    ///     them.
    ///   - rounding: of the loss.
    mutating func move(
        to evaluation: Evaluation, update: borrowing Parameters, _ report: borrowing UpdateReport,
        rounding: Double, _ posterior: Posterior,
        _ workers: ComponentWorkers
    ) {
        var isOther = false
        for i in followsEM.indices where followsEM[i] != report.followsEM[i] {
            followsEM[i] = report.followsEM[i]
            isOther = true
        }
        if isOther { reset() }

        posterior.computeGradient(of: evaluation, into: &direction, workers)
        Self.clear(&direction, followsEM)
        if hasPoint {
            step.setDifference(evaluation.parameters, x)
            Self.clear(&step, followsEM)
            gradient.multiply(by: -1)
            gradient.add(1, times: direction)
            if let isConvex = optimizer.remember(step: step, change: gradient, rounding: rounding) {
                self.isConvex = isConvex
            }
        }
        hasPoint = true
        x.copyValues(of: evaluation.parameters)
        gradient.copyValues(of: direction)
        turn(evaluation, posterior, workers)
        if !(slope < 0) {
            optimizer.reset()
            direction.copyValues(of: gradient)
            turn(evaluation, posterior, workers)
        }

        let quadratic = max(-0.5 * slope, 0) / evaluation.totalWeight
        let before = gainOfEM
        gainOfEM =
            followsEM.contains(true)
            ? posterior.gain(of: followsEM, from: evaluation, to: update, workers) / evaluation.totalWeight : 0
        // The gains of a sequence that converges linearly fall by the square of its rate.
        let rate = (gainOfEM / before).squareRoot(),
            ofEM = gainOfEM / max(rate < 1 ? 1 - rate : 0, Self.slowestOfEM)
        remainingGain = !hasCurvature ? quadratic / Self.slowest + ofEM : isConvex ? quadratic + ofEM : .infinity
    }

    private mutating func turn(
        _ evaluation: Evaluation, _ posterior: Posterior, _ workers: ComponentWorkers
    ) {
        optimizer.turnToDescent(&direction) { posterior.precondition(&$0, at: evaluation, workers) }
        Self.clear(&direction, followsEM)
        slope = Parameters.dot(direction, gradient)
    }

    private static func clear(_ vector: inout Parameters, _ followsEM: [Bool]) {
        for i in followsEM.indices where followsEM[i] { vector.factors[i] = 0 }
    }
}
