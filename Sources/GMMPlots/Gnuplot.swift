import Foundation

/// A gnuplot found on this machine, which is given one self-contained script and gives back one picture.
package struct Gnuplot {
    let executable: URL

    /// The first `gnuplot` on a search path as PATH holds it.
    ///
    /// - Throws: ``PlotError/gnuplotMissing``.
    package init(searchPath: String = environmentPath) throws(PlotError) {
        let candidates = searchPath.split(separator: ":").map {
            URL(fileURLWithPath: String($0)).appendingPathComponent("gnuplot")
        }
        guard let found = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) }) else {
            throw .gnuplotMissing
        }
        executable = found
    }

    package static var environmentPath: String { ProcessInfo.processInfo.environment["PATH"] ?? "" }

    /// The name, in the folder where gnuplot runs, under which a script leaves its picture. No name that a user chose
    /// is ever in a script.
    package static let output = "picture"

    /// Runs `script` in a temporary folder and returns the picture that it wrote.
    ///
    /// The script and what gnuplot says go through files: with pipes either side could wait for the other to read.
    package func picture(_ script: String) throws(PlotError) -> [UInt8] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gmm-plot-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let log = folder.appendingPathComponent("log")
        let process = Process()
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(script.utf8).write(to: folder.appendingPathComponent("script"))
            try Data().write(to: log)
        } catch {
            let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] ?? error
            throw .file(
                .cannotCreate(
                    path: folder.path,
                    reason:
                        "\((cause as? any Error)?.localizedDescription ?? "\(cause)"); name a folder for temporary files that can be written in TMPDIR"
                ))
        }
        do {
            let sink = try FileHandle(forWritingTo: log)
            defer { try? sink.close() }
            process.executableURL = executable
            // Without -d a ~/.gnuplot could change every picture.
            process.arguments = ["-d", "script"]
            // Scripts are written for the C locale, whatever the user's is.
            process.environment = ProcessInfo.processInfo.environment.merging(["LC_ALL": "C"]) { $1 }
            process.currentDirectoryURL = folder
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = sink
            process.standardError = sink
            try process.run()
        } catch {
            throw .gnuplotFailed(status: -1, output: "\(error.localizedDescription) (\(folder.path))")
        }
        process.waitUntilExit()
        let picture = (try? Data(contentsOf: folder.appendingPathComponent(Gnuplot.output))) ?? Data()
        guard process.terminationReason == .exit, process.terminationStatus == 0, !picture.isEmpty else {
            let said = (try? Data(contentsOf: log)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            let lines = said.split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }
            throw .gnuplotFailed(status: process.terminationStatus, output: lines.suffix(6).joined(separator: "\n"))
        }
        return [UInt8](picture)
    }
}
