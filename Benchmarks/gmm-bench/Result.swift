/// One line of `passes`.
struct Result: Codable {
    let name, kernel, precision: String
    let threads: Int
    let shape: ProblemShape
    let seconds: Quartiles
    let nanosecondsPerTerm: Double
    let speedUp, efficiency: Double
    /// nil for a training, where only the exponentials of its passes are counted.
    let limit: PredictedTimes
    let shareOfLimit: Double
    let parity: Parity
    /// Whether the statistics have the same bits as at one thread.
    let isSameAtAnyThreads: Bool

    var key: String { "\(name) \(kernel) \(precision) \(threads)" }

    static let header = [
        "case", "kernel", "precision", "threads", "ns/(datum·component)", "quartiles", "speed-up", "efficiency", "of limit", "bound by", "parity",
    ]
    static let widths = [-17, -8, -9, 7, 20, 15, 8, 10, 8, -12, -14]

    var cells: [String] {
        let unit = nanosecondsPerTerm / seconds.median
        return [
            name, kernel, precision, "\(threads)", short(nanosecondsPerTerm), "\(short(seconds.lower * unit))–\(short(seconds.upper * unit))",
            fixed(speedUp, 2), fixed(efficiency, 2), fixed(shareOfLimit, 2), limit.binding,
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

    init(_ run: Run) {
        self.run = run
        results = Dictionary(run.results.map { ($0.key, $0) }) { $1 }
    }

    /// Time by the earlier time, and whether the quartiles of the two are apart by more than the clock's spread: nearly always a change of more than chance
    /// between runs of nine rounds.
    func text(_ result: Result, _ clock: ClockNoise) -> String {
        guard let earlier = results[result.key] else { return "new" }
        let ratio = result.seconds.median / earlier.seconds.median, tolerance = max(clock.spread, run.clock.spread)
        let isSlower = result.seconds.lower > earlier.seconds.upper * (1 + tolerance)
        let isFaster = result.seconds.upper * (1 + tolerance) < earlier.seconds.lower
        return "× \(fixed(ratio, 3))" + (isSlower ? " SLOWER" : isFaster ? " faster" : "")
    }
}
