/// A factor that is a lower triangle. Every step is O(D³).
final class TriangularFactor: FactorAlgebra {
    /// The lower triangle of S.
    private var second: Matrix
    private var l, inverse, product, scratch: Matrix

    init(_ layout: FactorLayout) {
        second = Matrix(dimension: layout.dimension)
        (l, inverse, product, scratch) = (second, second, second, second)
    }

    private var dimension: Int { second.dimension }

    func loadSecondMoment(_ sums: [Double], at start: Int, times multiplicity: Double) {
        sums.withUnsafeBufferPointer { second.loadTriangle($0.baseAddress! + start) }
        if multiplicity != 1 { second.scale(by: multiplicity) }
    }

    func addSquare(of v: UnsafePointer<Double>, times factor: Double) {
        second.addTriangle(ofSquare: v, times: factor)
    }

    func addPriorScale(_ scale: [Double], whitenedBy p: ComponentVector, at start: Int) {
        makePriorScale(scale, p, start)
        second.add(product)
    }

    func traceOfPriorScale(_ scale: [Double], whitenedBy p: ComponentVector, at start: Int) -> Double {
        makePriorScale(scale, p, start)
        return (0..<dimension).reduce(0) { $0 + product[$1, $1] }
    }

    /// Makes ``product`` P Λ Pᵀ.
    private func makePriorScale(_ scale: [Double], _ p: ComponentVector, _ start: Int) {
        inverse.loadTriangle(p, at: start)
        l.loadSymmetric(scale)
        product.setCongruence(ofTriangle: inverse, symmetric: l, scratch: &scratch)
    }

    func storeGradient(
        into gradient: UnsafeMutablePointer<Double>, whitenedBy p: ComponentVector, at parameters: ComponentVector,
        _ start: Int, mass: Double
    ) {
        // −lower[Pᵀ (S − m I)], of which lower triangles decide.
        for d in 0..<dimension { second[d, d] -= mass }
        inverse.loadTriangle(p, at: start)
        product.setProduct(ofTransposedTriangle: inverse, second)
        product.scale(by: -1)
        for d in 0..<dimension { product[d, d] *= .exp(parameters[start + triangle(d) + d]) }
        product.storeTriangle(into: gradient)
    }

    /// Takes the gradient to one by the factor of a change L (I + M), divides it by m, on the diagonal by 2 m, and
    /// takes it back.
    func precondition(
        _ gradient: UnsafeMutablePointer<Double>, at parameters: ComponentVector, _ start: Int, mass: Double
    ) {
        l.loadFactor(parameters, at: start)
        second.loadTriangle(gradient)
        for d in 0..<dimension { second[d, d] /= l[d, d] }
        product.setProduct(ofTransposedTriangle: l, second)
        product.scale(by: 1 / mass)
        for d in 0..<dimension { product[d, d] *= 0.5 }
        second.setProduct(ofTriangles: l, product)
        for d in 0..<dimension { second[d, d] /= l[d, d] }
        second.storeTriangle(into: gradient)
    }

    func storeUpdate(
        into next: UnsafeMutablePointer<Double>, from parameters: ComponentVector, _ start: Int, mass: Double,
        _ floor: VarianceFloor, roundoff: Double, followsEM: UnsafeMutablePointer<Bool>
    ) -> FactorUpdate {
        second.scale(by: 1 / mass)
        inverse.copyValues(of: second)
        l.loadFactor(parameters, at: start)
        let isDefinite = second.decompose()
        if floor.relative == 0 {
            let least = 16 * Double(dimension) * roundoff
            guard isDefinite,
                (0..<dimension).allSatisfy({ second[$0, $0] * second[$0, $0] > least * inverse[$0, $0] })
            else { return .singular }
            product.setProduct(ofTriangles: l, second)
            product.storeFactor(into: next)
            return .free
        }
        if isDefinite {
            product.setProduct(ofTriangles: l, second)
            second.copyValues(of: inverse)
            inverse.setInverse(ofTriangle: product)
            if floor.isCleared(byInverse: inverse) {
                product.storeFactor(into: next)
                return .free
            }
        } else {
            second.copyValues(of: inverse)
        }
        second.symmetrise()
        let isAtFloor = floor.raise(&l, second, &scratch, &product, &inverse)
        l.storeFactor(into: next)
        for i in 0..<triangle(dimension) { followsEM[i] = isAtFloor }
        return isAtFloor ? .atFloor : .free
    }

    /// By the distance of the new covariance from the old one in whitened coordinates, ‖P L′ (P L′)ᵀ − I‖².
    func gain(
        of followsEM: [Bool], whitenedBy p: ComponentVector, from parameters: ComponentVector,
        to update: ComponentVector, _ start: Int, mass: Double
    ) -> Double {
        guard followsEM[start] else { return 0 }
        inverse.loadTriangle(p, at: start)
        l.loadFactor(update, at: start)
        product.setProduct(ofTriangles: inverse, l)
        var squares = 0.0
        for i in 0..<dimension {
            for j in 0...i {
                let entry = product.dot(i, j, count: j + 1) - (i == j ? 1 : 0)
                squares += (i == j ? 1 : 2) * entry * entry
            }
        }
        return 0.25 * mass * squares
    }

    func hold(_ parameters: UnsafeMutablePointer<Double>, at floor: VarianceFloor) -> Bool {
        l.loadFactor(parameters)
        inverse.setInverse(ofTriangle: l)
        if floor.isCleared(byInverse: inverse) { return false }
        second.setIdentity()
        guard floor.raise(&l, second, &scratch, &product, &inverse) else { return false }
        l.storeFactor(into: parameters)
        return true
    }

    func leastShare(_ parameters: ComponentVector, _ start: Int, _ floor: VarianceFloor) -> Double {
        l.loadFactor(parameters, at: start)
        for d in 0..<dimension { l.scaleRow(d, by: 1 / floor.deviations[d]) }
        second.setIdentity()
        product.setCongruence(ofTriangle: l, symmetric: second, scratch: &scratch)
        guard product.diagonalise(eigenvectors: &inverse) else { return 0 }
        return (0..<dimension).reduce(.infinity) { min($0, max(product[$1, $1], 0)) }
    }

    func storeInverse(of parameters: ComponentVector, _ start: Int, into p: UnsafeMutablePointer<Double>) {
        l.loadFactor(parameters, at: start)
        inverse.setInverse(ofTriangle: l)
        inverse.storeTriangle(into: p)
    }
}
