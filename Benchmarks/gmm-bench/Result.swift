import Foundation
import GMMFiles

/// One line of `passes`.
struct Result: Codable {
    let name, kernel, precision: String
    let threads: Int
    let shape: ProblemShape
    let seconds: Quartiles
    let nanosecondsPerTerm: Double
    let speedUp, efficiency: Double
    /// Nil for a training, and for a pass that computes more moments than EM's.
    let iteration: IterationResult?
    let limit: PredictedTimes
    let shareOfLimit: Double
    let parity: Parity
    /// Whether the statistics have the same bits as at one thread.
    let isSameAtAnyThreads: Bool

    var key: String { "\(name) \(kernel) \(precision) \(threads)" }

    static let header =
        ["case", "kernel", "precision", "threads", "ns/(datum·comp.)", "quartiles", "speed-up", "efficiency"]
        + IterationResult.header + ["of limit", "bound by", "parity"]
    static let widths = [-25, -8, -9, 7, 16, 13, 8, 10] + IterationResult.widths + [8, -12, -17]

    var cells: [String] {
        let unit = nanosecondsPerTerm / seconds.median
        return [
            name, kernel, precision, "\(threads)", short(nanosecondsPerTerm),
            "\(short(seconds.lower * unit))–\(short(seconds.upper * unit))",
            fixed(speedUp, 2), fixed(efficiency, 2),
        ] + (iteration?.cells(nanosecondsPerSecond: unit) ?? IterationResult.header.map { _ in "" }) + [
            fixed(shareOfLimit, 2), limit.binding,
            parity.text + (isSameAtAnyThreads ? "" : " OTHER BITS"),
        ]
    }
}

/// A run of `passes`.
struct Run: Codable {
    var machine = Machine()
    var clock: ClockNoise
    var rounds: Int
    var results: [Result] = []
}

/// An earlier run to compare with.
struct Baseline {
    let run: Run
    private let results: [String: Result]

    init(file: String) throws {
        let bytes = try readBytes(file)
        do {
            run = try JSONDecoder().decode(Run.self, from: Data(bytes))
        } catch {
            throw FileError.malformed(
                path: file, location: nil, reason: "this is not what `gmm-bench --json` writes; make it anew")
        }
        results = Dictionary(run.results.map { ($0.key, $0) }) { $1 }
    }

    /// Time by the earlier time, and whether the quartiles of the two are apart by more than the clock's spread:
    /// between runs of nine rounds nearly always more than chance.
    func text(_ result: Result, _ clock: ClockNoise) -> String {
        guard let earlier = results[result.key] else { return "new" }
        let ratio = result.seconds.median / earlier.seconds.median, tolerance = max(clock.spread, run.clock.spread)
        let isSlower = result.seconds.lower > earlier.seconds.upper * (1 + tolerance)
        let isFaster = result.seconds.upper * (1 + tolerance) < earlier.seconds.lower
        return "× \(fixed(ratio, 3))" + (isSlower ? " SLOWER" : isFaster ? " faster" : "")
    }
}
