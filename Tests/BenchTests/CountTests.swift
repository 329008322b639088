import GaussianMixtures
import Testing

/// What a fit does, counted: a change that makes it do more has to say so here.
@Suite struct CountTests {
    @Test func theFastestKernelRunsUnlessAskedOtherwise() throws {
        let problem = FixedProblem(count: 600, dimension: 2, components: 2)
        #expect(try problem.fit(iterations: 2).kernel == Kernel.automatic())
    }

    struct Expectation: Sendable, CustomTestStringConvertible {
        let dimension, components: Int
        let covariance: CovarianceType
        let method: Method
        let passes: Int
        var testDescription: String { "K = \(components), \(covariance) in \(dimension) dimensions, \(method)" }
    }

    /// Kernels round differently, which may move the end by some steps of a flat likelihood: hence a tenth and two.
    @Test(arguments: [
        Expectation(dimension: 1, components: 2, covariance: .full, method: .em(acceleration: .none), passes: 1503),
        Expectation(dimension: 1, components: 2, covariance: .full, method: .em(), passes: 33),
        Expectation(dimension: 3, components: 3, covariance: .full, method: .em(acceleration: .none), passes: 78),
        Expectation(dimension: 3, components: 3, covariance: .full, method: .em(), passes: 16),
        Expectation(dimension: 3, components: 3, covariance: .tied, method: .em(), passes: 12),
        Expectation(dimension: 3, components: 3, covariance: .diagonal, method: .em(), passes: 13),
        Expectation(dimension: 3, components: 3, covariance: .spherical, method: .em(), passes: 11),
        Expectation(dimension: 3, components: 3, covariance: .full, method: .lbfgs(), passes: 13),
        Expectation(dimension: 10, components: 4, covariance: .full, method: .em(), passes: 33),
    ])
    func passesOverTheData(expectation: Expectation) throws {
        let problem = FixedProblem(count: 2000, dimension: expectation.dimension, components: expectation.components)
        let fit = try problem.fit(covariance: expectation.covariance, method: expectation.method, iterations: 5000)
        let passes = fit.restarts[0].passes
        #expect(fit.converged)
        #expect(
            abs(passes - expectation.passes) <= expectation.passes / 10 + 2,
            "\(passes) passes where there were \(expectation.passes); if that is better, or meant, write it here")
    }
}
