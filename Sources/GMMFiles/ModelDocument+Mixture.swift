import GaussianMixtures

extension ModelDocument {
    /// The document of a mixture in one dimension, with `full` covariances. Every standard deviation whose square float64 holds as a
    /// normal number comes back exactly from ``mixture()``.
    ///
    /// - Parameters:
    ///   - feature: the name of the dimension.
    ///   - fit: how the mixture was found, if it is known.
    public init(mixture: GaussianMixture, feature: String, fit: FitSummary? = nil) {
        self.init(
            features: [feature], weights: mixture.weights, means: mixture.means.map { [$0] },
            covariances: .full(mixture.variances.map { [[$0]] }), fit: fit)
    }

    /// The mixture, of one dimension and any covariance type.
    ///
    /// - Throws: `MixtureError.invalidMixture` if there are more dimensions or the parameters are not valid.
    public func mixture() throws(MixtureError) -> GaussianMixture {
        if let fault = fault() { throw .invalidMixture(component: nil, reason: "\(jsonPath(fault.path)): \(fault.reason)") }
        guard dimension == 1 else {
            throw .invalidMixture(
                component: nil, reason: "it has \(dimension) dimensions where one is needed; give a model of one feature")
        }
        let variances =
            switch covariances {
            case .full(let values): values.map { $0[0][0] }
            case .tied(let values): [Double](repeating: values[0][0], count: components)
            case .diagonal(let values): values.map { $0[0] }
            case .spherical(let values): values
            }
        return try GaussianMixture(
            weights: weights, means: means.map { $0[0] }, standardDeviations: variances.map { $0.squareRoot() })
    }
}
