/// What the covariances of a mixture's components may be.
public enum CovarianceType: String, Codable, CaseIterable, Sendable {
    /// Each component has its own symmetric matrix.
    case full
    /// All components share one symmetric matrix.
    case tied
    /// Each component has its own variance for every feature, and no correlation.
    case diagonal
    /// Each component has one variance for all features.
    case spherical
}

/// Covariances in the squared unit of the data, as numbers of their type.
public enum Covariances: Sendable, Hashable, Codable {
    /// [K][D][D], a symmetric matrix for each component.
    case full([[[Double]]])
    /// [D][D], one symmetric matrix for all.
    case tied([[Double]])
    /// [K][D], variances.
    case diagonal([[Double]])
    /// [K], variances.
    case spherical([Double])

    public var type: CovarianceType {
        switch self {
        case .full: .full
        case .tied: .tied
        case .diagonal: .diagonal
        case .spherical: .spherical
        }
    }

    func reordered(_ order: [Int]) -> Covariances {
        switch self {
        case .full(let matrices): .full(order.map { matrices[$0] })
        case .tied: self
        case .diagonal(let variances): .diagonal(order.map { variances[$0] })
        case .spherical(let variances): .spherical(order.map { variances[$0] })
        }
    }
}
