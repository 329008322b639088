import ArgumentParser
import Foundation
import GMMFiles
import GMMPlots
import GaussianMixtures

struct Passes: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Times a pass over the data, an EM iteration and the notebook's training, beside limit and reference.",
        discussion: """
            Times are medians of interleaved rounds with the quartiles. An iteration is a step of the default method \
            with all that it does beside its pass, in the same unit; "by pass" is its ratio to that pass. The limit \
            is what the machine takes, in the same rounds and on as many \
            threads, for the least exponentials, multiply-adds or reading that the case needs, each by itself; the largest of the three binds. Parity is the \
            largest difference from the reference by its bound in docs/accuracy.md, on so many of the data; a training's is relative, after so many \
            steps.
            """)

    @OptionGroup var machine: MachineOptions

    @Option(help: "Cases, separated by commas (default: all; --list-cases names them).")
    var cases: CommaSeparated<String>?

    @Option(
        help: ArgumentHelp(
            "Instead of all cases: N = 20000, K = 4 and full covariances in so many dimensions, separated by commas.",
            valueName: "64,128,256,512"))
    var dimensions: CommaSeparated<Int>?

    @Option(help: "float64, float32 or both, separated by commas.")
    var precision = CommaSeparated<NumericTable.Precision>(argument: "float64,float32")!

    @Option(help: "Rounds, of which the medians are taken (default: 9, with --quick 5).")
    var rounds: Int?

    @Flag(
        help:
            "Under a minute: the fastest kernel, fewer rounds, and no waiting between them for OpenMP's threads to sleep."
    )
    var quick = false

    @OptionGroup var output: JSONOptions

    @Option(
        help: ArgumentHelp(
            "Draw time and efficiency against threads, of the fastest kernel (needs gnuplot).", valueName: "scaling.png"
        ))
    var plot: String?

    @Option(help: ArgumentHelp("Compare with what --json wrote.", valueName: "FILE"))
    var baseline: String?

    @Flag(help: "List the cases, and measure nothing.")
    var listCases = false

    func validate() throws {
        try checkPositive(["rounds": rounds ?? 1])
        for name in cases?.elements ?? [] where !Case.all.contains(where: { $0.name == name }) {
            throw ValidationError("There is no case \(name). Cases: \(Case.all.map(\.name).joined(separator: ", ")).")
        }
        guard dimensions?.elements.allSatisfy({ (1...4096).contains($0) }) != false else {
            throw ValidationError("--dimensions takes numbers from 1 to 4096.")
        }
        if let plot {
            guard plot.lowercased().hasSuffix(".png") else {
                throw ValidationError("--plot draws a PNG; give a name that ends in .png.")
            }
            try OutputCheck.check(plot)
            _ = try Gnuplot()
        }
    }

    private var chosenCases: [Case] {
        let named = cases?.elements ?? (dimensions == nil ? Case.all.map(\.name) : [])
        return Case.all.filter { named.contains($0.name) } + (dimensions?.elements ?? []).map(Case.init(dimension:))
    }

    func run() throws {
        if listCases {
            for item in Case.all { say(row([item.name, item.shape.text], [-26, -1])) }
            return
        }
        let earlier = try baseline.map(Baseline.init(file:))
        let kernels = try machine.chosenKernels(quick: quick), rounds = self.rounds ?? (quick ? 5 : 9)
        var run = Run(clock: try ClockNoise.measure(threads: machine.threadCounts.last!), rounds: rounds)
        say(run.machine.text)
        say(run.clock.text + "; medians of \(rounds) rounds\n")
        if let earlier, earlier.run.machine.processor != run.machine.processor {
            say("The baseline is of another processor, \(earlier.run.machine.processor).\n")
        }
        say(row(Result.header + (earlier == nil ? [] : ["to baseline"]), Result.widths + [-16]))
        for item in chosenCases {
            for precision in precision.elements {
                let results =
                    precision == .float32
                    ? try item.measure(as: Float.self, kernels, machine.threadCounts, rounds: rounds, pauses: !quick)
                    : try item.measure(as: Double.self, kernels, machine.threadCounts, rounds: rounds, pauses: !quick)
                for result in results {
                    say(row(result.cells + (earlier.map { [$0.text(result, run.clock)] } ?? []), Result.widths + [-16]))
                }
                run.results += results
            }
        }
        try output.write(run)
        if let plot { try draw(run, kernel: kernels[0].name, to: plot) }
    }

    private func draw(_ run: Run, kernel: String, to path: String) throws {
        let results = run.results.filter { $0.kernel == kernel && $0.precision == run.results[0].precision }
        let threads = Set(results.map(\.threads)).sorted().map(Double.init)
        func curves(_ value: (Result) -> Double) -> [Curve] {
            chosenCases.map { item in
                Curve(item.name, results.filter { $0.name == item.name }.map { (Double($0.threads), value($0)) })
            }
        }
        let title = "\(run.machine.processor): \(kernel), \(run.results[0].precision)"
        try Picture(
            title: title,
            panels: [
                Panel(
                    x: "threads", y: "time, by one thread's", isLogarithmic: true,
                    curves: curves { 1 / $0.speedUp } + [Curve("ideal", threads.map { ($0, 1 / $0) }, isIdeal: true)]),
                Panel(
                    x: "threads", y: "efficiency", isLogarithmicX: true, isFromZero: true,
                    curves: curves(\.efficiency) + [Curve("ideal", threads.map { ($0, 1) }, isIdeal: true)]),
            ]
        ).write(to: path)
    }
}

extension ProblemShape {
    var text: String {
        "N = \(count), D = \(dimension), K = \(components)" + (dimension > 1 ? ", \(covariance)" : "")
            + (isSorted ? ", sorted" : "")
    }
}

extension Case {
    func measure<Scalar: KernelScalar>(
        as: Scalar.Type, _ kernels: [Kernel], _ threadCounts: [Int], rounds: Int, pauses: Bool
    ) throws -> [Result] {
        let problem = Problem<Scalar>(shape), notebook = try training?.data(as: Scalar.self)
        let work = LeastWork(shape, isFloat32: Scalar.isFloat32, skipsNegligible: skipsNegligible)
        // Speed-up is against one thread, also where that is not asked for.
        let counts = Set([1] + threadCounts).sorted()
        let settings = kernels.flatMap { kernel in counts.map { (kernel: kernel, threads: $0) } }
        let passes = settings.map {
            KernelPass(problem, kernel: $0.kernel, threads: $0.threads, keepsNegligible: keepsNegligible)
        }
        let limits = settings.map { Limits(problem, kernel: $0.kernel, threads: $0.threads) }

        let runs = settings.indices.map { i in
            Measured(threads: settings[i].threads) {
                if let training, let notebook {
                    _ = try training.run(notebook, kernel: settings[i].kernel, threads: settings[i].threads)
                } else {
                    passes[i].run()
                }
            }
        }
        let data = try Dataset(Array(problem.values), dimension: shape.dimension)
        let iterations = try settings.filter { _ in isIterated }.map {
            try EMIteration(problem, data, kernel: $0.kernel, threads: $0.threads)
        }
        let steps = zip(settings, iterations).map { Measured(threads: $0.threads, seconds: $1.seconds) }
        let times = try interleaved(rounds: rounds, pauses: pauses, runs + steps + limits.flatMap(\.tasks))
        let parities = try parities(problem, notebook, kernels)

        return try settings.indices.filter { threadCounts.contains(settings[$0].threads) }.map { i in
            let single = settings.firstIndex { $0.kernel == settings[i].kernel && $0.threads == 1 }!
            let start = runs.count + steps.count + 3 * i, passesInRun = terms / shape.terms
            let limit = limits[i].prediction(work, count: shape.count, times[start..<start + 3]).times(passesInRun)
            let speedUp = times[single].median / times[i].median
            // The first measurement is the one that warms up.
            let iteration =
                iterations.indices.contains(i)
                ? IterationResult(
                    times[runs.count + i], ratios: Array(iterations[i].ratios.dropFirst()),
                    single: times[runs.count + single])
                : nil
            var isSame = passes[i].statistics == passes[single].statistics
            if let training, let notebook, settings[i].threads > 1 {
                let fits = try [1, settings[i].threads].map {
                    try training.run(notebook, kernel: settings[i].kernel, threads: $0, steps: 20).parameters
                }
                isSame = fits[0] == fits[1]
            }
            return Result(
                name: name, kernel: settings[i].kernel.name, precision: Scalar.isFloat32 ? "float32" : "float64",
                threads: settings[i].threads,
                shape: shape, seconds: times[i], nanosecondsPerTerm: times[i].median / terms * 1e9, speedUp: speedUp,
                efficiency: speedUp / Double(settings[i].threads), iteration: iteration, limit: limit,
                shareOfLimit: limit.limit / times[i].median,
                parity: parities[settings[i].kernel]!, isSameAtAnyThreads: isSame)
        }
    }

    private func parities<Scalar>(
        _ problem: Problem<Scalar>, _ notebook: Dataset<Scalar>?, _ kernels: [Kernel]
    ) throws -> [Kernel: Parity] {
        if let training, let notebook {
            func loss(_ kernel: Kernel) throws -> Double {
                try training.run(notebook, kernel: kernel, threads: 1, steps: NotebookTraining.stepsOfReference).loss
            }
            let expected = try loss(.reference)
            return try Dictionary(
                uniqueKeysWithValues: kernels.map {
                    (
                        $0,
                        Parity(
                            residual: abs(try loss($0) - expected) / abs(expected), isRelative: true,
                            count: NotebookTraining.stepsOfReference)
                    )
                })
        }
        let expected = ExpectedStatistics(problem)
        return Dictionary(
            uniqueKeysWithValues: kernels.map { ($0, expected.parity($0, keepsNegligible: keepsNegligible)) })
    }
}
