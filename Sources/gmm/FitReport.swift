import GMMFiles
import GaussianMixtures

/// What a person wants to know of a fit, as text.
struct FitReport {
    let fit: Fit
    let input: InputData
    let model: ModelOptions
    let training: TrainingOptions
    let start: StartOptions

    var text: String {
        let table = ComponentTable(fit.mixture, features: input.features)
        return "\(heading)\n\n\(table.text)\n" + (table.correlations.map { $0 + "\n" } ?? "") + figures
    }

    /// Why the fit should not be relied on, and what went wrong on the way, for standard error.
    var warnings: [String] {
        let ending = EndingText(fit, training, model, isSingle: input.isSingle)
        let floor =
            fit.isAtFloor
            ? (try? FloorText(fit, input, model))?.lines ?? ["a component ended at the variance floor"] : []
        let restarts = RestartsText(fit, input, training)
        return [ending.warning].compactMap { $0 } + floor + restarts.warnings + CollapseText(fit).lines
    }

    private var heading: String {
        let precision = input.isSingle ? " in float32" : ""
        guard input.dimension > 1 else {
            let column = input.table.columnNames == nil ? "" : ", column \(input.features[0])"
            return "\(input.name)\(column): \(count(fit.count, "value"))\(precision)"
        }
        let names = input.features.joined(separator: ", ")
        return "\(input.name): \(count(fit.count, "row")) of "
            + (names.count <= 70 ? names : "\(input.dimension) features") + precision
    }

    private var figures: String {
        var rows = [["log-likelihood", NumberText.fixed(fit.logLikelihood, decimals: 4)]]
        let priors =
            (model.weightConcentration == 1 ? [] : ["α = \(NumberText.short(model.weightConcentration))"])
            + (model.prior == .none ? [] : ["\(model.prior.rawValue)'s prior"])
        if !priors.isEmpty {
            rows.append([
                "loss",
                NumberText.fixed(fit.loss, decimals: 4)
                    + " (minus the log posterior, \(priors.joined(separator: ", ")))",
            ])
        }
        for (name, value) in [("BIC", fit.bic), ("AIC", fit.aic), ("ICL", fit.icl)] {
            rows.append([name, NumberText.fixed(value, decimals: 4) + " (smaller is better)"])
        }
        if input.dimension > 1 { rows.append(["covariance", fit.mixture.shape.covariance.rawValue]) }
        rows.append(["method", fit.method.label])
        rows.append(["steps", EndingText(fit, training, model, isSingle: input.isSingle).steps])
        rows += RestartsText(fit, input, training).rows(warmStart: start.warmStart)
        rows.append(["kernel", "\(fit.kernel), at most \(count(fit.threads, "thread"))"])
        return TextTable.aligned(rows, numeric: [])
    }

}

/// "1 step", "2 steps".
func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

extension Method {
    fileprivate var label: String {
        switch self {
        case .em(let acceleration): "EM" + (acceleration == .none ? "" : ", acceleration \(acceleration.rawValue)")
        case .adam(let learningRate, let batch, _, _, _, _):
            "Adam, learning rate \(NumberText.short(learningRate))" + (batch.map { ", batches of \($0)" } ?? "")
        case .lbfgs: "L-BFGS"
        }
    }
}
