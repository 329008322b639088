import Foundation
import GMMReference
import GaussianMixtures

/// How far a kernel is from the reference, on as many of the first data as the reference reads in well under a second.
struct Parity: Codable {
    /// The largest |difference| / bound of docs/accuracy.md over all statistics, or the relative difference where
    /// `isRelative`.
    var residual: Double
    var isRelative = false
    /// How many data were compared, or how many steps of a training.
    var count: Int

    var text: String { String(format: "%.2g", residual) + (isRelative ? " rel." : "") + " (\(count))" }
}

/// The reference's statistics of the first data of a problem, and their bounds.
struct ExpectedStatistics<Scalar: KernelScalar> {
    let count: Int
    private let problem: Problem<Scalar>
    private var sums: [Double], bounds: [Double]

    init(_ problem: Problem<Scalar>) {
        self.problem = problem
        let shape = problem.shape, D = shape.dimension, mixture = problem.mixture()
        count = min(shape.count, max(64, min(20_000, 4_000_000 / shape.components / (D + 4) / (D + 4))))
        let rows = problem.rows(count), expected = Reference.statistics(rows, mixture)
        let bound = Reference.MultivariateBound(
            rows, mixture, isTied: shape.covariance == .tied, isFloat32: Scalar.isFloat32)
        func kept(_ each: [[Double]], pooled: [Double]) -> [Double] {
            let diagonals = each.map { packed in (0..<D).map { packed[$0 * ($0 + 3) / 2] } }
            return switch shape.covariance {
            case .full: each.flatMap { $0 }
            case .tied: pooled
            case .diagonal: diagonals.flatMap { $0 }
            case .spherical: diagonals.map { $0.reduce(0, +) }
            }
        }
        sums =
            [expected.logLikelihood] + expected.mass + expected.firstMoment.joined()
            + kept(expected.secondMoment, pooled: expected.pooledSecondMoment)
        bounds =
            [bound.logLikelihood] + bound.mass + bound.firstMoment.joined()
            + kept(bound.secondMoment, pooled: bound.pooledSecondMoment)
    }

    func parity(_ kernel: Kernel, keepsNegligible: Bool) -> Parity {
        let pass = KernelPass(problem, kernel: kernel, threads: 1, count: count, keepsNegligible: keepsNegligible)
        pass.run()
        return Parity(
            residual: sums.indices.map { abs(pass.statistics[$0] - sums[$0]) / bounds[$0] }.max()!, count: count)
    }
}
