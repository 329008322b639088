import Foundation
import Testing

/// A program that ran to its end, and all that it said.
struct Command {
    let status: Int32
    let output: String

    /// What could steer a child and is not meant for it: that of the `swift test`, `make` or git hook that this runs
    /// under.
    private static let environment = ProcessInfo.processInfo.environment.filter { name, _ in
        ![
            "SWIFT", "XCT", "LLVM_", "DYLD_", "GIT_DIR", "GIT_INDEX", "GIT_WORK", "MAKE", "MFLAGS", "OMP_", "GMM_",
            "GAUSSIAN_MIXTURES_",
        ]
        .contains { name.hasPrefix($0) }
    }

    /// Runs a program found on PATH, or at a path; ends it when the time is up.
    ///
    /// Output goes to a file, which unlike a pipe never fills; waiting suspends, and leaves the thread to other tests.
    static func run(
        _ program: String, _ arguments: [String], in directory: URL, environment extra: [String: String] = [:],
        within limit: Duration = .seconds(60)
    ) async throws -> Command {
        let log = FileManager.default.temporaryDirectory.appending(path: "gmm-command-\(UUID().uuidString)")
        try Data().write(to: log)
        defer { try? FileManager.default.removeItem(at: log) }
        let sink = try FileHandle(forWritingTo: log)
        defer { try? sink.close() }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.currentDirectoryURL = directory
        process.environment = environment.merging(extra) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = sink
        process.standardError = sink
        try process.run()
        let end = ContinuousClock.now + limit
        var isLate = false
        while process.isRunning {
            isLate = ContinuousClock.now > end
            if isLate || Task.isCancelled {
                process.terminate()
                break
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
        process.waitUntilExit()
        let output = String(decoding: try Data(contentsOf: log), as: UTF8.self)
        if isLate {
            Issue.record("\(program) \(arguments.joined(separator: " ")) took longer than \(limit):\n\(output)")
        }
        return Command(status: process.terminationStatus, output: output)
    }

    /// The output of a program that succeeds.
    static func output(
        _ program: String, _ arguments: [String], in directory: URL, environment: [String: String] = [:],
        within limit: Duration = .seconds(60)
    ) async throws -> String {
        let command = try await run(program, arguments, in: directory, environment: environment, within: limit)
        try #require(command.status == 0, "\(program) \(arguments.joined(separator: " ")):\n\(command.output)")
        return command.output
    }
}
