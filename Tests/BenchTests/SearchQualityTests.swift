import Foundation
import Testing

/// How near searches come to the best maximum that is known.
@Suite struct SearchQualityTests {
    @Test func whatIsKnownIsOnlyRaised() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "gmm-search-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        let name = "K2-D2-N4000-full-s5.0-1"
        func search() throws -> (output: String, known: Double) {
            let run = try Benchmark.run(
                [
                    "search", "--problems", "1", "--seeds", "1", "--search", "none,automatic", "--record", "--best",
                    file.path,
                ])
            try #require(run.status == 0, "\(run.errors)")
            let known = try JSONDecoder().decode([String: Double].self, from: Data(contentsOf: file))
            return (run.output, try #require(known[name]))
        }
        let (output, best) = try search()
        let lines = output.split(separator: "\n").filter { $0.hasPrefix(name) }
        #expect(lines.count == 2 && lines.allSatisfy { $0.contains("1/1") })
        #expect(output.contains("automatic: within 1e-5 in 100.0 %"))

        // Of what is better than any fit nothing is taken back, and fits fall short of it.
        try JSONEncoder().encode([name: best + 40]).write(to: file)
        let (short, kept) = try search()
        #expect(kept == best + 40 && short.contains("0/1") && short.contains("automatic: within 1e-5 in 0.0 %"))
    }

    @Test(arguments: [["--search", "some"], ["--problems", "99"], ["--seeds", "0"]])
    func badOptionsAreRefused(options: [String]) throws {
        let run = try Benchmark.run(["search"] + options)
        #expect(run.status == 64 && run.errors.contains(options[1]), "\(run.errors)")
    }
}
