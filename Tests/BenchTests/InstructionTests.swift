import Foundation
import GaussianMixtures
import Testing

/// Instructions per datum and component, counted by callgrind: unlike time they are the same on every machine and
/// whatever else runs.
@Suite struct InstructionTests {
    /// By kernel, precision and problem, as clang compiled it; written by `GMM_RECORD_INSTRUCTIONS=1 swift test -c
    /// release --filter InstructionTests`.
    struct Baseline: Codable {
        var compiler: String
        var instructions: [String: Double]
    }

    static let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "instructions.json")

    #if DEBUG
    static let reason: Comment? = "C is compiled without optimisation in debug"
    #elseif !os(Linux) || !arch(x86_64)
    static let reason: Comment? = "the committed counts are of x86-64 on Linux"
    #else
    static let reason: Comment? =
        ["valgrind", "strip"].allSatisfy { program(named: $0) != nil }
        ? nil : "valgrind or strip (binutils) is not installed; make test-dependencies does"
    #endif

    @Test(.enabled(if: reason == nil, reason))
    func instructionsPerDatumAndComponent() throws {
        let (compiler, counts) = try count()
        #expect(!counts.isEmpty)
        if ProcessInfo.processInfo.environment["GMM_RECORD_INSTRUCTIONS"] != nil {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            let rounded = counts.mapValues { ($0 * 100).rounded() / 100 }
            return try (encoder.encode(Baseline(compiler: compiler, instructions: rounded)) + Data("\n".utf8)).write(
                to: Self.file)
        }
        let baseline = try JSONDecoder().decode(Baseline.self, from: Data(contentsOf: Self.file))
        guard baseline.compiler == compiler else {
            print(
                "instructions are not compared: the committed ones are of clang \(baseline.compiler), and this is \(compiler)"
            )
            return
        }
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
            let expected = try #require(baseline.instructions[name], "\(name) has no committed count")
            #expect(
                abs(count / expected - 1) <= 0.05, "\(name): \(count) instructions where \(expected) were committed")
        }
    }

    /// The compiler's major version, and the difference between two sizes of each pass.
    private func count() throws -> (compiler: String, counts: [String: Double]) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gmm-instructions-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // valgrind 3.19 cannot read the debugging information that Swift's clang writes.
        let program = folder.appending(path: "gmm-bench")
        _ = try run("strip", ["--strip-debug", "-o", program.path, Benchmark.executable.path])
        let output = try run(
            "valgrind",
            [
                "--tool=callgrind", "--dump-before=limit_mark", "--callgrind-out-file=\(folder.path)/out", program.path,
                "count",
            ])
        var lines = output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        let compiler = lines.removeFirst()[1]
        var sizes: [String: [(instructions: Double, terms: Double)]] = [:]
        for (i, words) in lines.enumerated() {
            // Before each pass the profile of what made it ready is written, and after it its own.
            let profile = try String(contentsOf: folder.appending(path: "out.\(2 * i + 2)"), encoding: .utf8)
            let instructions = try #require(profile.firstMatch(of: /(?m)^totals: (\d+)/).flatMap { Double($0.1) })
            sizes[words.dropLast().joined(separator: " "), default: []].append(
                (instructions, try #require(Double(words.last!))))
        }
        return (compiler, sizes.mapValues { ($0[1].instructions - $0[0].instructions) / ($0[1].terms - $0[0].terms) })
    }

    private func run(_ name: String, _ arguments: [String]) throws -> String {
        let process = Process(), output = Pipe(), executable: URL = try #require(program(named: name))
        process.executableURL = executable
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(name) ended with \(process.terminationStatus)")
        return text
    }
}

private func program(named name: String) -> URL? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map {
        URL(filePath: String($0)).appending(path: name)
    }
    .first { FileManager.default.isExecutableFile(atPath: $0.path) }
}
