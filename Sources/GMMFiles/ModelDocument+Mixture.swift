import GaussianMixtures

extension ModelDocument {
    /// The document of a mixture. The covariances of ``mixture()`` are those of the document to the last bit. Standard
    /// deviations come back exactly in one dimension under `full` covariances, if float64 holds the square of each as a
    /// normal number, and to within rounding otherwise.
    ///
    /// - Parameters:
    ///   - features: the names of the D dimensions.
    ///   - fit: how the mixture was found, if it is known.
    public init(mixture: GaussianMixture, features: [String], fit: FitSummary? = nil) {
        self.init(
            features: features, weights: mixture.weights, means: mixture.means, covariances: mixture.covariances,
            fit: fit)
    }

    /// The mixture.
    ///
    /// - Throws: `MixtureError.invalidMixture` if the parameters are not valid.
    public func mixture() throws(MixtureError) -> GaussianMixture {
        if let fault = fault() {
            throw .invalidMixture(component: nil, reason: "\(jsonPath(fault.path)): \(fault.reason)")
        }
        if dimension == 1, case .full(let matrices) = covariances {
            // The square root gives back the deviation whose square was written, which a decomposition might not.
            let deviations = matrices.map { $0[0][0].squareRoot() }
            if zip(deviations, matrices).allSatisfy({ $0 * $0 == $1[0][0] }) {
                return try GaussianMixture(weights: weights, means: means.map { $0[0] }, standardDeviations: deviations)
            }
        }
        return try GaussianMixture(weights: weights, means: means, covariances: covariances)
    }
}
