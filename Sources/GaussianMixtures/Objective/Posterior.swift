import RealModule

/// The posterior that a fit maximises: the likelihood of the data under a mixture of one shape, and its priors. What is
/// made of the statistics of an ``Evaluation`` is a function of it: the loss, −(Σ wᵢ log p(xᵢ) + log prior), its
/// gradient, and a preconditioner; EM's step stands in ExpectationMaximization.swift. None of them allocates.
///
/// The gradient is that of Fisher's identity: the gradient of the log-likelihood is the expected one of the complete
/// data. The priors are the notebook's Dirichlet distribution of the weights, and if wanted one of means and
/// covariances.
struct Posterior: Sendable {
    let shape: MixtureShape
    let weightPrior: DirichletPrior
    let covariancePrior: CovariancePrior?

    /// α − 1
    var weightExcess: Double { weightPrior.concentration - 1 }

    /// Gives weights of zero that a prior forbids, under which no loss is finite, what EM's step would: a component
    /// without data has its prior's share.
    func liftZeroWeights(_ parameters: inout Parameters, totalWeight: Double) {
        guard weightExcess > 0, parameters.logWeights.contains(-.infinity) else { return }
        let lifted = Double.log(weightExcess) - .log(totalWeight + weightExcess * Double(shape.components))
        let unnormalised = parameters.logWeights
        logSoftmax(unnormalised, into: &parameters.logWeights)
        for k in 0..<shape.components where parameters.logWeights[k] == -.infinity { parameters.logWeights[k] = lifted }
    }

    // MARK: Loss

    /// The log prior density. O(K), with a prior of covariances O(K D²) and of full ones O(K D³).
    func logPrior(_ evaluation: Evaluation, _ workers: ComponentWorkers) -> Double {
        // α = 1 is no prior, and the loss then that of the data alone.
        let ofWeights =
            weightExcess == 0 ? 0 : weightPrior.logDensity(logWeights: evaluation.kernelParameters.logWeights)
        guard let covariancePrior else { return ofWeights }
        let layout = shape.factor
        var logScales = 0.0
        for factor in 0..<shape.factorCount {
            for d in 0..<layout.diagonalLength {
                logScales += evaluation.parameters.factors[factor * layout.length + layout.diagonalIndex(d)]
            }
        }
        let kernel = evaluation.kernelParameters
        let ofScales = workers.sum(shape.factorCount) { factor, worker in
            worker.factor.traceOfPriorScale(
                covariancePrior.scale, whitenedBy: kernel.factors, at: factor * layout.length)
        }
        let ofMeans = workers.sum(shape.components) { k, worker in
            worker.whiten(covariancePrior.mean, kernel, k)
            return (0..<shape.dimension).reduce(0) { $0 + worker.priorResidual[$1] * worker.priorResidual[$1] }
        }
        return ofWeights
            + covariancePrior.logDensity(
                weightedLogScales: covariancePrior.scaleMass * logScales,
                trace: ofScales + covariancePrior.shrinkage * ofMeans)
    }

    // MARK: Gradient

    /// The gradient of the loss. O(K D), O(K D³) for full covariances.
    func computeGradient(of evaluation: Evaluation, into gradient: inout Parameters, _ workers: ComponentWorkers) {
        let total = evaluation.totalWeight + weightExcess * Double(shape.components),
            kernel = evaluation.kernelParameters
        for k in 0..<shape.components {
            // ∂ℓ/∂a = m − W π and of the prior (α − 1) − K (α − 1) π
            gradient.logWeights[k] = total * .exp(kernel.logWeights[k]) - evaluation.mass(k) - weightExcess
        }
        gradient.withPointers { means, factors in
            func storeFactor(_ factor: Int, _ worker: ComponentWorker) {
                let start = factor * shape.factorLength
                worker.factor.storeGradient(
                    into: factors + start, whitenedBy: kernel.factors, at: evaluation.parameters.factors, start,
                    mass: worker.scaleMass)
            }
            workers.forEach(shape.components) { k, worker in
                loadMoments(of: evaluation, k, worker)
                // ∂ℓ/∂μ = Pᵀ f
                worker.storeMeanGradient(
                    into: means + k * shape.dimension, kernel.factors, at: shape.factorStart(k))
                if !shape.isShared { storeFactor(k, worker) }
            }
            if shape.isShared {
                loadPooledMoments(of: evaluation, workers.first)
                storeFactor(0, workers.first)
            }
        }
    }

    /// Multiplies a gradient by the inverse of the complete data's information, which is block-diagonal: the
    /// first-order part of EM's step, and so a guess at the inverse Hessian that fits every unit and spread (M.
    /// Jamshidian and R. I. Jennrich, Acceleration of the EM algorithm by using quasi-Newton methods, J. R. Stat. Soc.
    /// B 59, 1997). O(K D), O(K D³) for full covariances.
    func precondition(_ gradient: inout Parameters, at evaluation: Evaluation, _ workers: ComponentWorkers) {
        let dimension = shape.dimension, totalWeight = evaluation.totalWeight, length = shape.factorLength
        // A component without data would step to infinity.
        let least = 1e-3 * totalWeight / Double(evaluation.statistics.count)
        for k in 0..<shape.components {
            gradient.logWeights[k] /= max(
                totalWeight * .exp(evaluation.kernelParameters.logWeights[k]) + weightExcess, least)
        }
        let parameters = evaluation.parameters.factors
        gradient.withPointers { means, factors in
            workers.forEach(shape.components) { k, worker in
                let mean = means + k * dimension
                worker.multiplyByCovariance(mean, parameters, at: shape.factorStart(k))
                let mass = max(evaluation.mass(k) + (covariancePrior?.shrinkage ?? 0), least)
                for d in 0..<dimension { mean[d] /= mass }
                guard k < shape.factorCount else { return }
                worker.factor.precondition(
                    factors + k * length, at: parameters, k * length,
                    mass: max(scaleMass(of: evaluation, k) + (covariancePrior?.scaleMass ?? 0), least))
            }
        }
    }

    // MARK: Moments

    /// What a factor's scale is divided by, of the data alone.
    func scaleMass(of evaluation: Evaluation, _ factor: Int) -> Double {
        (shape.isShared ? evaluation.totalWeight : evaluation.mass(factor)) * Double(shape.factor.featuresPerEntry)
    }

    /// Loads the sums of component `k`, with what priors and a batch's multiplicity make of them.
    func loadMoments(of evaluation: Evaluation, _ k: Int, _ worker: ComponentWorker) {
        let statistics = evaluation.statistics
        worker.meanMass = evaluation.mass(k)
        worker.scaleMass = scaleMass(of: evaluation, shape.factorIndex(k))
        worker.loadFirstMoment(statistics.sums, at: statistics.firstStart(k), times: evaluation.multiplicity)
        if !shape.isShared {
            worker.factor.loadSecondMoment(
                statistics.sums, at: statistics.secondStart(k), times: evaluation.multiplicity)
        }
        guard let covariancePrior else { return }
        worker.whiten(covariancePrior.mean, evaluation.kernelParameters, k)
        worker.meanMass += covariancePrior.shrinkage
        for d in 0..<shape.dimension { worker.first[d] += covariancePrior.shrinkage * worker.priorResidual[d] }
        if !shape.isShared {
            worker.factor.addSquare(of: worker.priorResidual, times: covariancePrior.shrinkage)
            addPriorScale(covariancePrior, evaluation, k, worker)
        }
    }

    /// Loads the second moments of all components together, for the factor that they share.
    func loadPooledMoments(of evaluation: Evaluation, _ worker: ComponentWorker) {
        worker.scaleMass = evaluation.totalWeight
        worker.factor.loadSecondMoment(
            evaluation.statistics.sums, at: evaluation.statistics.secondStart(0), times: evaluation.multiplicity)
        guard let covariancePrior else { return }
        for k in 0..<shape.components {
            worker.whiten(covariancePrior.mean, evaluation.kernelParameters, k)
            worker.factor.addSquare(of: worker.priorResidual, times: covariancePrior.shrinkage)
        }
        addPriorScale(covariancePrior, evaluation, 0, worker)
    }

    private func addPriorScale(
        _ prior: CovariancePrior, _ evaluation: Evaluation, _ factor: Int, _ worker: ComponentWorker
    ) {
        worker.scaleMass += prior.scaleMass
        worker.factor.addPriorScale(
            prior.scale, whitenedBy: evaluation.kernelParameters.factors, at: factor * shape.factorLength)
    }
}
