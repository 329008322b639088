import CKernels
import Foundation
import GMMReference

/// Reads a data set under one mixture after another, in workspace that is allocated once.
///
/// The package's unsafe pointers are all in this file.
final class Pass<Scalar: KernelScalar> {
    let data: Dataset<Scalar>
    let components: Int
    let kernel: Kernel
    private let workers: Int
    private let workspace: UnsafeMutableRawPointer?
    /// The kernel that read the data in the last pass, as its own code reported it.
    private(set) var kernelThatRan: Kernel?

    init(_ data: Dataset<Scalar>, components: Int, threads: Int, kernel: Kernel) throws(MixtureError) {
        self.data = data
        self.components = components
        self.kernel = kernel
        var sizes = Self.sizes(data, components: components)
        workers = max(1, min(threads, gmm_chunk_count(&sizes)))
        sizes.workers = workers
        let bytes = gmm_workspace_size(&sizes)
        workspace = kernel.index == nil ? nil : aligned_alloc(128, bytes)
        guard kernel.index == nil || workspace != nil else { throw .outOfMemory(bytes: bytes) }
    }

    deinit { free(workspace) }

    /// A pass with nothing but what its memory depends on.
    private static func sizes(_ data: Dataset<Scalar>, components: Int) -> gmm_pass {
        var pass = gmm_pass()
        pass.precision = Scalar.isFloat32 ? GMM_FLOAT32 : GMM_FLOAT64
        pass.count = data.count
        pass.dimension = 1
        pass.components = components
        pass.covariance = GMM_DIAGONAL
        return pass
    }

    // MARK: Statistics

    /// Replaces `statistics` by those of the data under `parameters`. O(N K), without allocation.
    func read(_ parameters: KernelParameters, into statistics: inout Statistics) throws(MixtureError) {
        statistics.totalWeight = data.totalWeight
        if kernel == .reference {
            try checkForReference(parameters)
            let sums = Reference.statistics(data.doubles(), weights: data.weightsAsDoubles(), parameters.reference)
            statistics.sums = [sums.logLikelihood] + sums.mass + sums.firstMoment + sums.secondMoment
            kernelThatRan = .reference
        } else {
            let result = statistics.sums.withUnsafeMutableBufferPointer { run(parameters, statistics: $0.baseAddress) }
            try check(result)
        }
        for sum in statistics.sums where !sum.isFinite { throw .sumsOverflow }
    }

    // MARK: Scores

    func logDensities(_ parameters: KernelParameters) throws(MixtureError) -> [Scalar] {
        try scores(parameters, perDatum: 1, blank: 0) {
            [Scalar(Reference.logDensity($0, $1))]
        } kernel: {
            run(parameters, logDensities: UnsafeMutableRawPointer($0))
        }
    }

    func responsibilities(_ parameters: KernelParameters) throws(MixtureError) -> [Scalar] {
        try scores(parameters, perDatum: components, blank: 0) {
            Reference.responsibilities($0, $1).map { Scalar($0) }
        } kernel: {
            run(parameters, responsibilities: UnsafeMutableRawPointer($0))
        }
    }

    func labels(_ parameters: KernelParameters) throws(MixtureError) -> [Int32] {
        try scores(parameters, perDatum: 1, blank: 0) {
            let responsibilities = Reference.responsibilities($0, $1)
            return [Int32(responsibilities.firstIndex(of: responsibilities.max()!)!)]
        } kernel: {
            run(parameters, labels: $0)
        }
    }

    /// `perDatum` scores of each datum, row after row, from the reference or written by a C kernel over blanks.
    private func scores<Score>(
        _ parameters: KernelParameters, perDatum: Int, blank: Score, reference: (Double, [Reference.Component]) -> [Score],
        kernel runKernel: (UnsafeMutablePointer<Score>) -> gmm_result
    ) throws(MixtureError) -> [Score] {
        if kernel == .reference {
            try checkForReference(parameters)
            let mixture = parameters.reference
            return data.doubles().flatMap { reference($0, mixture) }
        }
        var scores = [Score](repeating: blank, count: data.count * perDatum)
        let result = scores.withUnsafeMutableBufferPointer { runKernel($0.baseAddress!) }
        try check(result)
        return scores
    }

    // MARK: The C kernels

    private func run(
        _ parameters: KernelParameters, statistics: UnsafeMutablePointer<Double>? = nil, logDensities: UnsafeMutableRawPointer? = nil,
        responsibilities: UnsafeMutableRawPointer? = nil, labels: UnsafeMutablePointer<Int32>? = nil
    ) -> gmm_result {
        parameters.logNorms.vectors.withUnsafeBytes { logNorms in
            parameters.means.vectors.withUnsafeBytes { means in
                parameters.precisions.vectors.withUnsafeBytes { precisions in
                    data.values.withUnsafeBufferPointer { values in
                        (data.weights ?? []).withUnsafeBufferPointer { weights in
                            var pass = Self.sizes(data, components: components)
                            pass.values = UnsafeRawPointer(values.baseAddress! + data.offset)
                            (pass.row_stride, pass.column_stride) = (data.stride, 1)
                            pass.weights = data.weights == nil ? nil : UnsafeRawPointer(weights.baseAddress)
                            pass.log_norms = logNorms.assumingMemoryBound(to: Double.self).baseAddress
                            pass.means = means.assumingMemoryBound(to: Double.self).baseAddress
                            pass.factors = precisions.assumingMemoryBound(to: Double.self).baseAddress
                            pass.log_densities = logDensities
                            pass.responsibilities = responsibilities
                            pass.labels = labels
                            pass.kernel = kernel.index!
                            pass.workers = workers
                            pass.workspace = workspace
                            gmm_begin(&pass)
                            if workers == 1 {
                                gmm_work(&pass, 0)
                            } else if gmm_openmp() {
                                gmm_run_openmp(&pass)
                            } else {
                                withUnsafeMutablePointer(to: &pass) {
                                    // Workers share nothing but the counter of chunks, which C increments atomically.
                                    nonisolated(unsafe) let pass = $0
                                    DispatchQueue.concurrentPerform(iterations: workers) { gmm_work(pass, $0) }
                                }
                            }
                            return gmm_finish(&pass, statistics)
                        }
                    }
                }
            }
        }
    }

    private func check(_ result: gmm_result) throws(MixtureError) {
        switch result.status {
        case GMM_NOT_FINITE: throw .notFinite(row: result.row)
        case GMM_INVALID_WEIGHT: throw .invalidDataWeight(row: result.row)
        case GMM_OUT_OF_REACH: throw .outOfReach(row: result.row)
        default: kernelThatRan = Kernel(index: Int(result.kernel))
        }
    }

    // MARK: The reference

    /// Finds what the C kernels find while they read.
    private func checkForReference(_ parameters: KernelParameters) throws(MixtureError) {
        let mixture = parameters.reference
        for (row, x) in data.doubles().enumerated() {
            guard x.isFinite else { throw .notFinite(row: row) }
            guard mixture.allSatisfy({ Reference.residual(x, $0).isFinite }), Reference.logDensity(x, mixture) > -.infinity else {
                throw .outOfReach(row: row)
            }
        }
    }
}

extension KernelParameters {
    fileprivate var reference: [Reference.Component] {
        means.indices.map { Reference.Component(logNorm: logNorms[$0], mean: means[$0], precision: precisions[$0]) }
    }
}
