import Foundation

/// All bytes of the file at `path`, or of standard input if `path` is "-".
///
/// - Throws: ``FileError/cannotOpen(path:reason:)``, or ``FileError/inputOutput(path:reason:)`` if reading fails half-way.
package func readBytes(_ path: String) throws(FileError) -> [UInt8] {
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
        throw .cannotOpen(path: path, reason: "\(systemMessage()); check the path, or give - to read standard input")
    }
    defer { if path != "-" { close(descriptor) } }

    var status = stat()
    let size = fstat(descriptor, &status) == 0 ? max(0, Int(status.st_size)) : 0
    if status.st_mode & S_IFMT == S_IFDIR {
        throw .cannotOpen(path: path, reason: "it is a directory; give a file in it")
    }
    // One byte more than the size, so that the end of a regular file is met without growing the array.
    var bytes = [UInt8](repeating: 0, count: max(size + 1, 1 << 16))
    var filled = 0
    while true {
        if filled == bytes.count { bytes.append(contentsOf: repeatElement(0, count: bytes.count)) }
        let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + filled, $0.count - filled) }
        if count < 0 {
            if errno == EINTR { continue }
            throw .inputOutput(path: path, reason: "reading failed, \(systemMessage()); copy the file to a local disk and try again")
        }
        if count == 0 { break }
        filled += count
    }
    bytes.removeLast(bytes.count - filled)
    return bytes
}
