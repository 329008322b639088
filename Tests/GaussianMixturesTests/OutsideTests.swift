import GaussianMixtures
import Testing

/// Fits that other programs have published: mclust of Old Faithful (C. Fraley and A. E. Raftery; tables of the package's vignette), mixtools of
/// `waiting` (T. Benaglia et al., J. Stat. Softw. 32, 2009).
struct OutsideTests {
    static let faithful = Problems.table("faithful", columns: [0, 1])

    @Test(arguments: [
        (CovarianceType.full, 2, -1130.27), (.diagonal, 2, -1147.82), (.tied, 2, -1140.18), (.full, 1, -1289.79), (.tied, 1, -1289.79),
    ])
    func oldFaithful(covariance: CovarianceType, components: Int, logLikelihood: Double) throws {
        let fit = try GaussianMixture.fit(Self.faithful, components: components, covariance: covariance)
        #expect(abs(fit.logLikelihood - logLikelihood) <= 0.03 && fit.converged)
    }

    /// mclust's choice, EEE with three components.
    @Test func oldFaithfulTied3() throws {
        let fit = try GaussianMixture.fit(Self.faithful, components: 3, covariance: .tied, restarts: 4)
        #expect(fit.logLikelihood >= -1126.326 && fit.freeParameters == 11)
        // The BIC there belongs to that log-likelihood.
        #expect(abs(fit.bic - 2314.316 - 2 * (-1126.326 - fit.logLikelihood)) < 0.01)
        #expect(fit.bic <= 2314.32)
    }

    @Test func waitingWithEqualVariances() throws {
        let fit = try GaussianMixture.fit(Self.faithful.map { $0[1] }, components: 2, covariance: .tied, tolerance: 1e-12)
        let order = fit.mixture.centres[0] < fit.mixture.centres[1] ? [0, 1] : [1, 0]
        #expect(abs(fit.logLikelihood - -1034.002) < 6e-4)
        for (k, (weight, mean)) in zip(order, [(0.3608498, 54.61364), (0.6391502, 80.09031)]) {
            #expect(abs(fit.mixture.weights[k] - weight) < 2e-6 && abs(fit.mixture.centres[k] - mean) < 3e-5)
            #expect(abs(fit.mixture.deviations[k] - 5.869089) < 1e-5)
        }
    }

    /// mclust's best of three components in iris: VVV has log-likelihood −180.1858.
    @Test func irisFull3() throws {
        let fit = try GaussianMixture.fit(Problems.table("iris", columns: [0, 1, 2, 3]), components: 3, restarts: 4)
        #expect(fit.logLikelihood >= -180.186 && fit.freeParameters == 44)
    }
}
