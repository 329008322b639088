import Foundation

/// What can go wrong with a file. Every description says which file, where in it, what is wrong and what to try.
public enum FileError: Error, Equatable, Sendable {
    /// An input cannot be opened: it does not exist, may not be read, or is a directory.
    case cannotOpen(path: String, reason: String)
    /// The content of an input is not what it must be, or a value cannot be written in the format of an output.
    case malformed(path: String, location: Location?, reason: String)
    /// An output cannot be created: its directory does not exist or may not be written.
    case cannotCreate(path: String, reason: String)
    /// Reading or writing failed half-way, as on a full disk.
    case inputOutput(path: String, reason: String)
    /// The content of an input takes more memory than there is.
    case outOfMemory(path: String, reason: String)

    /// Where in a file something is wrong. Everything counts from one, as editors do, save the indices of a JSON path.
    public enum Location: Equatable, Sendable {
        /// A line of text; the column is the field's position, and its name if the file has a header.
        case line(Int, column: Int? = nil, name: String? = nil)
        /// An element of a binary table.
        case row(Int, column: Int)
        /// A value of a JSON document, such as `means[2][0]`.
        case field(String)
    }

    /// The exit status of a command that fails with this error, after `sysexits.h`:
    /// 66 no input, 65 data, 71 no memory, 73 cannot create, 74 input or output.
    public var exitCode: Int32 {
        switch self {
        case .cannotOpen: 66
        case .malformed: 65
        case .cannotCreate: 73
        case .inputOutput: 74
        case .outOfMemory: 71
        }
    }
}

extension FileError: CustomStringConvertible, LocalizedError {
    public var errorDescription: String? { description }

    public var description: String {
        switch self {
        case .cannotOpen(let path, let reason):
            "\(displayName(path)) cannot be opened: \(reason)."
        case .malformed(let path, let location, let reason):
            "\(place(path, location)): \(reason)."
        case .cannotCreate(let path, let reason):
            "\(path) cannot be written: \(reason)."
        case .inputOutput(let path, let reason), .outOfMemory(let path, let reason):
            "\(displayName(path)): \(reason)."
        }
    }
}

extension FileError.Location: CustomStringConvertible {
    public var description: String {
        switch self {
        case .line(let line, let column, let name):
            "line \(line)" + (column.map { ", column \($0)" } ?? "") + (name.map { " (\(quoted($0.utf8)))" } ?? "")
        case .row(let row, let column): "row \(row), column \(column)"
        case .field(let path): path
        }
    }
}

/// A file and a place in it, for the beginning of a message.
func place(_ path: String, _ location: FileError.Location?) -> String {
    displayName(path) + (location.map { ", \($0)" } ?? "")
}

private func displayName(_ path: String) -> String {
    path == "-" ? "standard input" : path
}

/// Text of a file as an error shows it: quoted, control characters escaped, shortened.
func quoted(_ text: some Collection<UInt8>) -> String {
    let limit = 40
    // Not within a character of UTF-8.
    let lengths = text.count > limit ? Array((limit - 3...limit).reversed()) : [text.count]
    let length = lengths.first { isUTF8(text.prefix($0)) } ?? lengths[0]
    let shown = decoded(text.prefix(length)).replacing("\"", with: "\\\"").showingControls
    return "\"" + shown + (text.count > limit ? "…" : "") + "\""
}

/// The characters of UTF-8, or of Latin-1 if the bytes are no UTF-8.
func decoded(_ text: some Collection<UInt8>) -> String {
    String(validating: text, as: UTF8.self) ?? String(String.UnicodeScalarView(text.map { Unicode.Scalar($0) }))
}

func isUTF8(_ text: some Collection<UInt8>) -> Bool { String(validating: text, as: UTF8.self) != nil }

extension String {
    /// The text with its control characters written out, as `\u{1B}`, so that a name from a file cannot command a
    /// terminal.
    package var showingControls: String {
        guard unicodeScalars.contains(where: isControl) else { return self }
        var shown = ""
        for scalar in unicodeScalars { shown += isControl(scalar) ? scalar.escaped(asASCII: true) : String(scalar) }
        return shown
    }
}

/// Controls, line ends, and what reverses the order of the characters that follow.
private func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default: (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    }
}

/// The operating system's words for `errno`.
func systemMessage(_ code: Int32 = errno) -> String {
    String(cString: strerror(code))
}
