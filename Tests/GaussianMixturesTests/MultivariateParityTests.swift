import CKernels
import CKernels.Measuring
import Foundation
import GMMReference
import GaussianMixtures
import Testing

/// The C kernels in any dimension, of all covariance types, soft and hard, against the reference within the bound of
/// docs/accuracy.md.
struct MultivariateParityTests {
    static let kernels = (0..<gmm_kernel_count()).filter(gmm_kernel_available)
    static let covariances = [GMM_FULL, GMM_TIED, GMM_DIAGONAL, GMM_SPHERICAL, GMM_TIED_DIAGONAL]
    static let dimensions = Array(1...20) + [31, 32, 33, 63, 64, 65, 100]

    @Test(arguments: dimensions)
    func float64(dimension: Int) { compare(dimension: dimension, as: Double.self, hard: false) }

    @Test(arguments: dimensions)
    func float32(dimension: Int) { compare(dimension: dimension, as: Float.self, hard: false) }

    @Test(arguments: [1, 2, 3, 4, 7, 8, 17, 65])
    func hard(dimension: Int) {
        compare(dimension: dimension, as: Double.self, hard: true)
        compare(dimension: dimension, as: Float.self, hard: true)
    }

    private func compare<Scalar: KernelScalar>(dimension: Int, as: Scalar.Type, hard: Bool) {
        var worst = 0.0
        for covariance in Self.covariances {
            for (count, components, weighted) in [
                (1, 1, false), (67, 2, true), (dimension <= 20 ? 700 : 130, dimension <= 20 ? 9 : 3, false),
            ] {
                let problem = MultivariateProblem<Scalar>(
                    count: count, dimension: dimension, components: components, covariance: covariance,
                    weighted: weighted, hard: hard)
                let expected = problem.expected()
                for kernel in Self.kernels {
                    let sums = problem.statistics(kernel: kernel)
                    var ratio = 0.0
                    for i in sums.indices { ratio = max(ratio, abs(sums[i] - expected.sums[i]) / expected.bounds[i]) }
                    #expect(
                        ratio <= 1,
                        "kernel \(kernel), \(covariance), N = \(count), D = \(dimension), K = \(components), hard \(hard)"
                    )
                    worst = max(worst, ratio)
                    #expect(problem.statistics(kernel: kernel, columnMajor: true) == sums)
                    for workers in [2, 3] { #expect(problem.statistics(kernel: kernel, workers: workers) == sums) }
                }
            }
        }
        print(
            "parity in \(dimension) dimensions, \(Scalar.self)\(hard ? ", hard" : ""): at most \(String(format: "%.3f", worst)) of the bound"
        )
    }

    /// Large enough for several chunks, and for residuals that do not fit beside each other and are computed again.
    @Test(arguments: [
        (GMM_FULL, 3000, 4, 5), (GMM_FULL, 70, 130, 20), (GMM_TIED, 3000, 4, 5), (GMM_DIAGONAL, 3000, 4, 5),
        (GMM_TIED_DIAGONAL, 3000, 4, 5),
        (GMM_TIED, 300, 6, 20), (GMM_TIED, 60, 6, 1000), (GMM_TIED, 8, 33, 1030), (GMM_TIED, 3000, 2, 1),
        (GMM_TIED, 200, 1, 200),
        (GMM_FULL, 20, 512, 1), (GMM_DIAGONAL, 70, 512, 3), (GMM_FULL, 100, 2, 1000), (GMM_SPHERICAL, 100, 3, 1000),
    ])
    func chunksAndLargeModels(covariance: gmm_covariance, count: Int, dimension: Int, components: Int) {
        let problem = MultivariateProblem<Double>(
            count: count, dimension: dimension, components: components, covariance: covariance, weighted: false)
        let expected = problem.expected()
        for kernel in Self.kernels {
            let sums = problem.statistics(kernel: kernel)
            for i in sums.indices { #expect(abs(sums[i] - expected.sums[i]) <= expected.bounds[i]) }
            for workers in [2, 3, 8] { #expect(problem.statistics(kernel: kernel, workers: workers) == sums) }
        }
    }

    /// Far apart components, where most of the moments are left out: of whole blocks where the data are sorted, else of
    /// most rows where that pays, of residuals that were kept or not. The same as without leaving any out, within the
    /// bound.
    @Test(
        arguments: covariances.map { ($0, 3, 16, true) } + [
            (GMM_FULL, 3, 16, false), (GMM_FULL, 8, 16, false), (GMM_FULL, 17, 16, false), (GMM_FULL, 34, 64, false),
            (GMM_DIAGONAL, 65, 16, false),
            (GMM_SPHERICAL, 65, 16, false),
        ])
    func negligibleMomentsAreLeftOut(covariance: gmm_covariance, dimension: Int, components: Int, sorted: Bool) {
        func compare<Scalar: KernelScalar>(as: Scalar.Type) {
            let problem = MultivariateProblem<Scalar>(
                count: dimension < 20 ? 2000 : 300, dimension: dimension, components: components,
                covariance: covariance,
                weighted: dimension == 17, spread: dimension < 8 ? 12 : 5, sorted: sorted)
            let expected = problem.expected()
            for kernel in Self.kernels {
                let sums = problem.statistics(kernel: kernel),
                    all = problem.statistics(kernel: kernel, keepsNegligible: true)
                for i in sums.indices {
                    #expect(abs(sums[i] - all[i]) <= expected.bounds[i])
                    #expect(abs(sums[i] - expected.sums[i]) <= expected.bounds[i])
                }
                // The order of what is left differs, and with it the last bits.
                if covariance == GMM_FULL && dimension >= 8 && components == 16 { #expect(sums != all) }
                #expect(problem.statistics(kernel: kernel, workers: 3) == sums)
            }
        }
        compare(as: Double.self)
        compare(as: Float.self)
    }

    /// Components so far apart that what is whitened once would keep few digits.
    @Test(arguments: [GMM_TIED, GMM_FULL], [1, 2, 5, 6, 9])
    func farApart(covariance: gmm_covariance, dimension: Int) {
        func compare<Scalar: KernelScalar>(spread: Double, hard: Bool, as: Scalar.Type) {
            let problem = MultivariateProblem<Scalar>(
                count: 400, dimension: dimension, components: 5, covariance: covariance, weighted: !hard,
                spread: spread, hard: hard)
            #expect(problem.count > 390)
            let expected = problem.expected()
            for kernel in Self.kernels {
                let sums = problem.statistics(kernel: kernel)
                for i in sums.indices { #expect(abs(sums[i] - expected.sums[i]) <= expected.bounds[i]) }
                for workers in [2, 3] { #expect(problem.statistics(kernel: kernel, workers: workers) == sums) }
            }
        }
        for hard in [false, true] {
            for spread in [100, 1e4] { compare(spread: spread, hard: hard, as: Float.self) }
            for spread in [1e4, 1e8] { compare(spread: spread, hard: hard, as: Double.self) }
        }
    }

    /// Squares of such data are beyond float32; a pass measures each feature in a unit of its own.
    @Test(arguments: covariances, [1e-28, 1e28])
    func unitsThatFloat32CannotSquare(covariance: gmm_covariance, unit: Double) {
        for dimension in [1, 2, 9] {
            let problem = MultivariateProblem<Float>(
                count: 700, dimension: dimension, components: 3, covariance: covariance, weighted: false, unit: unit)
            let expected = problem.expected()
            for kernel in Self.kernels {
                let sums = problem.statistics(kernel: kernel)
                for i in sums.indices { #expect(abs(sums[i] - expected.sums[i]) <= expected.bounds[i]) }
            }
        }
    }
}

/// Of a triangle packed by rows. Without the types the compiler takes seconds for this.
private func diagonal(_ packed: [Double], _ dimension: Int) -> [Double] {
    (0..<dimension).map { (d: Int) -> Double in packed[d * (d + 3) / 2] }
}

/// Random data near a random mixture, what the reference makes of them, and how far from it a kernel may be.
struct MultivariateProblem<Scalar: KernelScalar> {
    let count, dimension: Int
    let hard: Bool
    let covariance: gmm_covariance
    let mixture: [Reference.MultivariateComponent]
    /// Row-major.
    let values: [Scalar]
    let weights: [Scalar]?
    private let factors: [Double]

    init(
        count: Int, dimension: Int, components: Int, covariance: gmm_covariance, weighted: Bool, spread: Double = 2,
        sorted: Bool = false,
        hard: Bool = false, unit: Double = 1, reach: Double? = nil
    ) {
        let isTied = covariance == GMM_TIED || covariance == GMM_TIED_DIAGONAL
        let keys = RandomKey(seed: UInt64(count + 1000 * dimension + 1_000_000 * components)).split(5)
        let triangle = dimension * (dimension + 1) / 2
        let noise = keys[0].normal(components * triangle),
            means = keys[1].normal(components * dimension).map { unit * (spread * $0 + 10) }
        var mixture: [Reference.MultivariateComponent] = [], factors: [Double] = []
        for k in 0..<components {
            var factor = [Double](repeating: 0, count: triangle)
            for a in 0..<dimension {
                for e in 0...a {
                    let own = noise[
                        (isTied ? 0 : k) * triangle + (covariance == GMM_SPHERICAL ? 0 : a * (a + 1) / 2 + e)]
                    let isFull = covariance == GMM_FULL || covariance == GMM_TIED
                    factor[a * (a + 1) / 2 + e] =
                        (a == e ? 1 + 0.3 * abs(own) : isFull ? 0.3 * own / Double(dimension).squareRoot() : 0) / unit
                }
            }
            let diagonal = diagonal(factor, dimension)
            switch covariance {
            case GMM_FULL: factors += factor
            case GMM_TIED: if k == 0 { factors += factor }
            case GMM_DIAGONAL: factors += diagonal
            case GMM_TIED_DIAGONAL: if k == 0 { factors += diagonal }
            default: factors.append(diagonal[0])
            }
            mixture.append(
                .init(
                    logNorm: diagonal.map { log($0) }.reduce(
                        -log(Double(components)) - 0.5 * log(2 * .pi) * Double(dimension), +),
                    mean: Array(means[k * dimension..<(k + 1) * dimension]), factor: factor))
        }
        let draws = keys[2].normal(count * dimension)
        let rows = (0..<count).map { row in
            let k = sorted ? row * components / count : row % components
            return (0..<dimension).map {
                Scalar((reach ?? 1) * (means[k * dimension + $0] + unit * draws[row * dimension + $0]))
            }
        }
        // A hard assignment is compared where rounding cannot change it.
        let clear =
            hard && reach == nil
            ? rows.filter {
                Reference.MultivariateBound.isClear(
                    $0.map { Double($0) }, mixture, isTied: isTied, isFloat32: Scalar.isFloat32)
            } : rows
        values = clear.flatMap { $0 }
        weights = weighted ? keys[3].uniform(clear.count).map { Scalar($0) } : nil
        self.count = clear.count
        self.hard = hard
        self.dimension = dimension
        self.covariance = covariance
        self.mixture = mixture
        self.factors = factors
    }

    // MARK: The kernel

    func statistics(kernel: Int, workers: Int = 1, columnMajor: Bool = false, keepsNegligible: Bool = false) -> [Double]
    {
        var sums: [Double] = []
        let result = run(kernel: kernel, workers: workers, columnMajor: columnMajor, keepsNegligible: keepsNegligible) {
            pass, run in
            sums = Array(repeating: .nan, count: gmm_statistics_length(&pass))
            return run(&pass, &sums)
        }
        #expect(result.status == GMM_OK && Int(result.kernel) == kernel)
        return sums
    }

    func scores(kernel: Int, workers: Int = 1) -> (logDensities: [Scalar], responsibilities: [Scalar], labels: [Int32])
    {
        let (result, scores) = attemptedScores(kernel: kernel, workers: workers)
        #expect(result.status == GMM_OK && Int(result.kernel) == kernel)
        return scores
    }

    func attemptedStatistics(kernel: Int) -> (gmm_result, [Double]) {
        var sums: [Double] = []
        let result = run(kernel: kernel, workers: 1) { pass, run in
            sums = Array(repeating: .nan, count: gmm_statistics_length(&pass))
            return run(&pass, &sums)
        }
        return (result, sums)
    }

    /// What is not written is NaN, or a label of −1.
    func attemptedScores(
        kernel: Int, workers: Int = 1
    ) -> (gmm_result, (logDensities: [Scalar], responsibilities: [Scalar], labels: [Int32])) {
        var densities = [Scalar](repeating: .nan, count: count),
            responsibilities = [Scalar](repeating: .nan, count: count * mixture.count)
        var labels = [Int32](repeating: -1, count: count)
        let result = densities.withUnsafeMutableBytes { densities in
            responsibilities.withUnsafeMutableBytes { responsibilities in
                labels.withUnsafeMutableBufferPointer { labels in
                    run(kernel: kernel, workers: workers) { pass, run in
                        (pass.log_densities, pass.responsibilities, pass.labels) =
                            (densities.baseAddress, responsibilities.baseAddress, labels.baseAddress)
                        return run(&pass, nil)
                    }
                }
            }
        }
        return (result, (densities, responsibilities, labels))
    }

    /// `body` completes the pass, and calls what it is given to run it.
    private func run(
        kernel: Int, workers: Int, columnMajor: Bool = false, keepsNegligible: Bool = false,
        _ body: (inout gmm_pass, (inout gmm_pass, UnsafeMutablePointer<Double>?) -> gmm_result) -> gmm_result
    ) -> gmm_result {
        let stored = columnMajor ? (0..<count * dimension).map { values[$0 % count * dimension + $0 / count] } : values
        return stored.withUnsafeBufferPointer { stored in
            (weights ?? []).withUnsafeBufferPointer { weights in
                mixture.map(\.logNorm).withUnsafeBufferPointer { logNorms in
                    mixture.flatMap(\.mean).withUnsafeBufferPointer { means in
                        factors.withUnsafeBufferPointer { factors in
                            var pass = gmm_pass()
                            pass.precision = Scalar.isFloat32 ? GMM_FLOAT32 : GMM_FLOAT64
                            (pass.count, pass.dimension, pass.components, pass.covariance) = (
                                count, dimension, mixture.count, covariance
                            )
                            pass.values = UnsafeRawPointer(stored.baseAddress)
                            (pass.row_stride, pass.column_stride) = columnMajor ? (1, count) : (dimension, 1)
                            pass.weights = self.weights == nil ? nil : UnsafeRawPointer(weights.baseAddress)
                            (pass.log_norms, pass.means, pass.factors) = (
                                logNorms.baseAddress, means.baseAddress, factors.baseAddress
                            )
                            (pass.hard, pass.kernel, pass.workers) = (hard, kernel, workers)
                            return body(&pass) { pass, sums in
                                let workspace = UnsafeMutableRawPointer.allocate(
                                    byteCount: gmm_workspace_size(&pass), alignment: 128)
                                defer { workspace.deallocate() }
                                pass.workspace = workspace
                                gmm_begin(&pass)
                                if keepsNegligible { gmm_keep_negligible(&pass) }
                                for worker in (0..<workers).reversed() { gmm_work(&pass, worker) }
                                return gmm_finish(&pass, sums)
                            }
                        }
                    }
                }
            }
        }
    }

    // MARK: The reference and the bound

    var rows: [[Double]] { (0..<count).map { row in (0..<dimension).map { Double(values[row * dimension + $0]) } } }

    /// In the order of the kernel's statistics.
    func expected() -> (sums: [Double], bounds: [Double]) {
        let doubleWeights = weights?.map { Double($0) }
        let sums = Reference.statistics(rows, weights: doubleWeights, mixture, hard: hard)
        let isTied = covariance == GMM_TIED || covariance == GMM_TIED_DIAGONAL
        let bound = Reference.MultivariateBound(
            rows, weights: doubleWeights, mixture, isTied: isTied, isHard: hard, isFloat32: Scalar.isFloat32)
        func kept(_ second: [[Double]], pooled: [Double]) -> [Double] {
            let diagonals = second.map { diagonal($0, dimension) }
            switch covariance {
            case GMM_FULL: return second.flatMap { $0 }
            case GMM_TIED: return hard ? [] : pooled
            case GMM_TIED_DIAGONAL: return []
            case GMM_DIAGONAL: return diagonals.flatMap { $0 }
            default: return diagonals.map { $0.reduce(0, +) }
            }
        }
        return (
            [sums.logLikelihood] + sums.mass + sums.firstMoment.flatMap { $0 }
                + kept(sums.secondMoment, pooled: sums.pooledSecondMoment),
            [bound.logLikelihood] + bound.mass + bound.firstMoment.flatMap { $0 }
                + kept(bound.secondMoment, pooled: bound.pooledSecondMoment)
        )
    }
}
