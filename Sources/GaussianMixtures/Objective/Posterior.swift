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
    func logPrior(_ evaluation: borrowing Evaluation, _ scratch: inout ComponentScratch) -> Double {
        // α = 1 is no prior, and the loss then that of the data alone.
        let ofWeights =
            weightExcess == 0 ? 0 : weightPrior.logDensity(logWeights: evaluation.kernelParameters.logWeights)
        guard let covariancePrior else { return ofWeights }
        var logScales = 0.0, trace = 0.0
        for factor in 0..<shape.factorCount {
            let start = factor * shape.factorLength
            for d in 0..<(shape.isScalar ? 1 : shape.dimension) {
                logScales += evaluation.parameters.factors[start + shape.diagonalIndex(d)]
            }
            trace += scratch.traceOfPriorScale(covariancePrior, evaluation.kernelParameters, factor)
        }
        for k in 0..<shape.components {
            scratch.takePriorResidual(covariancePrior, evaluation.kernelParameters, k)
            for y in scratch.priorResidual { trace += covariancePrior.shrinkage * y * y }
        }
        return ofWeights
            + covariancePrior.logDensity(weightedLogScales: covariancePrior.scaleMass * logScales, trace: trace)
    }

    // MARK: Gradient

    /// The gradient of the loss. O(K D), O(K D³) for full covariances.
    func takeGradient(
        of evaluation: borrowing Evaluation, into gradient: inout Parameters, _ scratch: inout ComponentScratch
    ) {
        let total = evaluation.totalWeight + weightExcess * Double(shape.components)
        for k in 0..<shape.components {
            // ∂ℓ/∂a = m − W π and of the prior (α − 1) − K (α − 1) π
            gradient.logWeights[k] =
                total * .exp(evaluation.kernelParameters.logWeights[k]) - evaluation.mass(k) - weightExcess
        }
        for k in 0..<shape.components {
            takeMoments(of: evaluation, k, into: &scratch)
            // ∂ℓ/∂μ = Pᵀ f
            scratch.storePulledBackFirstMoment(
                into: &gradient.means, at: k * shape.dimension, evaluation.kernelParameters, k)
            if !shape.isShared { takeFactorGradient(of: evaluation, into: &gradient, factor: k, &scratch) }
        }
        if shape.isShared {
            takePooledMoments(of: evaluation, into: &scratch)
            takeFactorGradient(of: evaluation, into: &gradient, factor: 0, &scratch)
        }
    }

    private func takeFactorGradient(
        of evaluation: borrowing Evaluation, into gradient: inout Parameters, factor: Int,
        _ scratch: inout ComponentScratch
    ) {
        guard shape.isTriangular else {
            // ∂ℓ/∂log σ = S − m
            let start = factor * shape.factorLength
            for i in 0..<shape.factorLength { gradient.factors[start + i] = scratch.scaleMass - scratch.diagonal[i] }
            return
        }
        scratch.storeTriangularGradient(into: &gradient, evaluation.kernelParameters, evaluation.parameters, factor)
    }

    /// Multiplies a gradient by the inverse of the complete data's information, which is block-diagonal: the
    /// first-order part of EM's step, and so a guess at the inverse Hessian that fits every unit and spread (M.
    /// Jamshidian and R. I. Jennrich, Acceleration of the EM algorithm by using quasi-Newton methods, J. R. Stat. Soc.
    /// B 59, 1997). O(K D), O(K D³) for full covariances.
    func precondition(
        _ gradient: inout Parameters, at evaluation: borrowing Evaluation, _ scratch: inout ComponentScratch
    ) {
        let dimension = shape.dimension, totalWeight = evaluation.totalWeight
        // A component without data would step to infinity.
        let least = 1e-3 * totalWeight / Double(evaluation.statistics.count)
        for k in 0..<shape.components {
            gradient.logWeights[k] /= max(
                totalWeight * .exp(evaluation.kernelParameters.logWeights[k]) + weightExcess, least)
            scratch.multiplyByCovariance(&gradient.means, at: k * dimension, evaluation.parameters, k)
            let meanMass = max(evaluation.mass(k) + (covariancePrior?.shrinkage ?? 0), least)
            for d in 0..<dimension { gradient.means[k * dimension + d] /= meanMass }
        }
        for factor in 0..<shape.factorCount {
            let mass =
                (shape.isShared ? totalWeight : evaluation.mass(factor)) * (shape.isScalar ? Double(dimension) : 1)
            let scaleMass = max(mass + (covariancePrior?.scaleMass ?? 0), least)
            if shape.isTriangular {
                scratch.preconditionTriangle(&gradient.factors, evaluation.parameters, factor, scaleMass)
            } else {
                let start = factor * shape.factorLength
                for i in start..<start + shape.factorLength { gradient.factors[i] /= 2 * scaleMass }
            }
        }
    }

    // MARK: Moments

    /// Takes the sums of component `k`, with what priors and a batch's multiplicity make of them, into the scratch.
    func takeMoments(of evaluation: borrowing Evaluation, _ k: Int, into scratch: inout ComponentScratch) {
        let mass = evaluation.mass(k)
        scratch.meanMass = mass
        scratch.scaleMass = mass * (shape.isScalar ? Double(shape.dimension) : 1)
        scratch.takeFirstMoment(evaluation.statistics, k, evaluation.multiplicity)
        if !shape.isShared { scratch.takeSecondMoment(evaluation.statistics, k, evaluation.multiplicity) }
        if let covariancePrior {
            scratch.takePriorResidual(covariancePrior, evaluation.kernelParameters, k)
            scratch.meanMass += covariancePrior.shrinkage
            for d in 0..<shape.dimension { scratch.first[d] += covariancePrior.shrinkage * scratch.priorResidual[d] }
            if !shape.isShared {
                scratch.scaleMass += covariancePrior.scaleMass
                scratch.addPriorResidual(covariancePrior.shrinkage)
                scratch.addPriorScale(covariancePrior, evaluation.kernelParameters, k)
            }
        }
    }

    /// Takes the second moments of all components together, for the factor that they share, into the scratch.
    func takePooledMoments(of evaluation: borrowing Evaluation, into scratch: inout ComponentScratch) {
        scratch.takeSecondMoment(evaluation.statistics, 0, evaluation.multiplicity)
        scratch.scaleMass = evaluation.totalWeight
        guard let covariancePrior else { return }
        for k in 0..<shape.components {
            scratch.takePriorResidual(covariancePrior, evaluation.kernelParameters, k)
            scratch.addPriorResidual(covariancePrior.shrinkage)
        }
        scratch.scaleMass += covariancePrior.scaleMass
        scratch.addPriorScale(covariancePrior, evaluation.kernelParameters, 0)
    }
}
