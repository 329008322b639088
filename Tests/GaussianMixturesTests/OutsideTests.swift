import GaussianMixtures
import Testing

/// Fits that other programs have published: mclust of Old Faithful (C. Fraley and A. E. Raftery; tables of the
/// package's vignette), mixtools of `waiting` (T. Benaglia et al., J. Stat. Softw. 32, 2009). What has R beside it was
/// made for these tests.
struct OutsideTests {
    static let faithful = Problems.table("faithful", columns: [0, 1])

    @Test(arguments: [
        (CovarianceType.full, 2, -1130.27), (.diagonal, 2, -1147.82), (.tied, 2, -1140.18), (.full, 1, -1289.79),
        (.tied, 1, -1289.79),
    ])
    func oldFaithful(covariance: CovarianceType, components: Int, logLikelihood: Double) throws {
        let fit = try GaussianMixture.fit(Self.faithful, components: components, covariance: covariance)
        #expect(abs(fit.logLikelihood - logLikelihood) <= 0.03 && fit.converged)
    }

    /// mclust's choice, EEE with three components.
    @Test func oldFaithfulTied3() throws {
        let fit = try GaussianMixture.fit(Self.faithful, components: 3, covariance: .tied, search: .restarts(4))
        #expect(fit.logLikelihood >= -1126.326 && fit.freeParameters == 11)
        // The BIC there belongs to that log-likelihood.
        #expect(abs(fit.bic - 2314.316 - 2 * (-1126.326 - fit.logLikelihood)) < 0.01)
        #expect(fit.bic <= 2314.32)
    }

    @Test func waitingWithEqualVariances() throws {
        let fit = try GaussianMixture.fit(
            Self.faithful.map { $0[1] }, components: 2, covariance: .tied, tolerance: 1e-12)
        let order = fit.mixture.centres[0] < fit.mixture.centres[1] ? [0, 1] : [1, 0]
        #expect(abs(fit.logLikelihood - -1034.002) < 6e-4)
        for (k, (weight, mean)) in zip(order, [(0.3608498, 54.61364), (0.6391502, 80.09031)]) {
            #expect(abs(fit.mixture.weights[k] - weight) < 2e-6 && abs(fit.mixture.centres[k] - mean) < 3e-5)
            #expect(abs(fit.mixture.deviations[k] - 5.869089) < 1e-5)
        }
    }

    /// mclust's best of three components in iris: VVV has log-likelihood −180.1858.
    @Test func irisFull3() throws {
        let fit = try GaussianMixture.fit(
            Problems.table("iris", columns: [0, 1, 2, 3]), components: 3, search: .restarts(4))
        #expect(fit.logLikelihood >= -180.186 && fit.freeParameters == 44)
    }

    /// mclust 6.0.0 of Old Faithful with its default prior, from hierarchical clustering and to the last digit, in R:
    ///
    ///     library(mclust); options(digits = 12)
    ///     fit <- function(x, model, G, start) print(me(x, model, z = unmap(hclass(hc(x, start), G)), prior = priorControl(),
    ///       control = emControl(tol = c(1e-14, 1e-14), itmax = c(1e5, 1e5)))[c("loglik", "parameters")])
    ///     for (model in c("VVV", "EEE", "VVI", "VII")) for (G in 2:3) fit(faithful, model, G, "VVV")
    ///     for (model in c("V", "E")) fit(faithful$waiting, model, 2, "V")
    ///
    /// The components are in order of the mean of `waiting`, each with the lower triangle of its covariance.
    static let fitsWithPrior: [FitWithPrior] = [
        FitWithPrior(
            .full, -1130.50926367,
            [
                (0.356075729483, [2.03703413779, 54.48526503111], [0.0706689210841, 0.474768639577, 32.060484426666]),
                (0.643924270517, [4.2900518575, 79.9728328252], [0.165608532038, 0.931411206209, 34.906364296230]),
            ]),
        FitWithPrior(
            .full, -1125.0811754,
            [
                (
                    0.3530434305088, [2.02962664266, 54.41163186127],
                    [0.0631835164235, 0.396799126317, 31.424179957412]
                ),
                (0.0223582033846, [3.31315345177, 66.52170163136], [0.056469277249, 0.467804282627, 7.450802588666]),
                (0.6245983661066, [4.31827910423, 80.37245247780], [0.142819268318, 0.583836542355, 30.507926106084]),
            ]),
        FitWithPrior(
            .tied, -1140.26093548,
            [
                (0.35924273229, [2.04631243915, 54.59807045987], [0.130917053966, 0.753347127883, 34.386613829434]),
                (0.64075726771, [4.29598482473, 80.03555269927], [0.130917053966, 0.753347127883, 34.386613829434]),
            ]),
        FitWithPrior(
            .tied, -1126.42717921,
            [
                (0.356397013901, [2.03780776308, 54.49336657434], [0.076218517599, 0.480087066297, 32.812898498581]),
                (0.172287881608, [3.80212820429, 77.60157775229], [0.076218517599, 0.480087066297, 32.812898498581]),
                (0.471315104491, [4.46932321424, 80.85029432543], [0.076218517599, 0.480087066297, 32.812898498581]),
            ]),
        FitWithPrior(
            .diagonal, -1229.21568993,
            [
                (0.365080284432, [2.07395297526, 54.74125595732], [0.549898279538, 0, 33.6251568363]),
                (0.634919715568, [4.30077341887, 80.18707987573], [0.417250760766, 0, 32.1589003272]),
            ]),
        FitWithPrior(
            .diagonal, -1201.85890893,
            [
                (0.3480240175971, [2.03809899425, 54.22120159250], [0.37856040388, 0, 29.4243278832]),
                (0.0258569488733, [3.01261869448, 65.97506218160], [2.41357499723, 0, 4.82800385332]),
                (0.6261190335296, [4.31326765935, 80.37019745996], [0.3222603033, 0, 30.1145482618]),
            ]),
        FitWithPrior(
            .spherical, -1709.58082961,
            [
                (0.366886251779, [2.09724192287, 54.73818139980], [16.8837456505, 0, 16.8837456505]),
                (0.633113748221, [4.29362869449, 80.26144205671], [15.7827859619, 0, 15.7827859619]),
            ]),
        FitWithPrior(
            .spherical, -1637.50335793,
            [
                (0.371152488766, [2.10749644415, 54.88163165022], [17.4889056142, 0, 17.4889056142]),
                (0.307942670684, [4.22980227536, 75.87241892218], [4.73119819662, 0, 4.73119819662]),
                (0.320904840549, [4.37212127951, 84.64549713818], [6.86930860963, 0, 6.86930860963]),
            ]),
        FitWithPrior(
            .full, -1034.09392245,
            [
                (0.360370805358, [54.5907916783], [32.5893227513]), (0.639629194642, [80.0845136705], [33.5450115646]),
            ]),
        FitWithPrior(
            .tied, -1034.03364389,
            [
                (0.361095418573, [54.6181724604], [33.6562608361]), (0.638904581427, [80.0979499683], [33.6562608361]),
            ]),
    ]

    /// From mclust's means and, where there is one for each component, matrices: from the means of three alone we end
    /// in another optimum.
    @Test(arguments: fitsWithPrior) func oldFaithfulWithMclustsPrior(expected: FitWithPrior) throws {
        let dimension = expected.components[0].mean.count
        let data = try Dataset(Self.faithful.flatMap { $0.suffix(dimension) }, dimension: dimension)
        let start = Initialisation.given(
            means: expected.components.map(\.mean),
            covariances: expected.covariance == .full ? .full(expected.components.map(\.matrix)) : nil)
        let fit = try GaussianMixture.fit(
            data, components: expected.components.count, covariance: expected.covariance, initialisation: start,
            covariancePrior: .mclust,
            tolerance: 1e-15)
        #expect(fit.converged && abs(fit.logLikelihood - expected.logLikelihood) < 1e-5)
        for (k, component) in expected.components.enumerated() {
            #expect(abs(fit.mixture.weights[k] - component.weight) < 1e-6)
            let covariance = fit.mixture.covariance(k), expectedCovariance = component.matrix
            for a in 0..<dimension {
                #expect(abs(fit.mixture.means[k][a] - component.mean[a]) < 1e-6 * component.mean[a])
                for b in 0..<dimension {
                    #expect(
                        abs(covariance[a][b] - expectedCovariance[a][b]) < 1e-5
                            * (covariance[a][a] * covariance[b][b]).squareRoot())
                }
            }
        }
    }
}

/// What mclust found.
struct FitWithPrior: Sendable, CustomTestStringConvertible {
    struct Component: Sendable {
        let weight: Double
        let mean, triangle: [Double]

        var matrix: [[Double]] {
            mean.indices.map { a in mean.indices.map { b in triangle[max(a, b) * (max(a, b) + 1) / 2 + min(a, b)] } }
        }
    }

    let covariance: CovarianceType
    let logLikelihood: Double
    let components: [Component]

    init(_ covariance: CovarianceType, _ logLikelihood: Double, _ components: [(Double, [Double], [Double])]) {
        self.covariance = covariance
        self.logLikelihood = logLikelihood
        self.components = components.map { Component(weight: $0.0, mean: $0.1, triangle: $0.2) }
    }

    var testDescription: String { "\(covariance), K = \(components.count), D = \(components[0].mean.count)" }
}
