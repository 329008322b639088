import Foundation
import Synchronization

/// The names of files that are being written, so that a signal that ends the process can take them away.
package enum TemporaryFiles {
    /// The command writes fewer files at once. A file that finds no place here is written, but a signal leaves it
    /// behind.
    private static let count = 16
    private static let size = 4096
    private static let lock = Mutex(())
    /// `count` names of at most `size` bytes with their NUL, never moved or freed: a signal handler may read them at
    /// any time.
    nonisolated(unsafe) private static let names: UnsafeMutablePointer<CChar> = {
        let names = UnsafeMutablePointer<CChar>.allocate(capacity: count * size)
        names.initialize(repeating: 0, count: count * size)
        return names
    }()

    /// Makes and opens a file beside `target` that has a name of its own.
    ///
    /// - Returns: its name, and its descriptor or -1 with `errno`.
    static func create(beside target: String) -> (name: String, descriptor: Int32) {
        let directory = target.lastIndex(of: "/").map { String(target[...$0]) } ?? ""
        let name = "\(directory).gmm-\(getpid())-\(UInt32.random(in: 0 ... .max)).tmp"
        // The name is entered before the file exists, so that no signal can come between the two.
        enter(name)
        let descriptor = retrying { open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
        if descriptor < 0 { forget(name) }
        return (name, descriptor)
    }

    static func remove(_ name: String) {
        unlink(name)
        forget(name)
    }

    /// To be called when the file has got another name.
    static func forget(_ name: String) {
        lock.withLock { _ in
            if let slot = slots.first(where: { strcmp($0, name) == 0 }) { slot.pointee = 0 }
        }
    }

    private static func enter(_ name: String) {
        lock.withLock { _ in
            guard name.utf8.count < size, let slot = slots.first(where: { $0.pointee == 0 }) else { return }
            // The first character is written last, so that the slot looks empty to a handler until it is complete.
            name.withCString { text in
                strcpy(slot + 1, text + 1)
                slot.pointee = text.pointee
            }
        }
    }

    private static var slots: some Sequence<UnsafeMutablePointer<CChar>> {
        (0..<count).lazy.map { [names] in names + $0 * size }
    }

    /// From now on the signals by which users, terminals and limits end the process first remove the files. A signal
    /// that the process ignores stays ignored.
    package static func removeOnSignals() {
        _ = names
        for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU] {
            let before = signal(number) { number in
                // POSIX allows no allocation and no lock in a handler.
                for slot in 0..<TemporaryFiles.count where TemporaryFiles.names[slot * TemporaryFiles.size] != 0 {
                    unlink(TemporaryFiles.names + slot * TemporaryFiles.size)
                }
                signal(number, SIG_DFL)
                raise(number)
            }
            if unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) { signal(number, SIG_IGN) }
        }
    }
}
