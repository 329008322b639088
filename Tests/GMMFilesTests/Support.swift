import Foundation
import Testing

@testable import GMMFiles

let repositoryRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// Runs `body` with a directory of its own, removed afterwards.
func withDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("gmm-files-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: directory) }
    return try body(directory.path)
}

func csv(
    _ text: String, _ selection: ColumnSelection = .all, _ precision: NumericTable.Precision? = nil
) throws -> NumericTable {
    try NumericTable.decode(Array(text.utf8), path: "data.csv", selection: selection, precision: precision)
}

extension NumericTable {
    /// The table that the content of a file holds.
    static func decode(
        _ bytes: [UInt8], path: String, selection: ColumnSelection = .all, precision: Precision? = nil,
        header: Header = .auto,
        comment: String? = nil, blockSize: Int = 1 << 20
    ) throws(FileError) -> NumericTable {
        try read(
            InputFile(bytes, path: path), selection: selection, precision: precision, header: header, comment: comment,
            blockSize: blockSize)
    }
}

/// What `body` throws as a FileError; records an issue if it throws nothing or something else.
func fileError(_ body: () throws -> some Any, sourceLocation: SourceLocation = #_sourceLocation) -> FileError? {
    #expect(throws: FileError.self, sourceLocation: sourceLocation) { _ = try body() }
}

/// The place of a malformed value and the description of the error.
func fault(
    _ body: () throws -> some Any, sourceLocation: SourceLocation = #_sourceLocation
) -> (location: FileError.Location?, text: String) {
    let error = fileError(body, sourceLocation: sourceLocation)
    guard case .malformed(_, let location, _) = error else {
        Issue.record("\(error.map { "\($0)" } ?? "nothing") is not malformed data", sourceLocation: sourceLocation)
        return (nil, "")
    }
    #expect(error?.exitCode == 65, sourceLocation: sourceLocation)
    return (location, error.map { "\($0)" } ?? "")
}
