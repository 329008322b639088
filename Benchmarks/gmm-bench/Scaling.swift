import ArgumentParser
import Foundation
import GMMFiles
import GMMPlots
import GaussianMixtures

struct Scaling: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Time against N, K, D and threads: the straight lines that a user may rely on, and where they bend.",
        discussion: """
            Weak scaling gives each thread the same number of data, strong scaling all threads together. Writes scaling.json, scaling.csv, four \
            pictures, and prediction.md: what larger machines would take by docs/scaling.md, which nobody has measured.
            """)

    @OptionGroup var machine: MachineOptions

    @Option(help: "What the data are read in.")
    var precision = NumericTable.Precision.float64

    @Option(help: "The folder to write to.")
    var output = "scaling"

    @Option(help: "GiB that the largest data set may take.")
    var memory = 2.0

    @Option(help: "Rounds, of which the medians are taken.")
    var rounds = 5

    @Flag(help: "Smaller sizes.")
    var quick = false

    private static let widths = [-30, 9, 12, 12, 10, 16]

    func validate() throws {
        try checkPositive(["rounds": rounds])
        guard memory > 0 else { throw ValidationError("--memory is \(memory); give a number of GiB, such as 0.5.") }
    }

    func run() throws { precision == .float32 ? try measure(as: Float.self) : try measure(as: Double.self) }

    private struct File: Codable {
        var machine: Machine, clock: ClockNoise, constants: ScalingConstants, points: [ScalingPoint]
    }

    private func measure<Scalar: KernelScalar>(as: Scalar.Type) throws {
        let kernel = try machine.fastest, about = Machine(), threads = Set([1] + machine.threadCounts).sorted()
        let bytes = min(Int(memory * Double(1 << 30)), Int(about.memory / 2))
        let folder = URL(fileURLWithPath: output)
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw FileError.cannotCreate(path: output, reason: "no folder can be made there; give another to --output")
        }
        try OutputCheck.check(folder.appending(path: "scaling.json").path)
        _ = try Gnuplot()
        let clock = try ClockNoise.measure(threads: threads.last!)
        say(about.text + "\n\(kernel), \(precision); medians of \(rounds) rounds; \(clock.text)")

        var points: [ScalingPoint] = [], pictures: [(ScalingSeries, [ScalingPoint])] = []
        for series in ScalingSeries.all(
            threads: threads, quick: quick, bytes: bytes, scalarBytes: MemoryLayout<Scalar>.stride)
        {
            say("\n" + row([series.name, "threads", "N", "ms", "quartiles", series.unit], Self.widths))
            let found = try series.measure(as: Scalar.self, kernel, threads: threads, rounds: rounds) { point in
                say(
                    row(
                        [
                            "  \(Int(point.place))", "\(point.threads)", "\(point.shape.count)",
                            short(1e3 * point.seconds.median),
                            fixed(100 * point.seconds.spread, 0) + " %", short(point.nanosecondsPerUnit),
                        ], Self.widths))
            }
            for (threads, own) in Dictionary(grouping: found, by: \.threads).sorted(by: { $0.key < $1.key })
            where own.count > 1 {
                let straight = ScalingSeries.straight(own)
                say(
                    "  \(threads) threads: straight, within a quarter of \(short(straight.least)), from \(straight.first) to \(straight.last)"
                )
            }
            points += found
            pictures.append((series, found))
        }
        let constants = try ScalingConstants(as: Scalar.self, kernel, threads: threads.last!, rounds: rounds)
        try writeJSON(
            File(machine: about, clock: clock, constants: constants, points: points),
            to: folder.appending(path: "scaling.json").path)
        let lines = [ScalingPoint.csvHeader] + points.map(\.csv) + [""]
        try AtomicFile.write(lines.joined(separator: "\n").utf8, to: folder.appending(path: "scaling.csv").path)
        try AtomicFile.write(
            (prediction(constants, about, kernel) + "\n").utf8, to: folder.appending(path: "prediction.md").path)
        say("\nPredicted, not measured: \(folder.appending(path: "prediction.md").path)")
        try draw(pictures, title: "\(about.processor), \(about.cores) cores: \(kernel), \(precision)", into: folder)
    }

    private func prediction(_ constants: ScalingConstants, _ machine: Machine, _ kernel: Kernel) -> String {
        """
        Predicted from measurements on \(machine.processor), \(machine.cores) cores, \(kernel), \(precision): milliseconds of a pass (efficiency).
        A thread reads \(fixed(constants.bandwidth / 1e9, 1)) GB/s, \(constants.forkThreads) together \(fixed(constants.bandwidthOfAll / 1e9, 1)); \
        handing work to \(constants.forkThreads) takes \(short(1e6 * constants.forkSeconds)) µs.

        \(constants.table(cores: [2, 4, 8, 16, 32, 64, 128]))
        """
    }

    private func draw(_ series: [(ScalingSeries, [ScalingPoint])], title: String, into folder: URL) throws {
        for variable in [ScalingSeries.Variable.count, .components, .dimension] {
            let own = series.filter { $0.0.variable == variable }
            func curves(_ value: (ScalingPoint) -> Double) -> [Curve] {
                own.flatMap { series, points in
                    Set(points.map(\.threads)).sorted().map { threads in
                        Curve(
                            "\(series.name), \(threads) thread\(threads == 1 ? "" : "s")",
                            points.filter { $0.threads == threads }.map { ($0.place, value($0)) })
                    }
                }
            }
            let name = variable == .count ? "N" : variable == .components ? "K" : "D"
            try Picture(
                title: title,
                panels: [
                    Panel(
                        x: name, y: variable == .count ? "milliseconds" : "milliseconds for 100000 data",
                        isLogarithmic: true,
                        curves: curves { 1e3 * $0.seconds.median * toSameCount(variable, $0.shape) }),
                    Panel(
                        x: name, y: variable == .dimension ? "ns for each unit of work" : own[0].0.unit,
                        isLogarithmic: true,
                        curves: curves(\.nanosecondsPerUnit)),
                ]
            ).write(to: folder.appending(path: "\(variable).png").path)
        }
        func efficiencies(_ variable: ScalingSeries.Variable) -> Panel {
            let own = series.filter { $0.0.variable == variable }
            let threads = own[0].1.map { Double($0.threads) }
            let curves = own.map { series, points in
                Curve(
                    series.name,
                    points.map {
                        (
                            Double($0.threads),
                            points[0].seconds.median / $0.seconds.median
                                / (variable == .strong ? Double($0.threads) : 1)
                        )
                    })
            }
            return Panel(
                x: "threads", y: "\(variable) efficiency", isLogarithmicX: true, isFromZero: true,
                curves: curves + [Curve("ideal", threads.map { ($0, 1) }, isIdeal: true)])
        }
        try Picture(title: title, panels: [efficiencies(.strong), efficiencies(.weak)]).write(
            to: folder.appending(path: "threads.png").path)
    }

    /// The factor that turns a time into that of 100000 data, in series whose N varies only to keep measurements short.
    private func toSameCount(_ variable: ScalingSeries.Variable, _ shape: ProblemShape) -> Double {
        variable == .count ? 1 : 100_000 / Double(shape.count)
    }
}
