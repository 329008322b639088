import CBenchmarks
import Foundation
import GaussianMixtures

/// What docs/scaling.md predicts from.
struct ScalingConstants: Codable {
    struct Pass: Codable {
        let name: String
        let shape: ProblemShape
        let chunks: Int
        /// Seconds of a pass on one thread, and of its part that one thread always does alone.
        let seconds, serialSeconds: Double
        let bytes: Double
    }

    var passes: [Pass] = []
    /// Seconds to hand no work to so many threads and wait for them.
    var forkSeconds = 0.0, forkThreads = 1
    /// Bytes that one thread, and all threads together, read in a second.
    var bandwidth, bandwidthOfAll: Double

    init<Scalar: KernelScalar>(as: Scalar.Type, _ kernel: Kernel, threads: Int, rounds: Int) throws {
        let read = Problem<Scalar>(
            ProblemShape(count: (256 << 20) / MemoryLayout<Scalar>.stride, dimension: 1, components: 1))
        let reading = [1, threads].map { Limits(read, kernel: kernel, threads: $0).reading }
        forkThreads = threads
        let times = try interleaved(
            rounds: rounds, reading + [Measured(threads: threads) { for _ in 0..<100 { parallel(threads) { _ in } } }])
        let bytes = Double(read.values.count * MemoryLayout<Scalar>.stride)
        bandwidth = bytes / times[0].median
        bandwidthOfAll = bytes / times[1].median
        if threads > 1 { forkSeconds = times[2].median / 100 }

        for item in Case.all where ["D1-K1", "D1-K8", "D8-K8-full", "D16-K16-full", "D64-K16-full"].contains(item.name)
        {
            let problem = Problem<Scalar>(item.shape), pass = KernelPass(problem, kernel: kernel, threads: 1)
            pass.run()
            // A pass can be finished again, in the same time.
            let times = try interleaved(rounds: rounds, [Measured { pass.finish() }, Measured { pass.run() }])
            passes.append(
                Pass(
                    name: item.name, shape: item.shape, chunks: pass.chunks, seconds: times[1].median,
                    serialSeconds: times[0].median,
                    bytes: Double(problem.values.count * MemoryLayout<Scalar>.stride)))
        }
    }

    /// Seconds on so many cores of this kind. They are the time for the chunks of the busiest core, or for reading the
    /// data if that is longer, plus handing out, which is assumed to grow with the threads, and the serial part.
    func prediction(_ pass: Pass, cores: Int) -> Double {
        let busiest = Double((pass.chunks + cores - 1) / cores) / Double(pass.chunks)
        let computing = (pass.seconds - pass.serialSeconds) * busiest
        let reading = pass.bytes / (cores == 1 ? bandwidth : bandwidthOfAll)
        let handing = cores == 1 ? 0 : forkSeconds * Double(cores) / Double(forkThreads)
        return max(computing, cores == 1 ? 0 : min(reading, pass.seconds)) + handing + pass.serialSeconds
    }

    /// As Markdown.
    func table(cores: [Int]) -> String {
        var lines = [
            "| pass | one thread, ms (measured) | chunks | serial, µs (measured) | "
                + cores.map { "\($0) cores" }.joined(separator: " | ") + " |",
            "|---|---|---|---|" + String(repeating: "---|", count: cores.count),
        ]
        for pass in passes {
            let predictions = cores.map { prediction(pass, cores: $0) }
            lines.append(
                "| \(pass.name) | \(short(1e3 * pass.seconds)) | \(pass.chunks) | \(short(1e6 * pass.serialSeconds)) | "
                    + zip(cores, predictions).map { "\(short(1e3 * $1)) (\(fixed(pass.seconds / $1 / Double($0), 2)))" }
                    .joined(separator: " | ") + " |")
        }
        return lines.joined(separator: "\n")
    }
}
