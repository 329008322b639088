/// What one run from one start came to.
struct TrainingRun: Sendable {
    enum Outcome: Sendable, Hashable { case converged, iterationLimit, diverged }

    var parameters: Parameters
    var loss: Double
    /// Updates made.
    var iterations: Int
    var outcome: Outcome
    var history: History
    var statistics: Statistics
}

/// What a run needs beside its data and its start.
struct TrainingOptions: Sendable {
    var method: Method
    var iterations: Int
    var tolerance: Double
    var historyStride: Int
    var varianceFloor: Double
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

extension NegativeLogPosterior {
    /// Follows `method` from `start` until it has converged, or for the given number of iterations.
    ///
    /// Loss, history and statistics at the end belong to the parameters at the end. A run whose parameters leave the range of float64 ends at
    /// the last ones that did not.
    func train(from start: Parameters, _ options: TrainingOptions, restart: Int) throws(MixtureError) -> TrainingRun {
        var history = History(components: start.components, iterations: options.iterations, stride: options.historyStride)
        var parameters = start, previous = start
        var loss = try loss(parameters)
        var gradient = Parameters(zerosFor: start.components)
        let em = ExpectationMaximization(prior: prior, varianceFloor: options.varianceFloor)
        var adam: Adam?
        if case .adam(let learningRate, let beta1, let beta2, let epsilon) = options.method {
            adam = try Adam(components: start.components, learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon)
        }
        var gains = GainEstimate()
        var step = 0
        var outcome = TrainingRun.Outcome.iterationLimit
        while true {
            if adam != nil { takeGradient(into: &gradient) }
            // A tolerance of zero asks for all iterations.
            if options.tolerance > 0 {
                let converged =
                    adam == nil
                    ? gains.remaining(after: loss / statistics.totalWeight) <= options.tolerance
                    : relativeSlope(gradient) <= options.tolerance.squareRoot()
                if converged { outcome = .converged }
            }
            let isLast = outcome == .converged || step == options.iterations
            history.record(step: step, loss: loss, parameters, isLast: isLast)
            options.progress?(Fit.Progress(restart: restart, step: step, loss: loss))
            if isLast { break }

            previous.copyValues(of: parameters)
            if adam == nil { em.step(&parameters, statistics: statistics) } else { adam!.step(&parameters, gradient: gradient) }
            do {
                loss = try self.loss(parameters)
            } catch {
                // The data were fit to be read at the start, so it is the parameters that are at fault.
                parameters = previous
                loss = try self.loss(parameters)
                history.record(step: step, loss: loss, parameters, isLast: true)
                outcome = .diverged
                break
            }
            step += 1
        }
        return TrainingRun(
            parameters: parameters, loss: loss, iterations: step, outcome: outcome, history: history, statistics: statistics)
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
