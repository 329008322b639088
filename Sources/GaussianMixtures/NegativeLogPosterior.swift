import RealModule

/// The loss, −(Σ wᵢ log p(xᵢ) + log prior), as a function of unconstrained parameters, with its gradient and its EM step.
///
/// Both come from the statistics; the gradient by Fisher's identity: that of the log-likelihood is the expected one of the complete data.
/// The prior is the notebook's Dirichlet distribution of the weights, and if wanted one of means and covariances. Memory is allocated once, when the
/// function is made. Not for use by several threads at once; each evaluation may use several itself.
public final class NegativeLogPosterior<Scalar: KernelScalar> {
    public let shape: MixtureShape
    let pass: Pass<Scalar>
    let weightPrior: DirichletPrior
    let covariancePrior: CovariancePrior?
    private let threads: Int
    private(set) var kernelParameters: KernelParameters
    /// Of the parameters that were evaluated last.
    public private(set) var statistics: Statistics
    /// How many times as many data the statistics stand for as were read: more than 1 for a batch.
    var multiplicity = 1.0
    var scratch: ComponentScratch
    /// How often the data have been read.
    private(set) var passes = 0

    /// - Parameters:
    ///   - data: N finite data in D dimensions.
    ///   - components: K ≥ 1.
    ///   - covariance: full by default.
    ///   - weightConcentration: α of the Dirichlet prior, positive; 1, the default, leaves the likelihood alone.
    ///   - covariancePrior: of means and covariances; none by default.
    ///   - threads: those that an evaluation may use; by default as many as the machine has cores. The result does not depend on them.
    ///   - kernel: ``Kernel/automatic()`` by default.
    /// - Throws: ``MixtureError``
    public convenience init(
        _ data: some Observations<Scalar>, components: Int, covariance: CovarianceType = .full, weightConcentration: Double = 1,
        covariancePrior: NormalInverseWishartPrior? = nil, threads: Int? = nil, kernel: Kernel? = nil
    ) throws(MixtureError) {
        let data = try data.dataset(), threads = try threadCount(threads), kernel = try Kernel.chosen(kernel)
        let shape = try MixtureShape(components: components, dimension: data.dimension, covariance: covariance)
        var summary: DataSummary?
        if covariancePrior != nil {
            summary = try DataSummary(data, components: 1, needsScatter: shape.isTriangular, threads: threads, kernel: kernel)
        }
        let prior = try CovariancePrior(covariancePrior, shape, summary, totalWeight: data.totalWeight)
        try self.init(
            data, shape, weightPrior: DirichletPrior(concentration: weightConcentration), covariancePrior: prior,
            threads: threads, kernel: kernel)
    }

    init(
        _ data: Dataset<Scalar>, _ shape: MixtureShape, weightPrior: DirichletPrior, covariancePrior: CovariancePrior?, threads: Int, kernel: Kernel
    ) throws(MixtureError) {
        self.shape = shape
        self.weightPrior = weightPrior
        self.covariancePrior = covariancePrior
        self.threads = threads
        pass = try Pass(data, shape, threads: threads, kernel: kernel)
        kernelParameters = KernelParameters(shape)
        statistics = Statistics(shape)
        scratch = ComponentScratch(shape)
    }

    /// The same function of a part of the data.
    func reading(_ part: Dataset<Scalar>) throws(MixtureError) -> NegativeLogPosterior {
        try NegativeLogPosterior(
            part, shape, weightPrior: weightPrior, covariancePrior: covariancePrior, threads: threads, kernel: pass.kernel)
    }

    /// W, of all data.
    var totalWeight: Double { statistics.totalWeight * multiplicity }

    /// The unit roundoff of the pass.
    var roundoff: Double { Scalar.isFloat32 && pass.kernel != .reference ? 0x1p-24 : 0x1p-53 }

    /// About how far rounding may put the loss of the parameters that were evaluated last from their true loss, by what the log-density of each datum is
    /// made of, its exponent of about D/2 and the rest: four roundings in the precision of the data, mostly of the parameters, which are the same for
    /// all data and do not average out, and 32 in float64, of the sums.
    var rounding: Double {
        let exponent = 0.5 * Double(shape.dimension) * statistics.totalWeight
        let beyondCommon = abs(statistics.logLikelihood - kernelParameters.commonLogNorm * statistics.totalWeight)
        let inFloat64 = 0x1p-48 * (abs(statistics.logLikelihood) + exponent)
        return (4 * roundoff * (beyondCommon + exponent) + inFloat64) * multiplicity
    }

    /// The same of the means, whose own rounding moves all data where one is 2⁵³ deviations from zero. O(K D)
    var roundingOfMeans: Double {
        var offset = 0.0
        for k in 0..<shape.components {
            for d in 0..<shape.dimension {
                let precision = kernelParameters.factors[shape.factorStart(k) + shape.diagonalIndex(d)]
                offset = max(offset, kernelParameters.means[k * shape.dimension + d].ulp * precision)
            }
        }
        return 0.5 * Double(shape.dimension) * offset * offset * totalWeight
    }

    /// Gives weights of zero that a prior forbids, under which no loss is finite, what EM's step would: a component without data has its prior's share.
    func liftZeroWeights(_ parameters: inout Parameters) {
        let excess = weightPrior.concentration - 1
        guard excess > 0, parameters.logWeights.contains(-.infinity) else { return }
        let lifted = Double.log(excess) - .log(pass.data.totalWeight + excess * Double(shape.components))
        let unnormalised = parameters.logWeights
        logSoftmax(unnormalised, into: &parameters.logWeights)
        for k in 0..<shape.components where parameters.logWeights[k] == -.infinity { parameters.logWeights[k] = lifted }
    }

    /// The loss at `parameters`, whose statistics are then in ``statistics``. O(N K D), O(N K D²) for full covariances.
    public func loss(_ parameters: Parameters) throws(MixtureError) -> Double {
        guard parameters.shape == shape else {
            throw .invalidMixture(
                component: nil,
                reason: "there are parameters of \(parameters.shape.components) components in \(parameters.shape.dimension) dimensions with "
                    + "\(parameters.shape.covariance) covariances where \(shape.components) in \(shape.dimension) with \(shape.covariance) are expected")
        }
        kernelParameters.update(from: parameters)
        try pass.read(kernelParameters, into: &statistics)
        passes += 1
        return -(statistics.logLikelihood * multiplicity + logWeightPrior + logCovariancePrior(parameters))
    }

    /// The loss and its gradient at `parameters`. O(N K D), O(N K D²) for full covariances.
    public func lossAndGradient(_ parameters: Parameters) throws(MixtureError) -> (loss: Double, gradient: Parameters) {
        let loss = try loss(parameters)
        var gradient = Parameters(zerosFor: shape)
        takeGradient(at: parameters, into: &gradient)
        return (loss, gradient)
    }

    /// The log prior density of the weights. α = 1 is no prior, and the loss then that of the data alone.
    private var logWeightPrior: Double {
        weightPrior.concentration == 1 ? 0 : weightPrior.logDensity(logWeights: kernelParameters.logWeights)
    }

    /// The log prior density of means and covariances, 0 without one. O(K D³) for full covariances.
    private func logCovariancePrior(_ parameters: Parameters) -> Double {
        guard let covariancePrior else { return 0 }
        var logScales = 0.0, trace = 0.0
        for factor in 0..<shape.factorCount {
            let start = factor * shape.factorLength
            for d in 0..<(shape.isScalar ? 1 : shape.dimension) { logScales += parameters.factors[start + shape.diagonalIndex(d)] }
            trace += scratch.traceOfPriorScale(covariancePrior, kernelParameters, factor)
        }
        for k in 0..<shape.components {
            scratch.takePriorResidual(covariancePrior, kernelParameters, k)
            for y in scratch.priorResidual { trace += covariancePrior.shrinkage * y * y }
        }
        return covariancePrior.logDensity(weightedLogScales: covariancePrior.scaleMass * logScales, trace: trace)
    }

    // MARK: Gradient

    /// The gradient of the loss at the parameters that were evaluated last. O(K D), O(K D³) for full covariances; without allocation.
    func takeGradient(at parameters: borrowing Parameters, into gradient: inout Parameters) {
        let dimension = shape.dimension, excess = weightPrior.concentration - 1
        let total = totalWeight + excess * Double(shape.components)
        for k in 0..<shape.components {
            // ∂ℓ/∂a = m − W π and of the prior (α − 1) − K (α − 1) π
            gradient.logWeights[k] = total * .exp(kernelParameters.logWeights[k]) - statistics.mass(k) * multiplicity - excess
        }
        for k in 0..<shape.components {
            takeMoments(k)
            // ∂ℓ/∂μ = Pᵀ f
            scratch.storePulledBackFirstMoment(into: &gradient.means, at: k * dimension, kernelParameters, k)
            if !shape.isShared { takeFactorGradient(at: parameters, into: &gradient, factor: k) }
        }
        if shape.isShared {
            takePooledMoments()
            takeFactorGradient(at: parameters, into: &gradient, factor: 0)
        }
    }

    private func takeFactorGradient(at parameters: borrowing Parameters, into gradient: inout Parameters, factor: Int) {
        guard shape.isTriangular else {
            // ∂ℓ/∂log σ = S − m
            let start = factor * shape.factorLength
            for i in 0..<shape.factorLength {
                gradient.factors[start + i] = scratch.scaleMass - scratch.diagonal[i]
            }
            return
        }
        scratch.storeTriangularGradient(into: &gradient, kernelParameters, parameters, factor)
    }

    /// Multiplies a gradient by the inverse of the complete data's information at the parameters that were evaluated last, which is block-diagonal:
    /// the first-order part of EM's step, and so a guess at the inverse Hessian that fits every unit and spread (M. Jamshidian and R. I. Jennrich,
    /// Acceleration of the EM algorithm by using quasi-Newton methods, J. R. Stat. Soc. B 59, 1997). O(K D), O(K D³) for full covariances.
    func precondition(_ gradient: inout Parameters, at parameters: borrowing Parameters) {
        let dimension = shape.dimension, excess = weightPrior.concentration - 1
        // A component without data would step to infinity.
        let least = 1e-3 * totalWeight / Double(pass.data.count)
        for k in 0..<shape.components {
            let mass = statistics.mass(k) * multiplicity
            gradient.logWeights[k] /= max(totalWeight * .exp(kernelParameters.logWeights[k]) + excess, least)
            scratch.multiplyByCovariance(&gradient.means, at: k * dimension, parameters, k)
            let meanMass = max(mass + (covariancePrior?.shrinkage ?? 0), least)
            for d in 0..<dimension { gradient.means[k * dimension + d] /= meanMass }
        }
        for factor in 0..<shape.factorCount {
            let mass = (shape.isShared ? totalWeight : statistics.mass(factor) * multiplicity) * (shape.isScalar ? Double(dimension) : 1)
            let scaleMass = max(mass + (covariancePrior?.scaleMass ?? 0), least)
            if shape.isTriangular {
                scratch.preconditionTriangle(&gradient.factors, parameters, factor, scaleMass)
            } else {
                let start = factor * shape.factorLength
                for i in start..<start + shape.factorLength { gradient.factors[i] /= 2 * scaleMass }
            }
        }
    }

    // MARK: Moments

    /// Takes the sums of component `k`, with what priors and a batch's multiplicity make of them, into ``scratch``.
    func takeMoments(_ k: Int) {
        let first = statistics.firstStart(k)
        scratch.mass = statistics.mass(k) * multiplicity
        scratch.meanMass = scratch.mass
        scratch.scaleMass = scratch.mass * (shape.isScalar ? Double(shape.dimension) : 1)
        for d in 0..<shape.dimension { scratch.first[d] = statistics.sums[first + d] * multiplicity }
        if !shape.isShared { scratch.takeSecondMoment(statistics, k, multiplicity) }
        if let covariancePrior {
            scratch.takePriorResidual(covariancePrior, kernelParameters, k)
            scratch.meanMass += covariancePrior.shrinkage
            for d in 0..<shape.dimension { scratch.first[d] += covariancePrior.shrinkage * scratch.priorResidual[d] }
            if !shape.isShared {
                scratch.scaleMass += covariancePrior.scaleMass
                scratch.addPriorResidual(covariancePrior.shrinkage)
                scratch.addPriorScale(covariancePrior, kernelParameters, k)
            }
        }
    }

    /// Takes the second moments of all components together, for the factor that they share, into ``scratch``.
    func takePooledMoments() {
        scratch.takeSecondMoment(statistics, 0, multiplicity)
        scratch.scaleMass = totalWeight
        guard let covariancePrior else { return }
        for k in 0..<shape.components {
            scratch.takePriorResidual(covariancePrior, kernelParameters, k)
            scratch.addPriorResidual(covariancePrior.shrinkage)
        }
        scratch.scaleMass += covariancePrior.scaleMass
        scratch.addPriorScale(covariancePrior, kernelParameters, 0)
    }
}
