import ArgumentParser
import Foundation
import GMMFiles
import GMMPlots
import GaussianMixtures

/// What `gmm fit` writes, and where.
struct OutputOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Write the model as JSON.", valueName: "model.json"))
    var output: String?

    @Option(help: ArgumentHelp("Write loss and parameters of every step as CSV.", valueName: "history.csv"))
    var history: String?

    @Option(help: ArgumentHelp("Draw the data's histogram and the fit (needs gnuplot).", valueName: "fit.png"))
    var plot: String?

    @Option(help: ArgumentHelp(
        "Animate the training: a GIF (needs gnuplot), or a page to play and scrub if the name ends in .html.", valueName: "training.gif"))
    var animate: String?

    @Flag(help: "Print the model as JSON, and nothing else, on standard output.")
    var json = false

    /// What is written to a name that ends otherwise would be opened by the wrong program, or by none.
    func validate() throws {
        if let plot, !plot.lowercased().hasSuffix(".png") {
            throw ValidationError("--plot draws a PNG; give a name that ends in .png.")
        }
        if let animate, !isPage, !animate.lowercased().hasSuffix(".gif") {
            throw ValidationError("--animate draws a GIF or writes a page; give a name that ends in .gif or .html.")
        }
        for case let (option, path?) in named where path.isEmpty || path == "-" {
            throw ValidationError("\(option) needs the name of a file; for the model on standard output there is --json.")
        }
    }

    /// - Throws: ``Failure`` or ``FileError`` if a file could not be written, or would take the place of the data or of another output.
    func check(data: String) throws {
        let outputs = named.compactMap { option, path in path.map { (option, $0) } }
        for (index, (option, path)) in outputs.enumerated() {
            try OutputCheck.check(path)
            if data != "-", OutputCheck.areSame(path, data) {
                throw Failure("\(option) would overwrite the data in \(data). Give another name.", exitCode: EX_USAGE)
            }
            if let (other, _) = outputs[..<index].first(where: { OutputCheck.areSame(path, $0.1) }) {
                throw Failure("\(other) and \(option) would write the same file, \(path). Give two names.", exitCode: EX_USAGE)
            }
        }
    }

    /// How much of the training to keep: all of it takes (3 K + 2) · 8 bytes a step, in every restart.
    func historyStride(iterations: Int) -> Int {
        if history != nil { return 1 }
        return animate == nil ? max(1, iterations) : max(1, iterations / 10_000)
    }

    /// Writes the files that need no other program, so that they are there if gnuplot is not.
    func writeFiles(_ fit: Fit, _ document: ModelDocument, data: [Double], label: String) throws {
        if let output { try document.write(to: output) }
        if let history { try HistoryCSV.write(fit.history.trainingSteps, to: history) }
        if let animate, isPage {
            try Plots.trainingPage(frames: fit.history.trainingFrames, data: data, label: label, to: animate.fileURL)
        }
    }

    func drawPictures(_ fit: Fit, data: [Double], label: String) throws {
        if let plot { try Plots.fit(fit.mixture, data: data, label: label, to: plot.fileURL) }
        if let animate, !isPage {
            try Plots.animation(frames: fit.history.trainingFrames, data: data, label: label, to: animate.fileURL)
        }
    }

    private var isPage: Bool { animate.map { $0.lowercased().hasSuffix(".html") } ?? false }

    private var named: [(String, String?)] {
        [("--output", output), ("--history", history), ("--plot", plot), ("--animate", animate)]
    }
}
