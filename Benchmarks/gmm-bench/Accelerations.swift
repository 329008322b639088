import ArgumentParser
import Foundation
import GaussianMixtures

struct Accelerations: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "acceleration",
        abstract:
            "Passes and time until training is within 1e-8 per datum of the loss that it ends at, for each acceleration of EM and L-BFGS.",
        discussion: """
            All methods start from the same parameters. A long run with tolerance 1e-14 finds the final loss and the first step within 1e-8 per \
            datum of it; a second run makes just so many steps, and its passes and its time, with what every fit does once, are what is shown. Runs \
            may end in different optima: the last columns are the mean final loss per datum, and in how many seeds it is more than 1e-6 above the \
            best method's.
            """)

    @Option(help: "Data and starts for each problem.")
    var seeds = 3

    @Option(help: "Threads of a fit.")
    var threads = 1

    @Option(help: ArgumentHelp("A CSV file to fit with two components too, such as Old Faithful.", valueName: "FILE"))
    var faithful: String?

    @Option(help: "The most iterations of a long run.")
    var iterations = 10_000

    @OptionGroup var output: JSONOptions

    private static let methods: [(name: String, method: Method)] =
        [Acceleration.none, .squarem, .anderson, .quasiNewton].map { ("em, \($0)", .em(acceleration: $0)) } + [
            ("lbfgs", .lbfgs())
        ]
    private static let widths = [-20, -16, 10, 11, 14, 14]

    struct Outcome: Codable {
        let problem, method: String
        let seed, iterations, passes: Int
        let seconds, lossPerDatum: Double
        /// Whether the second run came as low as the first did in as many steps, and the first had not to be stopped.
        let isSound: Bool
    }

    func validate() throws { try checkPositive(["seeds": seeds, "threads": threads, "iterations": iterations]) }

    func run() throws {
        let machine = Machine(),
            problems = TrainingProblem.all + (try faithful.map { [try TrainingProblem(file: $0, components: 2)] } ?? [])
        say(machine.text + "\n\(seeds) seeds; \(threads) threads; geometric means over seeds\n")
        say(row(["problem", "method", "passes", "ms", "loss per datum", "worse optimum"], Self.widths))
        var outcomes: [Outcome] = []
        for problem in problems {
            let found = try (1...seeds).flatMap { try outcomesFromOneStart(problem, seed: UInt64($0)) }
            for (i, (name, _)) in Self.methods.enumerated() {
                let own = found.filter { $0.method == name }
                let worse = own.count { outcome in
                    outcome.lossPerDatum > found.filter { $0.seed == outcome.seed }.map(\.lossPerDatum).min()! + 1e-6
                }
                say(
                    row(
                        [i == 0 ? problem.name : "", name] + Self.means(own) + [
                            fixed(own.reduce(0) { $0 + $1.lossPerDatum } / Double(own.count), 7),
                            worse == 0 ? "" : "\(worse) of \(own.count)",
                        ], Self.widths) + (own.allSatisfy(\.isSound) ? "" : "  not all reached"))
            }
            outcomes += found
        }
        for (i, (name, _)) in Self.methods.enumerated() {
            say(
                row(
                    [i == 0 ? "all" : "", name] + Self.means(outcomes.filter { $0.method == name }) + ["", ""],
                    Self.widths))
        }
        struct File: Codable { var machine: Machine, outcomes: [Outcome] }
        try output.write(File(machine: machine, outcomes: outcomes))
    }

    private static func means(_ outcomes: [Outcome]) -> [String] {
        [short(geometricMean(outcomes.map { Double($0.passes) })), short(1e3 * geometricMean(outcomes.map(\.seconds)))]
    }

    private func outcomesFromOneStart(_ problem: TrainingProblem, seed: UInt64) throws -> [Outcome] {
        let data = try problem.data(seed)
        func fit(_ method: Method, _ start: Initialisation, iterations: Int, tolerance: Double = 0) throws -> Fit {
            try GaussianMixture.fit(
                data, components: problem.components, covariance: problem.covariance, method: method,
                initialisation: start,
                key: RandomKey(seed: seed), tolerance: tolerance, iterations: iterations, threads: threads)
        }
        let start = Initialisation.parameters(try fit(.em(), .kMeans, iterations: 0).parameters)
        let count = Double(data.count)
        return try Self.methods.map { name, method in
            let long = try fit(method, start, iterations: iterations, tolerance: 1e-14)
            let target = long.loss + 1e-8 * count
            let index = long.history.losses.firstIndex { $0 <= target }!
            let step = long.history.steps[index]
            var again: Fit?
            let times = try (0..<3).map { _ in
                try ContinuousClock().measure { again = try fit(method, start, iterations: step) } / .seconds(1)
            }
            return Outcome(
                problem: problem.name, method: name, seed: Int(seed), iterations: step,
                passes: again!.restarts[0].passes,
                seconds: Quartiles(times).median, lossPerDatum: long.loss / count,
                isSound: again!.loss <= target && long.iterations < iterations)
        }
    }
}
