import ArgumentParser
import GMMFiles
import GaussianMixtures

struct FitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fit",
        abstract: "Fits a Gaussian mixture to a column of numbers.",
        usage: "gmm fit <DATA> --components <K> [<options>]",
        discussion: """
            DATA is CSV, with or without a header, or NPY as np.save writes it. float32 NPY is fitted in float32, all else in float64.

              gmm fit measurements.csv --components 3 --restarts 16 --plot fit.png
              gmm fit faithful.csv --column waiting --components 2 --output model.json
              cut -f 3 table.tsv | gmm fit - --components 2 --json

            The exit status is 0 for a fit, converged or not; 64 for wrong usage, 65 for data that cannot be fitted, 66 if DATA cannot be \
            opened, 69 without gnuplot for pictures, 73 if a file cannot be created, 74 if reading or writing fails.
            """)

    @Argument(help: ArgumentHelp("A CSV or NPY file, or - for standard input.", valueName: "DATA"))
    var data: String

    @OptionGroup(title: "Model Options") var model: ModelOptions

    @OptionGroup(title: "Training Options") var training: TrainingOptions

    @OptionGroup(title: "Output Options") var outputs: OutputOptions

    @OptionGroup(title: "Machine Options") var machine: MachineOptions

    func run() throws {
        try outputs.check(data: data)
        let kernel = try Kernel.active(named: machine.kernel)
        let table = try NumericTable.read(data, column: model.column)
        let fit: Fit
        let values: [Double]
        switch table.values {
        case .float64(let stored):
            fit = try fitted(stored, kernel)
            values = stored
        case .float32(let stored):
            fit = try fitted(stored, kernel)
            values = stored.map(Double.init)
        }

        let label = self.label(table)
        let report = FitReport(fit: fit, table: table, model: model, training: training)
        let document = ModelDocument(fit, feature: label, seed: training.seed)
        // A fit may have taken hours: a full disk must not keep it from standard output, nor a full pipe from the files.
        let files = Result { try outputs.writeFiles(fit, document, data: values, label: label) }
        if outputs.json {
            try StandardOutput.write(try document.text(path: "standard output"))
        } else {
            try StandardOutput.write(report.text)
        }
        if let warning = report.warning { StandardError.write("gmm: \(warning)\n") }
        try files.get()
        // Last, since they take longest and need another program.
        try outputs.drawPictures(fit, data: values, label: label)
    }

    private func fitted<Scalar: KernelScalar>(_ values: [Scalar], _ kernel: Kernel) throws -> Fit {
        let line = ProgressLine.onTerminal(restarts: training.restarts, iterations: training.iterations)
        defer { line?.clear() }
        var progress: (@Sendable (Fit.Progress) -> Void)?
        if let line { progress = { line.report(step: $0.step, loss: $0.loss) } }
        do throws(MixtureError) {
            return try GaussianMixture.fit(
                values, components: model.components, method: training.fitMethod, restarts: training.restarts, key: RandomKey(seed: training.seed),
                weightConcentration: model.weightConcentration, tolerance: training.tolerance, iterations: training.iterations,
                historyStride: outputs.historyStride(iterations: training.iterations), threads: machine.threads, kernel: kernel,
                progress: progress)
        } catch {
            throw Failure(error, data: data, values: values)
        }
    }

    private func label(_ table: NumericTable) -> String {
        if let name = table.columnNames?.first, !name.isEmpty { return name }
        return model.column.map { "column \($0)" } ?? "x"
    }
}
