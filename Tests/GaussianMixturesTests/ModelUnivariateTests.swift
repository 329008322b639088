import Foundation
import GaussianMixtures
import Testing

struct ModelUnivariateTests {
    static let three = try! GaussianMixture(
        weights: [0.2, 0.5, 0.3], means: [-4, 0, 3], standardDeviations: [0.5, 1, 2])

    static func near(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool { abs(a - b) <= tolerance * abs(b) }

    /// Σ w erfc((μ − x)/(σ √2))/2 in 60 digits, mpmath 1.3.0. scipy.stats.norm.cdf 1.17.1 is off by 2e-13 at −37.3.
    @Test(arguments: [
        (-60, 1.3029697803095315e-218, 1.0), (-33.3, 1.9260130087782973e-74, 1.0),
        (-12.7, 6.240559056418171e-16, 0.9999999999999993),
        (-4.1, 0.08421617153832642, 0.9157838284616736), (-1, 0.2861526663528648, 0.7138473336471353),
        (0, 0.4700421603806573, 0.5299578396193427), (2.5, 0.8172832696322349, 0.18271673036776517),
        (7.7, 0.997183988339545, 0.002816011660454974), (20.1, 1.0, 1.846327677255113e-18),
        (40, 1.0, 3.0971096068689868e-77),
        (70, 1.0, 7.229516085361156e-247),
    ])
    func bothTailsAreAccurate(x: Double, lower: Double, upper: Double) throws {
        #expect(Self.near(try Self.three.cumulativeDistribution(x), lower, 2e-15))
        #expect(Self.near(try Self.three.survival(x), upper, 2e-15))
    }

    @Test(arguments: [
        (-37.3, 8.205494844930773e-305), (-30.1, 2.4226672179857586e-199), (-20.7, 1.7318518790197378e-95),
        (-10.1, 2.762109471764517e-24),
        (-5.3, 5.790134039964594e-08), (-1.1, 0.13566606094638264), (-0.1, 0.460172162722971),
    ])
    func oneGaussian(x: Double, lower: Double) throws {
        let standard = try GaussianMixture(weights: [1], means: [0.0], standardDeviations: [1])
        #expect(Self.near(try standard.cumulativeDistribution(x), lower, 2e-15))
        #expect(Self.near(try standard.survival(-x), lower, 2e-15))
        #expect(Self.near(try standard.quantile(lower), x, 1e-15))
    }

    /// x − μ is not a double.
    @Test func farFromTheOrigin() throws {
        let far = try GaussianMixture(weights: [1], means: [1e6], standardDeviations: [0.3])
        #expect(Self.near(try far.cumulativeDistribution(1e6 - 30.1 * 0.3), 2.422667211186885e-199, 1e-14))
    }

    /// Bisection of the same sum in 60 digits, mpmath 1.3.0.
    @Test(arguments: [
        (1e-300, -71.02921452390895, 77.02921452390895), (1e-100, -39.433815790099615, 45.433815790099615),
        (1e-12, -10.729247760290091, 16.72924776029009), (0.001, -5.288805590231049, 8.42610377694544),
        (0.1, -4.000535907226815, 3.86197019543054), (0.5, 0.13661045068633768, 0.13661045068633768),
        (0.7, 1.2170140778056584, -0.8979346260454455), (0.999, 8.42610377694544, -5.288805590231049),
    ])
    func quantiles(p: Double, lower: Double, upper: Double) throws {
        #expect(Self.near(try Self.three.quantile(p), lower, 1e-14))
        #expect(Self.near(try Self.three.upperQuantile(p), upper, 1e-14))
    }

    @Test func quantileInvertsTheDistribution() throws {
        for seed in 0..<10 {
            let mixture = try ModelSupport.mixture(.full, components: 5, dimension: 1, seed: UInt64(seed))
            for x in stride(from: -9.0, through: 9, by: 0.37) {
                let p = try mixture.cumulativeDistribution(x), q = try mixture.survival(x),
                    density = exp(try mixture.logDensity([x])[0])
                #expect(abs(p + q - 1) < 4e-16)
                // The last place of p moves x by as much as the density says.
                if p <= 0.5 { #expect(abs(try mixture.quantile(p) - x) <= 4e-16 * (4 * abs(x) + 2 * p / density)) }
                if q <= 0.5 { #expect(abs(try mixture.upperQuantile(q) - x) <= 4e-16 * (4 * abs(x) + 2 * q / density)) }
            }
            for p in RandomKey(seed: UInt64(seed)).uniform(50) {
                #expect(Self.near(try mixture.cumulativeDistribution(try mixture.quantile(p)), p, 2e-15))
            }
        }
    }

    @Test func theSlopeIsTheDensity() throws {
        for x in [-5, -4.2, -2, 0, 1, 4.0] {
            let h = 1e-4, three = Self.three
            let slope = (try three.cumulativeDistribution(x + h) - three.cumulativeDistribution(x - h)) / (2 * h)
            #expect(Self.near(slope, exp(try three.logDensity([x])[0]), 1e-6))
        }
    }

    @Test func scalesFarApart() throws {
        let wild = try GaussianMixture(
            weights: [0.3, 0.3, 0.4], means: [-1e12, 0, 1e-9], standardDeviations: [1e-3, 1e-12, 1e9])
        for p in [1e-20, 0.1, 0.3, 0.35, 0.45, 0.5, 0.59, 0.61, 0.9999] {
            let x = try wild.quantile(p)
            #expect(
                try wild.cumulativeDistribution(x.nextDown) <= p * (1 + 1e-15)
                    && wild.cumulativeDistribution(x.nextUp) >= p * (1 - 1e-15))
        }
        // Flat to the last place between the two: any number there has this probability.
        let apart = try GaussianMixture(weights: [0.5, 0.5], means: [-100, 100], standardDeviations: [1, 1])
        #expect(try apart.cumulativeDistribution(try apart.quantile(0.5)) == 0.5)
        let widest = try GaussianMixture(
            weights: [0.5, 0.5], means: [-1e308, 1e308], standardDeviations: [1e307, 1e307])
        #expect(try widest.quantile(0.5) == 0 && widest.quantile(1e-300).isFinite)
    }

    @Test(arguments: CovarianceType.allCases)
    func endsAndTypes(type: CovarianceType) throws {
        let mixture = try ModelSupport.mixture(type, dimension: 1)
        #expect(try mixture.cumulativeDistribution(-.infinity) == 0 && mixture.cumulativeDistribution(.infinity) == 1)
        #expect(try mixture.survival(-.infinity) == 1 && mixture.survival(.infinity) == 0)
        #expect(try mixture.quantile(0) == -.infinity && mixture.quantile(1) == .infinity)
        #expect(try mixture.upperQuantile(0) == .infinity && mixture.upperQuantile(1) == -.infinity)
        #expect(try mixture.quantile(.leastNonzeroMagnitude).isFinite && mixture.quantile(1.nextDown).isFinite)
        let plain = try GaussianMixture(
            weights: mixture.weights, means: mixture.means.map { $0[0] },
            standardDeviations: mixture.standardDeviations.map { $0[0] })
        #expect(try mixture.quantile(0.25) == plain.quantile(0.25))
    }

    @Test func aComponentWithoutWeightDoesNotCount() throws {
        let mixture = try GaussianMixture(weights: [0, 1], means: [-1e9, 2.0], standardDeviations: [1, 1])
        #expect(try mixture.cumulativeDistribution(2) == 0.5 && mixture.quantile(0.5) == 2)
    }

    @Test func errors() throws {
        for p in [-0.1, 1.1, .nan, .infinity] {
            let error = MixtureError.invalidOption(name: "The probability", value: "\(p)", requirement: "from 0 to 1")
            #expect(throws: error) { try Self.three.quantile(p) }
            #expect(throws: error) { try Self.three.upperQuantile(p) }
        }
        #expect(throws: MixtureError.notFinite(row: 0)) { try Self.three.cumulativeDistribution(.nan) }
        #expect(throws: MixtureError.notFinite(row: 0)) { try Self.three.survival(.nan) }
        let plane = try ModelSupport.mixture(.diagonal, dimension: 2),
            error = MixtureError.dimensionMismatch(data: 1, mixture: 2)
        #expect(throws: error) { try plane.cumulativeDistribution(0) }
        #expect(throws: error) { try plane.survival(0) }
        #expect(throws: error) { try plane.quantile(0.5) }
        #expect(throws: error) { try plane.upperQuantile(0.5) }
    }
}
