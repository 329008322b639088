import ArgumentParser
import Foundation
import GMMFiles
import GMMPlots
import GaussianMixtures

struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Learns the notebook's mixture, and draws how.",
        discussion: """
            Two Gaussians are found again in 6000 numbers drawn from them, by 1000 steps of Adam as in the notebook that this package comes \
            from. Writes fit.png, loss.png, training.gif, training.html, model.json and history.csv.
            """)

    @Option(help: ArgumentHelp("The directory for the files, made if it is not there.", valueName: "DIR"))
    var output = "demo"

    func run() throws {
        try makeDirectory()
        let notebook = try Notebook()
        let kernel = try Kernel.active()
        let timing = try Timing.median(runs: 5) { try notebook.train(kernel) }
        let fit = timing.result
        try StandardOutput.write(
            try DemoReport(notebook: notebook, fit: fit, trainingTime: timing.duration, runs: 5).text)

        let frames = fit.history.trainingFrames
        // Files that need no other program come first, so that they are written even where gnuplot is missing.
        let outputs: [(name: String, write: (String) throws -> Void)] = [
            ("model.json", { try ModelDocument(fit, features: ["x"], seed: Notebook.seed).write(to: $0) }),
            ("history.csv", { try HistoryCSV.write(fit.history.trainingSteps, features: ["x"], to: $0) }),
            ("training.html", { try Plots.trainingPage(frames: frames, data: notebook.data, to: $0.fileURL) }),
            ("fit.png", { try Plots.fit(fit.mixture, data: notebook.data, to: $0.fileURL) }),
            ("loss.png", { try Plots.loss(steps: fit.history.steps, losses: fit.history.losses, to: $0.fileURL) }),
            ("training.gif", { try Plots.animation(frames: frames, data: notebook.data, to: $0.fileURL) }),
        ]
        var written = ""
        let failure = Result { () throws(Failure) in
            try Failure.collecting(
                outputs.map { output in
                    {
                        let path = (self.output as NSString).appendingPathComponent(output.name)
                        try output.write(path)
                        written += "  \(path)\n"
                    }
                })
        }
        if !written.isEmpty { try StandardOutput.write("\nWritten:\n\(written)") }
        try failure.get()
    }

    private func makeDirectory() throws(FileError) {
        do {
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        } catch {
            throw .cannotCreate(
                path: output, reason: "it is no directory and cannot be made one; give another with --output DIR")
        }
        try OutputCheck.check((output as NSString).appendingPathComponent("model.json"))
    }
}
