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

    /// What standard error says of a fit that should not be relied on, and of what went wrong on the way.
    var warnings: [String] {
        var warnings: [String] = []
        if !fit.converged, training.tolerance > 0 { warnings.append("not converged after \(count(fit.iterations, "step")); \(remedy)") }
        if fit.isAtFloor {
            warnings.append(
                (fit.restarts.count > 1 ? "in every restart " : "") + "a component ended at the least variance, where the likelihood says how low "
                    + "that is and little else; try fewer --components, another --covariance, --prior mclust or --collapse prune")
        }
        return warnings + CollapseText(fit).lines
    }

    private var heading: String {
        let precision = if case .float32 = input.table.values { " in float32" } else { "" }
        guard input.dimension > 1 else {
            let column = input.table.columnNames == nil ? "" : ", column \(input.features[0])"
            return "\(input.name)\(column): \(count(fit.count, "value"))\(precision)"
        }
        let names = input.features.joined(separator: ", ")
        return "\(input.name): \(count(fit.count, "row")) of " + (names.count <= 70 ? names : "\(input.dimension) features") + precision
    }

    private var figures: String {
        var rows = [["log-likelihood", NumberText.fixed(fit.logLikelihood, decimals: 4)]]
        let priors = (model.weightConcentration == 1 ? [] : ["α = \(NumberText.short(model.weightConcentration))"])
            + (model.prior == .none ? [] : ["\(model.prior.rawValue)'s prior"])
        if !priors.isEmpty {
            rows.append(["loss", NumberText.fixed(fit.loss, decimals: 4) + " (minus the log posterior, \(priors.joined(separator: ", ")))"])
        }
        for (name, value) in [("BIC", fit.bic), ("AIC", fit.aic), ("ICL", fit.icl)] {
            rows.append([name, NumberText.fixed(value, decimals: 4) + " (smaller is better)"])
        }
        if input.dimension > 1 { rows.append(["covariance", fit.mixture.shape.covariance.rawValue]) }
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
            ? "no step lowers the loss any more; try --method em or other --restarts"
            : "try more --iterations" + (training.method == .adam ? ", another --learning-rate" : "") + " or a larger --tolerance"
    }

    private var restarts: String {
        guard fit.restarts.count > 1 else { return start.warmStart == nil ? "1" : "1, from \(start.warmStart ?? "")" }
        // Runs to one optimum stop at slightly different distances from it.
        let margin = max(1e-6, 10 * training.tolerance) * fit.totalWeight
        let carriedOn = fit.restarts.count { $0.isCarriedOn }
        let best = fit.restarts.count { $0.loss <= fit.loss + margin && $0.isAtFloor == fit.isAtFloor && $0.isCarriedOn }
        let selection = carriedOn == fit.restarts.count ? "" : ", of which \(carriedOn) \(carriedOn == 1 ? "was" : "were") carried on"
        return "\(fit.restarts.count)\(selection), of which \(best) reached the best loss" + (best == 1 ? "; more may find a better one" : "")
    }

    private func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}

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
