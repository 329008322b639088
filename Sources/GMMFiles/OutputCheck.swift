import Foundation

/// Finds, before a long computation, the reasons why its result could not be written.
package enum OutputCheck {
    /// Makes a file beside `path` and removes it again, since permissions do not reveal read-only and special file
    /// systems.
    ///
    /// - Throws: ``FileError/cannotCreate(path:reason:)`` if `path` is a directory, is in none that exists and may be
    ///   written, or cannot be the name of a file.
    package static func check(_ path: String) throws(FileError) {
        var status = stat()
        let exists = stat(path, &status) == 0
        // Other errors come from names that are too long, and from links that lead in a circle.
        guard exists || errno == ENOENT || errno == ENOTDIR else {
            throw .cannotCreate(path: path, reason: "\(systemMessage()); give another name")
        }
        if exists {
            guard status.st_mode & S_IFMT != S_IFDIR else {
                throw .cannotCreate(path: path, reason: "it is a directory; give the name of a file in it")
            }
            guard access(path, W_OK) == 0 else {
                throw .cannotCreate(
                    path: path, reason: "\(systemMessage()); change its permissions or give another name")
            }
            guard status.st_mode & S_IFMT == S_IFREG, !path.hasPrefix("/dev/"), !path.hasPrefix("/proc/") else {
                return
            }
        } else {
            let name = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
            guard stat(name, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
                throw .cannotCreate(path: path, reason: "there is no directory \(name); make it, or give another")
            }
        }
        let (temporary, descriptor) = TemporaryFiles.create(beside: exists ? AtomicFile.resolved(path) : path)
        guard descriptor >= 0 else {
            throw .cannotCreate(
                path: path, reason: "\(systemMessage()); give a name in a directory that you may write")
        }
        close(descriptor)
        TemporaryFiles.remove(temporary)
    }

    /// Whether `path` is the regular file that standard output or standard error goes to, and no name such as
    /// `/dev/stdout`. Replacing that file would lose what is printed.
    package static func holdsWhatIsPrinted(_ path: String) -> Bool {
        guard !path.hasPrefix("/dev/"), !path.hasPrefix("/proc/") else { return false }
        var (file, stream) = (stat(), stat())
        guard stat(path, &file) == 0, file.st_mode & S_IFMT == S_IFREG else { return false }
        return [STDOUT_FILENO, STDERR_FILENO].contains {
            fstat($0, &stream) == 0 && stream.st_dev == file.st_dev && stream.st_ino == file.st_ino
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
