import CBenchmarks
import CKernels
import GaussianMixtures

/// The least work that a pass must do.
struct LeastWork {
    /// Counts for each datum.
    var exponentials, multiplyAdds: Double
    var bytes: Double

    /// - Parameter skipsNegligible: whether the data are so far apart that a datum has moments of one component alone.
    init(_ shape: ProblemShape, isFloat32: Bool, skipsNegligible: Bool = false) {
        let K = Double(shape.components), D = Double(shape.dimension), triangle = Double(shape.triangle)
        // With one component r is 1, and with two the larger one's exp(0) is known, so that one exp is spared.
        exponentials = shape.components <= 2 ? K - 1 : K
        // One each for y, |y|², r y and r y². The full type needs P (x − μ) and the triangle of r y yᵀ; the tied one
        // whitens each datum once, and like the spherical one can have what is left as products of vectors: of the
        // datum and the mean, of r and the datum, and of r and the means; with one triangle for each datum.
        let (density, moments) =
            switch shape.covariance {
            case .full where shape.dimension > 1: (triangle, triangle)
            case .tied: (D + triangle / K, 2 * D + triangle / K)
            case .spherical where shape.dimension > 1: (D, D)
            default: (2 * D, 2 * D)
            }
        multiplyAdds = K * density + (skipsNegligible ? 1 : K) * moments
        bytes = D * (isFloat32 ? 4 : 8)
    }
}

/// What this machine takes for the least work at so many threads, measured in the same rounds as the passes.
struct Limits<Scalar: KernelScalar> {
    /// The kernel's own vector exp on numbers in the first-level cache, multiply-adds in registers, and reading the
    /// data where they are.
    let exponentials, multiplyAdds, reading: Measured
    private let threads: Int
    private let multiplyAddsPerRound: Double
    /// Small data are read many times in one measurement, so that handing out the work does not count.
    private let readings: Int

    private static var arguments: Int { 1024 }
    private static var exponentialRounds: Int { 512 }
    private static var multiplyAddRounds: Int { 200_000 }

    init(_ problem: Problem<Scalar>, kernel: Kernel, threads: Int) {
        self.threads = threads
        let number = kernel.number, set = limit_of_kernel(kernel.name),
            precision = Scalar.isFloat32 ? GMM_FLOAT32 : GMM_FLOAT64
        let arguments = (0..<Self.arguments).map { -20 * Scalar($0) / Scalar(Self.arguments) }
        exponentials = Measured(threads: threads) {
            parallel(threads) { _ in
                var results = arguments
                arguments.withUnsafeBytes { arguments in
                    results.withUnsafeMutableBytes { results in
                        for _ in 0..<Self.exponentialRounds {
                            gmm_exp(number, precision, arguments.baseAddress, results.baseAddress, Self.arguments)
                        }
                    }
                }
            }
        }
        multiplyAddsPerRound = Double(limit_multiply_adds(set, Scalar.isFloat32, 0))
        multiplyAdds = Measured(threads: threads) {
            parallel(threads) { _ in _ = limit_multiply_adds(set, Scalar.isFloat32, Self.multiplyAddRounds) }
        }
        let bytes = UnsafeRawBufferPointer(UnsafeBufferPointer(problem.values))
        let readings = max(1, (16 << 20) / bytes.count)
        self.readings = readings
        reading = Measured(threads: threads) {
            parallel(threads) { worker in
                let first = bytes.count / threads / 64 * 64 * worker
                let last = worker == threads - 1 ? bytes.count : first + bytes.count / threads / 64 * 64
                for _ in 0..<readings { _ = limit_read(set, bytes.baseAddress! + first, last - first) }
            }
        }
    }

    var tasks: [Measured] { [exponentials, multiplyAdds, reading] }

    /// The least seconds for N data, of the medians of ``tasks``.
    func prediction(_ work: LeastWork, count: Int, _ times: ArraySlice<Quartiles>) -> PredictedTimes {
        let times = times.map(\.median), threads = Double(threads), count = Double(count)
        return PredictedTimes(
            exponentials: work.exponentials * count * times[0]
                / (threads * Double(Self.arguments * Self.exponentialRounds)),
            multiplyAdds: work.multiplyAdds * count * times[1]
                / (threads * multiplyAddsPerRound * Double(Self.multiplyAddRounds)),
            reading: times[2] / Double(readings))
    }
}

/// Seconds of each part of the least work by itself. The largest is taken as the limit. Exponentials and multiply-adds
/// share the processor's units, so where both are large a pass can only come near to their sum.
struct PredictedTimes: Codable {
    let exponentials, multiplyAdds, reading: Double

    var limit: Double { max(exponentials, multiplyAdds, reading) }
    var binding: String { limit == exponentials ? "exp" : limit == multiplyAdds ? "multiply-add" : "memory" }
}

extension PredictedTimes {
    func times(_ passes: Double) -> PredictedTimes {
        PredictedTimes(
            exponentials: passes * exponentials, multiplyAdds: passes * multiplyAdds, reading: passes * reading)
    }
}
