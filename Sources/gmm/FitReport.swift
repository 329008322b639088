import GMMFiles
import GaussianMixtures

/// What a person wants to know of a fit, as text.
struct FitReport {
    let fit: Fit
    let table: NumericTable
    let model: ModelOptions
    let training: TrainingOptions

    var text: String { "\(heading)\n\n\(components)\n\(figures)" }

    /// What standard error says of a fit that should not be relied on; nil if it may be.
    var warning: String? {
        guard !fit.converged, training.tolerance > 0 else { return nil }
        return "warning: not converged after \(count(fit.iterations, "step")); \(remedy)."
    }

    private var heading: String {
        let name = table.path == "-" ? "standard input" : table.path
        let column = table.columnNames?.first.map { $0.isEmpty ? "" : ", column \($0)" } ?? ""
        let precision = if case .float32 = table.values { " in float32" } else { "" }
        return "\(name)\(column): \(count(fit.count, "value"))\(precision)"
    }

    private var components: String {
        let mixture = fit.mixture
        let smallestDeviation = mixture.standardDeviations.min() ?? 1
        let weights = NumberText.column(mixture.weights, resolution: mixture.weights.filter { $0 > 1e-6 }.min() ?? 1)
        let means = NumberText.column(mixture.means, resolution: smallestDeviation)
        let deviations = NumberText.column(mixture.standardDeviations, resolution: smallestDeviation)
        let rows = (0..<mixture.components).map { ["\($0 + 1)", weights[$0], means[$0], deviations[$0]] }
        return TextTable.aligned([["component", "weight", "mean", "standard deviation"]] + rows, numeric: [0, 1, 2, 3])
    }

    private var figures: String {
        var rows = [["log-likelihood", NumberText.fixed(fit.logLikelihood, decimals: 4)]]
        if model.weightConcentration != 1 {
            let prior = "α = \(NumberText.short(model.weightConcentration))"
            rows.append(["loss", NumberText.fixed(fit.loss, decimals: 4) + " (minus the log posterior, \(prior))"])
        }
        rows.append(["BIC", NumberText.fixed(fit.bic, decimals: 4) + " (smaller is better)"])
        rows.append(["AIC", NumberText.fixed(fit.aic, decimals: 4) + " (smaller is better)"])
        rows.append(["method", fit.method.label])
        rows.append(["steps", steps])
        rows.append(["restarts", restarts])
        rows.append(["kernel", "\(fit.kernel), at most \(count(fit.threads, "thread"))"])
        return TextTable.aligned(rows, numeric: [])
    }

    private var steps: String {
        if fit.converged { return "\(fit.iterations), converged" }
        return training.tolerance == 0 ? "\(fit.iterations), all that were asked for" : "\(fit.iterations), not converged: \(remedy)"
    }

    private var remedy: String {
        fit.iterations < training.iterations
            ? "training left the range of float64; try a smaller --learning-rate or other --restarts"
            : "try more --iterations" + (training.method == .adam ? ", another --learning-rate" : "") + " or a larger --tolerance"
    }

    private var restarts: String {
        guard fit.restarts.count > 1 else { return "1" }
        // Runs to one optimum stop at slightly different distances from it.
        let margin = max(1e-6, 10 * training.tolerance) * fit.totalWeight
        let best = fit.restarts.count { $0.loss <= fit.loss + margin }
        return "\(fit.restarts.count), of which \(best) reached the best loss" + (best == 1 ? "; more may find a better one" : "")
    }

    private func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}

extension Method {
    fileprivate var label: String {
        switch self {
        case .em: "EM"
        case .adam(let learningRate, _, _, _): "Adam, learning rate \(NumberText.short(learningRate))"
        }
    }
}
