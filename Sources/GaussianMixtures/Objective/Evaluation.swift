/// A point and what reading the data there gave: all that gradient, EM's step, preconditioner and stopping rule are
/// functions of.
///
/// Memory is allocated once. To move on, another is made of the next point and the two are swapped, so that a point
/// that is refused costs no second reading.
struct Evaluation: Sendable {
    var parameters: Parameters
    /// What the kernel was told of them.
    private(set) var kernelParameters: KernelParameters
    private(set) var statistics: Statistics
    /// How many times as many data the statistics stand for as were read: more than 1 for a batch.
    private(set) var multiplicity = 1.0
    /// Minus the log posterior; infinite before the first reading.
    private(set) var loss = Double.infinity

    init(of parameters: Parameters) {
        self.parameters = parameters
        kernelParameters = KernelParameters(parameters.shape)
        statistics = Statistics(parameters.shape)
    }

    /// Reads the data at the parameters. O(N K D), O(N K D²) for full covariances; without allocation.
    mutating func read(
        _ reader: any StatisticsReader, _ posterior: Posterior, _ workers: ComponentWorkers, multiplicity: Double = 1
    ) throws(MixtureError) {
        kernelParameters.update(from: parameters, workers)
        try reader.read(kernelParameters, into: &statistics)
        self.multiplicity = multiplicity
        loss = -(statistics.logLikelihood * multiplicity + posterior.logPrior(self, workers))
    }

    var shape: MixtureShape { parameters.shape }
    /// W, of all data.
    var totalWeight: Double { statistics.totalWeight * multiplicity }
    /// mₖ, of all data.
    func mass(_ k: Int) -> Double { statistics.mass(k) * multiplicity }
    /// Whether a component holds less than a millionth of a datum.
    func hasLostData(_ k: Int) -> Bool { statistics.mass(k) < 1e-6 * statistics.totalWeight / Double(statistics.count) }

    /// About how far rounding may put the loss from the true one of the parameters, by what the log-density of each
    /// datum is made of, its exponent of about D/2 and the rest: four roundings in the precision of the data, mostly of
    /// the parameters, which are the same for all data and do not average out, and 32 in float64, of the sums.
    func rounding(unitRoundoff: Double) -> Double {
        let exponent = 0.5 * Double(shape.dimension) * statistics.totalWeight
        let beyondCommon = abs(statistics.logLikelihood - kernelParameters.commonLogNorm * statistics.totalWeight)
        let inFloat64 = 0x1p-48 * (abs(statistics.logLikelihood) + exponent)
        return (4 * unitRoundoff * (beyondCommon + exponent) + inFloat64) * multiplicity
    }

    /// The same of the means, whose own rounding moves all data where one is 2⁵³ deviations from zero. O(K D)
    var roundingOfMeans: Double {
        var offset = 0.0
        for k in 0..<shape.components {
            for d in 0..<shape.dimension {
                let precision = kernelParameters.factors[shape.factorStart(k) + shape.factor.diagonalIndex(d)]
                offset = max(offset, kernelParameters.means[k * shape.dimension + d].ulp * precision)
            }
        }
        return 0.5 * Double(shape.dimension) * offset * offset * totalWeight
    }
}
