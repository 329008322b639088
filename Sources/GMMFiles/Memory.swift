import Foundation

/// How much memory there is. Swift ends the process where an allocation fails, so sizes are compared with it first.
package enum Memory {
    /// How many bytes may still be allocated, less a sixteenth for all else; on systems other than Linux there is no
    /// bound.
    ///
    /// It is the least of what the process's limits (`ulimit -v`, `-d`) leave and of what the machine has without
    /// swapping.
    package static var available: Int {
        var least = Int.max
        #if os(Linux)
        let pages = (text("/proc/self/statm") ?? "").split { $0 == " " || $0 == "\n" }.map { Int($0) ?? 0 }
        let used = { (field: Int) in pages.indices.contains(field) ? pages[field] * Int(getpagesize()) : 0 }
        // The fields of statm that the limits bound: the address space, and data with stack.
        for (resource, field) in [(RLIMIT_AS, 0), (RLIMIT_DATA, 5)] {
            var limit = rlimit()
            if getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0, limit.rlim_cur < rlim_t(Int.max) {
                least = min(least, max(0, Int(limit.rlim_cur) - used(field)))
            }
        }
        for line in (text("/proc/meminfo") ?? "").split(separator: "\n") where line.hasPrefix("MemAvailable:") {
            if let kilobytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) {
                least = min(least, kilobytes * 1024)
            }
        }
        #endif
        return least - least / 16
    }

    private static let small = 1 << 20

    /// Makes room for `count` more elements, twice as many as there are if there is memory for that.
    ///
    /// - Throws: ``FileError/outOfMemory(path:reason:)``.
    static func makeRoom<Element: BitwiseCopyable>(
        for count: Int, in array: inout [Element], path: String
    ) throws(FileError) {
        let needed = array.count + count
        guard needed > array.capacity else { return }
        // Asking the system costs more than it is worth for so little.
        if needed * MemoryLayout<Element>.size < small { return array.reserveCapacity(max(needed, 2 * array.capacity)) }
        let most = available / MemoryLayout<Element>.size
        guard needed <= most else {
            throw shortage(needed, of: Element.self, path: path, of: "what was read so far")
        }
        // The old array stays until the new one is filled.
        array.reserveCapacity(min(max(needed, 2 * array.capacity), max(needed, most)))
    }

    /// - Throws: ``FileError/outOfMemory(path:reason:)`` if there is no memory for so many elements.
    static func check<Element>(_ count: Int, of type: Element.Type, path: String, of what: String) throws(FileError) {
        guard count < small / MemoryLayout<Element>.size || count <= available / MemoryLayout<Element>.size else {
            throw shortage(count, of: type, path: path, of: what)
        }
    }

    private static func shortage<Element>(_ count: Int, of: Element.Type, path: String, of what: String) -> FileError {
        .outOfMemory(
            path: path,
            reason:
                "\(what) takes \(size(Double(count) * Double(MemoryLayout<Element>.size))) of memory, and there are \(size(Double(available))); "
                + "give fewer rows or columns, or a machine or limit (ulimit -v) with more")
    }

    /// Bytes for a person.
    package static func size(_ bytes: Double) -> String {
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var (value, unit) = (bytes, 0)
        while value >= 1024 && unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
        return "\(unit == 0 ? value : (value * 10).rounded() / 10) \(units[unit])"
    }

    /// The content of a file in `/proc`.
    private static func text(_ path: String) -> String? {
        (try? readBytes(path)).map { String(decoding: $0, as: UTF8.self) }
    }
}
