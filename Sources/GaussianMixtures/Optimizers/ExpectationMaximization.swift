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
    var followsEM: [Bool]

    init(_ shape: MixtureShape) {
        atFloor = Array(repeating: false, count: shape.components)
        lost = atFloor
        singular = atFloor
        followsEM = Array(repeating: false, count: shape.factorCount * shape.factorLength)
    }

    /// Takes over what is said of the components, without allocation.
    mutating func copyComponents(of other: borrowing UpdateReport) {
        for k in atFloor.indices {
            (atFloor[k], lost[k], singular[k]) = (other.atFloor[k], other.lost[k], other.singular[k])
        }
    }

    /// For threads that report of different components.
    struct Pointers {
        let atFloor, singular, followsEM: UnsafeMutablePointer<Bool>
    }

    mutating func withPointers(_ body: (Pointers) -> Void) {
        atFloor.withUnsafeMutableBufferPointer { atFloor in
            singular.withUnsafeMutableBufferPointer { singular in
                followsEM.withUnsafeMutableBufferPointer {
                    body(
                        Pointers(
                            atFloor: atFloor.baseAddress!, singular: singular.baseAddress!,
                            followsEM: $0.baseAddress!))
                }
            }
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
        _ evaluation: Evaluation, into next: inout Parameters, floor: VarianceFloor, roundoff: Double,
        _ report: inout UpdateReport, _ workers: ComponentWorkers
    ) {
        let logTotal = Double.log(evaluation.totalWeight + weightExcess * Double(shape.components))
        for k in 0..<shape.components {
            report.lost[k] = evaluation.hasLostData(k)
            next.logWeights[k] = .log(evaluation.mass(k) + weightExcess) - logTotal
        }
        next.means.copyValues(of: evaluation.parameters.means)
        next.factors.copyValues(of: evaluation.parameters.factors)
        let dimension = shape.dimension
        next.withPointers { means, factors in
            report.withPointers { report in
                if shape.isShared { loadPooledMoments(of: evaluation, workers.first) }
                workers.forEach(shape.components) { k, worker in
                    loadMoments(of: evaluation, k, worker)
                    worker.moveMean(
                        means + k * dimension, evaluation.parameters.factors, at: shape.factorStart(k))
                    guard !shape.isShared else { return }
                    // A component without mass and without a prior keeps its factor.
                    updateFactor(
                        k, evaluation, into: factors, mass: worker.meanMass > 0 ? worker.scaleMass : 0, floor,
                        roundoff, report, worker)
                }
                if shape.isShared {
                    let mass = evaluation.totalWeight + (covariancePrior?.scaleMass ?? 0)
                    updateFactor(0, evaluation, into: factors, mass: mass, floor, roundoff, report, workers.first)
                }
            }
        }
        for k in shape.factorCount..<shape.components {
            report.atFloor[k] = report.atFloor[0]
            report.singular[k] = report.singular[0]
        }
        // What hardly any datum holds would drift far before it is seen to.
        for k in 0..<shape.factorCount where report.lost[k] && !shape.isShared {
            for i in 0..<shape.factorLength { report.followsEM[k * shape.factorLength + i] = true }
        }
    }

    private func updateFactor(
        _ factor: Int, _ evaluation: Evaluation, into factors: UnsafeMutablePointer<Double>, mass: Double,
        _ floor: VarianceFloor, _ roundoff: Double, _ report: UpdateReport.Pointers, _ worker: ComponentWorker
    ) {
        let length = shape.factorLength, start = factor * length, next = factors + start
        (report.followsEM + start).update(repeating: false, count: length)
        var outcome = FactorUpdate.free
        if mass > 0 {
            outcome = worker.factor.storeUpdate(
                into: next, from: evaluation.parameters.factors, start, mass: mass, floor, roundoff: roundoff,
                followsEM: report.followsEM + start)
        }
        if outcome == .singular {
            for i in 0..<length { next[i] = evaluation.parameters.factors[start + i] }
        }
        report.atFloor[factor] = outcome == .atFloor
        report.singular[factor] = outcome == .singular
    }

    /// About what entries of the factors that follow EM gain by its step, as if the loss were the quadratic of the
    /// complete data: the distance of the new covariance from the old one in whitened coordinates, squared, by a
    /// quarter of the mass. O(D³) a triangle; without allocation.
    func gain(
        of followsEM: [Bool], from evaluation: Evaluation, to update: Parameters, _ workers: ComponentWorkers
    ) -> Double {
        workers.sum(shape.factorCount) { factor, worker in
            let mass = scaleMass(of: evaluation, factor)
            return worker.factor.gain(
                of: followsEM, whitenedBy: evaluation.kernelParameters.factors, from: evaluation.parameters.factors,
                to: update.factors, factor * shape.factorLength, mass: mass)
        }
    }
}
