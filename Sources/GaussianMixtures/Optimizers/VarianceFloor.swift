import RealModule

/// The least spread that a component may have: Σₖ ⪰ ε diag(v), v the variances of the features.
///
/// A component that closes in on fewer data than it takes to span the space would otherwise carry the likelihood to
/// infinity. The floor is relative, so that it means the same in any unit. What falls below it is raised: the
/// eigenvalues of Σₖ in units of the features' deviations to ε. Of an M-step that is the maximum under the constraint,
/// so that EM still never descends.
///
/// Every start, every trial point and every result passes through ``hold(_:_:isAtFloor:)``: no loss is known of a point
/// below the floor.
struct VarianceFloor: Sendable {
    /// ε; 0 is no floor.
    let relative: Double
    /// √v [D]
    let deviations: ComponentVector
    /// Those that the entries of a factor without a triangle are held to: one number for all features to the largest.
    let keptDeviations: [Double]
    private let logFloors: [Double]

    init(relative: Double, deviations: [Double], _ shape: MixtureShape) {
        self.relative = relative
        self.deviations = ComponentVector(deviations)
        keptDeviations = shape.factor.kind == .scalar ? [deviations.max()!] : deviations
        logFloors = keptDeviations.map { .log($0) + 0.5 * .log(relative) }
    }

    /// Raises factors that are below the floor. `isAtFloor` becomes, for each component, whether its factor is then at
    /// it.
    func hold(_ parameters: inout Parameters, _ workers: ComponentWorkers, isAtFloor: inout [Bool]) {
        let shape = parameters.shape, length = shape.factorLength
        guard relative > 0 else {
            for k in isAtFloor.indices { isAtFloor[k] = false }
            return
        }
        parameters.factors.withPointer { factors in
            isAtFloor.withUnsafeMutableBufferPointer { isAtFloor in
                workers.forEach(shape.factorCount) {
                    isAtFloor[$0] = $1.factor.hold(factors + $0 * length, at: self)
                }
            }
        }
        for k in shape.factorCount..<shape.components { isAtFloor[k] = isAtFloor[0] }
    }

    /// The log deviation that is kept of one proposed for entry `i` of a factor that is not triangular, and whether it
    /// is the floor's.
    func clamped(_ logDeviation: Double, _ i: Int) -> (Double, Bool) {
        // False for NaN too.
        logDeviation > logFloors[i] ? (logDeviation, false) : (logFloors[i], relative > 0)
    }

    /// Whether L Lᵀ, given P = L⁻¹, is surely above the floor: with M = diag(v)^−½ L Lᵀ diag(v)^−½, trace M⁻¹ ≥ 1/λ for
    /// each eigenvalue λ.
    func isCleared(byInverse p: borrowing Matrix) -> Bool {
        p.squaredNorm(columnsTimes: deviations) * relative < 1
    }

    /// Replaces L, given that the new covariance is L A Lᵀ, by its factor with eigenvalues no lower than the floor.
    /// Returns whether any is at it. A holds a whole symmetric matrix; the others are
    /// overwritten.
    ///
    /// The factor is made of V √λ by reflections: of V λ Vᵀ it would lose, in the directions that are at the floor, as
    /// many digits again.
    func raise(
        _ l: inout Matrix, _ a: borrowing Matrix, _ covariance: inout Matrix, _ scratch: inout Matrix,
        _ eigenvectors: inout Matrix
    ) -> Bool {
        let dimension = l.dimension
        for i in 0..<dimension { l.scaleRow(i, by: 1 / deviations[i]) }
        covariance.setCongruence(ofTriangle: l, symmetric: a, scratch: &scratch)
        guard covariance.diagonalise(eigenvectors: &eigenvectors) else {
            // Of what is no matrix of numbers the floor is left.
            l.clear()
            for i in 0..<dimension { l[i, i] = relative.squareRoot() * deviations[i] }
            return true
        }
        var largest = relative
        for e in 0..<dimension { largest = max(largest, covariance[e, e]) }
        // An eigenvalue is wrong by about this, so that one that was raised may seem to be a little above the floor.
        let reach = relative + max(Double(dimension) * 0x1p-50 * largest, 0x1p-40 * relative)
        var isAtFloor = false
        l.clear()
        for e in 0..<dimension {
            if !(covariance[e, e] > reach) { isAtFloor = true }
            // NaN is raised too.
            let root = (covariance[e, e] > relative ? covariance[e, e] : relative).squareRoot()
            for i in 0..<dimension { l[i, e] = root * eigenvectors[e, i] }
        }
        l.triangularise(rows: dimension)
        for i in 0..<dimension { l.scaleRow(i, by: deviations[i]) }
        return isAtFloor
    }

    /// How far rounding may move the logarithm of the volume at the floor, where the loss is not flat: the factor is as
    /// accurate as its largest entry.
    func rounding(_ shape: MixtureShape) -> Double {
        guard shape.factor.isTriangle, relative > 0 else { return 0 }
        // Of a floor so low that float64 cannot tell it from nothing beside the spread, no more is allowed.
        return min(Double(shape.dimension * shape.dimension) * 0x1p-50 / relative.squareRoot(), 1e-9)
    }
}
