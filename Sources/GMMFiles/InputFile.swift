import Foundation

/// The bytes of a file, or of standard input, one after another.
///
/// The size that the system tells is a hint: a sparse file may hold less, a file in `/proc` holds more, and a pipe has
/// no size.
final class InputFile {
    let path: String
    /// How many bytes should still come; nil if that is not known.
    private(set) var remaining: Int?
    private let source: Source

    private enum Source {
        case descriptor(Int32)
        case memory([UInt8])
    }

    /// - Parameter path: "-" for standard input.
    /// - Throws: ``FileError/cannotOpen(path:reason:)``.
    init(_ path: String) throws(FileError) {
        let descriptor = path == "-" ? STDIN_FILENO : retrying { open(path, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else {
            throw .cannotOpen(
                path: path, reason: "\(systemMessage()); check the path, or give - to read standard input")
        }
        var status = stat()
        let isKnown = fstat(descriptor, &status) == 0
        self.path = path
        source = .descriptor(descriptor)
        if isKnown && status.st_mode & S_IFMT == S_IFDIR {
            throw .cannotOpen(path: path, reason: "it is a directory; give a file in it")
        }
        if isKnown && status.st_mode & S_IFMT == S_IFREG && status.st_size > 0 {
            remaining = max(0, Int(status.st_size) - max(0, Int(lseek(descriptor, 0, SEEK_CUR))))
        }
    }

    /// A file that is in memory already; `path` is for messages.
    init(_ bytes: [UInt8], path: String) {
        self.path = path
        source = .memory(bytes)
        remaining = bytes.count
    }

    deinit {
        if case .descriptor(let descriptor) = source, path != "-" { close(descriptor) }
    }

    /// Fills the buffer, and returns how many bytes there were: fewer than it holds only at the end of the file.
    ///
    /// - Throws: ``FileError/inputOutput(path:reason:)``.
    private func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        let filled: Int
        switch source {
        case .memory(let bytes):
            let start = bytes.count - (remaining ?? 0)
            filled = min(buffer.count, bytes.count - start)
            buffer.copyBytes(from: bytes[start..<start + filled])
        case .descriptor(let descriptor):
            let code: Int32
            (filled, code) = readAll(into: buffer, from: descriptor)
            guard code == 0 else {
                throw .inputOutput(
                    path: path,
                    reason: "reading failed, \(systemMessage(code)); copy the file to a local disk and try again")
            }
        }
        remaining = remaining.map { max(0, $0 - filled) }
        return filled
    }

    /// Fills a part of the array, and returns how many bytes there were, as above.
    func read(into bytes: inout [UInt8], _ part: Range<Int>) throws(FileError) -> Int {
        // A closure that throws a type cannot be passed to the array's own method.
        try bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(FileError) in try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[part])) }
        }.get()
    }

    /// The next `count` bytes as memory.
    ///
    /// - Throws: ``FileError/inputOutput(path:reason:)`` where the file cannot be mapped.
    func mapped(_ count: Int) throws(FileError) -> MappedFile {
        guard case .descriptor(let descriptor) = source, let remaining, remaining >= count else {
            throw .inputOutput(
                path: path,
                reason:
                    "what is no file on a disk, such as a pipe, cannot be mapped; save it to a file, or read it as a table"
            )
        }
        return try MappedFile(descriptor, offset: Int(lseek(descriptor, 0, SEEK_CUR)), count: count, path: path)
    }

    /// Appends the next `count` bytes, or as many as there are.
    ///
    /// - Throws: ``FileError/inputOutput(path:reason:)``, ``FileError/outOfMemory(path:reason:)``.
    func read(_ count: Int, appendingTo bytes: inout [UInt8]) throws(FileError) {
        var rest = count
        while rest > 0 {
            // No more room than the file should need; if it is longer than the system said, the loop reads on.
            let room = min(rest, max((remaining ?? rest - 1) + 1, 1 << 12)), start = bytes.count
            try Memory.makeRoom(for: room, in: &bytes, path: path)
            bytes.append(contentsOf: repeatElement(0, count: room))
            let filled = try read(into: &bytes, start..<bytes.count)
            bytes.removeLast(room - filled)
            guard filled == room else { return }
            rest -= room
        }
    }
}

/// All bytes of the file at `path`, or of standard input if `path` is "-".
///
/// - Parameter limit: the most bytes that a file of the expected kind has.
/// - Throws: ``FileError/cannotOpen(path:reason:)``, ``FileError/inputOutput(path:reason:)`` if reading fails half-way,
///   ``FileError/malformed(path:location:reason:)`` if there is more than the limit.
package func readBytes(_ path: String, limit: Int = 1 << 30) throws(FileError) -> [UInt8] {
    let file = try InputFile(path)
    var bytes: [UInt8] = []
    while true {
        let (before, block) = (bytes.count, max(1 << 16, bytes.count))
        try file.read(block, appendingTo: &bytes)
        if bytes.count < before + block { return bytes }
        guard bytes.count < limit else {
            throw .malformed(
                path: path, location: nil,
                reason: "there are more than \(limit >> 20) MiB; check that this is the right file")
        }
    }
}
