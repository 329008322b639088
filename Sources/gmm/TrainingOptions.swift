import ArgumentParser
import GaussianMixtures

/// How `gmm fit` goes from a start to a fit.
struct TrainingOptions: ParsableArguments {
    enum MethodName: String, CaseIterable, ExpressibleByArgument {
        case em, adam, lbfgs
    }

    @Option(help: "Expectation–maximization, or gradient descent by Adam or by L-BFGS.")
    var method = MethodName.em

    @Option(help: ArgumentHelp("How EM's steps are lengthened\(Self.defaultAcceleration)."))
    var acceleration: Acceleration?

    @Option(parsing: .unconditional, help: ArgumentHelp("Adam's step size (default: 0.05).", valueName: "R"))
    var learningRate: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How many rows Adam reads for a step (default: all).", valueName: "N"))
    var batch: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("The most steps that a restart makes.", valueName: "N"))
    var iterations = 1000

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            """
            Stop when the loss has no more than this left to gain per unit of data weight, by the quadratic that gradient and curvature of the last \
            steps make, or no more than its rounding while no step lowers it; 0 makes all steps.
            """, valueName: "T"))
    var tolerance = 1e-8

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Stop after so much time, and keep the best that was reached.", valueName: "SECONDS"))
    var timeLimit: Double?

    @Option(
        help: """
            Which point of a run is kept: the one of the lowest loss, or the last. Only Adam's differ, since its steps may leave an optimum again; \
            --history ends with the last in any case.
            """)
    var endpoint = Endpoint.best

    @Option(
        help:
            "What becomes of a component that reaches the variance floor or loses its data: it is held there, placed anew or taken out."
    )
    var collapse = CollapsePolicy.hold

    static let mostIterations = 1_000_000_000

    /// The library's, for the help.
    private static var defaultAcceleration: String {
        if case .em(let acceleration) = Method.em() { " (default: \(acceleration.rawValue))" } else { "" }
    }

    func validate() throws {
        if method != .adam {
            for case (let option, true) in [("--learning-rate", learningRate != nil), ("--batch", batch != nil)] {
                throw ValidationError("\(option) is Adam's; add --method adam, or leave it out.")
            }
        }
        if method != .em, acceleration != nil {
            throw ValidationError("--acceleration is of EM's steps; leave it out, or --method \(method.rawValue).")
        }
        guard iterations <= Self.mostIterations else {
            throw ValidationError("--iterations is \(iterations); give a number from 0 to \(Self.mostIterations).")
        }
        // A Duration cannot hold more, nor NaN.
        if let timeLimit, !(-1e9...1e9).contains(timeLimit) {
            throw ValidationError("--time-limit is \(timeLimit); give seconds, from 0 to 1e9.")
        }
    }

    var fitMethod: Method {
        switch method {
        case .em: acceleration.map { .em(acceleration: $0) } ?? .em()
        case .adam: .adam(learningRate: learningRate ?? 0.05, batch: batch)
        case .lbfgs: .lbfgs()
        }
    }
}

extension Acceleration: ExpressibleByArgument {}
extension CollapsePolicy: ExpressibleByArgument {}
extension Endpoint: ExpressibleByArgument {}
