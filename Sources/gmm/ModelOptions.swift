import ArgumentParser
import GaussianMixtures

/// What `gmm fit` fits.
struct ModelOptions: ParsableArguments {
    enum Prior: String, CaseIterable, ExpressibleByArgument {
        case none, mclust
    }

    @Option(parsing: .unconditional, help: ArgumentHelp("How many Gaussians the mixture has.", valueName: "K"))
    var components: Int

    @Option(
        help: "What the covariances may be: a matrix each, one matrix for all, variances each, or one variance each.")
    var covariance = CovarianceType.full

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "α ≥ 1 of the Dirichlet prior on the weights: 1 is none, more draws the weights towards equality.",
            valueName: "A"))
    var weightConcentration = 1.0

    @Option(help: "Prior on means and covariances: none, or mclust's, which keeps components from collapsing.")
    var prior = Prior.none

    @Option(
        name: [.long, .customLong("variance-floor")], parsing: .unconditional,
        help: ArgumentHelp(
            """
            The variance floor: the least variance of a component in any direction, as a share of the features' variances over all rows (an outlier or \
            distance between groups raises it: then give less).
            """, valueName: "V"))
    var reg = 1e-6

    var covariancePrior: NormalInverseWishartPrior? { prior == .mclust ? .mclust : nil }
}

extension CovarianceType: ExpressibleByArgument {}
