import Foundation

/// Finds before a long computation what would keep its result from being written.
package enum OutputCheck {
    /// - Throws: ``FileError/cannotCreate(path:reason:)`` if `path` is a directory, or is in none that exists and may be written.
    package static func check(_ path: String) throws(FileError) {
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT != S_IFDIR else {
                throw .cannotCreate(path: path, reason: "it is a directory; give the name of a file in it")
            }
            guard access(path, W_OK) == 0 else {
                throw .cannotCreate(path: path, reason: "\(systemMessage()); change its permissions or give another name")
            }
            return
        }
        let name = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        guard stat(name, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw .cannotCreate(path: path, reason: "there is no directory \(name); make it, or give another")
        }
        guard access(name, W_OK | X_OK) == 0 else {
            throw .cannotCreate(
                path: path, reason: "\(systemMessage()); give a name in a directory that you may write")
        }
    }

    /// Whether both paths lead to one regular file.
    package static func areSame(_ path: String, _ other: String) -> Bool {
        var (first, second) = (stat(), stat())
        guard stat(path, &first) == 0, stat(other, &second) == 0 else {
            return URL(fileURLWithPath: path).standardizedFileURL == URL(fileURLWithPath: other).standardizedFileURL
        }
        return first.st_mode & S_IFMT == S_IFREG && first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }
}
