/// Where training starts.
public enum Initialisation: Sendable, Hashable, Codable {
    /// The clusters of k-means that starts from k-means++: their shares, means and covariances. k-means is run K + 1
    /// times, at most four (for K = 1 once), and the clusters that the data are likeliest under are taken.
    case kMeans
    /// The cells of centres drawn from the data, each far from those before (D. Arthur and S. Vassilvitskii, k-means++,
    /// SODA 2007).
    case kMeansPlusPlus
    /// Means drawn from the Gaussian that has the features' means and variances; equal weights, and covariances that
    /// fill the data's volume together.
    case random
    /// Means drawn from the data; the rest as for ``random``.
    case randomFromData
    /// Unconstrained parameters drawn from N(0, 1), as the notebook starts. It knows nothing of the data: for data of a
    /// spread near one.
    case standardNormal
    /// What is given of means [K][D], weights [K] and covariances of the fit's type; what is not comes from the cells
    /// of the given means, or from ``kMeans`` without any. The same means are the same start for every restart.
    case given(means: [[Double]]? = nil, weights: [Double]? = nil, covariances: Covariances? = nil)
    /// The parameters of an earlier fit (a warm start), of the same components, dimension and covariance type.
    case parameters(Parameters)
    /// A mixture of the same components, dimension and covariance type.
    case mixture(GaussianMixture)

    /// Whether a start depends on its key.
    var isDrawn: Bool {
        switch self {
        case .kMeans, .kMeansPlusPlus, .random, .randomFromData, .standardNormal: true
        case .given(let means, _, _): means == nil
        case .parameters, .mixture: false
        }
    }

    /// Whether a start depends on nothing but what is given.
    var isComplete: Bool {
        switch self {
        case .parameters, .mixture: true
        case .given(let means, let weights, let covariances): means != nil && weights != nil && covariances != nil
        case .kMeans, .kMeansPlusPlus, .random, .randomFromData, .standardNormal: false
        }
    }

    /// The mixture of a start that was left as it is: the one that was given, to the last bit.
    func mixture(_ start: Parameters) throws(MixtureError) -> GaussianMixture {
        switch self {
        case .mixture(let mixture): mixture
        case .given(let means?, let weights?, let covariances?):
            try GaussianMixture(weights: weights, means: means, covariances: covariances)
        default: try start.mixture()
        }
    }
}
