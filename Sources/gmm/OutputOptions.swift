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

    @Option(
        help: ArgumentHelp(
            "Draw the data and the fit (needs gnuplot): a histogram, a scatter plot of two features, a matrix of them of up to six.",
            valueName: "fit.png"))
    var plot: String?

    @Option(
        help: ArgumentHelp(
            "Animate the training on one or two features: a GIF (needs gnuplot), or a page to play and scrub if the name ends in .html.",
            valueName: "training.gif"))
    var animate: String?

    @Flag(help: "Print the model as JSON, and nothing else, on standard output.")
    var json = false

    /// Names must end as their format does, or the wrong program would open the file.
    func validate() throws {
        if let plot, !plot.lowercased().hasSuffix(".png") {
            throw ValidationError("--plot draws a PNG; give a name that ends in .png.")
        }
        if let animate, !isPage, !animate.lowercased().hasSuffix(".gif") {
            throw ValidationError("--animate draws a GIF or writes a page; give a name that ends in .gif or .html.")
        }
        for case let (option, path?) in named where path.isEmpty || path == "-" {
            throw ValidationError(
                "\(option) needs the name of a file; for the model on standard output there is --json.")
        }
    }

    /// - Throws: ``Failure`` or ``FileError`` if a file could not be written, or would take the place of the data or of
    ///   another output.
    func check(data: String) throws {
        let outputs = named.compactMap { option, path in path.map { (option, $0) } }
        for (index, (option, path)) in outputs.enumerated() {
            try OutputCheck.check(path)
            if data != "-", OutputCheck.areSame(path, data) {
                throw Failure("\(option) would overwrite the data in \(data). Give another name.", exitCode: EX_USAGE)
            }
            if OutputCheck.holdsWhatIsPrinted(path) {
                throw Failure(
                    "\(option) would take the place of \(path), where the output of gmm goes. Give another name.",
                    exitCode: EX_USAGE)
            }
            if let (other, _) = outputs[..<index].first(where: { OutputCheck.areSame(path, $0.1) }) {
                throw Failure(
                    "\(other) and \(option) would write the same file, \(path). Give two names.", exitCode: EX_USAGE)
            }
        }
    }

    /// - Throws: ``Failure`` if what is asked for cannot be drawn of so many features.
    func check(features: [String]) throws(Failure) {
        guard animate != nil, features.count > 2 else { return }
        throw Failure(
            "--animate shows one or two features, and the data have \(features.count). Choose two with --columns, or draw the fit alone with --plot.",
            exitCode: EX_USAGE)
    }

    /// Every how many steps the training is kept: each step that is kept takes the memory of all parameters, in every
    /// restart.
    func historyStride(iterations: Int) -> Int {
        if history != nil { return 1 }
        return animate == nil ? max(1, iterations) : max(1, iterations / 10_000)
    }

    /// What writes the files that need no other program, one for each.
    func writers(_ fit: Fit, _ document: ModelDocument, _ input: InputData) -> [() throws -> Void] {
        var writers: [() throws -> Void] = []
        if let output { writers.append { try document.write(to: output) } }
        if let history {
            writers.append { try HistoryCSV.write(fit.history.trainingSteps, features: input.features, to: history) }
        }
        if let animate, isPage {
            writers.append {
                guard input.dimension == 1 else {
                    return try Plots.scatterPage(
                        frames: fit.history.trainingFrames, data: input.scatterData, to: animate.fileURL)
                }
                try Plots.trainingPage(
                    frames: fit.history.trainingFrames, data: input.feature(0), weights: input.weights,
                    label: input.features[0],
                    to: animate.fileURL)
            }
        }
        return writers
    }

    /// What draws the pictures, one for each.
    func painters(_ fit: Fit, _ input: InputData) -> [() throws -> Void] {
        var painters: [() throws -> Void] = []
        if let plot {
            painters.append {
                guard input.dimension == 1 else {
                    return try Plots.scatter(fit.mixture, data: input.scatterData, to: plot.fileURL)
                }
                try Plots.fit(
                    fit.mixture, data: input.feature(0), weights: input.weights, label: input.features[0],
                    to: plot.fileURL)
            }
        }
        if let animate, !isPage {
            painters.append {
                let frames = fit.history.trainingFrames
                guard input.dimension == 1 else {
                    return try Plots.scatterAnimation(frames: frames, data: input.scatterData, to: animate.fileURL)
                }
                try Plots.animation(
                    frames: frames, data: input.feature(0), weights: input.weights, label: input.features[0],
                    to: animate.fileURL)
            }
        }
        return painters
    }

    private var isPage: Bool { animate.map { $0.lowercased().hasSuffix(".html") } ?? false }

    private var named: [(String, String?)] {
        [("--output", output), ("--history", history), ("--plot", plot), ("--animate", animate)]
    }
}
