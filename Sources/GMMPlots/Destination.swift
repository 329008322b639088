import Foundation

/// Puts a finished file in its place, so that what was there before survives any failure.
enum Destination {
    /// - Throws: ``PlotError/cannotCreate(path:reason:)`` if a file at `url` could not be made, before any work is done for it.
    static func check(_ url: URL) throws(PlotError) {
        let path = url.path
        var information = stat()
        if stat(path, &information) == 0 {
            if information.st_mode & S_IFMT == S_IFDIR { throw .cannotCreate(path: path, reason: "it is a folder") }
            if information.st_mode & S_IFMT != S_IFREG { return }
        }
        let folder = target(url).deletingLastPathComponent().path
        guard stat(folder, &information) == 0, information.st_mode & S_IFMT == S_IFDIR else {
            throw .cannotCreate(path: path, reason: "there is no folder \(folder)")
        }
        guard access(folder, W_OK) == 0 else { throw .cannotCreate(path: path, reason: reason(errno)) }
    }

    /// Writes `bytes` under a temporary name beside `url` and renames them into place. What is no file, such as /dev/stdout, is written
    /// to directly; a symbolic link stays, and its target is replaced.
    static func put(_ bytes: [UInt8], at url: URL) throws(PlotError) {
        try check(url)
        var information = stat()
        if stat(url.path, &information) == 0, information.st_mode & S_IFMT != S_IFREG {
            return try fill(url.path, flags: O_WRONLY, bytes, blame: url.path)
        }
        let target = target(url)
        let temporary = target.deletingLastPathComponent().appendingPathComponent(".gmm-plot-\(UUID().uuidString)").path
        do {
            try fill(temporary, flags: O_WRONLY | O_CREAT | O_EXCL, bytes, blame: url.path)
            if rename(temporary, target.path) != 0 { throw PlotError.cannotCreate(path: url.path, reason: reason(errno)) }
        } catch {
            unlink(temporary)
            throw error as? PlotError ?? .cannotCreate(path: url.path, reason: "\(error)")
        }
    }

    private static func target(_ url: URL) -> URL { url.standardizedFileURL.resolvingSymlinksInPath() }

    private static func fill(_ path: String, flags: Int32, _ bytes: [UInt8], blame: String) throws(PlotError) {
        let file = open(path, flags, 0o666)
        guard file >= 0 else { throw .cannotCreate(path: blame, reason: reason(errno)) }
        var written = 0
        while written < bytes.count {
            let result = bytes[written...].withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            if result < 0 && errno == EINTR { continue }
            guard result > 0 else {
                let why = reason(errno)
                close(file)
                throw .cannotCreate(path: blame, reason: why)
            }
            written += result
        }
        guard close(file) == 0 else { throw .cannotCreate(path: blame, reason: reason(errno)) }
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
