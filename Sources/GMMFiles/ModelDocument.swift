import GaussianMixtures

/// A mixture as a file keeps it: the model JSON, version 1, described by `docs/model.schema.json`.
///
/// Numbers are read and written exactly. Decoding and encoding fail for what is not a mixture, so a document that was
/// read or written is valid.
public struct ModelDocument: Equatable, Sendable {
    /// The value of `format`.
    public static let format = "gaussian-mixture"
    /// The value of `version`.
    public static let version = 1

    /// The names of the D dimensions.
    public var features: [String]
    /// K weights that sum to one.
    public var weights: [Double]
    /// [K][D].
    public var means: [[Double]]
    /// In the shape of their type and the squared unit of the data; variances, not standard deviations, on the
    /// diagonal.
    public var covariances: Covariances
    /// How the mixture was found; nil if that is not known.
    public var fit: FitSummary?

    /// A document with these fields. It is checked when it is encoded, by ``write(to:)`` too.
    public init(
        features: [String], weights: [Double], means: [[Double]], covariances: Covariances, fit: FitSummary? = nil
    ) {
        self.features = features
        self.weights = weights
        self.means = means
        self.covariances = covariances
        self.fit = fit
    }

    /// D, the number of features.
    public var dimension: Int { features.count }

    /// K, the number of components.
    public var components: Int { weights.count }
}
