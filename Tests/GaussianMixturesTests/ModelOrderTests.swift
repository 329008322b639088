import Foundation
import GaussianMixtures
import Testing

/// Components in another order, and mixtures compared whatever it is.
struct ModelOrderTests {
    static let types = CovarianceType.allCases

    static func permutation(_ count: Int, _ seed: UInt64) -> [Int] {
        let keys = RandomKey(seed: seed).uniform(count)
        return (0..<count).sorted { keys[$0] < keys[$1] }
    }

    @Test(arguments: types, [1, 3])
    func reorderingMovesWholeComponents(type: CovarianceType, dimension: Int) throws {
        let mixture = try ModelSupport.mixture(type, dimension: dimension), turned = try mixture.reordered([2, 0, 1])
        for (k, j) in [2, 0, 1].enumerated() {
            #expect(turned.weights[k] == mixture.weights[j] && turned.means[k] == mixture.means[j])
            #expect(turned.covariance(k) == mixture.covariance(j))
        }
        #expect(try turned.reordered([1, 2, 0]) == mixture && turned != mixture)
    }

    @Test func sorting() throws {
        let mixture = try GaussianMixture(
            weights: [0.2, 0.3, 0.2, 0.3], means: [[0, 4], [1, 3], [-1, 2], [5, 1]],
            covariances: .spherical([1, 4, 9, 16]))
        #expect(mixture.sortedByWeight().covariances == .spherical([4, 16, 1, 9]))
        #expect(try mixture.sorted().means.map { $0[0] } == [-1, 0, 1, 5])
        #expect(try mixture.sorted(byFeature: 1).means.map { $0[1] } == [1, 2, 3, 4])
    }

    @Test(arguments: types)
    func equivalenceIgnoresTheOrder(type: CovarianceType) throws {
        for seed in 0..<10 as Range<UInt64> {
            let mixture = try ModelSupport.mixture(type, components: 7, seed: seed), order = Self.permutation(7, seed)
            let other = try mixture.reordered(order)
            #expect(
                mixture.isEquivalent(to: other, tolerance: 1e-13) && other.isEquivalent(to: mixture, tolerance: 1e-13))
            #expect(try other.matching(mixture) == order)
            #expect(try mixture.reordered(other.matching(mixture)) == other)
        }
    }

    /// Changes of `size` natural units in one weight, mean or covariance.
    @Test func equivalenceIsInNaturalUnits() throws {
        let unit = 1e-30, size = 1e-6
        func mixture(weight: Double = 0, mean: Double = 0, covariance: Double = 0) throws -> GaussianMixture {
            try GaussianMixture(
                weights: [0.4 + weight, 0.6 - weight], means: [[1, 2], [3 * unit * (1 + mean / 3), 4]],
                covariances: .full([[[1, 0], [0, 1]], [[unit * unit, 0], [0, 1 + covariance]]]))
        }
        let plain = try mixture()
        for changed in [try mixture(weight: 0.4 * size), try mixture(mean: size), try mixture(covariance: size)] {
            #expect(
                plain.isEquivalent(to: changed, tolerance: 1.01 * size)
                    && changed.isEquivalent(to: plain, tolerance: 1.01 * size))
            #expect(
                !plain.isEquivalent(to: changed, tolerance: 0.99 * size - size * size)
                    && !changed.isEquivalent(to: plain, tolerance: 0.5 * size))
        }
        #expect(!plain.isEquivalent(to: plain, tolerance: .nan) && !plain.isEquivalent(to: plain, tolerance: -1))
    }

    @Test func typesMayDifferAndShapesMayNot() throws {
        let means = [[0.0, 1], [2, 3]], weights = [0.5, 0.5]
        let mixtures = try [
            Covariances.full([[[4, 0], [0, 4]], [[4, 0], [0, 4]]]), .tied([[4, 0], [0, 4]]),
            .diagonal([[4, 4], [4, 4]]), .spherical([4, 4]),
        ].map { try GaussianMixture(weights: weights, means: means, covariances: $0) }
        for a in mixtures {
            for b in mixtures {
                #expect(try a.isEquivalent(to: b) && a.matching(b) == [0, 1])
            }
        }
        #expect(!mixtures[0].isEquivalent(to: try ModelSupport.mixture(.full, components: 2, dimension: 3)))
        #expect(!mixtures[0].isEquivalent(to: try ModelSupport.mixture(.full, components: 3, dimension: 2)))
    }

    /// Pairs agree in a chain, each with its neighbours, so that a greedy choice leaves the last without a partner.
    @Test func everyPairMustAgreeAtOnce() throws {
        let count = 9, step = 0.8e-3, weights = Array(repeating: 1 / Double(count), count: count),
            ones = Array(repeating: 1.0, count: count)
        let chain = (0..<count).map { step * Double($0) }
        let mixture = try GaussianMixture(weights: weights, means: chain, standardDeviations: ones)
        let shifted = try GaussianMixture(weights: weights, means: chain.map { $0 + step }, standardDeviations: ones)
        for seed in 0..<10 as Range<UInt64> {
            #expect(mixture.isEquivalent(to: try shifted.reordered(Self.permutation(count, seed)), tolerance: 1e-3))
        }
        let stretched = try GaussianMixture(weights: weights, means: chain.dropLast() + [1], standardDeviations: ones)
        #expect(!mixture.isEquivalent(to: stretched, tolerance: 1e-3))
    }

    /// The least sum over all permutations, by trying them.
    @Test func matchingIsOptimal() throws {
        func permutations(_ items: [Int]) -> [[Int]] {
            items.isEmpty
                ? [[]] : items.flatMap { first in permutations(items.filter { $0 != first }).map { [first] + $0 } }
        }
        for seed in 0..<8 as Range<UInt64> {
            let keys = RandomKey(seed: seed).split(2), ones = Array(repeating: 1.0, count: 6),
                weights = Array(repeating: 1.0 / 6, count: 6)
            let a = keys[0].normal(6), b = keys[1].normal(6)
            let matching = try GaussianMixture(weights: weights, means: a, standardDeviations: ones)
                .matching(GaussianMixture(weights: weights, means: b, standardDeviations: ones))
            func cost(_ order: [Int]) -> Double { zip(a, order).reduce(0) { $0 + ($1.0 - b[$1.1]) * ($1.0 - b[$1.1]) } }
            #expect(abs(cost(matching) - permutations(Array(0..<6)).map(cost).min()!) < 1e-12)
        }
    }

    @Test func hundredsOfComponents() throws {
        let mixture = try ModelSupport.mixture(.diagonal, components: 200, dimension: 3, seed: 9),
            order = Self.permutation(200, 1)
        let other = try mixture.reordered(order)
        #expect(try mixture.isEquivalent(to: other, tolerance: 1e-13) && other.matching(mixture) == order)
    }

    @Test func farComponentsStillMatch() throws {
        let mixture = try GaussianMixture(
            weights: [0.5, 0.5], means: [-1e200, 1e200], standardDeviations: [1e-100, 1e-100])
        #expect(try mixture.matching(mixture.reordered([1, 0])) == [1, 0])
        #expect(!mixture.isEquivalent(to: try mixture.scaled(by: [2])))
    }

    @Test func errors() throws {
        let mixture = try ModelSupport.mixture(.full, dimension: 2)
        for order in [[], [0, 1], [0, 1, 1], [0, 1, 3], [0, 1, 2, 2], [-1, 0, 1]] {
            #expect(
                throws: MixtureError.invalidOption(
                    name: "The order", value: "\(order)", requirement: "each of 0 to 2 once")
            ) {
                try mixture.reordered(order)
            }
        }
        for feature in [-1, 2] {
            #expect(
                throws: MixtureError.invalidOption(name: "The feature", value: "\(feature)", requirement: "from 0 to 1")
            ) {
                try mixture.sorted(byFeature: feature)
            }
        }
        #expect(throws: MixtureError.dimensionMismatch(data: 4, mixture: 2)) {
            try mixture.matching(ModelSupport.mixture(.full))
        }
        #expect(throws: MixtureError.self) {
            try mixture.matching(ModelSupport.mixture(.full, components: 2, dimension: 2))
        }
    }
}
