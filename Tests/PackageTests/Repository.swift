import Foundation
import Testing

/// The sources that these tests were compiled from.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().standardizedFileURL

    /// The paths of all files that belong to the repository, new ones too, and none that git ignores. Without git, or
    /// outside a checkout, those of a walk that leaves out what building makes.
    static func files() async throws -> [String] {
        if let listed = try await git("ls-files", "--cached", "--others", "--exclude-standard", "-z") {
            return Set(listed.split(separator: "\0").map(String.init)).filter {
                FileManager.default.fileExists(atPath: url($0).path)
            }.sorted()
        }
        let walk = try #require(FileManager.default.enumerator(atPath: root.path))
        var files: [String] = []
        while let path = walk.nextObject() as? String {
            if [".build", ".git", ".swiftpm"].contains((path as NSString).lastPathComponent) || path == "demo" {
                walk.skipDescendants()
            } else if walk.fileAttributes?[.type] as? FileAttributeType == .typeRegular,
                !path.hasSuffix("Package.resolved")
            {
                files.append(path)
            }
        }
        return files.sorted()
    }

    /// The paths that git tracks; nil outside a checkout.
    static func trackedFiles() async throws -> [String]? {
        try await git("ls-files", "--cached", "-z")?.split(separator: "\0").map(String.init)
    }

    static func url(_ path: String) -> URL { root.appending(path: path) }

    static func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: url(path)), as: UTF8.self)
    }

    /// What git says of this repository, nil if it is not one: a checkout of something else around it does not count.
    private static func git(_ arguments: String...) async throws -> String? {
        guard FileManager.default.fileExists(atPath: url(".git").path) else { return nil }
        // A checkout that belongs to another user, as in a container, is nothing that reading it could make dangerous.
        let command = try await Command.run("git", ["-c", "safe.directory=*"] + arguments, in: root)
        return command.status == 0 ? command.output : nil
    }
}
