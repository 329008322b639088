import RealModule

/// The least spread that a component may have: Σₖ ⪰ ε diag(v), v the variances of the features.
///
/// A component that closes in on fewer data than it takes to span the space would otherwise carry the likelihood to
/// infinity. The floor is relative, so that it means the same in any unit. What falls below it is raised: the
/// eigenvalues of Σₖ in units of the features' deviations to ε. Of an M-step that is the maximum under the constraint,
/// so that EM still never descends.
///
/// Every start, every trial point and every result passes through ``hold(_:_:)``: no loss is known of a point below the
/// floor.
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

    /// The least eigenvalue of a component's covariance in units of the features' deviations. O(D³) of a triangle
    func leastShare(_ parameters: borrowing Parameters, _ k: Int, _ scratch: inout ComponentScratch) -> Double {
        let shape = parameters.shape, start = shape.factorStart(k)
        guard shape.isTriangular else {
            let kept = shape.isScalar ? [deviations.max()!] : deviations
            return kept.indices.reduce(.infinity) {
                min($0, .exp(2 * (parameters.factors[start + $1] - .log(kept[$1]))))
            }
        }
        return scratch.leastEigenvalue(parameters, shape.isShared ? 0 : k, unit: deviations)
    }

    /// Raises factors that are below the floor. `touches` becomes, for each component, whether its factor is then at
    /// it.
    func hold(_ parameters: inout Parameters, _ scratch: inout ComponentScratch, touches: inout [Bool]) {
        let shape = parameters.shape
        for factor in 0..<shape.factorCount {
            let isTouching = relative > 0 && hold(&parameters, factor, &scratch)
            if shape.isShared {
                for k in touches.indices { touches[k] = isTouching }
            } else {
                touches[factor] = isTouching
            }
        }
    }

    private func hold(_ parameters: inout Parameters, _ factor: Int, _ scratch: inout ComponentScratch) -> Bool {
        let shape = parameters.shape, start = factor * shape.factorLength
        guard shape.isTriangular else {
            var isTouching = false
            for i in 0..<shape.factorLength {
                let (value, isRaised) = held(parameters.factors[start + i], i)
                if isRaised {
                    parameters.factors[start + i] = value
                    isTouching = true
                }
            }
            return isTouching
        }
        return scratch.hold(&parameters, factor, self)
    }

    /// The log deviation that is kept of one proposed for entry `i` of a factor that is not triangular, and whether it
    /// is the floor's.
    func held(_ logDeviation: Double, _ i: Int) -> (Double, Bool) {
        // False for NaN too.
        logDeviation > logFloors[i] ? (logDeviation, false) : (logFloors[i], relative > 0)
    }

    /// Whether L Lᵀ, given P = L⁻¹, is surely above the floor: with M = diag(v)^−½ L Lᵀ diag(v)^−½, trace M⁻¹ ≥ 1/λ for
    /// each eigenvalue λ.
    func isCleared(byInverse p: borrowing Matrix) -> Bool {
        var trace = 0.0
        for i in 0..<p.dimension {
            for j in 0...i {
                let entry = p[i, j] * deviations[j]
                trace += entry * entry
            }
        }
        return trace * relative < 1
    }

    /// Replaces L, given that the new covariance is L A Lᵀ, by its factor with eigenvalues no lower than the floor.
    /// Returns whether any is at it. A holds a whole symmetric matrix; the others are room.
    ///
    /// The factor is made of V √λ by reflections: of V λ Vᵀ it would lose, in the directions that are at the floor, as
    /// many digits again.
    func raise(
        _ l: inout Matrix, _ a: borrowing Matrix, _ covariance: inout Matrix, _ room: inout Matrix,
        _ eigenvectors: inout Matrix
    ) -> Bool {
        let dimension = l.dimension
        for i in 0..<dimension { l.scaleRow(i, by: 1 / deviations[i]) }
        covariance.setCongruence(ofTriangle: l, symmetric: a, scratch: &room)
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
        var touches = false
        l.clear()
        for e in 0..<dimension {
            if !(covariance[e, e] > reach) { touches = true }
            // NaN is raised too.
            let root = (covariance[e, e] > relative ? covariance[e, e] : relative).squareRoot()
            for i in 0..<dimension { l[i, e] = root * eigenvectors[e, i] }
        }
        l.triangularise(rows: dimension)
        for i in 0..<dimension { l.scaleRow(i, by: deviations[i]) }
        return touches
    }

    /// How far rounding may move the logarithm of the volume at the floor, where the loss is not flat: the factor is as
    /// accurate as its largest entry.
    func rounding(_ shape: MixtureShape) -> Double {
        guard shape.isTriangular, relative > 0 else { return 0 }
        // Of a floor so low that float64 cannot tell it from nothing beside the spread, no more is allowed.
        return min(Double(shape.dimension * shape.dimension) * 0x1p-50 / relative.squareRoot(), 1e-9)
    }
}

extension Matrix {
    fileprivate mutating func setIdentity() {
        clear()
        for d in 0..<dimension { self[d, d] = 1 }
    }
}

extension ComponentScratch {
    fileprivate mutating func leastEigenvalue(
        _ parameters: borrowing Parameters, _ factor: Int, unit: [Double]
    ) -> Double {
        triangle.loadFactor(parameters, factor)
        for d in unit.indices { triangle.scaleRow(d, by: 1 / unit[d]) }
        second.setIdentity()
        product.setCongruence(ofTriangle: triangle, symmetric: second, scratch: &room)
        guard product.diagonalise(eigenvectors: &inverse) else { return 0 }
        return unit.indices.reduce(.infinity) { min($0, max(product[$1, $1], 0)) }
    }

    /// Raises one triangular factor to the floor; returns whether it is at it. What is above is left to the last bit.
    fileprivate mutating func hold(_ parameters: inout Parameters, _ factor: Int, _ floor: VarianceFloor) -> Bool {
        triangle.loadFactor(parameters, factor)
        inverse.setInverse(ofTriangle: triangle)
        if floor.isCleared(byInverse: inverse) { return false }
        second.setIdentity()
        guard floor.raise(&triangle, second, &room, &product, &inverse) else { return false }
        triangle.storeFactor(into: &parameters, factor)
        return true
    }
}
