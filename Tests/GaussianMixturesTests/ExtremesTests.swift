import CKernels
import Foundation
import GMMReference
import GaussianMixtures
import Testing

/// Whatever the data: every score is written and means something, or the row is named that cannot be scored.
struct ExtremesTests {
    @Test(arguments: MultivariateParityTests.covariances, [false, true])
    func everyScoreIsWrittenOrARowNamed(covariance: gmm_covariance, hard: Bool) {
        check(
            covariance, hard: hard, units: [1e-37, 1e-20, 1, 1e15, 1e28, 1e36], reaches: [1, 1e10, 1e19, 1e25],
            as: Float.self)
        check(
            covariance, hard: hard, units: [1e-300, 1, 1e28, 1e150, 1e300], reaches: [1, 1e80, 1e154, 1e250],
            as: Double.self)
    }

    private func check<Scalar: KernelScalar>(
        _ covariance: gmm_covariance, hard: Bool, units: [Double], reaches: [Double], as: Scalar.Type
    ) {
        var written = 0, refused = 0
        for unit in units {
            for reach in reaches {
                for (dimension, components, spread) in [
                    (1, 2, 2.0), (1, 3, 1e20), (2, 3, 1e6), (2, 2, 1e28), (5, 3, 2), (6, 4, 1e20), (6, 2, 2),
                ] {
                    let problem = MultivariateProblem<Scalar>(
                        count: 70, dimension: dimension, components: components, covariance: covariance,
                        weighted: false, spread: spread, hard: hard,
                        unit: unit, reach: reach)
                    for kernel in MultivariateParityTests.kernels where problem.count > 0 {
                        let name: Comment =
                            "kernel \(kernel), unit \(unit), reach \(reach), D = \(dimension), spread \(spread), \(Scalar.self)"
                        let (result, scores) = problem.attemptedScores(kernel: kernel)
                        if result.status == GMM_OK {
                            written += 1
                            #expect(!scores.logDensities.contains { !$0.isFinite }, name)
                            let sums = (0..<problem.count).map { i in
                                scores.responsibilities[i * components..<(i + 1) * components].reduce(0) {
                                    $0 + Double($1)
                                }
                            }
                            #expect(!sums.contains { !(abs($0 - 1) < (Scalar.isFloat32 ? 1e-6 : 1e-14)) }, name)
                            #expect(!scores.labels.contains { !(0..<components).contains(Int($0)) }, name)
                        } else {
                            refused += 1
                            expectNamed(problem, result, name)
                        }
                        let (ofSums, sums) = problem.attemptedStatistics(kernel: kernel)
                        if ofSums.status == GMM_OK {
                            #expect(!sums.contains { !$0.isFinite }, name)
                        } else {
                            expectNamed(problem, ofSums, name)
                        }
                    }
                }
            }
        }
        #expect(written > 0 && refused > 0)
    }

    private func expectNamed<Scalar>(_ problem: MultivariateProblem<Scalar>, _ result: gmm_result, _ name: Comment) {
        guard result.row < problem.count else {
            Issue.record("row \(result.row), \(name)")
            return
        }
        let isFinite = !problem.rows[result.row].contains { !$0.isFinite }
        #expect(result.status == (isFinite ? GMM_OUT_OF_REACH : GMM_NOT_FINITE), name)
    }

    @Test(arguments: Kernel.available)
    func meansThatFloat32CannotHold(kernel: Kernel) throws {
        let directions = [[0.31, -0.72], [0.9, 0.17], [-0.53, 0.41]]
        for unit in [1e10, 1e18, 1e20, 1e28, 1e37] {
            let means = directions.map { $0.map { $0 * unit } }, rows = means.map { $0.map(Float.init) }
            for covariances: Covariances in [
                .tied([[1, 0.3], [0.3, 2]]), .full(Array(repeating: [[1, 0.3], [0.3, 2]], count: 3)),
                .spherical([1, 1, 1]),
            ] {
                let mixture = try GaussianMixture(weights: [0.5, 0.25, 0.25], means: means, covariances: covariances)
                do {
                    let densities = try mixture.logDensity(rows, kernel: kernel),
                        labels = try mixture.predict(rows, kernel: kernel)
                    #expect(!densities.contains { !$0.isFinite } && labels == [0, 1, 2])
                    let r = try mixture.responsibilities(rows, kernel: kernel)
                    #expect(r == [1, 0, 0, 0, 1, 0, 0, 0, 1])
                } catch {
                    #expect(error == .outOfReach(row: 0) && unit > 1e18, "\(unit)")
                }
            }
        }
    }

    /// Where |ℓ| is so large that ℓ − s would lose log K.
    @Test(arguments: Kernel.available)
    func responsibilitiesSumToOneHoweverFar(kernel: Kernel) throws {
        func check(_ mixture: GaussianMixture, _ rows: [Double], _ expected: [Double]?) throws {
            for x in rows {
                let row = Array(repeating: x, count: mixture.dimension),
                    r = try mixture.responsibilities([row], kernel: kernel)
                #expect(abs(r.reduce(0, +) - 1) < 1e-15)
                if let expected { for (mine, truth) in zip(r, expected) { #expect(abs(mine - truth) < 1e-15) } }
                let sums = try mixture.statistics([row], kernel: kernel)
                #expect(abs((0..<mixture.components).reduce(0) { $0 + sums.mass($1) } - 1) < 1e-15)
            }
        }
        try check(
            GaussianMixture(weights: [0.5, 0.5], means: [0, 10], standardDeviations: [1, 1]), [1e20, 1e150, -1e150], nil
        )
        for components in [2, 3, 7] {
            let equal = Array(repeating: 1 / Double(components), count: components)
            for dimension in [1, 2, 6] {
                let identity = (0..<dimension).map { a in (0..<dimension).map { a == $0 ? 1.0 : 0 } }
                let means = equal.map { _ in Array(repeating: 0.0, count: dimension) }
                for covariances: Covariances in [
                    .full(equal.map { _ in identity }), .tied(identity), .spherical(equal.map { _ in 1 }),
                ] {
                    try check(
                        GaussianMixture(weights: equal, means: means, covariances: covariances),
                        [1e8, -1e8, 1e12, 1e150], equal)
                }
            }
        }
        for a in [0, 1e16, -1e300] { #expect(Reference.softmax([a, a]) == [0.5, 0.5]) }
    }
}
