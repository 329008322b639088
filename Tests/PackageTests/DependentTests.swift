import Foundation
import Testing

/// The example and the README's Swift, which depend on this package by version, as another project does.
@Suite(.serialized) struct DependentTests {
    #if DEBUG
    private static let configuration = "debug"
    #else
    private static let configuration = "release"
    #endif

    @Test(.timeLimit(.minutes(10))) func dependentsBuildByVersionAndOpenMPChangesNoBit() async throws {
        try await withDirectory { directory in
            try await publish(in: directory)
            try Self.addReadme(to: directory)

            var runs: [String] = [], readmes: [String] = []
            for openMP in ["on", "off"] {
                let binaries = try await build(in: directory, openMP: openMP)
                for threads in [1, 2, 3, 8] {
                    runs.append(
                        try await Command.output(
                            binaries.appending(path: "FitMixture").path, ["\(threads)"], in: directory))
                }
                readmes.append(try await Command.output(binaries.appending(path: "Readme").path, [], in: directory))
            }

            #if os(Linux)
            let threading = ["OpenMP", "Dispatch"]
            #else
            let threading = ["Dispatch", "Dispatch"]
            #endif
            for (index, run) in runs.enumerated() {
                #expect(run.hasPrefix("\(threading[index / 4]) runs the kernel "), "\(run)")
                #expect(run.contains("\nbits "))
                func fit(_ run: String) -> Substring { run.drop { $0 != " " } }
                #expect(fit(run) == fit(runs[0]))
            }
            #expect(readmes[0].hasPrefix("log-likelihood "))
            #expect(readmes[0] == readmes[1])
        }
    }

    /// Commits and tags a copy of this repository, changes that are not committed included.
    private func publish(in directory: URL) async throws {
        let repository = directory.appending(path: "swift-gaussian-mixtures")
        for path in try await Repository.files() {
            let copy = repository.appending(path: path)
            try FileManager.default.createDirectory(
                at: copy.deletingLastPathComponent(), withIntermediateDirectories: true)
            try FileManager.default.copyItem(at: Repository.url(path), to: copy)
        }
        let identity = [
            "-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false", "-c",
            "tag.gpgsign=false",
        ]
        for command in [
            ["init", "--quiet"], ["add", "--all", "--force"], ["commit", "--quiet", "--message", "Publish"],
            ["tag", "0.2.0"],
        ] {
            _ = try await Command.output("git", identity + command, in: repository)
        }
        try FileManager.default.copyItem(
            at: Repository.url("Examples/FitMixture/Sources"), to: directory.appending(path: "FitMixture/Sources"))
    }

    /// Makes a second program of the example from the README's first block of Swift after the heading "In Swift".
    private static func addReadme(to directory: URL) throws {
        let block = try #require(
            try Repository.text("README.md").firstMatch(of: /(?s)\n#+ In Swift\n.*?\n```swift\n(.*?)\n```\n/),
            "no block of Swift in README.md")
        let sources = directory.appending(path: "FitMixture/Sources/Readme")
        try FileManager.default.createDirectory(at: sources, withIntermediateDirectories: true)
        try Data(block.1.utf8).write(to: sources.appending(path: "main.swift"))
        let target = """

            package.targets.append(
                .executableTarget(
                    name: "Readme", dependencies: [.product(name: "GaussianMixtures", package: "swift-gaussian-mixtures")]))
            """
        try Data((Repository.text("Examples/FitMixture/Package.swift") + target).utf8)
            .write(to: directory.appending(path: "FitMixture/Package.swift"))
    }

    /// Builds the example against the published version and returns the directory of its programs.
    private func build(in directory: URL, openMP: String) async throws -> URL {
        let environment = [
            "GAUSSIAN_MIXTURES_URL": directory.appending(path: "swift-gaussian-mixtures").path,
            "GAUSSIAN_MIXTURES_OPENMP": openMP,
        ]
        let arguments = [
            "build", "--configuration", Self.configuration, "--scratch-path",
            directory.appending(path: "build-\(openMP)").path,
        ]
        let example = directory.appending(path: "FitMixture")
        _ = try await Command.output("swift", arguments, in: example, environment: environment, within: .seconds(280))
        let resolved = try String(contentsOf: example.appending(path: "Package.resolved"), encoding: .utf8)
        #expect(resolved.contains("\"version\" : \"0.2.0\""), "\(resolved)")
        let binaries = try await Command.output(
            "swift", arguments + ["--show-bin-path"], in: example, environment: environment)
        return URL(filePath: binaries.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// Runs `body` with a directory of its own, removed afterwards.
    private func withDirectory(_ body: (URL) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().appending(
            path: "gmm-package-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: directory.appending(path: "FitMixture"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try await body(directory)
    }
}
