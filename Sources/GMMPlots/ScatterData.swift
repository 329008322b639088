/// Data of several features for a picture: of many rows a sample, of as many as a histogram needs and a person can tell
/// apart.
///
/// Rows that are not finite are left out.
public struct ScatterData: Sendable {
    /// With more features nobody could read the panels.
    static let mostFeatures = 6
    /// More points would cover each other.
    static let mostPoints = 2500
    private static let mostCounted = 100_000

    /// The names of all D features.
    let features: [String]
    /// N; `columns`, `weights` and `points` may be of a sample.
    let rows: Int
    /// The features that are drawn, the first of all, for histograms.
    let columns: [[Double]]
    let weights: [Double]?
    /// Rows of D features, drawn in proportion to their weights.
    let points: [[Double]]

    /// - Parameters:
    ///   - rows: N.
    ///   - features: the names of the D features, taken literally.
    ///   - weights: one for each row, not negative; nil, the default, if all are 1.
    ///   - value: the value of a row and a feature, both counted from 0.
    public init(rows: Int, features: [String], weights: [Double]? = nil, value: (Int, Int) -> Double) {
        self.features = features
        self.rows = rows
        let dimension = features.count
        func isFinite(_ row: Int) -> Bool { (0..<dimension).allSatisfy { value(row, $0).isFinite } }
        let counted = Self.sample(rows, most: Self.mostCounted).filter(isFinite)
        columns = (0..<min(dimension, Self.mostFeatures)).map { d in counted.map { value($0, d) } }
        self.weights = weights.map { weights in counted.map { weights[$0] } }
        points = Self.sample(rows, weights: weights, most: Self.mostPoints).filter(isFinite).map { row in
            (0..<dimension).map { value(row, $0) }
        }
    }

    /// The features that are drawn.
    var shown: Int { columns.count }

    /// At most `most` rows, in order: one at a pseudo-random place in each of so many stretches of equal weight, so
    /// that neither sorted nor interleaved data mislead.
    static func sample(_ rows: Int, weights: [Double]? = nil, most: Int) -> [Int] {
        guard rows > most else { return (0..<rows).filter { row in weights.map { $0[row] > 0 } ?? true } }
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        let total = weights?.reduce(0, +) ?? Double(rows)
        var (row, passed) = (0, 0.0)
        return (0..<most).map { stretch in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let target = (Double(stretch) + Double(state >> 33) / Double(1 << 31)) / Double(most) * total
            guard let weights else { return min(Int(target), rows - 1) }
            while row < rows - 1, passed + weights[row] <= target {
                passed += weights[row]
                row += 1
            }
            return row
        }
    }
}
