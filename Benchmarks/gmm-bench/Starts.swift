import ArgumentParser
import GaussianMixtures

struct Starts: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "starts",
        abstract: "Times each initialisation beside one EM fit from it.",
        discussion: """
            A start is a fit of no iterations, less one of no iterations from given parameters, which is what every fit does once. A fit is one with \
            all defaults but the initialisation.
            """)

    @Option(help: "Threads of a fit.")
    var threads = 1

    @Option(help: "Rounds, of which the medians are taken.")
    var rounds = 5

    private static let shapes = [
        ProblemShape(count: 1000, dimension: 1, components: 2),
        ProblemShape(count: 100_000, dimension: 1, components: 4),
        ProblemShape(count: 10_000, dimension: 2, components: 3),
        ProblemShape(count: 100_000, dimension: 8, components: 8),
        ProblemShape(count: 20_000, dimension: 32, components: 16),
    ]
    private static let starts: [(String, Initialisation)] = [
        ("k-means", .kMeans), ("k-means++", .kMeansPlusPlus), ("random", .random),
        ("random from data", .randomFromData),
    ]
    private static let widths = [-28, -17, 12, 12, 12, 12]

    func validate() throws { try checkPositive(["threads": threads, "rounds": rounds]) }

    func run() throws {
        say(Machine().text + "\n\(threads) threads; medians of \(rounds) rounds, in ms\n")
        say(row(["problem", "initialisation", "start", "whole fit", "iterations", "start/fit"], Self.widths))
        for shape in Self.shapes {
            let problem = Problem<Double>(shape), data = try Dataset(Array(problem.values), dimension: shape.dimension)
            func fit(_ start: Initialisation, iterations: Int = 1000) throws -> Fit {
                try GaussianMixture.fit(
                    data, components: shape.components, initialisation: start, iterations: iterations, threads: threads)
            }
            let given = Initialisation.parameters(try fit(.random, iterations: 0).parameters)
            let times = try interleaved(
                rounds: rounds,
                ([given] + Self.starts.map(\.1)).map { start in Measured { _ = try fit(start, iterations: 0) } }
                    + Self.starts.map { start in Measured { _ = try fit(start.1) } })
            for (i, (name, start)) in Self.starts.enumerated() {
                let alone = max(0, times[1 + i].median - times[0].median),
                    whole = times[1 + Self.starts.count + i].median
                say(
                    row(
                        [
                            i == 0 ? shape.text : "", name, short(1e3 * alone), short(1e3 * whole),
                            "\(try fit(start).iterations)",
                            fixed(100 * alone / whole, 1) + " %",
                        ], Self.widths))
            }
        }
    }
}
