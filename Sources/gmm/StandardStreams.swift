import Foundation

/// Standard output, written at once and checked: `print` would lose the end of a table on a full disk and say nothing.
enum StandardOutput {
    /// - Throws: ``Failure`` if writing fails; a pipe that its reader has closed is no failure.
    static func write(_ bytes: some Collection<UInt8>) throws(Failure) {
        let code = put(Array(bytes), on: STDOUT_FILENO)
        guard code == 0 || code == EPIPE else {
            throw Failure("standard output cannot be written: \(String(cString: strerror(code))).", exitCode: EX_IOERR)
        }
    }

    static func write(_ text: String) throws(Failure) { try write(text.utf8) }
}

/// Standard error. When it cannot be written there is nobody left to tell.
enum StandardError {
    static func write(_ text: String) { _ = put(Array(text.utf8), on: STDERR_FILENO) }

    /// Whether a person watches, on a terminal that can clear a line.
    static var isInteractive: Bool { isatty(STDERR_FILENO) != 0 && ProcessInfo.processInfo.environment["TERM", default: "dumb"] != "dumb" }
}

/// 0, or the `errno` that kept the bytes from being written.
private func put(_ bytes: [UInt8], on descriptor: Int32) -> Int32 {
    bytes.withUnsafeBytes { bytes in
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0 && errno != EINTR { return errno }
            rest = rest.dropFirst(max(0, count))
        }
        return 0
    }
}
