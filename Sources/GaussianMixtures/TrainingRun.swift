/// What one run from one start came to.
struct TrainingRun: Sendable {
    enum Outcome: Sendable, Hashable {
        case converged, iterationLimit
        /// The parameters left the range of float64.
        case diverged
        /// No step lowers the loss, and yet it is not at a minimum.
        case stalled
    }

    var parameters: Parameters
    var loss: Double
    /// Updates made.
    var iterations: Int
    /// How often the data were read.
    var passes: Int
    var outcome: Outcome
    /// Whether a component ended at the variance floor.
    var isAtFloor: Bool
    var history: History
    var events: [Fit.Event]
    var statistics: Statistics
    var kernel: Kernel?
}

/// What a run needs beside its data and its start.
struct TrainingOptions: Sendable {
    var method: Method
    var iterations: Int
    var tolerance: Double
    var historyStride: Int
    var varianceFloor: Double
    var collapse: CollapsePolicy
    var progress: (@Sendable (Fit.Progress) -> Void)?
}

extension Fit {
    /// Where a fit stands, after each step of each restart.
    public struct Progress: Sendable {
        /// Which restart, from 0.
        public let restart: Int
        /// Updates made so far in this restart.
        public let step: Int
        /// The loss after them.
        public let loss: Double
    }
}

/// What a linearly converging sequence of losses has yet to gain, by Aitken's extrapolation (D. Böhning et al., The distribution of the
/// likelihood ratio for mixtures of densities from the one-parameter exponential family, Ann. Inst. Statist. Math. 46, 1994).
struct GainEstimate {
    private var previousLoss = Double.nan, previousGain = Double.nan

    /// Takes the loss per datum after a step, and estimates how much lower the sequence will end: infinite until two gains are known, zero
    /// where a gain is no more than the rounding of the loss.
    mutating func remaining(after loss: Double) -> Double {
        let gain = previousLoss - loss, ratio = gain / previousGain
        defer { (previousLoss, previousGain) = (loss, gain) }
        if abs(gain) <= 4 * loss.ulp { return 0 }
        guard ratio > 0, ratio < 1 else { return .infinity }
        return gain * max(1, ratio / (1 - ratio))
    }
}
