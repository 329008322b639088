import Foundation
import GaussianMixtures

extension Failure {
    /// A fit's error in words of the file: it names the file and its columns, counts rows and components from 1, and
    /// advises what these options leave to try.
    init(_ error: MixtureError, _ input: InputData, _ model: ModelOptions, weightsColumn: String?) {
        func datum(_ row: Int) -> String { "datum \(row + 1) of \(input.rows)" }
        func column(_ feature: Int) -> String { "column \"\(input.features[feature])\"" }
        let weights = "column \"\(weightsColumn ?? "")\""
        let text =
            switch error {
            case .outOfReach(let row):
                "\(datum(row)), \(Self.text(of: row, input)), lies so far from every component that its log-density overflows. "
                    + "Remove the outlier, or rescale the data"
                    + (input.isSingle ? ", or add --precision float64." : ".")
            case .constantFeature(let feature, let value):
                "\(column(feature)) is \(value) in all rows, so its variance is zero and no Gaussian fits it. "
                    + "Leave it out, by --columns with the others."
            case .spreadNotRepresentable(let feature, let smallest, let largest):
                "\(column(feature)) runs from \(smallest) to \(largest), a spread whose square float64 cannot hold. Rescale it."
            case .invalidDataWeight(let row):
                "\(weights): the weight of \(datum(row)) is \(input.table[row, input.dimension]). "
                    + "Weights are finite and not negative; 0 ignores a row."
            case .invalidDataWeights(let reason): "\(weights): the weights do not serve: \(reason)."
            case .collapsed(let component, let step, let mass, _):
                Self.text(ofCollapse: component, step: step, mass: mass, input, model)
            case .singularScatter: Self.text(ofSingularScatter: input, model)
            case .diverged(let step, let method):
                "training left the range of float64 at step \(step). Try \(Self.remedies(ofDivergence: method).alternatives())."
            case .invalidMixture(_, let reason):
                "the fit cannot be written: \(reason). Rescale the data, or give a larger --reg."
            default: error.description
            }
        self.init(error.exitCode == EX_DATAERR ? "\(input.name): \(text)" : text, exitCode: error.exitCode)
    }

    private static func text(
        ofCollapse component: Int, step: Int, mass: Double, _ input: InputData, _ model: ModelOptions
    ) -> String {
        let remedies = Remedies(input, model), isShared = model.covariance == .tied
        let held = isShared ? mass / Double(model.components) : mass
        let name = isShared ? "the covariance that all components share" : "component \(component + 1)"
        let whole = mass.rounded(),
            rows = (whole == mass ? "" : "about ") + "\(NumberText.short(whole)) row\(whole == 1 ? "" : "s")"
        let reason =
            remedies.reason
            ?? (isShared
                ? "the rows of each component are equal, or lie in fewer directions than there are columns"
                : mass <= Double(input.dimension) && input.dimension > 1
                    ? "it held \(rows), no more than the \(input.dimension) columns"
                    : "the \(rows) that it held are equal"
                        + (input.dimension > 1 ? ", or in them a column is a combination of others" : ""))
        let advice = [
            "--reg 1e-6 (the default variance floor)", remedies.fewerComponents, remedies.otherColumns(rows: held),
            remedies.diagonal(mass: held),
            remedies.prior(mass: mass),
        ].compactMap { $0 }
        return
            "\(name) collapsed at step \(step): \(reason), and with --reg \(NumberText.short(model.reg)) nothing holds its covariance up. "
            + "Try \(advice.alternatives())."
    }

    private static func text(ofSingularScatter input: InputData, _ model: ModelOptions) -> String {
        let remedies = Remedies(input, model)
        let advice = [
            remedies.otherColumns(), "--covariance diagonal with that prior",
            model.reg > 0
                ? "--prior none (the variance floor holds components too)"
                : "--prior none with --reg 1e-6 (the default variance floor)",
        ].compactMap { $0 }
        return "--prior mclust takes its scale from the scatter of all rows, and that is singular: "
            + "\(remedies.reason ?? "columns depend on each other"). Try \(advice.alternatives())."
    }

    private static func remedies(ofDivergence method: Method) -> [String] {
        guard case .adam(let rate, _, _, _, _, _) = method else {
            return ["another --init or --seed", "data in a unit that makes their spread about one"]
        }
        return ["--learning-rate \(NumberText.short(rate > 0.05 ? 0.05 : rate / 10))", "--method em"]
    }

    private static func text(of row: Int, _ input: InputData) -> String {
        let shown = (0..<min(input.dimension, 6)).map { "\(input.table[row, $0])" }
        return input.dimension == 1
            ? shown[0] : "(" + shown.joined(separator: ", ") + (input.dimension > 6 ? ", …)" : ")")
    }
}
