import GaussianMixtures

extension ModelDocument {
    /// The document of a mixture. What it has of covariances comes back from ``mixture()`` to within rounding; in one dimension under `full`
    /// covariances exactly, if float64 holds the square of each standard deviation as a normal number.
    ///
    /// - Parameters:
    ///   - features: the names of the D dimensions.
    ///   - fit: how the mixture was found, if it is known.
    public init(mixture: GaussianMixture, features: [String], fit: FitSummary? = nil) {
        self.init(features: features, weights: mixture.weights, means: mixture.means, covariances: mixture.covariances, fit: fit)
    }

    /// The mixture.
    ///
    /// - Throws: `MixtureError.invalidMixture` if the parameters are not valid.
    public func mixture() throws(MixtureError) -> GaussianMixture {
        if let fault = fault() { throw .invalidMixture(component: nil, reason: "\(jsonPath(fault.path)): \(fault.reason)") }
        if dimension == 1, case .full(let matrices) = covariances {
            // Square roots undo squares exactly; a decomposition need not.
            return try GaussianMixture(
                weights: weights, means: means.map { $0[0] }, standardDeviations: matrices.map { $0[0][0].squareRoot() })
        }
        return try GaussianMixture(weights: weights, means: means, covariances: covariances)
    }
}
