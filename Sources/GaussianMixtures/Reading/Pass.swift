import CKernels
import Dispatch
#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif
import GMMReference

/// Where a part of a data set begins, and how many rows the whole has.
struct Place {
    let firstRow, wholeCount: Int
}

extension gmm_pass {
    /// A pass with its types.
    init(_ shape: MixtureShape, _ assignment: Assignment, isFloat32: Bool) {
        self.init()
        precision = isFloat32 ? GMM_FLOAT32 : GMM_FLOAT64
        dimension = shape.dimension
        components = shape.components
        covariance =
            switch shape.covariance {
            case _ where assignment == .nearest: GMM_TIED_DIAGONAL
            case .full: GMM_FULL
            case .tied: GMM_TIED
            case .diagonal: GMM_DIAGONAL
            case .spherical: GMM_SPHERICAL
            }
        hard = assignment != .soft
    }
}

/// Reads a data set by a kernel, in workspace that is allocated once: statistics, and scores of each datum.
final class Pass<Scalar: KernelScalar>: StatisticsReader {
    var data: Dataset<Scalar>
    let shape: MixtureShape
    let assignment: Assignment
    let kernel: Kernel
    /// Where the data are in a larger set that they are a part of.
    private let place: Place?
    private let workers: Int
    private let workspace: UnsafeMutableRawPointer?
    private(set) var kernelThatRan: Kernel?

    init(
        _ data: Dataset<Scalar>, _ shape: MixtureShape, assignment: Assignment = .soft, place: Place? = nil,
        threads: Int, kernel: Kernel
    ) throws(MixtureError) {
        guard data.dimension == shape.dimension else {
            throw .dimensionMismatch(data: data.dimension, mixture: shape.dimension)
        }
        self.data = data
        self.shape = shape
        self.assignment = assignment
        self.kernel = kernel
        self.place = place
        var sizes = Self.sizes(data, shape, assignment, place)
        if let place {
            guard gmm_chunk_count(&sizes) > 0 else {
                throw .invalidPart(
                    firstRow: place.firstRow, count: data.count, wholeCount: place.wholeCount,
                    border: gmm_chunk_rows(&sizes))
            }
        }
        workers = max(1, min(threads, gmm_chunk_count(&sizes), Self.worthwhileWorkers(data, shape)))
        sizes.workers = workers
        let bytes = gmm_workspace_size(&sizes)
        workspace = kernel.index == nil ? nil : aligned_alloc(128, (bytes + 127) / 128 * 128)
        guard kernel.index == nil || workspace != nil else { throw .outOfMemory(bytes: bytes) }
    }

    deinit { free(workspace) }

    /// So many that each has some tens of microseconds' work: waiting for another thread takes some, and more where the
    /// machine is busy.
    private static func worthwhileWorkers(_ data: Dataset<Scalar>, _ shape: MixtureShape) -> Int {
        let perDatum = shape.components * (shape.covariance == .full ? triangle(shape.dimension) : shape.dimension)
        return Int(min(Double(data.count) * Double(perDatum) / 32_768, 4096))
    }

    /// A pass with nothing but what its memory depends on.
    private static func sizes(
        _ data: Dataset<Scalar>, _ shape: MixtureShape, _ assignment: Assignment, _ place: Place?
    ) -> gmm_pass {
        var pass = gmm_pass(shape, assignment, isFloat32: Scalar.isFloat32)
        pass.count = data.count
        if let place { (pass.first_row, pass.whole_count) = (place.firstRow, place.wholeCount) }
        return pass
    }

    // MARK: Statistics

    var unitRoundoff: Double { Scalar.isFloat32 && kernel != .reference ? 0x1p-24 : 0x1p-53 }

    func emptyStatistics() -> Statistics { Statistics(shape, keepsSecondMoments: keepsSecondMoments) }

    private var keepsSecondMoments: Bool { assignment == .soft || (assignment == .hard && !shape.isShared) }

    func read(_ parameters: borrowing KernelParameters, into statistics: inout Statistics) throws(MixtureError) {
        // C reads and writes as much as the shape of the pass says.
        guard parameters.shape == shape, statistics.shape == shape, statistics.keepsSecondMoments == keepsSecondMoments
        else {
            throw .invalidMixture(
                component: nil,
                reason: "the reader is of \(shape.text), and the parameters or the statistics are of another shape")
        }
        statistics.count = data.count
        statistics.totalWeight = data.totalWeight
        if kernel == .reference {
            statistics.sums = try referenceStatistics(parameters)
            kernelThatRan = .reference
        } else {
            let result = statistics.sums.withUnsafeMutableBufferPointer { run(parameters, statistics: $0.baseAddress) }
            try check(result)
            statistics.sums[0] += parameters.commonLogNorm * data.totalWeight
        }
        for sum in statistics.sums where !sum.isFinite { throw .sumsOverflow }
    }

    /// The statistics of a part, which can be added to those of the others. Not by the reference, which knows no
    /// chunks.
    func readPart(_ parameters: borrowing KernelParameters) throws(MixtureError) -> PartialStatistics {
        guard kernel != .reference, let place else {
            throw .kernelUnavailable(name: "reference", available: Kernel.available.dropLast().map(\.name))
        }
        let common = parameters.commonLogNorm, shape = shape
        var subtrees: [gmm_subtree] = [], sums: [Double] = []
        let result = withPass(parameters) { pass in
            work(&pass)
            subtrees = Array(repeating: gmm_subtree(), count: gmm_subtree_count(&pass))
            sums = Array(repeating: 0, count: subtrees.count * gmm_statistics_length(&pass))
            return gmm_finish_part(&pass, &subtrees, &sums)
        }
        try check(result)
        for sum in sums where !sum.isFinite { throw .sumsOverflow }
        return PartialStatistics(
            shape: shape, wholeCount: place.wholeCount, count: data.count, totalWeight: data.totalWeight,
            commonLogNorm: common,
            subtrees: subtrees.map { .init(first: $0.first, count: $0.count) }, sums: sums)
    }

    // MARK: Scores

    func logDensities(_ parameters: KernelParameters) throws(MixtureError) -> [Scalar] {
        var scores: [Scalar] = try scores(parameters, perDatum: 1, blank: 0) {
            [Scalar(Reference.logSumExp($0))]
        } kernel: {
            run(parameters, logDensities: UnsafeMutableRawPointer($0))
        }
        // The reference computes in float64 what float32 may not hold.
        if kernel == .reference, let row = scores.firstIndex(where: { !$0.isFinite }) { throw .outOfReach(row: row) }
        if kernel != .reference { Scalar.add(parameters.commonLogNorm, to: &scores) }
        return scores
    }

    func responsibilities(_ parameters: KernelParameters) throws(MixtureError) -> [Scalar] {
        try scores(parameters, perDatum: shape.components, blank: 0) {
            Reference.softmax($0).map { Scalar($0) }
        } kernel: {
            run(parameters, responsibilities: UnsafeMutableRawPointer($0))
        }
    }

    func labels(_ parameters: KernelParameters) throws(MixtureError) -> [Int32] {
        try scores(parameters, perDatum: 1, blank: 0) {
            let responsibilities = Reference.softmax($0)
            return [Int32(responsibilities.firstIndex(of: responsibilities.max()!)!)]
        } kernel: {
            run(parameters, labels: $0)
        }
    }

    /// `perDatum` scores of each datum, row after row, from the log joint densities of the reference or written by a C
    /// kernel over blanks.
    private func scores<Score>(
        _ parameters: KernelParameters, perDatum: Int, blank: Score, reference: ([Double]) -> [Score],
        kernel runKernel: (UnsafeMutablePointer<Score>) -> gmm_result
    ) throws(MixtureError) -> [Score] {
        if kernel == .reference {
            let mixture = referenceMixture(parameters)
            var scores: [Score] = []
            for row in 0..<data.count { scores += reference(try referenceJointDensities(row, mixture)) }
            return scores
        }
        var scores = [Score](repeating: blank, count: data.count * perDatum)
        let result = scores.withUnsafeMutableBufferPointer { runKernel($0.baseAddress!) }
        try check(result)
        return scores
    }

    // MARK: The C kernels

    private func run(
        _ parameters: borrowing KernelParameters, statistics: UnsafeMutablePointer<Double>? = nil,
        logDensities: UnsafeMutableRawPointer? = nil,
        responsibilities: UnsafeMutableRawPointer? = nil, labels: UnsafeMutablePointer<Int32>? = nil
    ) -> gmm_result {
        withPass(parameters) { pass in
            pass.log_densities = logDensities
            pass.responsibilities = responsibilities
            pass.labels = labels
            work(&pass)
            return gmm_finish(&pass, statistics)
        }
    }

    /// Gives `body` a pass with all that it reads.
    private func withPass<Result>(
        _ parameters: borrowing KernelParameters, _ body: (inout gmm_pass) -> Result
    ) -> Result {
        parameters.logNorms.vectors.withUnsafeBytes { logNorms in
            parameters.means.vectors.withUnsafeBytes { means in
                parameters.factors.vectors.withUnsafeBytes { factors in
                    data.withColumn(0) { values in
                        (data.weights ?? []).withUnsafeBufferPointer { weights in
                            (data.columns ?? []).withUnsafeBufferPointer { columns in
                                var pass = Self.sizes(data, shape, assignment, place)
                                pass.values = UnsafeRawPointer(values)
                                (pass.row_stride, pass.column_stride) = (data.rowStride, data.columnStride)
                                pass.columns = data.columns == nil ? nil : columns.baseAddress
                                pass.weights = data.weights == nil ? nil : UnsafeRawPointer(weights.baseAddress)
                                pass.log_norms = logNorms.assumingMemoryBound(to: Double.self).baseAddress
                                pass.means = means.assumingMemoryBound(to: Double.self).baseAddress
                                pass.factors = factors.assumingMemoryBound(to: Double.self).baseAddress
                                pass.kernel = kernel.index!
                                pass.workspace = workspace
                                pass.workers = workers
                                return body(&pass)
                            }
                        }
                    }
                }
            }
        }
    }

    /// Sums the chunks, or scores their data, up to what finishes a pass.
    private func work(_ pass: inout gmm_pass) {
        gmm_begin(&pass)
        ThreadBudget.shared.withWorkers(upTo: workers) { workers in
            pass.workers = workers
            if workers == 1 {
                gmm_work(&pass, 0)
            } else if gmm_openmp() {
                gmm_run_openmp(&pass)
            } else {
                withUnsafeMutablePointer(to: &pass) {
                    // What workers share C guards.
                    nonisolated(unsafe) let pass = $0
                    DispatchQueue.concurrentPerform(iterations: workers) { gmm_work(pass, $0) }
                }
            }
        }
    }

    private func check(_ result: gmm_result) throws(MixtureError) {
        switch result.status {
        case GMM_NOT_FINITE: throw .notFinite(row: result.row)
        case GMM_INVALID_WEIGHT: throw .invalidDataWeight(row: result.row)
        case GMM_OUT_OF_REACH: throw .outOfReach(row: result.row)
        case GMM_INVALID_PART, GMM_INCOMPLETE: throw .partsDoNotFit
        default: kernelThatRan = Kernel(index: Int(result.kernel))
        }
    }
}

// MARK: - The reference

extension Pass {
    fileprivate func referenceStatistics(_ parameters: borrowing KernelParameters) throws(MixtureError) -> [Double] {
        let mixture = referenceMixture(parameters), dimension = shape.dimension
        for row in 0..<data.count { _ = try referenceJointDensities(row, mixture) }
        let rows = (0..<data.count).map(data.row), weights = data.weights.map { $0.map { Double($0) } }
        let sums = Reference.statistics(rows, weights: weights, mixture, hard: assignment != .soft)
        func diagonal(_ packed: [Double]) -> [Double] { (0..<dimension).map { packed[triangle($0) + $0] } }
        let second: [Double] =
            switch shape.covariance {
            case _ where !keepsSecondMoments: []
            case .full: sums.secondMoment.flatMap { $0 }
            case .tied: sums.pooledSecondMoment
            case .diagonal: sums.secondMoment.flatMap(diagonal)
            case .spherical: sums.secondMoment.map { diagonal($0).reduce(0, +) }
            }
        return [sums.logLikelihood] + sums.mass + sums.firstMoment.flatMap { $0 } + second
    }

    /// The log joint densities of a datum, or what the C kernels find while they read.
    fileprivate func referenceJointDensities(
        _ row: Int, _ mixture: [Reference.MultivariateComponent]
    ) throws(MixtureError) -> [Double] {
        let x = data.row(row)
        guard x.allSatisfy(\.isFinite) else { throw .notFinite(row: row) }
        let residuals = mixture.map { Reference.residual(x, $0) }
        let joint = zip(residuals, mixture).map { Reference.logJointDensity($0, $1) }
        guard residuals.allSatisfy({ $0.allSatisfy(\.isFinite) }), joint.contains(where: { $0 > -.infinity }) else {
            throw .outOfReach(row: row)
        }
        return joint
    }

    fileprivate func referenceMixture(_ parameters: borrowing KernelParameters) -> [Reference.MultivariateComponent] {
        let dimension = shape.dimension, layout = shape.factor
        var components: [Reference.MultivariateComponent] = []
        for k in 0..<shape.components {
            var factor: [Double] = []
            let start = shape.factorStart(k)
            for a in 0..<dimension {
                for e in 0...a {
                    let isStored = e == a || layout.columnsLeftOfDiagonal(a).contains(e)
                    factor.append(isStored ? parameters.factors[start + layout.index(a, e)] : 0)
                }
            }
            components.append(
                .init(
                    logNorm: parameters.logNorms[k] + parameters.commonLogNorm,
                    mean: (0..<dimension).map { parameters.means[k * dimension + $0] }, factor: factor))
        }
        return components
    }
}
