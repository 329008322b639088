import CBenchmarks
import CKernels
import CKernels.Measuring
import Foundation
import GaussianMixtures

/// One pass of statistics through the C interface, in workspace that is allocated once.
final class KernelPass<Scalar: KernelScalar> {
    private let problem: Problem<Scalar>
    private let keepsNegligible: Bool
    private var pass = gmm_pass()
    private(set) var statistics: [Double]

    /// - Parameter count: how many of the data to read; all by default.
    // Inlined, it ends the optimiser of Swift 6.3.1: "found a leaked owned value that was never consumed".
    @inline(never)
    init(_ problem: Problem<Scalar>, kernel: Kernel, threads: Int, count: Int? = nil, keepsNegligible: Bool = false) {
        self.problem = problem
        self.keepsNegligible = keepsNegligible
        pass.precision = Scalar.isFloat32 ? GMM_FLOAT32 : GMM_FLOAT64
        pass.count = count ?? problem.shape.count
        pass.dimension = problem.shape.dimension
        pass.values = UnsafeRawPointer(problem.values.baseAddress)
        (pass.row_stride, pass.column_stride) = (problem.shape.dimension, 1)
        pass.components = problem.shape.components
        pass.covariance =
            switch problem.shape.covariance {
            case .full: GMM_FULL
            case .tied: GMM_TIED
            case .diagonal: GMM_DIAGONAL
            case .spherical: GMM_SPHERICAL
            }
        pass.log_norms = UnsafePointer(problem.logNorms.baseAddress)
        pass.means = UnsafePointer(problem.means.baseAddress)
        pass.factors = UnsafePointer(problem.factors.baseAddress)
        pass.kernel = kernel.number
        pass.workers = max(1, min(threads, gmm_chunk_count(&pass)))
        statistics = Array(repeating: 0, count: gmm_statistics_length(&pass))
        let bytes = gmm_workspace_size(&pass)
        pass.workspace = aligned_alloc(128, (bytes + 127) / 128 * 128)
        precondition(pass.workspace != nil, "\(bytes) bytes cannot be had")
    }

    deinit { free(pass.workspace) }

    var chunks: Int { gmm_chunk_count(&pass) }

    func run() {
        work()
        finish()
    }

    func work() {
        gmm_begin(&pass)
        if keepsNegligible { gmm_keep_negligible(&pass) }
        if pass.workers > 1, gmm_openmp() {
            gmm_run_openmp(&pass)
        } else {
            withUnsafeMutablePointer(to: &pass) { pass in
                parallel(pass.pointee.workers) { gmm_work(pass, $0) }
            }
        }
    }

    /// The serial part of a pass.
    func finish() {
        let result = statistics.withUnsafeMutableBufferPointer { gmm_finish(&pass, $0.baseAddress) }
        precondition(
            result.status == GMM_OK && Int(result.kernel) == pass.kernel, "the pass failed at row \(result.row)")
    }
}

extension Kernel {
    /// The kernel's number in C.
    var number: Int { (0..<gmm_kernel_count()).first { String(cString: gmm_kernel_name($0)) == name }! }
}

/// Runs work side by side, on the threads that the kernels run on.
func parallel(_ workers: Int, _ work: (Int) -> Void) {
    if workers == 1 { return work(0) }
    withoutActuallyEscaping(work) { work in
        if limit_has_openmp() {
            var work = work
            withUnsafeMutablePointer(to: &work) {
                limit_run(
                    workers,
                    { context, worker in context!.assumingMemoryBound(to: ((Int) -> Void).self).pointee(worker) }, $0)
            }
        } else {
            nonisolated(unsafe) let work = work
            DispatchQueue.concurrentPerform(iterations: workers) { work($0) }
        }
    }
}
