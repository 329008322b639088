import ArgumentParser
import Foundation
import GMMFiles
import GaussianMixtures

struct FitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fit",
        abstract: "Fits a Gaussian mixture to columns of numbers.",
        usage: "gmm fit <DATA> --components <K> [<options>]",
        discussion: """
            DATA is CSV, with or without a header, or NPY as np.save writes it. Each column is a feature. float32 NPY is fitted in float32, all \
            else in float64. How doubtful places of DATA were read is said on standard error.

            Components come in order of their means, by the first feature, then by the next; those of a --warm-start keep their order. A component \
            keeps its number in messages, --history and pictures, and those that --collapse prune takes out are numbered behind the others.

              gmm fit faithful.csv --components 2 --plot fit.png
              gmm fit iris.csv --columns 1,2,3,4 --components 3 --output model.json
              gmm fit iris.csv --columns Petal.Length --components 2 --history history.csv
              cut -f 3 table.tsv | gmm fit - --components 2 --json

            The exit status is 0 for a fit, converged or not; 64 for wrong usage, 65 for data that cannot be fitted, 66 if DATA cannot be \
            opened, 69 without gnuplot for pictures, 71 if memory does not suffice, 73 if a file cannot be created, 74 if reading or writing \
            fails. Every output is tried, whatever becomes of the others; the exit status is that of the first that failed.
            """)

    @Argument(help: ArgumentHelp("A CSV or NPY file, or - for standard input.", valueName: "DATA"))
    var data: String

    @OptionGroup(title: "Data Options") var columns: DataOptions

    @OptionGroup(title: "Model Options") var model: ModelOptions

    @OptionGroup(title: "Training Options") var training: TrainingOptions

    @OptionGroup(title: "Start Options") var start: StartOptions

    @OptionGroup(title: "Output Options") var outputs: OutputOptions

    @OptionGroup(title: "Machine Options") var machine: MachineOptions

    /// Options are checked before the data are read, since reading may take long.
    func validate() throws {
        do throws(MixtureError) {
            try options.validate()
        } catch {
            throw ValidationError(error.text(naming: Self.flags))
        }
    }

    /// How the command names the library's options.
    private static let flags = [
        "The number of components": "--components", "The weight concentration": "--weight-concentration",
        "The variance floor": "--reg",
        "The learning rate": "--learning-rate", "The batch": "--batch", "The number of iterations": "--iterations",
        "The tolerance": "--tolerance",
        "The time limit": "--time-limit", "The number of restarts": "--restarts",
        "The length of short runs": "--short-runs",
        "The number of short runs kept": "--keep", "The number of threads": "--threads",
    ]

    func run() throws {
        try outputs.check(data: data)
        let kernel = try Kernel.active(named: machine.kernel)
        let input = try InputData(data, columns)
        for note in input.table.notes { StandardError.say("note: \(note)") }
        try outputs.check(features: input.features)
        let initialisation =
            try start.warmStart.map { try WarmStart.read($0, for: input, model) } ?? start.initialisation
        let fit =
            switch input.table.values {
            case .float64(let values): try fitted(values, input, initialisation, kernel)
            case .float32(let values): try fitted(values, input, initialisation, kernel)
            }

        let report = FitReport(fit: fit, input: input, model: model, training: training, start: start)
        let document = ModelDocument(fit, features: input.features, seed: start.seed)
        // A fit may have taken hours, so an output that fails must not keep the fit from the others.
        try Failure.collecting(
            outputs.writers(fit, document, input) + [
                {
                    if outputs.json {
                        try StandardOutput.write(try document.text(path: "standard output"))
                    } else {
                        try StandardOutput.write(report.text)
                    }
                },
                { for warning in report.warnings { StandardError.say("warning: \(warning).") } },
                // Pictures come last, since they take longest and need another program.
            ] + outputs.painters(fit, input))
    }

    private var options: FitOptions {
        var options = FitOptions(components: model.components)
        options.covariance = model.covariance
        options.method = training.fitMethod
        options.initialisation = start.initialisation
        options.search = start.strategy
        options.shortRuns = start.selection
        options.key = RandomKey(seed: start.seed)
        options.weightConcentration = model.weightConcentration
        options.covariancePrior = model.covariancePrior
        options.varianceFloor = model.reg
        options.collapse = training.collapse
        options.tolerance = training.tolerance
        options.iterations = training.iterations
        options.timeLimit = training.timeLimit.map { .seconds($0) }
        options.endpoint = training.endpoint
        options.historyStride = outputs.historyStride(iterations: training.iterations)
        options.threads = machine.threads
        return options
    }

    private func fitted<Scalar: KernelScalar>(
        _ values: [Scalar], _ input: InputData, _ initialisation: Initialisation, _ kernel: Kernel
    ) throws -> Fit {
        let line = ProgressLine.onTerminal(
            restarts: start.restarts, mostSteps: start.mostSteps(iterations: training.iterations))
        defer { line?.clear() }
        var progress: (@Sendable (Fit.Progress) -> Bool)?
        if let line {
            progress = {
                line.report(step: $0.step, trials: $0.trials, loss: $0.loss)
                return true
            }
        }
        try checkMemory(input)
        do throws(MixtureError) {
            var options = options
            options.initialisation = initialisation
            options.kernel = kernel
            let fit = try GaussianMixture.fit(input.dataset(values), options, progress: progress)
            // A fit that no file can hold is refused here, so that the screen shows no result that files lack.
            _ = try ModelDocument(fit, features: input.features, seed: start.seed).mixture()
            return fit
        } catch {
            throw Failure(error, input, model, weightsColumn: columns.weightsColumn)
        }
    }

    /// Swift ends the process where an allocation fails, after the hours that a fit may take.
    private func checkMemory(_ input: InputData) throws(Failure) {
        // The fit itself refuses an impossible shape, with advice.
        guard
            let shape = try? MixtureShape(
                components: model.components, dimension: input.dimension, covariance: model.covariance)
        else { return }
        let threads = machine.threads ?? ProcessInfo.processInfo.activeProcessorCount
        // Restarts side by side, or trials of moves, each of which trains eight components at most.
        let sideBySide =
            switch start.strategy {
            case .automatic, .exhaustive: max(1, Double(threads) * min(1, 8 / Double(shape.components)))
            case .none, .restarts: Double(min(start.restarts, threads))
            }
        let needed = shape.trainingBytes(count: input.rows) * sideBySide, available = Memory.available
        guard needed > Double(available) else { return }
        throw Failure(
            "\(input.name): a fit of \(shape.components) components to \(shape.dimension) features with \(shape.covariance) covariances takes about "
                + "\(Memory.size(needed)) of memory, and there are \(Memory.size(Double(available))); try fewer --components, --covariance diagonal"
                + (sideBySide > 1 ? ", --threads 1" : "") + ", or a machine or limit (ulimit -v) with more.",
            exitCode: EX_OSERR)
    }
}
