import GaussianMixtures
import Synchronization

/// What ``EMIteration`` found for a case, a kernel and a number of threads.
struct IterationResult: Codable {
    let seconds: Quartiles
    /// The ratio to the pass within the iteration, a median.
    let byPass: Double
    /// Against one thread.
    let speedUp: Double

    init(_ seconds: Quartiles, ratios: [Double], single: Quartiles) {
        self.seconds = seconds
        byPass = Quartiles(ratios).median
        speedUp = single.median / seconds.median
    }

    static let header = ["iteration", "by pass", "its speed-up"]
    static let widths = [9, 7, 12]

    func cells(nanosecondsPerSecond unit: Double) -> [String] {
        [short(seconds.median * unit), fixed(byPass, 2), fixed(speedUp, 2)]
    }
}

/// Steps of a fit's default method, EM with its default acceleration.
///
/// A step is timed whole: the pass over the data and all that grows with K and D alone, which is the M-step, the
/// factors and their inverses, the gradient, the preconditioner and the stopping rule. The pass within the step is
/// timed too, since it may take less than one under the problem's own mixture: a fit in many dimensions tells the
/// components better apart, and the kernel leaves out moments that cannot change a sum.
///
/// A step whose extrapolation is refused reads the data again. Of its readings the mean counts, once, so that one
/// reading bears all that the step does beside reading.
///
/// A run starts from the cells of the problem's means. Its first steps do not count, since its memory of earlier steps
/// is still empty. Where a run ends another one begins, which is not timed.
final class EMIteration<Scalar: KernelScalar> {
    /// Of each measurement, the iteration by its pass.
    private(set) var ratios: [Double] = []
    private let source: TimedSource<Scalar>
    private var options: FitOptions
    private var training: Training
    /// How many steps of a run do not count.
    private var skipped = 3

    /// - Parameter data: those of the problem.
    init(_ problem: Problem<Scalar>, _ data: Dataset<Scalar>, kernel: Kernel, threads: Int) throws {
        let shape = problem.shape, D = shape.dimension
        source = TimedSource(data: data)
        options = FitOptions(components: shape.components)
        options.covariance = shape.covariance
        options.threads = threads
        options.kernel = kernel
        options.historyStride = options.iterations
        options.initialisation = .given(
            means: (0..<shape.components).map { Array(problem.means[$0 * D..<($0 + 1) * D]) })
        training = try Training.begin(source, options)
        options.initialisation = .parameters(training.state.parameters)
        // With few components a run may be shorter than that: with one it makes a single step.
        var made = 0
        while made <= skipped, try step() != nil { made += 1 }
        skipped = made - 1
        try begin()
    }

    /// Of an iteration, the mean of so many.
    func seconds(_ count: Int) throws -> Double {
        var iterations = Duration.zero, passes = Duration.zero
        for _ in 0..<count {
            var times = try step()
            if times == nil {
                try begin()
                times = try step()
            }
            iterations += times!.iteration
            passes += times!.pass
        }
        ratios.append(iterations / passes)
        return iterations / .seconds(count)
    }

    private func begin() throws {
        training = try Training.begin(source, options)
        for _ in 0..<skipped { _ = try step() }
    }

    /// Nil where the run has ended, which its last step finds without reading.
    private func step() throws -> (iteration: Duration, pass: Duration)? {
        _ = source.readings.take()
        let whole = try ContinuousClock().measure { _ = try training.step() }
        let (count, time) = source.readings.take()
        return count == 0 ? nil : (whole - time + time / count, time / count)
    }
}

/// Data whose readings are timed.
private struct TimedSource<Scalar: KernelScalar>: StatisticsSource {
    let data: Dataset<Scalar>
    let readings = Readings()

    var count: Int { data.count }
    var dimension: Int { data.dimension }
    var totalWeight: Double { data.totalWeight }

    func bounds() throws(MixtureError) -> [(smallest: Double, largest: Double)] { try data.bounds() }

    func sample(_ count: Int, key: RandomKey) throws(MixtureError) -> Dataset<Scalar> { data.sample(count, key: key) }

    func reader(
        _ shape: MixtureShape, assignment: Assignment, threads: Int, kernel: Kernel
    ) throws(MixtureError) -> any StatisticsReader {
        TimedReader(
            reader: try data.reader(shape, assignment: assignment, threads: threads, kernel: kernel),
            add: readings.add)
    }

    func batchReader(
        _ shape: MixtureShape, size: Int, threads: Int, kernel: Kernel
    ) throws(MixtureError) -> any BatchReader {
        try data.batchReader(shape, size: size, threads: threads, kernel: kernel)
    }

    final class Readings: Sendable {
        private let all = Mutex((count: 0, time: Duration.zero))

        func add(_ time: Duration) { all.withLock { $0 = ($0.count + 1, $0.time + time) } }

        /// Those since they were taken last.
        func take() -> (count: Int, time: Duration) {
            all.withLock { all in
                defer { all = (0, .zero) }
                return all
            }
        }
    }
}

private final class TimedReader: StatisticsReader {
    private let reader: any StatisticsReader
    private let add: (Duration) -> Void

    init(reader: any StatisticsReader, add: @escaping (Duration) -> Void) {
        self.reader = reader
        self.add = add
    }

    var unitRoundoff: Double { reader.unitRoundoff }
    var kernelThatRan: Kernel? { reader.kernelThatRan }

    func emptyStatistics() -> Statistics { reader.emptyStatistics() }

    func read(_ parameters: borrowing KernelParameters, into statistics: inout Statistics) throws(MixtureError) {
        let start = ContinuousClock.now
        try reader.read(parameters, into: &statistics)
        add(ContinuousClock.now - start)
    }
}
