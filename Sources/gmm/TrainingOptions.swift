import ArgumentParser
import GaussianMixtures

/// How `gmm fit` looks for the best mixture.
struct TrainingOptions: ParsableArguments {
    enum MethodName: String, CaseIterable, ExpressibleByArgument {
        case em, adam
    }

    @Option(help: "Expectation–maximization, or gradient descent by Adam.")
    var method = MethodName.em

    @Option(parsing: .unconditional, help: ArgumentHelp("Adam's step size (default: 0.1).", valueName: "R"))
    var learningRate: Double?

    @Option(parsing: .unconditional, help: ArgumentHelp("The most steps that a restart makes.", valueName: "N"))
    var iterations = 1000

    @Option(parsing: .unconditional, help: ArgumentHelp(
        "Stop when the loss has no more than this to gain per datum; 0 makes all steps.", valueName: "T"))
    var tolerance = 1e-8

    @Option(parsing: .unconditional, help: ArgumentHelp("How many starts to try; the best result is kept.", valueName: "R"))
    var restarts = 1

    @Option(parsing: .unconditional, help: ArgumentHelp("Of the random starts: the same seed gives the same result.", valueName: "S"))
    var seed: UInt64 = 0

    func validate() throws {
        if method == .em, learningRate != nil {
            throw ValidationError("--learning-rate is Adam's; add --method adam, or leave it out, since EM needs none.")
        }
        if let learningRate, !(learningRate > 0 && learningRate.isFinite) {
            throw ValidationError("--learning-rate is \(learningRate); give a positive number, such as 0.1.")
        }
        guard (0...1_000_000_000).contains(iterations) else {
            throw ValidationError("--iterations is \(iterations); give a number from 0 to 1000000000.")
        }
        guard tolerance >= 0, tolerance.isFinite else {
            throw ValidationError("--tolerance is \(tolerance); give 0 or a small positive number, such as 1e-8.")
        }
        guard (1...1_000_000).contains(restarts) else {
            throw ValidationError("--restarts is \(restarts); give a number from 1 to 1000000.")
        }
    }

    var fitMethod: Method {
        switch method {
        case .em: .em
        case .adam: .adam(learningRate: learningRate ?? 0.1)
        }
    }
}
