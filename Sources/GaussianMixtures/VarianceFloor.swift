import RealModule

/// The least spread that a component may have: Σₖ ⪰ ε diag(v), v the variances of the features.
///
/// A component that closes in on fewer data than it takes to span the space would otherwise carry the likelihood to infinity. The floor is
/// relative, so that it means the same in any unit. Where an update would fall below it, the eigenvalues of Σₖ in units of the features'
/// deviations are raised to ε, which is the maximum under that constraint, so that EM still never descends.
struct VarianceFloor: Sendable {
    /// ε; 0 is no floor.
    let relative: Double
    /// √v [D]
    let deviations: [Double]
    private let logFloors: [Double]

    init(relative: Double, deviations: [Double], _ shape: MixtureShape) {
        self.relative = relative
        // One number for all features is held to the largest of their floors.
        self.deviations = deviations
        let kept = shape.isScalar ? [deviations.max()!] : deviations
        logFloors = kept.map { .log($0) + 0.5 * .log(relative) }
    }

    /// The log deviation that is kept of one proposed for entry `i` of a factor that is not triangular, and whether it was raised.
    func held(_ logDeviation: Double, _ i: Int) -> (Double, Bool) {
        // False for NaN too.
        logDeviation > logFloors[i] ? (logDeviation, false) : (logFloors[i], relative > 0)
    }

    /// Whether L Lᵀ, given P = L⁻¹, is surely above the floor: with M = diag(v)^−½ L Lᵀ diag(v)^−½, trace M⁻¹ ≥ 1/λ for each eigenvalue λ.
    func isCleared(byInverse p: borrowing Matrix) -> Bool {
        var trace = 0.0
        for i in 0..<p.dimension {
            for j in 0...i {
                let entry = p[i, j] * deviations[j]
                trace += entry * entry
            }
        }
        return trace * relative <= 1
    }

    /// Replaces L, given that the new covariance is L A Lᵀ, by its Cholesky factor with eigenvalues no lower than the floor. Returns whether
    /// any was. A holds a whole symmetric matrix; the others are room.
    func raise(_ l: inout Matrix, _ a: borrowing Matrix, _ room: inout Matrix, _ eigenvectors: inout Matrix) -> Bool {
        let dimension = l.dimension
        for i in 0..<dimension { l.scaleRow(i, by: 1 / deviations[i]) }
        var covariance = Matrix(dimension: dimension)
        covariance.setCongruence(ofTriangle: l, symmetric: a, scratch: &room)
        covariance.diagonalise(eigenvectors: &eigenvectors)
        let floor = max(relative, .leastNormalMagnitude)
        var isRaised = false
        l.clear()
        for e in 0..<dimension {
            let value = covariance[e, e]
            if !(value > floor) { isRaised = true }
            let kept = value > floor ? value : floor
            for i in 0..<dimension { l.add(kept * eigenvectors[e, i], timesRow: e, of: eigenvectors, toRow: i, count: dimension) }
        }
        if !l.decompose() {
            // Beyond what float64 can tell from singular: what is left is the floor in every direction.
            l.clear()
            for i in 0..<dimension { l[i, i] = floor.squareRoot() }
            isRaised = true
        }
        for i in 0..<dimension { l.scaleRow(i, by: deviations[i]) }
        return isRaised
    }
}
