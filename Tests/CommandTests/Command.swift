import Foundation
import Testing

/// What one run of the built `gmm` came to.
struct Outcome {
    let status: Int32
    let output: String
    let errors: String
    let wasKilled: Bool
}

enum Command {
    /// The executable of the build that these tests belong to: it stands beside the test bundle, whatever the
    /// configuration and scratch path.
    static let executable: URL = {
        let bundles = Bundle.allBundles.filter { $0.bundleURL.pathExtension == "xctest" }.map(\.bundleURL)
        let programs = [Bundle.main.executableURL, CommandLine.arguments.first.map { URL(fileURLWithPath: $0) }]
            .compactMap { $0 }
        let folders = (bundles + programs).map { $0.deletingLastPathComponent() }
        let found = folders.map { $0.appending(path: "gmm") }.first {
            FileManager.default.isExecutableFile(atPath: $0.path)
        }
        guard let found else { fatalError("there is no gmm in \(folders.map(\.path)); build the product gmm first") }
        return found
    }()

    /// Runs `gmm` to its end, or kills it after `limit` seconds, which is recorded as an issue.
    ///
    /// Standard output and error go to files: with pipes, whoever does not read them could block the other. `limits` is
    /// what a shell runs before, which is another user's if the tests are root's: root knows no limits.
    static func run(
        _ arguments: [String], input: Data = Data(), environment: [String: String] = [:], output: FileHandle? = nil,
        limit: TimeInterval = 60,
        limits: String? = nil
    ) throws -> Outcome {
        try withTemporaryFolder { folder in
            let files = ["input", "output", "errors"].map { folder.appending(path: $0) }
            try input.write(to: files[0])
            for file in files.dropFirst() { try Data().write(to: file) }
            let process = Process()
            process.executableURL = executable
            process.arguments = arguments
            if let limits {
                let another = getuid() == 0 ? ["setpriv", "--reuid=65534", "--clear-groups"] : []
                process.executableURL = URL(filePath: "/usr/bin/env")
                process.arguments =
                    another + ["bash", "-c", limits + "; exec \"$0\" \"$@\"", executable.path] + arguments
            }
            process.environment = self.environment(environment)
            process.standardInput = try FileHandle(forReadingFrom: files[0])
            process.standardOutput = try output ?? FileHandle(forWritingTo: files[1])
            process.standardError = try FileHandle(forWritingTo: files[2])
            let ended = DispatchSemaphore(value: 0)
            process.terminationHandler = { _ in ended.signal() }
            try process.run()
            let isLate = ended.wait(timeout: .now() + limit) == .timedOut
            if isLate {
                kill(process.processIdentifier, SIGKILL)
                ended.wait()
                Issue.record("gmm \(arguments.joined(separator: " ")) had not ended after \(limit) seconds")
            }
            return Outcome(
                status: process.terminationStatus, output: try String(contentsOf: files[1], encoding: .utf8),
                errors: try String(contentsOf: files[2], encoding: .utf8), wasKilled: process.terminationReason != .exit
            )
        }
    }

    /// That of the tests, without what would choose a kernel, and with `changes`.
    static func environment(_ changes: [String: String]) -> [String: String] {
        var environment = ProcessInfo.processInfo.environment
        environment["GMM_KERNEL"] = nil
        return environment.merging(changes) { $1 }
    }
}

/// Runs `gmm` with arguments that need nothing else.
func gmm(_ arguments: String..., input: String = "", environment: [String: String] = [:]) throws -> Outcome {
    try Command.run(arguments, input: Data(input.utf8), environment: environment)
}

/// A folder that is removed when the closure returns.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gmm-command-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

let hasGnuplot = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .contains { FileManager.default.isExecutableFile(atPath: "\($0)/gnuplot") }
