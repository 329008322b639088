import RealModule

/// How EM's steps are lengthened. Whatever is proposed is taken only if the posterior is no lower than before; if not,
/// EM's own step is.
public enum Acceleration: String, Sendable, Hashable, Codable, CaseIterable {
    /// Plain EM.
    case none
    /// Squared extrapolation with the step length −‖r‖/‖v‖ (R. Varadhan and C. Roland, Simple and globally convergent
    /// methods for accelerating the convergence of any EM algorithm, Scand. J. Stat. 35, 2008).
    case squarem
    /// Damped Anderson acceleration (N. C. Henderson and R. Varadhan, Damped Anderson acceleration with restarts and
    /// monotonicity control for accelerating EM and EM-like algorithms, J. Comput. Graph. Stat. 28, 2019).
    case anderson
    /// Limited-memory BFGS steps that start from EM's own metric (M. Jamshidian and R. I. Jennrich, Acceleration of the
    /// EM algorithm by using quasi-Newton methods, J. R. Stat. Soc. B 59, 1997).
    case quasiNewton = "quasi-newton"
}

/// Proposes where to go next from the points that EM has come by.
///
/// Memory is allocated once.
struct Accelerator: Sendable, Codable {
    private var squarem: Squarem?
    private var anderson: Anderson?
    private let usesModel: Bool

    init(_ acceleration: Acceleration, _ shape: MixtureShape) {
        usesModel = acceleration == .quasiNewton
        if acceleration == .squarem { squarem = Squarem(shape) }
        if acceleration == .anderson { anderson = Anderson(shape) }
    }

    /// Makes `proposal` of the point x and EM's update of it; quasi-Newton steps of the model, which has
    /// moved to x. Returns whether it is anything but the update.
    ///
    /// - Parameter scale: the size of a change that matters in each entry.
    mutating func propose(
        _ x: borrowing Parameters, update: borrowing Parameters, into proposal: inout Parameters,
        _ model: borrowing LocalModel,
        scale: borrowing Parameters
    ) -> Bool {
        if usesModel {
            guard model.hasCurvature, model.slope < 0 else { return false }
            proposal.copyValues(of: x)
            proposal.add(model.direction.longestStep(scale: scale), times: model.direction)
            return true
        }
        proposal.copyValues(of: update)
        if squarem != nil { return squarem!.propose(x, update: update, into: &proposal, scale: scale) }
        if anderson != nil { return anderson!.propose(x, update: update, into: &proposal, scale: scale) }
        return false
    }

    /// The last proposal was not taken.
    mutating func reject() {
        squarem?.reset()
        anderson?.reject()
    }

    /// Whether it is what the initialiser makes and steps leave, for an acceleration and a shape.
    func isSound(_ acceleration: Acceleration, _ shape: MixtureShape) -> Bool {
        usesModel == (acceleration == .quasiNewton) && (squarem?.isSound(shape) ?? (acceleration != .squarem))
            && (anderson?.isSound(shape) ?? (acceleration != .anderson))
    }

    /// Forgets all points: the next one does not follow from them.
    mutating func reset() {
        squarem?.reset()
        anderson?.reset()
    }
}

/// Three points of EM, x₀, x₁, x₂, make a parabola: x₀ − 2 α r + α² v with r = x₁ − x₀, v = (x₂ − x₁) − r, and EM goes
/// on from there.
private struct Squarem: Sendable, Codable {
    private var start, r, v: Parameters
    private var points = 0

    init(_ shape: MixtureShape) {
        start = Parameters(zerosFor: shape)
        r = Parameters(zerosFor: shape)
        v = Parameters(zerosFor: shape)
    }

    func isSound(_ shape: MixtureShape) -> Bool {
        (0...2).contains(points) && [start, r, v].allSatisfy { $0.shape == shape }
    }

    mutating func reset() { points = 0 }

    mutating func propose(
        _ x: borrowing Parameters, update: borrowing Parameters, into proposal: inout Parameters,
        scale: borrowing Parameters
    ) -> Bool {
        points += 1
        switch points {
        case 1:
            start.copyValues(of: x)
            r.setDifference(update, x)
            return false
        case 2:
            v.setDifference(update, x)
            v.add(-1, times: r)
            let curvature = Parameters.dot(v, v, scale: scale)
            guard curvature > 0 else {
                points = 0
                return false
            }
            let length = (Parameters.dot(r, r, scale: scale) / curvature).squareRoot()
            // A length of 1 is x₂ itself.
            guard length > 1 else {
                points = 0
                return false
            }
            // From the update, so that entries that are not finite stay as EM has them: x₂ = x₀ + 2 r + v.
            proposal.add(2 * length - 2, times: r)
            proposal.add(length * length - 1, times: v)
            return true
        default:
            // EM's own step from the extrapolated point takes out what the parabola put in.
            points = 0
            return false
        }
    }
}

/// Of the last m steps f = EM(x) − x and their differences, the combination that would make f vanish were EM linear.
private struct Anderson: Sendable, Codable {
    /// m; more remember what no longer holds.
    private static let memory = 10
    /// δ = 1/(1 + a^(κ − s)) of the undamped solution's squared length is kept after s steps that were taken.
    private static let a = 1.2, kappa = 25.0

    private let limit: Int
    private var x, f, change: Parameters
    /// xᵢ₊₁ − xᵢ + fᵢ₊₁ − fᵢ and fᵢ₊₁ − fᵢ, in a ring.
    private var updateChanges, residuals: [Parameters]
    private var count = 0, next = 0
    private var hasPoint = false
    private var successes = 0.0
    private var gram, work, eigenvectors: Matrix
    private var projections, coefficients: ComponentVector

    init(_ shape: MixtureShape) {
        limit = max(1, min(shape.pairsOfVectors(atMost: Self.memory), (shape.freeParameters + 1) / 2))
        x = Parameters(zerosFor: shape)
        f = Parameters(zerosFor: shape)
        change = Parameters(zerosFor: shape)
        updateChanges = Parameters.zeros(shape, count: limit)
        residuals = Parameters.zeros(shape, count: limit)
        gram = Matrix(dimension: limit)
        work = Matrix(dimension: limit)
        eigenvectors = Matrix(dimension: limit)
        projections = ComponentVector(count: limit)
        coefficients = ComponentVector(count: limit)
    }

    func isSound(_ shape: MixtureShape) -> Bool {
        limit > 0 && updateChanges.count == limit && residuals.count == limit && projections.count == limit
            && coefficients.count == limit && (0...limit).contains(count) && (0..<limit).contains(next)
            && [gram, work, eigenvectors].allSatisfy { $0.dimension == limit }
            && (updateChanges + residuals + [x, f, change]).allSatisfy { $0.shape == shape }
    }

    mutating func reset() {
        count = 0
        next = 0
        hasPoint = false
    }

    mutating func reject() {
        successes = max(0, successes - Double(limit))
        reset()
    }

    mutating func propose(
        _ point: borrowing Parameters, update: borrowing Parameters, into proposal: inout Parameters,
        scale: borrowing Parameters
    ) -> Bool {
        change.setDifference(update, point)
        if hasPoint {
            residuals[next].setDifference(change, f)
            updateChanges[next].setDifference(point, x)
            updateChanges[next].add(1, times: residuals[next])
            for j in 0..<min(count + 1, limit) {
                let entry = Parameters.dot(residuals[next], residuals[j], scale: scale)
                gram[next, j] = entry
                gram[j, next] = entry
            }
            next = (next + 1) % limit
            count = min(count + 1, limit)
        }
        hasPoint = true
        x.copyValues(of: point)
        f.copyValues(of: change)
        guard count > 0 else { return false }
        successes += 1
        solve(scale: scale)
        for j in 0..<count { proposal.add(-coefficients[j], times: updateChanges[j]) }
        return true
    }

    /// Minimises ‖f − Σ γ Δf‖² + λ ‖γ‖², λ such that ‖γ‖² is δ of what it is at λ = 0.
    private mutating func solve(scale: borrowing Parameters) {
        work.clear()
        for i in 0..<count {
            for j in 0..<count { work[i, j] = gram[i, j] }
        }
        for i in count..<limit { work[i, i] = 0 }
        work.diagonalise(eigenvectors: &eigenvectors)
        var largest = 0.0
        for i in 0..<limit { largest = max(largest, work[i, i]) }
        for j in 0..<count { coefficients[j] = Parameters.dot(residuals[j], f, scale: scale) }
        for i in 0..<limit {
            var sum = 0.0
            for j in 0..<count { sum += eigenvectors[i, j] * coefficients[j] }
            projections[i] = work[i, i] > 1e-14 * largest ? sum : 0
        }
        func squaredLength(_ lambda: Double) -> Double {
            var sum = 0.0
            for i in 0..<limit where projections[i] != 0 {
                let ratio = projections[i] / (work[i, i] + lambda)
                sum += ratio * ratio
            }
            return sum
        }
        let share = 1 / (1 + Double.pow(Self.a, Self.kappa - min(successes, Self.kappa)))
        let target = share * squaredLength(0)
        var low = 0.0, high = largest
        while squaredLength(high) > target, high < .greatestFiniteMagnitude / 4 { high *= 4 }
        for _ in 0..<50 {
            let middle = 0.5 * (low + high)
            if squaredLength(middle) > target { low = middle } else { high = middle }
        }
        for j in 0..<count {
            coefficients[j] = 0
            for i in 0..<limit where projections[i] != 0 {
                coefficients[j] += eigenvectors[i, j] * projections[i] / (work[i, i] + high)
            }
        }
    }
}
