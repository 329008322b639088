import ArgumentParser
import Foundation
import GMMFiles
import GaussianMixtures

/// How often a search finds the best maximum that is known, and what it takes beside one start.
struct SearchQuality: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "How near fits come to the best maximum that is known of generated problems, and how long they take.",
        discussion: """
            The best known values stand in Benchmarks/best-known.json, which --record raises where a fit finds better, and never lowers. A shortfall is \
            in nats per datum.
            """)

    @Option(help: "Numbers of problems, from 1, separated by commas (default: all).")
    var problems: CommaSeparated<Int>?

    @Option(help: "Seeds of each.")
    var seeds = 5

    @Option(help: "The first seed.")
    var firstSeed: UInt64 = 0

    @Option(help: "automatic, none, exhaustive, or a number of restarts.")
    var search = CommaSeparated<String>(argument: "none,automatic")!

    @Option(help: "Threads of a fit.")
    var threads = 1

    @Option(help: "The file of best known log-likelihoods, by problem.")
    var best = "Benchmarks/best-known.json"

    @Flag(help: "Raise what is known where a fit finds better.")
    var record = false

    private static let widths = [-30, -11, 10, 10, 10, 10, 8, 8, 8]

    private static func strategy(_ name: String) throws -> SearchStrategy {
        switch name {
        case "automatic": return .automatic
        case "none": return .none
        case "exhaustive": return .exhaustive
        default:
            guard let count = Int(name), count > 0 else {
                throw ValidationError("--search is \(name); give automatic, none, exhaustive or a number of restarts.")
            }
            return .restarts(count)
        }
    }

    func validate() throws {
        try checkPositive(["seeds": seeds, "threads": threads])
        for name in search.elements { _ = try Self.strategy(name) }
        for number in problems?.elements ?? [] where !(1...SearchProblem.all.count).contains(number) {
            throw ValidationError("There is no problem \(number); there are 1 to \(SearchProblem.all.count).")
        }
    }

    func run() throws {
        var known: [String: Double] = [:]
        if let data = FileManager.default.contents(atPath: best) {
            known = try JSONDecoder().decode([String: Double].self, from: data)
        }
        say(Machine().text + "\n\(seeds) seeds; \(threads) threads; shortfall in nats per datum\n")
        say(
            row(
                ["problem", "search", "median", "worst", "<= 1e-5", "<= 1e-4", "ms", "ratio", "trials"], Self.widths))
        var within: [String: (close: Int, near: Int, all: Int)] = [:], ratios: [String: [Double]] = [:]
        for number in problems?.elements ?? Array(1...SearchProblem.all.count) {
            let problem = SearchProblem.all[number - 1], data = try problem.rows()
            var found: [(String, [Fit], [Double])] = []
            for name in search.elements {
                var fits: [Fit] = [], times: [Double] = []
                for seed in firstSeed..<firstSeed + UInt64(seeds) {
                    let start = ContinuousClock.now
                    fits.append(
                        try GaussianMixture.fit(
                            data, components: problem.components, covariance: problem.covariance,
                            search: Self.strategy(name), key: RandomKey(seed: seed), threads: threads))
                    times.append((ContinuousClock.now - start) / .seconds(1))
                }
                found.append((name, fits, times))
            }
            let best = found.flatMap { $0.1.map(\.logLikelihood) }.max()!
            let target = max(best, known[problem.name] ?? -.infinity)
            if best > known[problem.name] ?? -.infinity { known[problem.name] = best }
            let unit = found.first { $0.0 == "none" }.map { $0.2.sorted()[$0.2.count / 2] }
            for (name, fits, times) in found {
                let shortfalls = fits.map { (target - $0.logLikelihood) / Double(problem.count) }.sorted()
                let close = shortfalls.count { $0 <= 1e-5 }, near = shortfalls.count { $0 <= 1e-4 }
                let time = times.sorted()[times.count / 2], trials = fits.map { $0.search?.trials ?? 0 }.sorted()
                let old = within[name] ?? (0, 0, 0)
                within[name] = (old.close + close, old.near + near, old.all + fits.count)
                if let unit { ratios[name, default: []].append(time / unit) }
                say(
                    row(
                        [
                            problem.name, name, String(format: "%.1e", shortfalls[shortfalls.count / 2]),
                            String(format: "%.1e", shortfalls.last!), "\(close)/\(fits.count)", "\(near)/\(fits.count)",
                            short(1e3 * time), unit.map { fixed(time / $0, 2) } ?? "", "\(trials[trials.count / 2])",
                        ], Self.widths))
            }
        }
        say("")
        for name in search.elements {
            let (close, near, all) = within[name]!, sorted = (ratios[name] ?? []).sorted()
            say(
                "\(name): within 1e-5 in \(fixed(100 * Double(close) / Double(all), 1)) %, 1e-4 in "
                    + "\(fixed(100 * Double(near) / Double(all), 1)) % of \(all) fits"
                    + (sorted.isEmpty
                        ? ""
                        : "; time by none's: median \(fixed(sorted[sorted.count / 2], 2)), worst \(fixed(sorted.last!, 2))")
            )
        }
        if record {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try AtomicFile.write(encoder.encode(known) + Data("\n".utf8), to: best)
        }
    }
}
