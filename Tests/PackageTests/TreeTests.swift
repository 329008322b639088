import Foundation
import Testing

/// What holds for the repository as a whole.
@Suite struct TreeTests {
    @Test func noFileIsLarge() async throws {
        for path in try await Repository.files() {
            let size = try #require(try Repository.url(path).resourceValues(forKeys: [.fileSizeKey]).fileSize)
            #expect(size <= 2 << 20, "\(path) has \(size) bytes")
        }
    }

    @Test func nothingThatBuildingMakesIsTracked() async throws {
        for path in try await Repository.trackedFiles() ?? [] {
            let parts = path.split(separator: "/")
            #expect(
                !parts.contains { [".build", ".swiftpm", "Package.resolved", "__pycache__"].contains($0) }, "\(path)")
            #expect(!path.hasPrefix("demo/"), "\(path)")
        }
    }

    @Test func noTextNamesAMachinesOwnPaths() async throws {
        // Written so that this file passes.
        let folders = ["root", "home", "work", "Users"].map { "/\($0)/" }
        for path in try await Repository.files() {
            guard let text = String(data: try Data(contentsOf: Repository.url(path)), encoding: .utf8) else { continue }
            for folder in folders {
                for range in text.ranges(of: folder)
                where range.lowerBound == text.startIndex || isOutsideAPath(text[text.index(before: range.lowerBound)])
                {
                    Issue.record("\(path) names \(folder): \(text[text.lineRange(for: range)])")
                }
            }
        }
    }

    /// Whether a path or address that holds the slash after this character begins at that slash.
    private func isOutsideAPath(_ character: Character) -> Bool {
        !(character.isLetter || character.isNumber || "._-~*$})]".contains(character))
    }

    @Test func nothingIsLeftForLater() async throws {
        let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
        for path in try await Repository.files()
        where ["Sources/", "CKernels/", "Benchmarks/", "Tests/", "Examples/"].contains(where: path.hasPrefix) {
            guard let text = String(data: try Data(contentsOf: Repository.url(path)), encoding: .utf8) else { continue }
            for mark in marks { #expect(text.firstRange(of: mark) == nil, "\(path) holds \(mark)") }
        }
    }

    @Test func oneVersionIsNamedEverywhere() async throws {
        let newest = try #require(
            try Repository.text("CHANGELOG.md").firstMatch(of: /(?m)^## \[?([0-9]+\.[0-9]+\.[0-9]+)/)?.1)

        var constants: [Substring] = []
        for path in try await Repository.files() where path.hasPrefix("Sources/gmm/") && path.hasSuffix(".swift") {
            constants += try Repository.text(path).matches(
                of: /[vV]ersion(?:: String)?\s*[:=]\s*"([0-9]+\.[0-9]+\.[0-9]+[^"]*)"/
            ).map(\.1)
        }
        #expect(!constants.isEmpty, "Sources/gmm names no version")
        for constant in constants {
            #expect(constant == newest, "Sources/gmm names \(constant), CHANGELOG.md \(newest)")
        }

        for path in ["README.md", "Examples/FitMixture/Package.swift"] {
            let dependencies = try Repository.text(path).matches(of: /from: "([^"]*)"/).map(\.1)
            #expect(!dependencies.isEmpty, "\(path) names no version")
            for version in dependencies {
                #expect(version == newest, "\(path) names \(version), CHANGELOG.md \(newest)")
            }
        }
    }

    @Test func everyLinkOfTheGuidesLeadsToAFile() async throws {
        for guide in try await Repository.files() where guide.hasSuffix(".md") {
            let folder = Repository.url(guide).deletingLastPathComponent()
            for target in try Repository.text(guide).matches(of: /\]\(([^)#\s]+)[^)]*\)/).map({ String($0.1) })
            where !target.contains("://") {
                #expect(
                    FileManager.default.fileExists(atPath: folder.appending(path: target).path),
                    "\(guide) leads to \(target)")
            }
        }
    }
}
