import GMMFiles
import GMMPlots
import GaussianMixtures

/// Rows of features, perhaps with weights, and the table that holds them.
struct InputData {
    let table: NumericTable
    /// The names of the D columns that are fitted.
    let features: [String]
    private let isWeighted: Bool

    init(_ path: String, _ options: DataOptions) throws(FileError) {
        table = try NumericTable.read(
            path, columns: options.chosen, weights: options.weightsColumn, precision: options.precision,
            header: options.header,
            comment: options.comment)
        isWeighted = options.weightsColumn != nil
        let (table, count) = (table, table.columns - (isWeighted ? 1 : 0))
        let weightsPosition = options.weightsColumn.flatMap { Int($0) } ?? .max
        features = (0..<count).map { d in
            if let name = table.columnNames?[d], !name.isEmpty { return name }
            if let chosen = options.chosen { return "column \(chosen[d])" }
            return count == 1 ? "x" : "column \(d + 1 < weightsPosition ? d + 1 : d + 2)"
        }
    }

    /// N
    var rows: Int { table.rows }
    /// D
    var dimension: Int { features.count }
    /// The name of the file for a person.
    var name: String { table.path == "-" ? "standard input" : table.path }

    /// The data where they are, and a copy of the weights.
    func dataset<Scalar: KernelScalar>(_ values: [Scalar]) throws(MixtureError) -> Dataset<Scalar> {
        let weights =
            isWeighted ? (0..<rows).map { values[$0 * table.rowStride + dimension * table.columnStride] } : nil
        return try Dataset(
            values, dimension: dimension, rowStride: table.rowStride, columnStride: table.columnStride, count: rows,
            weights: weights)
    }

    // MARK: For pictures

    /// A feature of all data.
    func feature(_ d: Int) -> [Double] {
        switch table.column(d) {
        case .float64(let values): values
        case .float32(let values): values.map(Double.init)
        }
    }

    var weights: [Double]? { isWeighted ? feature(dimension) : nil }

    /// Enough of the data for a picture of several features.
    var scatterData: ScatterData {
        ScatterData(rows: rows, features: features, weights: weights) { table[$0, $1] }
    }
}
