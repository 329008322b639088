/// The direction of limited-memory BFGS from the last steps and changes of the gradient, by the two-loop recursion (J.
/// Nocedal and S. J. Wright, Numerical Optimization, 2nd ed., algorithm 7.4). Memory is allocated once.
struct LimitedMemoryBFGS: Sendable, Codable {
    private var steps, changes: [Parameters]
    /// sᵀy of each pair.
    private var curvatures: ComponentVector
    private var alphas: ComponentVector
    private(set) var count = 0
    private var next = 0

    init(_ shape: MixtureShape, memory: Int) {
        let memory = shape.pairsOfVectors(atMost: memory)
        steps = Parameters.zeros(shape, count: memory)
        changes = Parameters.zeros(shape, count: memory)
        curvatures = ComponentVector(count: memory)
        alphas = ComponentVector(count: memory)
    }

    /// Whether it is what the initialiser makes and steps leave, for a shape.
    func isSound(_ shape: MixtureShape) -> Bool {
        let memory = steps.count
        return memory > 0 && changes.count == memory && curvatures.count == memory && alphas.count == memory
            && (0...memory).contains(count) && (0..<memory).contains(next)
            && (steps + changes).allSatisfy { $0.shape == shape }
    }

    mutating func reset() {
        count = 0
        next = 0
    }

    /// Remembers a step and how the gradient changed over it, unless the curvature along it is not positive. Returns
    /// whether it is; nil if rounding may have decided: that of the sum, or of the loss, which the step bends by the
    /// sum.
    mutating func remember(step: borrowing Parameters, change: borrowing Parameters, rounding: Double) -> Bool? {
        let curvature = Parameters.dot(step, change)
        // Beside the sum's own parts, which no unit of a feature or of weights moves.
        let clear = 1e-10 * Parameters.dotOfMagnitudes(step, change)
        guard curvature > clear else { return curvature < -max(clear, rounding) ? false : nil }
        steps[next].copyValues(of: step)
        changes[next].copyValues(of: change)
        curvatures[next] = curvature
        next = (next + 1) % steps.count
        count = min(count + 1, steps.count)
        return true
    }

    /// Replaces a gradient by the direction of descent. `precondition` multiplies by a first guess at the inverse
    /// Hessian.
    mutating func turnToDescent(_ gradient: inout Parameters, precondition: (inout Parameters) -> Void) {
        for age in 0..<count {
            let i = (next - 1 - age + 2 * steps.count) % steps.count
            alphas[i] = Parameters.dot(steps[i], gradient) / curvatures[i]
            gradient.add(-alphas[i], times: changes[i])
        }
        precondition(&gradient)
        for age in (0..<count).reversed() {
            let i = (next - 1 - age + 2 * steps.count) % steps.count
            let beta = Parameters.dot(changes[i], gradient) / curvatures[i]
            gradient.add(alphas[i] - beta, times: steps[i])
        }
        gradient.multiply(by: -1)
    }
}

/// A step length that satisfies the strong Wolfe conditions, found by bracketing and cubic interpolation (Nocedal and
/// Wright, algorithms 3.5 and 3.6): one length is proposed after another until one is accepted.
struct LineSearch {
    private static let sufficientDecrease = 1e-4, curvature = 0.9

    private let loss, slope, rounding: Double
    private var low: (length: Double, loss: Double, slope: Double)
    private var high: (length: Double, loss: Double, slope: Double)?
    private(set) var length: Double
    private(set) var trials = 0

    /// - Parameters:
    ///   - loss, slope: at the start; the slope is negative.
    ///   - longest: the first length to try.
    ///   - rounding: differences of losses below this say nothing.
    init(loss: Double, slope: Double, longest: Double, rounding: Double) {
        self.loss = loss
        self.rounding = rounding
        self.slope = slope
        length = longest
        low = (0, loss, slope)
    }

    /// Takes the loss at ``length`` of a path that is not straight, as at a floor, nil where there is none: a
    /// sufficient decrease is all that is asked of it. Returns whether the length is accepted, or else proposes half of
    /// it.
    mutating func acceptsByLoss(_ found: Double?) -> Bool {
        trials += 1
        if let found, found <= loss + Self.sufficientDecrease * length * slope + rounding { return true }
        length *= 0.5
        return false
    }

    /// Takes what was found at ``length``, nil where there is no loss; returns whether it is accepted, or else proposes
    /// another.
    mutating func accepts(_ found: (loss: Double, slope: Double)?) -> Bool {
        trials += 1
        guard let found, found.loss.isFinite, found.slope.isFinite else {
            high = (length, .infinity, .infinity)
            length = 0.5 * (low.length + length)
            return false
        }
        let decreases = found.loss <= loss + Self.sufficientDecrease * length * slope + rounding
        if decreases, abs(found.slope) <= -Self.curvature * slope { return true }
        let trial = (length: length, loss: found.loss, slope: found.slope)
        if !decreases || (found.loss >= low.loss + rounding && low.length > 0) {
            high = trial
        } else {
            let turnsBack = high.map { found.slope * ($0.length - low.length) >= 0 } ?? (found.slope >= 0)
            if turnsBack { high = low }
            low = trial
        }
        guard let high else {
            length *= 2
            return false
        }
        length = Self.between(low, high)
        return false
    }

    /// The minimum of the cubic through both ends, kept away from them.
    private static func between(
        _ a: (length: Double, loss: Double, slope: Double), _ b: (length: Double, loss: Double, slope: Double)
    ) -> Double {
        let middle = 0.5 * (a.length + b.length), margin = 0.1 * abs(b.length - a.length)
        guard b.loss.isFinite, b.slope.isFinite else { return middle }
        let d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.length - b.length)
        let square = d1 * d1 - a.slope * b.slope
        guard square >= 0 else { return middle }
        let d2 = (b.length > a.length ? 1.0 : -1.0) * square.squareRoot()
        let minimum = b.length - (b.length - a.length) * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2)
        guard minimum.isFinite else { return middle }
        let least = min(a.length, b.length) + margin, most = max(a.length, b.length) - margin
        return min(max(minimum, least), most)
    }
}
