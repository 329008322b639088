import ArgumentParser
import Foundation
import GaussianMixtures

@main
struct GMMBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gmm-bench",
        abstract: "Measures the kernels over thread counts, beside the machine's limit and the error against the reference.",
        discussion: """
            Times are medians over interleaved rounds, with the quartiles' distance in percent of the median. "of exp" compares one pass at one \
            thread with nothing but the vector exp of as many numbers in cache. The error is the largest relative difference of log-likelihood \
            and masses from the reference's. Close other programs first; compare ratios within a run, not times between runs.
            """)

    @Option(help: "Thread counts, separated by commas (default: 1, 2, 4 … up to the machine's cores).")
    var threads: String?

    @Option(help: "Data per pass.")
    var count = 1_000_000

    @Option(help: "Component counts, separated by commas.")
    var components = "1,2,4,8,16,64"

    @Option(help: "Kernels, separated by commas (default: all that this processor can run).")
    var kernels: String?

    @Option(help: "Rounds, of which the medians are taken.")
    var rounds = 9

    func validate() throws {
        guard count > 0, rounds > 0 else { throw ValidationError("--count and --rounds must be at least 1.") }
        _ = try numbers(components, "--components")
        _ = try threads.map { try numbers($0, "--threads") }
    }

    func run() throws {
        let kernels = try self.kernels.map { try $0.split(separator: ",").map { try Kernel(named: String($0)) } }
            ?? Kernel.available.filter { $0 != .reference }
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let threadCounts = try threads.map { try numbers($0, "--threads") } ?? Array(sequence(first: 1) { $0 * 2 < cores ? $0 * 2 : nil })
            + (cores > 1 ? [cores] : [])
        print("\(machineName()), \(cores) cores; \(Kernel.threading); \(buildConfiguration) build; N = \(count); medians of \(rounds) rounds\n")
        try passes(of: Double.self, kernels: kernels, threadCounts: threadCounts)
        try passes(of: Float.self, kernels: kernels, threadCounts: threadCounts)
        try notebookTraining(kernels: kernels, threadCounts: threadCounts)
    }

    private func passes<Scalar: KernelScalar>(of: Scalar.Type, kernels: [Kernel], threadCounts: [Int]) throws {
        print("One pass of statistics, \(Scalar.isFloat32 ? "float32" : "float64")\n")
        print(row(["kernel", "K", "threads", "ns/(datum·component)", "quartiles", "of exp", "speed-up", "error"]))
        for components in try numbers(components, "--components") {
            let truth = try exampleMixture(components)
            let data = truth.sample(count, key: RandomKey(seed: 1)).map { Scalar($0) }
            let expected = try truth.statistics(data, kernel: .reference)
            let limits = kernels.map { ExponentialLimit<Scalar>(kernel: $0) }
            var passes: [(kernel: Int, threads: Int, posterior: NegativeLogPosterior<Scalar>)] = []
            for kernel in kernels.indices {
                for threads in threadCounts {
                    passes.append(
                        (kernel, threads, try NegativeLogPosterior(data, components: components, threads: threads, kernel: kernels[kernel])))
                }
            }
            let parameters = Parameters(truth)
            let times = try interleavedTimes(
                rounds: rounds,
                limits.map { limit in { limit.run() } } + passes.map { pass in { _ = try pass.posterior.loss(parameters) } })
            let terms = Double(count) * Double(components)
            for (i, pass) in passes.enumerated() {
                let time = times[kernels.count + i], limit = times[pass.kernel].median / Double(ExponentialLimit<Scalar>.count)
                let single = times[kernels.count + passes.firstIndex { $0.kernel == pass.kernel }!].median
                print(row([
                    kernels[pass.kernel].name, "\(components)", "\(pass.threads)", fixed(time.median / terms * 1e9, 3),
                    fixed(100 * time.spread, 0) + " %", fixed(time.median / terms / limit * Double(pass.threads), 2),
                    fixed(single / time.median, 2), scientific(error(pass.posterior.statistics, expected)),
                ]))
            }
        }
        print()
    }

    /// The notebook: 6000 data, two components, 1000 Adam steps, the history of every step kept.
    private func notebookTraining(kernels: [Kernel], threadCounts: [Int]) throws {
        print("The notebook's training: N = 6000, K = 2, 1000 Adam steps, float64, history kept\n")
        print(row(["kernel", "K", "threads", "ms", "quartiles", "µs/step", "speed-up", "error"]))
        let key = RandomKey(seed: 100), keys = key.split()
        let data = (keys[0].normal(1000, as: Float.self).map { 1.1 * $0 - 2 } + keys[1].normal(5000, as: Float.self).map { 2 * $0 + 5 })
            .map(Double.init)
        func train(_ kernel: Kernel, threads: Int) throws -> Fit {
            try GaussianMixture.fit(
                data, components: 2, method: .adam(learningRate: 0.1),
                initialisation: .parameters(.standardNormal(components: 2, key: key)), weightConcentration: 2, tolerance: 0, iterations: 1000,
                threads: threads, kernel: kernel)
        }
        let expected = try train(.reference, threads: 1).loss
        let runs = kernels.flatMap { kernel in threadCounts.map { (kernel, $0) } }
        let times = try interleavedTimes(rounds: rounds, runs.map { run in { _ = try train(run.0, threads: run.1) } })
        for (i, run) in runs.enumerated() {
            let single = times[runs.firstIndex { $0.0 == run.0 }!].median
            let loss = try train(run.0, threads: run.1).loss
            print(row([
                run.0.name, "2", "\(run.1)", fixed(times[i].median * 1e3, 2), fixed(100 * times[i].spread, 0) + " %",
                fixed(times[i].median * 1e6 / 1000, 2), fixed(single / times[i].median, 2), scientific(abs(loss - expected) / abs(expected)),
            ]))
        }
    }

    private func numbers(_ list: String, _ option: String) throws -> [Int] {
        let numbers = list.split(separator: ",").map { Int($0.trimmingCharacters(in: .whitespaces)) ?? 0 }
        guard !numbers.isEmpty, numbers.allSatisfy({ $0 > 0 }) else {
            throw ValidationError("\(option) takes positive whole numbers separated by commas, such as 1,2,4.")
        }
        return numbers
    }

    private func row(_ cells: [String]) -> String {
        let widths = [9, 4, 8, 21, 10, 7, 9, 9]
        return zip(cells, widths).map { String(repeating: " ", count: max(1, $1 - $0.count)) + $0 }.joined()
    }
}

private func fixed(_ x: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", x) }
private func scientific(_ x: Double) -> String { String(format: "%.1e", x) }

/// The largest relative difference of the log-likelihood and the masses.
private func error(_ statistics: Statistics, _ expected: Statistics) -> Double {
    let differences = (0..<expected.components).map { abs(statistics.mass($0) - expected.mass($0)) / expected.mass($0) }
    return max(abs(statistics.logLikelihood - expected.logLikelihood) / abs(expected.logLikelihood), differences.max()!)
}

/// Overlapping components of unequal weights and deviations along a line.
private func exampleMixture(_ components: Int) throws -> GaussianMixture {
    let shares = (0..<components).map { Double(1 + $0 % 3) }, total = shares.reduce(0, +)
    return try GaussianMixture(
        weights: shares.map { $0 / total }, means: (0..<components).map { -6 + 14 * Double($0) / Double(components) },
        standardDeviations: (0..<components).map { 1 + 0.4 * Double($0 % 3) })
}
