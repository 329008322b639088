import Foundation
import GMMFiles

/// Standard output, written at once and checked: on a full disk `print` would lose the end of a table silently.
enum StandardOutput {
    /// - Throws: ``Failure`` if writing fails; a pipe that its reader has closed is no failure.
    static func write(_ bytes: some Collection<UInt8>) throws(Failure) {
        let code = Array(bytes).withUnsafeBytes { writeAll($0, to: STDOUT_FILENO) }
        guard code == 0 || code == EPIPE else {
            throw Failure("standard output cannot be written: \(String(cString: strerror(code))).", exitCode: EX_IOERR)
        }
    }

    /// Writes text for a person. Control characters are written out, since a name from a file could otherwise command
    /// the terminal.
    static func write(_ text: String) throws(Failure) { try write(text.linesShowingControls.utf8) }
}

/// Standard error. Failures to write it are ignored, since they could be reported nowhere.
enum StandardError {
    /// Writes text with its control characters, for commands to the terminal.
    static func write(_ text: String) { _ = Array(text.utf8).withUnsafeBytes { writeAll($0, to: STDERR_FILENO) } }

    /// Writes a line that begins with the program's name.
    static func say(_ message: String) { write("gmm: \(message)\n".linesShowingControls) }

    /// Whether a person watches, on a terminal that can clear a line.
    static var isInteractive: Bool {
        isatty(STDERR_FILENO) != 0 && ProcessInfo.processInfo.environment["TERM", default: "dumb"] != "dumb"
    }
}

extension String {
    /// The text with all control characters but line ends written out.
    fileprivate var linesShowingControls: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { String($0).showingControls }.joined(
            separator: "\n")
    }
}
