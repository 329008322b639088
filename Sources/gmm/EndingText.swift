import Foundation
import GaussianMixtures

/// How a fit ended: why, how much there may be left to gain, and what helps.
struct EndingText {
    /// A line of the table.
    let steps: String
    /// A sentence without a full stop; nil if there is nothing to warn of.
    let warning: String?

    /// - Parameter isSingle: whether the data are float32.
    init(_ fit: Fit, _ training: TrainingOptions, _ model: ModelOptions, isSingle: Bool) {
        if fit.converged {
            steps = "\(fit.iterations), converged"
            warning = nil
            return
        }
        // A fit without a tolerance, or without steps, has done what it was asked for.
        if training.tolerance == 0 && fit.outcome != .stopped || training.iterations == 0 {
            steps = "\(fit.iterations), all that were asked for"
            warning = nil
            return
        }
        let left =
            fit.remainingGain.map {
                "about \(NumberText.rough($0)) nats per datum (\(NumberText.rough($0 * fit.totalWeight)) in all) are estimated to be left"
            } ?? "how much there is left to gain is not known"
        let reason: String, advice: String
        switch fit.outcome {
        case .stalled:
            (reason, advice) = (
                "no step lowers the loss any more", Self.afterStall(fit, training, model, isSingle: isSingle)
            )
        case .stopped: (reason, advice) = ("--time-limit was reached", Self.afterTime(training))
        default: (reason, advice) = ("--iterations allows no more", Self.afterLimit(fit, training))
        }
        steps = "\(fit.iterations), not converged: \(reason)"
        warning =
            "not converged after \(count(fit.iterations, "step")), since \(reason); \(left)"
            + (advice.isEmpty ? "" : "; try \(advice)")
    }

    private static func afterTime(_ training: TrainingOptions) -> String {
        "--time-limit \(NumberText.short(min(max(1, 10 * (training.timeLimit ?? 0)), 1e9)))"
    }

    private static func afterLimit(_ fit: Fit, _ training: TrainingOptions) -> String {
        let more = "--iterations \(10 * min(training.iterations, TrainingOptions.mostIterations / 10))"
        guard case .adam(let rate, _, _, _, _, _) = fit.method else { return more }
        // Steps that are too long leave the best point again, and more of them do not help.
        let isWandering = (fit.history.losses.last ?? fit.loss) - fit.loss > training.tolerance * fit.totalWeight
        let advice =
            isWandering
            ? ["--learning-rate \(NumberText.short(rate / 4))"]
            : [more, "--learning-rate \(NumberText.short(rate * 4))"]
        return (advice + ["--method em"]).alternatives()
    }

    /// After a stall rounding decides what is left to gain. Empty if nothing is known to help.
    private static func afterStall(
        _ fit: Fit, _ training: TrainingOptions, _ model: ModelOptions, isSingle: Bool
    ) -> String {
        var advice = isSingle ? ["--precision float64"] : []
        if model.reg < 1e-6, fit.isAtFloor || model.reg == 0 {
            advice.append("--reg 1e-6")
        } else if let left = fit.remainingGain, left > training.tolerance, left < 1e-3 {
            advice.append("--tolerance 1e\(Int(log10(10 * left).rounded(.up))) if so much may be left")
        }
        return advice.alternatives()
    }
}
