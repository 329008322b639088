import Foundation
import GaussianMixtures
import Testing

@testable import gmm_bench

/// An EM iteration beside the kernel's pass, in the table and in JSON.
@Suite struct IterationTests {
    @Test func standsBesideThePassOnEachNumberOfThreads() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "gmm-iteration-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        let run = try Benchmark.run([
            "--dimensions", "2", "--precision", "float64", "--threads", "1,2", "--rounds", "2", "--quick", "--json",
            file.path,
        ])
        try #require(run.status == 0, "\(run.errors)")
        let results = try JSONDecoder().decode(Run.self, from: Data(contentsOf: file)).results
        #expect(results.map(\.name) == ["D2-K4-full", "D2-K4-full"] && results.map(\.threads) == [1, 2])

        let lines = run.output.split(separator: "\n").filter { $0.hasPrefix("D2-K4-full") }
        for (result, line) in zip(results, lines) {
            let iteration = try #require(result.iteration)
            #expect(iteration.seconds.median > 0 && iteration.seconds.lower <= iteration.seconds.upper)
            #expect(iteration.byPass > 1)
            #expect(iteration.speedUp == results[0].iteration!.seconds.median / iteration.seconds.median)
            let words = line.split(separator: " ").map { Double($0) }, pass = try #require(words[4])
            let figures = try (8...10).map { try #require(words[$0]) }
            let ratio = iteration.seconds.median / result.seconds.median
            #expect(abs(figures[0] / (pass * ratio) - 1) < 0.02, "the unit is not that of the pass")
            #expect(abs(figures[1] - iteration.byPass) < 0.0051 && abs(figures[2] - iteration.speedUp) < 0.0051)
        }
        #expect(lines.count == 2)
    }

    /// A run of one component ends after a step, and then another begins.
    @Test(arguments: [1, 3]) func runsThatEndBeginAgain(components: Int) throws {
        let problem = Problem<Double>(ProblemShape(count: 300, dimension: 2, components: components))
        let data = try Dataset(Array(problem.values), dimension: 2)
        let iteration = try EMIteration(problem, data, kernel: Kernel.available[0], threads: 1)
        for _ in 0..<3 { #expect(try iteration.seconds(40) > 0) }
        // An iteration holds its pass.
        #expect(iteration.ratios.count == 3 && iteration.ratios.allSatisfy { $0 > 1 })
    }
}
