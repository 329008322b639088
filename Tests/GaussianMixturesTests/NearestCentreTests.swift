import CKernels
import Foundation
import GMMReference
import GaussianMixtures
import Testing

/// Hard passes: labels, scores, ties, edges and faults. Their sums within the bound: MultivariateParityTests.
struct NearestCentreTests {
    static let kernels = MultivariateParityTests.kernels
    static let covariances = MultivariateParityTests.covariances

    @Test(arguments: covariances)
    func labelsAreThoseOfTheReference(covariance: gmm_covariance) {
        compareScores(covariance, as: Double.self)
        compareScores(covariance, as: Float.self)
    }

    private func compareScores<Scalar: KernelScalar>(_ covariance: gmm_covariance, as: Scalar.Type) {
        // Below, at and above a tile of centres, a vector, and a block.
        for (count, dimension, components) in [
            (1, 1, 1), (9, 2, 3), (64, 3, 4), (513, 5, 9), (1100, 8, 17), (700, 1, 6),
        ] {
            let problem = MultivariateProblem<Scalar>(
                count: count, dimension: dimension, components: components, covariance: covariance, weighted: false,
                hard: true)
            let joint = problem.rows.map { x in
                problem.mixture.map { Reference.logJointDensity(Reference.residual(x, $0), $0) }
            }
            for kernel in Self.kernels {
                let scores = problem.scores(kernel: kernel)
                #expect(scores.labels.map { Int($0) } == joint.map(Reference.label))
                #expect(scores.responsibilities.map { Double($0) } == joint.flatMap(Reference.hardResponsibilities))
                for i in joint.indices {
                    let s = joint[i].max()!
                    #expect(abs(Double(scores.logDensities[i]) - s) <= (Scalar.isFloat32 ? 1e-4 : 1e-12) * (1 + abs(s)))
                }
                let threaded = problem.scores(kernel: kernel, workers: 3)
                #expect(threaded.labels == scores.labels && threaded.logDensities == scores.logDensities)
            }
        }
    }

    @Test(arguments: kernels)
    func everyCountAroundVectorsAndBlocks(kernel: Int) {
        for count in Array(1...70) + [127, 128, 129, 511, 512, 513, 1025] {
            for covariance in [GMM_TIED_DIAGONAL, GMM_FULL] {
                let problem = MultivariateProblem<Float>(
                    count: count, dimension: 2, components: 5, covariance: covariance, weighted: false, hard: true)
                let sums = problem.statistics(kernel: kernel), labels = problem.scores(kernel: kernel).labels
                #expect(Array(sums[1...5]) == (0..<5).map { k in Double(labels.count { $0 == k }) })
            }
        }
    }

    /// Two equal centres and a far one: the first has all under the tied types, and half under the others.
    @Test(arguments: covariances)
    func equals(covariance: gmm_covariance) {
        let isTied = covariance == GMM_TIED || covariance == GMM_TIED_DIAGONAL, values = [0.25, -0.5, 0.75, 0, 1]
        for kernel in Self.kernels {
            let (result, sums) = Self.pass(values, means: [100, 0, 0], covariance: covariance, kernel: kernel)
            #expect(result.status == GMM_OK)
            #expect(Array(sums[1...3]) == (isTied ? [0, 5, 0] : [0, 2.5, 2.5]))
            #expect(abs(sums[4 + 1] - (isTied ? 1.5 : 0.75)) < 1e-15)
            let likelihood = -0.5 * values.reduce(0) { $0 + $1 * $1 } + (isTied ? 0 : 5 * log(2))
            #expect(abs(sums[0] - likelihood) < 1e-14)
        }
    }

    @Test(arguments: covariances)
    func faultsAreNamed(covariance: gmm_covariance) {
        for kernel in Self.kernels {
            for row in [0, 3, 69] {
                func status(_ bad: Double, weight: Double = 1, scoring: Bool = false) -> gmm_result {
                    var values = [Double](repeating: 1, count: 70), weights = values
                    values[row] = bad
                    weights[row] = weight
                    return Self.pass(
                        values, weights: scoring ? nil : weights, means: [1, 5, 9], covariance: covariance,
                        kernel: kernel, scoring: scoring
                    ).0
                }
                for scoring in [false, true] {
                    for bad in [Double.nan, .infinity, -.infinity] {
                        let result = status(bad, scoring: scoring)
                        #expect(result.status == GMM_NOT_FINITE && result.row == row)
                    }
                    for beyond in [1e200, -1.7e308] {
                        let result = status(beyond, scoring: scoring)
                        #expect(result.status == GMM_OUT_OF_REACH && result.row == row)
                    }
                }
                for weight in [-1, -Double.leastNonzeroMagnitude, .nan, .infinity] {
                    let result = status(1, weight: weight)
                    #expect(result.status == GMM_INVALID_WEIGHT && result.row == row, "\(weight)")
                }
            }
        }
    }

    /// A hard pass over one feature under unit scales.
    private static func pass(
        _ values: [Double], weights: [Double]? = nil, means: [Double], covariance: gmm_covariance, kernel: Int,
        scoring: Bool = false
    ) -> (gmm_result, [Double]) {
        let logNorms = means.map { _ in 0.0 }, factors = means.map { _ in 1.0 }
        var sums: [Double] = [], labels = [Int32](repeating: -1, count: values.count)
        let result = values.withUnsafeBufferPointer { values in
            (weights ?? []).withUnsafeBufferPointer { weightsBuffer in
                means.withUnsafeBufferPointer { means in
                    logNorms.withUnsafeBufferPointer { logNorms in
                        factors.withUnsafeBufferPointer { factors in
                            labels.withUnsafeMutableBufferPointer { labels in
                                var pass = gmm_pass()
                                (pass.count, pass.dimension, pass.components, pass.covariance) = (
                                    values.count, 1, means.count, covariance
                                )
                                (pass.values, pass.row_stride, pass.column_stride) = (
                                    UnsafeRawPointer(values.baseAddress), 1, 1
                                )
                                pass.weights = weights == nil ? nil : UnsafeRawPointer(weightsBuffer.baseAddress)
                                (pass.log_norms, pass.means, pass.factors) = (
                                    logNorms.baseAddress, means.baseAddress, factors.baseAddress
                                )
                                (pass.hard, pass.kernel, pass.workers) = (true, kernel, 1)
                                pass.labels = scoring ? labels.baseAddress : nil
                                let workspace = UnsafeMutableRawPointer.allocate(
                                    byteCount: gmm_workspace_size(&pass), alignment: 128)
                                defer { workspace.deallocate() }
                                pass.workspace = workspace
                                sums = Array(repeating: .nan, count: gmm_statistics_length(&pass))
                                gmm_begin(&pass)
                                gmm_work(&pass, 0)
                                return gmm_finish(&pass, &sums)
                            }
                        }
                    }
                }
            }
        }
        return (result, sums)
    }
}
