import RealModule

/// What becomes of the components in an update.
struct UpdateReport: Sendable, Codable {
    /// Which components come to the floor, and which have lost their data.
    var atFloor: [Bool]
    var lost: [Bool]
    /// Which, without a floor, come to a covariance that the precision of the data cannot tell from a singular one.
    var singular: [Bool]
    /// Which entries of the factors move as EM moves them: at the floor those of a whole triangle, or of other factors
    /// those that are at it; and all of a component that has lost its data.
    var heldEntries: [Bool]

    init(_ shape: MixtureShape) {
        atFloor = Array(repeating: false, count: shape.components)
        lost = atFloor
        singular = atFloor
        heldEntries = Array(repeating: false, count: shape.factorCount * shape.factorLength)
    }

    /// Takes over what is said of the components, without allocation.
    mutating func copyComponents(of other: borrowing UpdateReport) {
        for k in atFloor.indices {
            (atFloor[k], lost[k], singular[k]) = (other.atFloor[k], other.lost[k], other.singular[k])
        }
    }

    var isQuiet: Bool { !atFloor.contains(true) && !lost.contains(true) && !singular.contains(true) }
}

extension Posterior {
    /// The M-step: the parameters that maximise the expected complete-data posterior, from the statistics of an
    /// evaluation (A. P. Dempster, N. M. Laird and D. B. Rubin, 1977). O(K D), O(K D³) for full covariances; without
    /// allocation.
    ///
    /// The new means and covariances are found in whitened coordinates, where nothing cancels however far a mean is
    /// from zero. A covariance that would be singular, without a floor, stays as it is.
    ///
    /// - Parameter roundoff: the unit roundoff of the reader.
    func maximize(
        _ evaluation: borrowing Evaluation, into next: inout Parameters, floor: VarianceFloor, roundoff: Double,
        _ report: inout UpdateReport,
        _ scratch: inout ComponentScratch
    ) {
        let dimension = shape.dimension
        let logTotal = Double.log(evaluation.totalWeight + weightExcess * Double(shape.components))
        for k in 0..<shape.components {
            report.lost[k] = evaluation.hasLostData(k)
            next.logWeights[k] = .log(evaluation.mass(k) + weightExcess) - logTotal
        }
        if shape.isShared { takePooledMoments(of: evaluation, into: &scratch) }
        for k in 0..<shape.components {
            takeMoments(of: evaluation, k, into: &scratch)
            // A component without mass and without a prior keeps its place.
            let hasMass = scratch.meanMass > 0
            for d in 0..<dimension { scratch.first[d] = hasMass ? scratch.first[d] / scratch.meanMass : 0 }
            scratch.addOuterProduct(-scratch.meanMass, scratch.first)
            scratch.storeMovedMean(from: evaluation.parameters, into: &next.means, k)
            if shape.isShared { continue }
            updateFactor(
                k, from: evaluation.parameters, into: &next, hasMass: hasMass, scaleMass: scratch.scaleMass, floor,
                roundoff, &report, &scratch)
        }
        if shape.isShared {
            let mass = evaluation.totalWeight + (covariancePrior?.scaleMass ?? 0)
            updateFactor(
                0, from: evaluation.parameters, into: &next, hasMass: true, scaleMass: mass, floor, roundoff, &report,
                &scratch)
            for k in 1..<shape.components {
                report.atFloor[k] = report.atFloor[0]
                report.singular[k] = report.singular[0]
            }
        }
    }

    private func updateFactor(
        _ factor: Int, from parameters: borrowing Parameters, into next: inout Parameters, hasMass: Bool,
        scaleMass: Double, _ floor: VarianceFloor,
        _ roundoff: Double, _ report: inout UpdateReport, _ scratch: inout ComponentScratch
    ) {
        let length = shape.factorLength, start = factor * length
        for i in start..<start + length { report.heldEntries[i] = false }
        var outcome = FactorUpdate.free
        if hasMass {
            outcome = scratch.storeUpdatedFactor(
                from: parameters, into: &next, factor, scaleMass: scaleMass, floor, roundoff, &report)
        }
        if !hasMass || outcome == .singular {
            for i in start..<start + length { next.factors[i] = parameters.factors[i] }
        }
        report.atFloor[factor] = outcome == .atFloor
        report.singular[factor] = outcome == .singular
        // What hardly any datum holds would drift far before it is seen to.
        if report.lost[factor], !shape.isShared {
            for i in start..<start + length { report.heldEntries[i] = true }
        }
    }

    /// About what held entries of the factors gain by EM's step, as if the loss were the quadratic of the complete
    /// data: the distance of the new covariance from the old one in whitened coordinates, squared, by a quarter of the
    /// mass. O(D³) a triangle; without allocation.
    func gainOfHeldEntries(
        _ isHeld: [Bool], from evaluation: borrowing Evaluation, to image: borrowing Parameters,
        _ scratch: inout ComponentScratch
    ) -> Double {
        let length = shape.factorLength
        var gain = 0.0
        for factor in 0..<shape.factorCount {
            let mass =
                (shape.isShared ? evaluation.totalWeight : evaluation.mass(factor))
                * (shape.isScalar ? Double(shape.dimension) : 1)
            let start = factor * length
            if shape.isTriangular {
                if isHeld[start] {
                    gain += 0.25 * mass * scratch.squaredChange(of: factor, evaluation.kernelParameters, to: image)
                }
            } else {
                for i in start..<start + length where isHeld[i] {
                    let change = Double.expMinusOne(2 * (image.factors[i] - evaluation.parameters.factors[i]))
                    gain += 0.25 * mass * change * change
                }
            }
        }
        return gain
    }
}

private enum FactorUpdate {
    case free, atFloor, singular
}

extension ComponentScratch {
    /// Stores μ + L δ, δ in ``first``.
    fileprivate mutating func storeMovedMean(
        from parameters: borrowing Parameters, into means: inout ComponentVector, _ k: Int
    ) {
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

    /// Stores L · chol(A), A the second moment over `scaleMass`, held at the floor.
    ///
    /// - Parameter roundoff: the unit roundoff of the data. Without a floor, what is left of a diagonal entry of A
    ///   after elimination is taken for zero where it is no more than what D products of that precision may leave.
    fileprivate mutating func storeUpdatedFactor(
        from parameters: borrowing Parameters, into next: inout Parameters, _ factor: Int, scaleMass: Double,
        _ floor: VarianceFloor, _ roundoff: Double,
        _ report: inout UpdateReport
    ) -> FactorUpdate {
        let shape = parameters.shape, start = factor * shape.factorLength
        guard shape.isTriangular else {
            var outcome = FactorUpdate.free
            for i in 0..<shape.factorLength {
                let variance = diagonal[i] / scaleMass,
                    logDeviation = parameters.factors[start + i] + 0.5 * .log(variance)
                let (value, isHeld) = floor.held(logDeviation, i)
                if floor.relative == 0, !(variance > 0), outcome == .free { outcome = .singular }
                next.factors[start + i] = value
                report.heldEntries[start + i] = isHeld
                if isHeld { outcome = .atFloor }
            }
            return outcome
        }
        second.scale(by: 1 / scaleMass)
        second.symmetrise()
        inverse.copyValues(of: second)
        triangle.loadFactor(parameters, factor)
        let isDefinite = second.decompose()
        if floor.relative == 0 {
            let least = 16 * Double(shape.dimension) * roundoff
            guard isDefinite,
                (0..<shape.dimension).allSatisfy({ second[$0, $0] * second[$0, $0] > least * inverse[$0, $0] })
            else { return .singular }
            product.setProduct(ofTriangles: triangle, second)
            product.storeFactor(into: &next, factor)
            return .free
        }
        if isDefinite {
            product.setProduct(ofTriangles: triangle, second)
            second.copyValues(of: inverse)
            inverse.setInverse(ofTriangle: product)
            if floor.isCleared(byInverse: inverse) {
                product.storeFactor(into: &next, factor)
                return .free
            }
        } else {
            second.copyValues(of: inverse)
        }
        let isAtFloor = floor.raise(&triangle, second, &room, &product, &inverse)
        triangle.storeFactor(into: &next, factor)
        for i in start..<start + shape.factorLength { report.heldEntries[i] = isAtFloor }
        return isAtFloor ? .atFloor : .free
    }

    /// ‖P L′ (P L′)ᵀ − I‖² for the factor P = L⁻¹ of the parameters that were evaluated last and L′ of others.
    fileprivate mutating func squaredChange(
        of factor: Int, _ kernel: borrowing KernelParameters, to image: borrowing Parameters
    ) -> Double {
        inverse.loadTriangle(kernel.factors, at: factor * image.shape.factorLength)
        triangle.loadFactor(image, factor)
        product.setProduct(ofTriangles: inverse, triangle)
        var sum = 0.0
        for i in 0..<image.shape.dimension {
            for j in 0...i {
                let entry = product.dot(i, j, count: j + 1) - (i == j ? 1 : 0)
                sum += (i == j ? 1 : 2) * entry * entry
            }
        }
        return sum
    }
}
