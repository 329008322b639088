import Foundation
import GMMReference
import GaussianMixtures
import Testing

/// A shared covariance of groups far apart, whose scatter is lost beside that of all data.
struct TiedTests {
    static let kernels = Kernel.available
    private static let quantiles = quantiles(200)

    /// Φ⁻¹((i − ½)/n), i = 1 … n.
    private static func quantiles(_ n: Int) -> [Double] {
        (1...n).map { i in
            var low = -9.0, high = 9.0
            for _ in 0..<80 {
                let middle = (low + high) / 2
                if 0.5 * erfc(-middle / 2.0.squareRoot()) < (Double(i) - 0.5) / Double(n) {
                    low = middle
                } else {
                    high = middle
                }
            }
            return low
        }
    }

    /// `groups` copies of the quantiles, each moved by so many times `distance`; every feature has them in another
    /// order.
    private static func rows<Scalar: KernelScalar>(
        groups: Int, dimension: Int, distance: Double, as: Scalar.Type
    ) -> [[Scalar]] {
        (0..<groups).flatMap { group in
            (0..<200).map { i in
                (0..<dimension).map { d in
                    Scalar(quantiles[i * [1, 3, 7, 9, 11, 13][d] % 200] + Double(group) * distance)
                }
            }
        }
    }

    /// What the fit of well-separated groups is in closed form: the covariance within, and the log-likelihood.
    private static func exact<Scalar: KernelScalar>(
        _ rows: [[Scalar]], weights: [Double], groups: Int
    ) throws -> (covariance: [[Double]], logLikelihood: Double) {
        let dimension = rows[0].count, total = weights.reduce(0, +)
        var covariance = Array(repeating: Array(repeating: 0.0, count: dimension), count: dimension),
            means: [[Double]] = [], shares: [Double] = []
        for group in 0..<groups {
            let own = group * 200..<(group + 1) * 200, mass = own.reduce(0) { $0 + weights[$1] }
            // About the first row, exactly.
            let first = rows[own.lowerBound]
            func moved(_ i: Int, _ d: Int) -> Double { Double(rows[i][d]) - Double(first[d]) }
            let centre = (0..<dimension).map { d in own.reduce(0) { $0 + weights[$1] * moved($1, d) } / mass }
            for i in own {
                for a in 0..<dimension {
                    for e in 0..<dimension {
                        covariance[a][e] += weights[i] * (moved(i, a) - centre[a]) * (moved(i, e) - centre[e]) / total
                    }
                }
            }
            means.append((0..<dimension).map { Double(first[$0]) + centre[$0] })
            shares.append(mass / total)
        }
        let mixture = try GaussianMixture(weights: shares, means: means, covariances: .tied(covariance))
        let doubles = try Dataset(rows.flatMap { $0.map { Double($0) } }, dimension: dimension, weights: weights)
        return (covariance, try mixture.logLikelihood(doubles, kernel: .reference))
    }

    @Test(arguments: kernels, [(2, 1), (2, 2), (2, 3), (3, 1), (3, 5), (2, 6)])
    func farApartGroups(kernel: Kernel, shape: (groups: Int, dimension: Int)) throws {
        func check<Scalar: KernelScalar>(distance: Double, weighted: Bool, tolerance: Double, as: Scalar.Type) throws {
            let rows = Self.rows(groups: shape.groups, dimension: shape.dimension, distance: distance, as: Scalar.self)
            let weights = rows.indices.map { weighted ? Double($0 % 3) + 0.5 : 1 }
            let exact = try Self.exact(rows, weights: weights, groups: shape.groups)
            let fit = try GaussianMixture.fit(
                Dataset(
                    rows.flatMap { $0 }, dimension: shape.dimension,
                    weights: weighted ? weights.map { Scalar($0) } : nil),
                components: shape.groups, covariance: .tied, varianceFloor: 0, kernel: kernel)
            for (mine, truth) in zip(fit.mixture.covariance(0).joined(), exact.covariance.joined()) {
                #expect(abs(mine - truth) <= tolerance)
            }
            #expect(abs(fit.logLikelihood - exact.logLikelihood) <= tolerance * abs(exact.logLikelihood))
            #expect(fit.converged)
            for (before, after) in zip(fit.history.losses, fit.history.losses.dropFirst()) {
                #expect(
                    after <= before + tolerance / 10 * abs(before), "\(kernel), \(shape), \(distance), \(Scalar.self)")
            }
        }
        for weighted in [false, true] {
            try check(distance: 1500, weighted: weighted, tolerance: 1e-6, as: Float.self)
            try check(distance: 1e7, weighted: weighted, tolerance: 1e-9, as: Double.self)
        }
    }

    @Test(arguments: kernels)
    func theOthersAgree(kernel: Kernel) throws {
        let data = Self.rows(groups: 2, dimension: 1, distance: 1500, as: Float.self).flatMap { $0 }
        for covariance in CovarianceType.allCases {
            let fit = try GaussianMixture.fit(data, components: 2, covariance: covariance, kernel: kernel)
            let mean = (fit.mixture.covariance(0)[0][0] + fit.mixture.covariance(1)[0][0]) / 2
            // 0.993596 before the data were rounded to float32.
            #expect(abs(mean - 0.9936005) < 1e-6, "\(covariance)")
            #expect(abs(fit.logLikelihood + 843.550) < 2e-3, "\(covariance)")
        }
    }

    @Test(arguments: kernels)
    func threeAndThree(kernel: Kernel) throws {
        let data: [Float] = [9998, 9999, 10000, -1, 0, 1]
        for varianceFloor in [0, 1e-9] {
            let fit = try GaussianMixture.fit(
                data, components: 2, covariance: .tied, varianceFloor: varianceFloor, kernel: kernel)
            #expect(
                abs(fit.mixture.covariance(0)[0][0] - 2.0 / 3) < 1e-6 && abs(fit.logLikelihood + 11.456118958) < 1e-6)
        }
    }

    /// By the sums alone, wherever the components are and however many: above and below the shapes that make them of
    /// overlaps.
    @Test(arguments: kernels, [(2, 1), (3, 3), (17, 5), (2, 6), (36, 6), (37, 6), (9, 20)])
    func thePooledMomentIsTheSumOfAll(kernel: Kernel, shape: (components: Int, dimension: Int)) throws {
        let K = shape.components, D = shape.dimension
        for (separation, far) in [(1.0, 0.0), (30, 0), (1, 1e6)] {
            let full = Problems.mixture(K, D, separation: separation), covariance = full.covariance(0)
            // Every second component is far from the others.
            let means = full.means.enumerated().map { k, mean in mean.map { $0 + (k % 2 == 0 ? 0 : far) } }
            let tied = try GaussianMixture(weights: full.weights, means: means, covariances: .tied(covariance))
            let each = try GaussianMixture(
                weights: full.weights, means: means, covariances: .full(Array(repeating: covariance, count: K)))
            let rows = each.samples(300, key: RandomKey(seed: 6))
            for weights in [nil, rows.indices.map { Double($0 % 4) }] {
                let data = try Dataset(rows.flatMap { $0 }, dimension: D, weights: weights)
                let pooled = try tied.statistics(data, kernel: kernel),
                    separate = try each.statistics(data, kernel: kernel)
                var sum = separate.secondMoment(0)
                for k in 1..<K { for (i, moment) in separate.secondMoment(k).enumerated() { sum[i] += moment } }
                for k in 0..<K {
                    #expect(pooled.secondMoment(k).count == D * (D + 1) / 2)
                    for (a, b) in zip(pooled.secondMoment(k), sum) { #expect(abs(a - b) <= 1e-9 * pooled.totalWeight) }
                    for (a, b) in zip(pooled.firstMoment(k), separate.firstMoment(k)) {
                        #expect(abs(a - b) <= 1e-9 * pooled.totalWeight)
                    }
                }
            }
        }
    }

    /// A power of two times every weight is the same times every sum, to the bit.
    @Test func weightsOfAnyUnit() throws {
        let tied = try GaussianMixture(
            weights: [0.3, 0.3, 0.4], means: [[0, 0, 0, 0, 0, 0], [1, 0, 2, 0, 1, 0], [0, 1, 0, 3, 0, 0]],
            covariances: .tied((0..<6).map { a in (0..<6).map { a == $0 ? 2 : 0.3 } }))
        let values = tied.samples(300, key: RandomKey(seed: 8)).flatMap { $0 }.map { Float($0) }
        func sums(_ unit: Float) throws -> [Double] {
            let statistics = try tied.statistics(
                Dataset(values, dimension: 6, weights: (0..<300).map { unit * Float($0 % 5) }))
            return (0..<3).flatMap { statistics.firstMoment($0) + [statistics.mass($0)] } + statistics.secondMoment(0)
        }
        let expected = try sums(1)
        for unit: Float in [0x1p-60, 0x1p60] { #expect(try sums(unit) == expected.map { Double(unit) * $0 }) }
    }

    /// A component that has no data, very far away, takes nothing from the precision of the others.
    @Test(arguments: kernels, [1, 2, 6])
    func aFarComponentWithoutData(kernel: Kernel, dimension: Int) throws {
        let covariance = (0..<dimension).map { a in (0..<dimension).map { a == $0 ? 1 : 0.25 } }
        let near = (0..<dimension).map { _ in 0.5 }, other = (0..<dimension).map { 2 + Double($0) }
        let rows = Self.rows(groups: 1, dimension: dimension, distance: 0, as: Double.self)
        for (weight, distance) in [(1e-12, 1e9), (0, 1e100), (1.0 / 3, 1e9), (1e-300, 1e140)] {
            let rest = (1 - weight) / 2
            let mixture = try GaussianMixture(
                weights: [rest, weight, rest], means: [near, near.map { _ in distance }, other],
                covariances: .tied(covariance))
            let expected = try mixture.logDensity(rows, kernel: .reference),
                mine = try mixture.logDensity(rows, kernel: kernel)
            for i in rows.indices { #expect(abs(mine[i] - expected[i]) <= 1e-13 * abs(expected[i])) }
            #expect(try abs(mixture.logLikelihood(rows, kernel: kernel) - expected.reduce(0, +)) <= 1e-10)
        }
    }
}
