import RealModule

/// What became of the components in an update.
struct UpdateReport {
    /// Which components were held at the floor, and which have lost their data.
    var atFloor: [Bool]
    var lost: [Bool]

    init(components: Int) {
        atFloor = Array(repeating: false, count: components)
        lost = atFloor
    }

    var isQuiet: Bool { !atFloor.contains(true) && !lost.contains(true) }
}

extension NegativeLogPosterior {
    /// Whether a component holds less than a millionth of a datum.
    func hasLostData(_ k: Int) -> Bool { statistics.mass(k) < 1e-6 * statistics.totalWeight / Double(pass.data.count) }

    /// The M-step: the parameters that maximise the expected complete-data posterior, from the statistics of the parameters that were
    /// evaluated last (A. P. Dempster, N. M. Laird and D. B. Rubin, 1977). O(K D), O(K D³) for full covariances; without allocation.
    ///
    /// The new means and covariances are found in whitened coordinates, where nothing cancels however far a mean is from zero.
    func maximize(from parameters: borrowing Parameters, into next: inout Parameters, floor: VarianceFloor, _ report: inout UpdateReport) {
        let dimension = shape.dimension, excess = weightPrior.concentration - 1
        let logTotal = Double.log(totalWeight + excess * Double(shape.components))
        for k in 0..<shape.components {
            report.lost[k] = hasLostData(k)
            next.logWeights[k] = .log(statistics.mass(k) * multiplicity + excess) - logTotal
        }
        if shape.isShared { takePooledMoments() }
        for k in 0..<shape.components {
            takeMoments(k)
            // A component without mass and without a prior keeps its place.
            let hasMass = scratch.meanMass > 0
            for d in 0..<dimension { scratch.first[d] = hasMass ? scratch.first[d] / scratch.meanMass : 0 }
            scratch.addOuterProduct(-scratch.meanMass, scratch.first)
            scratch.storeMovedMean(from: parameters, into: &next.means, k)
            if shape.isShared { continue }
            if hasMass {
                report.atFloor[k] = scratch.storeUpdatedFactor(from: parameters, into: &next, k, scaleMass: scratch.scaleMass, floor)
            } else {
                let start = k * shape.factorLength
                for i in start..<start + shape.factorLength { next.factors[i] = parameters.factors[i] }
                report.atFloor[k] = false
            }
        }
        if shape.isShared {
            let mass = totalWeight + (covariancePrior?.scaleMass ?? 0)
            let isRaised = scratch.storeUpdatedFactor(from: parameters, into: &next, 0, scaleMass: mass, floor)
            for k in 0..<shape.components { report.atFloor[k] = isRaised }
        }
    }
}

extension ComponentScratch {
    /// Stores μ + L δ, δ in ``first``.
    fileprivate mutating func storeMovedMean(from parameters: borrowing Parameters, into means: inout ComponentVector, _ k: Int) {
        let shape = parameters.shape, dimension = shape.dimension, start = shape.factorStart(k)
        for a in 0..<dimension {
            var shift = 0.0
            if shape.isTriangular {
                let row = start + a * (a + 1) / 2
                for e in 0..<a { shift += parameters.factors[row + e] * first[e] }
                shift += .exp(parameters.factors[row + a]) * first[a]
            } else {
                shift = .exp(parameters.factors[start + shape.diagonalIndex(a)]) * first[a]
            }
            means[k * dimension + a] = parameters.means[k * dimension + a] + shift
        }
    }

    /// Stores L · chol(A), A the second moment over `scaleMass`, held at the floor; returns whether it had to be.
    fileprivate mutating func storeUpdatedFactor(
        from parameters: borrowing Parameters, into next: inout Parameters, _ factor: Int, scaleMass: Double, _ floor: VarianceFloor
    ) -> Bool {
        let shape = parameters.shape, start = factor * shape.factorLength
        var isRaised = false
        guard shape.isTriangular else {
            for i in 0..<shape.factorLength {
                let (value, raised) = floor.held(parameters.factors[start + i] + 0.5 * .log(diagonal[i] / scaleMass), i)
                next.factors[start + i] = value
                if raised { isRaised = true }
            }
            return isRaised
        }
        second.scale(by: 1 / scaleMass)
        second.symmetrise()
        inverse.copyValues(of: second)
        triangle.loadFactor(parameters, factor)
        if second.decompose() {
            product.setProduct(ofTriangles: triangle, second)
            second.copyValues(of: inverse)
            inverse.setInverse(ofTriangle: product)
            if floor.isCleared(byInverse: inverse) {
                product.storeFactor(into: &next, factor)
                return false
            }
        } else {
            second.copyValues(of: inverse)
        }
        isRaised = floor.raise(&triangle, second, &product, &inverse)
        triangle.storeFactor(into: &next, factor)
        return isRaised
    }
}
