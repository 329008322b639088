import GaussianMixtures

/// The components of a mixture as text, whatever its dimension.
struct ComponentTable {
    /// The most characters in a line: most terminals break longer ones.
    private static let width = 100
    /// The most features in a table that has a line for each.
    private static let legibleFeatures = 40
    /// With more features correlations are not shown.
    private static let correlatedFeatures = 6

    private let mixture: GaussianMixture
    private let features: [String]
    private let weights: [String]
    /// [feature][component] "mean ± standard deviation" of the features that may be shown. The signs ± of a feature
    /// stand under each other.
    private let cells: [[String]]

    init(_ mixture: GaussianMixture, features: [String]) {
        self.mixture = mixture
        self.features = features
        weights = NumberText.column(mixture.weights, resolution: mixture.weights.filter { $0 > 1e-6 }.min() ?? 1)
        let deviations = mixture.standardDeviations
        cells = (0..<min(mixture.dimension, Self.legibleFeatures)).map { d in
            let smallest = deviations.map { $0[d] }.min() ?? 1
            let means = NumberText.column(mixture.means.map { $0[d] }, resolution: smallest)
            let spreads = NumberText.column(deviations.map { $0[d] }, resolution: smallest),
                widest = spreads.map(\.count).max() ?? 0
            return zip(means, spreads).map { "\($0) ± " + String(repeating: " ", count: widest - $1.count) + $1 }
        }
    }

    /// A line for each component if that fits, else a line for each feature. If neither fits, the first features.
    var text: String {
        guard mixture.dimension > 1 else { return univariate }
        let caption = "mean ± standard deviation of each feature\n"
        if mixture.dimension == cells.count, Self.fits(table(features: cells.count)) {
            return caption + table(features: cells.count)
        }
        let byFeature = transposed
        if Self.fits(byFeature) { return caption + byFeature + rest(after: cells.count) }
        let shown = (1...cells.count).last { Self.fits(table(features: $0)) } ?? 1
        return caption + table(features: shown) + rest(after: shown)
    }

    /// The correlations of each matrix; nil if there is no matrix, or if there are more than a person would read.
    var correlations: String? {
        let shape = mixture.shape
        guard 2...Self.correlatedFeatures ~= shape.dimension, shape.covariance == .full || shape.covariance == .tied
        else { return nil }
        let pairs = (0..<shape.dimension).flatMap { row in (0..<row).map { ($0, row) } }
        let names = ["correlation"] + pairs.map { "\(features[$0]), \(features[$1])" }
        let owners = shape.covariance == .tied ? 1 : shape.components
        let columns = (0..<owners).map { k in
            let covariance = mixture.covariance(k), deviations = mixture.standardDeviations[k]
            return [shape.covariance == .tied ? "of all" : "\(k + 1)"]
                + pairs.map { i, j in
                    NumberText.fixed(covariance[i][j] / deviations[i] / deviations[j], decimals: 3)
                }
        }
        let byPair = TextTable.aligned(
            names.indices.map { row in [names[row]] + columns.map { $0[row] } }, numeric: Set(1...owners))
        if Self.fits(byPair) { return byPair }
        let byComponent = TextTable.aligned([names] + columns, numeric: Set(names.indices))
        return Self.fits(byComponent) ? byComponent : nil
    }

    private var univariate: String {
        let means = mixture.means.map { $0[0] }, deviations = mixture.standardDeviations.map { $0[0] },
            smallest = deviations.min() ?? 1
        let columns = [
            weights, NumberText.column(means, resolution: smallest),
            NumberText.column(deviations, resolution: smallest),
        ]
        let rows = (0..<mixture.components).map { k in ["\(k + 1)"] + columns.map { $0[k] } }
        return TextTable.aligned(
            [["component", "weight", "mean", "standard deviation"]] + rows, numeric: [0, 1, 2, 3])
    }

    private func table(features shown: Int) -> String {
        let rows = (0..<mixture.components).map { k in ["\(k + 1)", weights[k]] + cells[..<shown].map { $0[k] } }
        return TextTable.aligned([["component", "weight"] + features[..<shown]] + rows, numeric: Set(0..<shown + 2))
    }

    private var transposed: String {
        let rows = cells.indices.map { [features[$0]] + cells[$0] }
        return TextTable.aligned(
            [["component"] + (1...mixture.components).map { "\($0)" }, ["weight"] + weights] + rows,
            numeric: Set(1...mixture.components))
    }

    private func rest(after shown: Int) -> String {
        let left = mixture.dimension - shown
        return left > 0 ? "… and \(left) more feature\(left == 1 ? "" : "s"), which --json and --output have\n" : ""
    }

    private static func fits(_ table: String) -> Bool {
        table.split(separator: "\n").allSatisfy { $0.count <= width }
    }
}
