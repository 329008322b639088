import Foundation
import GMMFiles

/// Puts a finished picture or page in its place, so that what was there before survives any failure.
enum Destination {
    /// - Throws: ``PlotError/file(_:)`` if a file at `url` could not be made, before any work is done for it.
    static func check(_ url: URL) throws(PlotError) {
        do throws(FileError) { try OutputCheck.check(url.path) } catch { throw .file(error) }
    }

    /// - Throws: ``PlotError/file(_:)``.
    static func put(_ bytes: [UInt8], at url: URL) throws(PlotError) {
        do throws(FileError) { try AtomicFile.write(bytes, to: url.path) } catch { throw .file(error) }
    }
}
