import RealModule

/// A factor without entries off its diagonal; or one number for all of it, whose second moment is the trace.
final class DiagonalFactor: FactorAlgebra {
    private let layout: FactorLayout
    private let second: UnsafeMutableBufferPointer<Double>

    init(_ layout: FactorLayout) {
        self.layout = layout
        second = .allocate(capacity: layout.length)
        second.initialize(repeating: 0)
    }

    deinit { second.deallocate() }

    func loadSecondMoment(_ sums: [Double], at start: Int, times multiplicity: Double) {
        for i in second.indices { second[i] = sums[start + i] * multiplicity }
    }

    func addSquare(of v: UnsafePointer<Double>, times factor: Double) {
        for d in 0..<layout.dimension { second[layout.diagonalIndex(d)] += factor * v[d] * v[d] }
    }

    func addPriorScale(_ scale: [Double], whitenedBy p: ComponentVector, at start: Int) {
        for i in second.indices { second[i] += scale[i] * p[start + i] * p[start + i] }
    }

    func traceOfPriorScale(_ scale: [Double], whitenedBy p: ComponentVector, at start: Int) -> Double {
        second.indices.reduce(0) { $0 + scale[$1] * p[start + $1] * p[start + $1] }
    }

    func storeGradient(
        into gradient: UnsafeMutablePointer<Double>, whitenedBy p: ComponentVector, at parameters: ComponentVector,
        _ start: Int, mass: Double
    ) {
        // ∂ℓ/∂log σ = S − m
        for i in second.indices { gradient[i] = mass - second[i] }
    }

    func precondition(
        _ gradient: UnsafeMutablePointer<Double>, at parameters: ComponentVector, _ start: Int, mass: Double
    ) {
        for i in second.indices { gradient[i] /= 2 * mass }
    }

    func storeUpdate(
        into next: UnsafeMutablePointer<Double>, from parameters: ComponentVector, _ start: Int, mass: Double,
        _ floor: VarianceFloor, roundoff: Double, followsEM: UnsafeMutablePointer<Bool>
    ) -> FactorUpdate {
        var outcome = FactorUpdate.free
        for i in second.indices {
            let variance = second[i] / mass
            (next[i], followsEM[i]) = floor.clamped(parameters[start + i] + 0.5 * .log(variance), i)
            if floor.relative == 0, !(variance > 0), outcome == .free { outcome = .singular }
            if followsEM[i] { outcome = .atFloor }
        }
        return outcome
    }

    func gain(
        of followsEM: [Bool], whitenedBy p: ComponentVector, from parameters: ComponentVector,
        to update: ComponentVector, _ start: Int, mass: Double
    ) -> Double {
        var gain = 0.0
        for i in start..<start + layout.length where followsEM[i] {
            let change = Double.expMinusOne(2 * (update[i] - parameters[i]))
            gain += 0.25 * mass * change * change
        }
        return gain
    }

    func hold(_ parameters: UnsafeMutablePointer<Double>, at floor: VarianceFloor) -> Bool {
        var isAtFloor = false
        for i in second.indices {
            let (value, isRaised) = floor.clamped(parameters[i], i)
            guard isRaised else { continue }
            parameters[i] = value
            isAtFloor = true
        }
        return isAtFloor
    }

    func leastShare(_ parameters: ComponentVector, _ start: Int, _ floor: VarianceFloor) -> Double {
        second.indices.reduce(.infinity) {
            min($0, .exp(2 * (parameters[start + $1] - .log(floor.keptDeviations[$1]))))
        }
    }

    func storeInverse(of parameters: ComponentVector, _ start: Int, into p: UnsafeMutablePointer<Double>) {
        for i in second.indices { p[i] = .exp(-parameters[start + i]) }
    }
}
