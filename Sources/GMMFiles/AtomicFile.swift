import Foundation

/// A file that appears whole under its name or not at all: it is written under another name and renamed at the end.
/// If anything fails, the old file stays.
///
/// `Data.write(options: .atomic)` is not used because it cannot stream and replaces a device such as `/dev/null` by a
/// file.
public struct AtomicFile: ~Copyable {
    private let path: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
        buffer.reserveCapacity(Self.bufferSize + 4096)
    }

    /// Writes what `body` appends to the file at `path`.
    ///
    /// A new file gets the permissions of the process's umask, an old one keeps its own. A symbolic link is followed.
    /// Devices, pipes and everything in `/dev` are written directly.
    ///
    /// - Throws: ``FileError/cannotCreate(path:reason:)`` if the directory does not exist or may not be written,
    ///   ``FileError/inputOutput(path:reason:)`` if writing fails, and what `body` throws.
    public static func write(to path: String, _ body: (inout AtomicFile) throws(FileError) -> Void) throws(FileError) {
        var status = stat()
        let exists = stat(path, &status) == 0
        let kind = status.st_mode & S_IFMT
        if exists && kind == S_IFDIR {
            throw .cannotCreate(path: path, reason: "it is a directory; give the name of a file in it")
        }
        // A file that the process has open already is written through that descriptor. If it were opened again, writing
        // would begin at its start, and if it were replaced, what the process prints would be lost.
        if let open = openDescriptor(path) { return try writeContent(of: path, to: retrying { dup(open) }, body) }
        if exists && (kind != S_IFREG || path.hasPrefix("/dev/")) {
            return try writeContent(of: path, to: retrying { open(path, O_WRONLY | O_APPEND | O_CLOEXEC) }, body)
        }
        // Renaming needs only the directory's permission, so a read-only file must be recognised here.
        if exists && access(path, W_OK) != 0 {
            throw .cannotCreate(path: path, reason: "\(systemMessage()); change its permissions or give another name")
        }

        let target = exists ? resolved(path) : path
        let (temporary, descriptor) = TemporaryFiles.create(beside: target)
        do throws(FileError) {
            if exists && descriptor >= 0 { _ = fchmod(descriptor, status.st_mode & 0o7777) }
            try writeContent(of: path, to: descriptor, body)
            guard retrying({ rename(temporary, target) }) == 0 else {
                throw .cannotCreate(path: path, reason: "\(systemMessage()); give another name")
            }
        } catch {
            if descriptor >= 0 { TemporaryFiles.remove(temporary) }
            throw error
        }
        TemporaryFiles.forget(temporary)
    }

    /// The descriptor of this process that a path such as `/dev/stdout` stands for.
    private static func openDescriptor(_ path: String) -> Int32? {
        switch path {
        case "/dev/stdout": STDOUT_FILENO
        case "/dev/stderr": STDERR_FILENO
        default:
            ["/dev/fd/", "/proc/self/fd/"].first { path.hasPrefix($0) }.flatMap { Int32(path.dropFirst($0.count)) }
        }
    }

    /// Writes `bytes` to the file at `path`, by ``write(to:_:)``.
    public static func write(_ bytes: some Collection<UInt8>, to path: String) throws(FileError) {
        try write(to: path) { file throws(FileError) in try file.append(bytes) }
    }

    /// Appends bytes, such as those of `text.utf8`.
    ///
    /// - Throws: ``FileError/inputOutput(path:reason:)``, as when the disk is full.
    public mutating func append(_ bytes: some Collection<UInt8>) throws(FileError) {
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.bufferSize { try flush() }
    }

    private static let bufferSize = 1 << 16

    private static func writeContent(
        of path: String, to descriptor: Int32, _ body: (inout AtomicFile) throws(FileError) -> Void
    ) throws(FileError) {
        guard descriptor >= 0 else {
            throw .cannotCreate(
                path: path, reason: "\(systemMessage()); give a name in a directory that exists and that you may write")
        }
        var isOpen = true
        defer { if isOpen { close(descriptor) } }
        var file = AtomicFile(path: path, descriptor: descriptor)
        try body(&file)
        try file.flush()
        // Otherwise the rename could reach the disk before the content, and a crash would leave an empty file.
        let synchronized = retrying { fsync(descriptor) } == 0 || [EINVAL, ENOTSUP, EROFS].contains(errno)
        guard synchronized else { throw file.failure(errno) }
        // Network file systems report a full disk only here.
        isOpen = false
        guard closeWritten(descriptor) else { throw file.failure(errno) }
    }

    private mutating func flush() throws(FileError) {
        let code = buffer.withUnsafeBytes { writeAll($0, to: descriptor) }
        guard code == 0 else { throw failure(code) }
        buffer.removeAll(keepingCapacity: true)
    }

    private borrowing func failure(_ code: Int32) -> FileError {
        let advice = code == EFBIG ? "raise the limit (ulimit -f)" : "make room"
        return .inputOutput(
            path: path, reason: "writing failed, \(systemMessage(code)); \(advice) or give a name on another disk")
    }

    /// The file that symbolic links lead to.
    static func resolved(_ path: String) -> String {
        guard let name = realpath(path, nil) else { return path }
        defer { free(name) }
        return String(cString: name)
    }
}
