import Foundation
import GaussianMixtures

extension Failure {
    /// A fit's error with the names of the file and of its columns, and rows counted from 1 as in a file.
    init(_ error: MixtureError, _ input: InputData, weightsColumn: String?) {
        func datum(_ row: Int) -> String { "datum \(row + 1) of \(input.rows)" }
        func column(_ feature: Int) -> String { "column \"\(input.features[feature])\"" }
        let weights = "column \"\(weightsColumn ?? "")\""
        let text =
            switch error {
            case .outOfReach(let row):
                "\(datum(row)), \(Self.text(of: row, input)), lies so far from every component that its log-density overflows. "
                    + "Remove the outlier, rescale the data, or, if they are float32, add --precision float64."
            case .constantFeature(let feature, let value):
                "\(column(feature)) is \(value) in all rows, so its variance is zero and no Gaussian fits it. "
                    + "Leave it out, by --columns with the others."
            case .spreadNotRepresentable(let feature, let smallest, let largest):
                "\(column(feature)) runs from \(smallest) to \(largest), a spread whose square float64 cannot hold. Rescale it."
            case .invalidDataWeight(let row):
                "\(weights): the weight of \(datum(row)) is \(input.table[row, input.dimension]). "
                    + "Weights are finite and not negative; 0 ignores a row."
            case .invalidDataWeights(let reason): "\(weights): the weights do not serve: \(reason)."
            default: error.description
            }
        self.init(error.exitCode == EX_DATAERR ? "\(input.name): \(text)" : text, exitCode: error.exitCode)
    }

    private static func text(of row: Int, _ input: InputData) -> String {
        let shown = (0..<min(input.dimension, 6)).map { "\(input.table[row, $0])" }
        return input.dimension == 1 ? shown[0] : "(" + shown.joined(separator: ", ") + (input.dimension > 6 ? ", …)" : ")")
    }
}
