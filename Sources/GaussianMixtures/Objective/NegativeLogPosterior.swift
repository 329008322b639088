/// The loss, −(Σ wᵢ log p(xᵢ) + log prior), as a function of unconstrained parameters, with its gradient: for
/// optimizers of one's own.
///
/// Memory is allocated once, when the function is made. Not for use by several threads at once; each evaluation may use
/// several itself.
public final class NegativeLogPosterior {
    public let shape: MixtureShape
    private let posterior: Posterior
    private let reader: any StatisticsReader
    private var evaluation: Evaluation
    private let workers: ComponentWorkers

    /// - Parameters:
    ///   - data: N finite data in D dimensions.
    ///   - components: K ≥ 1.
    ///   - covariance: full by default.
    ///   - weightConcentration: α of the Dirichlet prior, positive; 1, the default, leaves the likelihood alone.
    ///   - covariancePrior: of means and covariances; none by default.
    ///   - threads: those that an evaluation may use; by default as many as the machine has cores. The result does not
    ///     depend on them.
    ///   - kernel: ``Kernel/automatic()`` by default.
    /// - Throws: ``MixtureError``
    public convenience init(
        _ data: some Observations, components: Int, covariance: CovarianceType = .full, weightConcentration: Double = 1,
        covariancePrior: NormalInverseWishartPrior? = nil, threads: Int? = nil, kernel: Kernel? = nil
    ) throws(MixtureError) {
        let data = try data.dataset(), threads = try threadCount(threads), kernel = try Kernel.chosen(kernel)
        let shape = try MixtureShape(components: components, dimension: data.dimension, covariance: covariance)
        var summary: DataSummary?
        if covariancePrior != nil {
            summary = try DataSummary(
                data, components: 1, needsScatter: shape.factor.isTriangle, threads: threads, kernel: kernel)
        }
        let posterior = try Posterior(
            shape: shape, weightPrior: DirichletPrior(concentration: weightConcentration),
            covariancePrior: CovariancePrior(covariancePrior, shape, summary, totalWeight: data.totalWeight))
        self.init(
            posterior, try data.reader(shape, assignment: .soft, threads: threads, kernel: kernel), threads: threads)
    }

    private init(_ posterior: Posterior, _ reader: any StatisticsReader, threads: Int) {
        shape = posterior.shape
        self.posterior = posterior
        self.reader = reader
        evaluation = Evaluation(of: Parameters(zerosFor: shape))
        workers = ComponentWorkers(shape, threads: threads)
    }

    /// Of the parameters that were evaluated last.
    public var statistics: Statistics { evaluation.statistics }

    /// The loss at `parameters`. O(N K D), O(N K D²) for full covariances.
    ///
    /// - Throws: ``MixtureError/invalidMixture(component:reason:)`` for parameters of another shape, and what reading
    ///   the data throws.
    public func loss(_ parameters: Parameters) throws(MixtureError) -> Double {
        guard parameters.shape == shape else {
            throw .invalidMixture(
                component: nil,
                reason:
                    "there are parameters of \(parameters.shape.components) components in \(parameters.shape.dimension) dimensions with "
                    + "\(parameters.shape.covariance) covariances where \(shape.components) in \(shape.dimension) with \(shape.covariance) are expected"
            )
        }
        evaluation.parameters.copyValues(of: parameters)
        try evaluation.read(reader, posterior, workers)
        return evaluation.loss
    }

    /// The loss and its gradient at `parameters`. O(N K D), O(N K D²) for full covariances.
    ///
    /// - Throws: as ``loss(_:)``.
    public func lossAndGradient(_ parameters: Parameters) throws(MixtureError) -> (loss: Double, gradient: Parameters) {
        let loss = try loss(parameters)
        var gradient = Parameters(zerosFor: shape)
        posterior.computeGradient(of: evaluation, into: &gradient, workers)
        return (loss, gradient)
    }
}
