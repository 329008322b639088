import CBenchmarks
import Foundation

/// Seconds.
struct Quartiles: Codable {
    var median, lower, upper: Double

    init(_ seconds: [Double]) {
        let sorted = seconds.sorted()
        median = sorted[sorted.count / 2]
        lower = sorted[sorted.count / 4]
        upper = sorted[(3 * sorted.count) / 4]
    }

    /// The distance of the quartiles as a share of the median.
    var spread: Double { (upper - lower) / median }
}

/// Something to be timed on so many threads.
struct Measured {
    let threads: Int
    /// Seconds of one run, the mean of `repeats` runs.
    let seconds: (_ repeats: Int) throws -> Double

    init(threads: Int = 1, seconds: @escaping (_ repeats: Int) throws -> Double) {
        self.threads = threads
        self.seconds = seconds
    }

    init(threads: Int = 1, _ run: @escaping () throws -> Void) {
        self.init(threads: threads) { repeats in
            try ContinuousClock().measure { for _ in 0..<repeats { try run() } } / .seconds(repeats)
        }
    }
}

/// Seconds of each task over rounds that run every task once, so that what disturbs the machine disturbs all alike. A
/// round before them warms up, and finds how often a task must be repeated to last a few clock steps.
func interleaved(rounds: Int, pauses: Bool = true, _ tasks: [Measured]) throws -> [Quartiles] {
    // Tasks of fewer threads run first, before the threads of others are left spinning.
    let order = tasks.indices.sorted { (tasks[$0].threads, $0) < (tasks[$1].threads, $1) }
    var seconds = Array(repeating: [Double](), count: tasks.count), repeats = Array(repeating: 1, count: tasks.count)
    for round in 0...rounds {
        // LLVM's OpenMP threads spin for 200 ms after a pass, which slows other tasks, since cores share power and
        // caches.
        if pauses, limit_has_openmp(), tasks.contains(where: { $0.threads > 1 }) { Thread.sleep(forTimeInterval: 0.25) }
        for i in order {
            let once = try tasks[i].seconds(repeats[i])
            if round == 0 { repeats[i] = max(1, Int((0.003 / once).rounded(.up))) } else { seconds[i].append(once) }
        }
    }
    return seconds.map(Quartiles.init)
}

/// How well this machine keeps time now.
struct ClockNoise: Codable {
    /// The least that two readings differ by, in nanoseconds.
    let step: Double
    /// The quartiles' distance, as a share, of arithmetic that always takes as many cycles, about 5 ms.
    let spread: Double
    /// How many times as much arithmetic so many threads do as one does in the same time: what no program's speed-up
    /// can exceed.
    let threads: Int
    let speedUp: Double

    var text: String {
        "clock: steps of \(fixed(step, 0)) ns; the same arithmetic again takes the same time within \(fixed(100 * spread, 1)) %; "
            + "\(threads) threads do \(fixed(speedUp, 2)) times one's" + (spread > 0.1 ? "; THE MACHINE IS BUSY" : "")
    }

    static func measure(threads: Int) throws -> ClockNoise {
        let clock = ContinuousClock()
        let steps = (0..<10_000).map { _ in clock.now.duration(to: clock.now) / .nanoseconds(1) }.filter { $0 > 0 }
        let times = (0..<21).map { _ in clock.measure { _ = limit_multiply_adds(0, false, 500_000) } / .seconds(1) }
        let together = (0..<21).map { _ in
            clock.measure { parallel(threads) { _ in _ = limit_multiply_adds(0, false, 500_000) } } / .seconds(1)
        }
        return ClockNoise(
            step: steps.min() ?? 0, spread: Quartiles(times).spread, threads: threads,
            speedUp: Double(threads) * Quartiles(times).median / Quartiles(together).median)
    }
}
