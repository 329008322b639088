import Foundation
import GaussianMixtures
import Testing

/// Fits of which the right answer is known, on data that lead astray: ties, outliers, saddles, flat likelihoods,
/// float32.
struct AnswerTests {
    static let methods: [Method] = Acceleration.allCases.map { .em(acceleration: $0) } + [.lbfgs(), .adam()]
    static let zerosAndOnes = Array(repeating: 0.0, count: 500) + Array(repeating: 1.0, count: 500)

    /// The quantiles of the standard normal distribution at (i − ½)/n.
    static func quantiles(_ n: Int) -> [Double] {
        let normal = try! GaussianMixture(weights: [1], means: [0], standardDeviations: [1])
        return (1...n).map { try! normal.quantile((Double($0) - 0.5) / Double(n)) }
    }

    // MARK: The floor

    @Test(arguments: methods) func tiedValuesEndAtTheFloor(method: Method) throws {
        for restarts in [1, 8] {
            let fit = try GaussianMixture.fit(
                Self.zerosAndOnes, components: 2, method: method, search: .restarts(restarts))
            #expect(agree(fit.logLikelihood, 5988.816745777464, 1e-12) && fit.converged && fit.isAtFloor)
            #expect(fit.floorContacts.map(\.component) == [0, 1] && fit.floorContacts.allSatisfy { $0.ownShare == 0 })
            #expect(Set(fit.events.filter { $0.restart == fit.bestRestart }.map(\.component)) == [0, 1])
        }
    }

    @Test(arguments: methods) func aLoneOutlierIsHeldAtTheFloor(method: Method) throws {
        let fit = try GaussianMixture.fit(Self.quantiles(99) + [1000], components: 2, method: method)
        #expect(abs(fit.logLikelihood + 144.0479211156) < 1e-6 && fit.converged)
    }

    @Test(arguments: [CovarianceType.full, .tied, .diagonal, .spherical]) func noStartIsBelowTheFloor(
        covariance: CovarianceType
    ) throws {
        let corners =
            Array(repeating: [0.0, 0], count: 60) + Array(repeating: [1.0, 0], count: 30)
            + Array(repeating: [0.0, 1], count: 10)
        for start in [Initialisation.kMeans, .kMeansPlusPlus, .random, .randomFromData] {
            let none = try GaussianMixture.fit(
                corners, components: 3, covariance: covariance, initialisation: start, iterations: 0)
            let one = try GaussianMixture.fit(corners, components: 1, covariance: covariance).mixture
                .standardDeviations[0].min()!
            #expect(none.mixture.standardDeviations.joined().allSatisfy { $0 >= 1e-3 * one * (1 - 1e-9) })
            let fit = try GaussianMixture.fit(corners, components: 3, covariance: covariance, initialisation: start)
            for (before, after) in zip(fit.history.losses, fit.history.losses.dropFirst()) {
                #expect(after <= before + 1e-9)
            }
        }
    }

    /// The floor is above the groups' own spread, since the distance between them is in it; the fit says how low it
    /// would have to be, and that helps.
    @Test func aFloorAboveTheSpreadSaysWhatWouldLetIt() throws {
        var data = (0..<20).map { Double($0 % 10) }
        for i in 10..<20 { data[i] += 30 * 86400 }
        let fit = try GaussianMixture.fit(data, components: 2)
        let shares = fit.floorContacts.map(\.ownShare)
        #expect(shares.count == 2 && shares.allSatisfy { $0 > 0 && $0 < 1e-6 })
        let lower = try GaussianMixture.fit(data, components: 2, varianceFloor: 0.1 * shares.min()!)
        #expect(!lower.isAtFloor && lower.mixture.variances.allSatisfy { agree($0, 8.25, 1e-9) })
    }

    /// Binary and one-hot rows, whose covariances are graded down to the smallest numbers.
    @Test(arguments: Kernel.available) func binaryRows(kernel: Kernel) throws {
        for (rows, dimension, components) in [(80, 6, 8), (60, 4, 3), (200, 9, 4)] {
            for seed in 0..<4 as Range<UInt64> {
                let draws = RandomKey(seed: seed).uniform(rows * dimension)
                let data = (0..<rows).map { i in
                    (0..<dimension).map { draws[i * dimension + $0] < 0.3 + 0.05 * Double($0) ? 1.0 : 0 }
                }
                let one = try GaussianMixture.fit(data, components: 1, kernel: kernel)
                let fit = try GaussianMixture.fit(
                    data, components: components, key: RandomKey(seed: seed), kernel: kernel)
                #expect(fit.loss <= one.loss && fit.outcome == .converged)
                for (before, after) in zip(fit.history.losses, fit.history.losses.dropFirst()) {
                    #expect(after <= before + 1e-7)
                }
            }
        }
    }

    /// One component at the floor does not keep the others from being accelerated.
    @Test func whatIsFreeIsAccelerated() throws {
        let data = Self.quantiles(500).map { ($0 * 20).rounded() / 20 }
        let fit = try GaussianMixture.fit(data, components: 8, iterations: 3000)
        #expect(fit.isAtFloor && fit.converged, "\(fit.iterations) iterations")
    }

    // MARK: Saddles and starts

    @Test(arguments: methods) func equalComponentsAreMovedApart(method: Method) throws {
        let data = Problems.table("faithful", columns: [1]).map { $0[0] }
        let one = try GaussianMixture.fit(data, components: 1)
        let equal = try GaussianMixture(
            weights: [0.2, 0.3, 0.5], means: Array(repeating: one.mixture.means[0][0], count: 3),
            standardDeviations: Array(repeating: one.mixture.standardDeviations[0][0], count: 3))
        let fit = try GaussianMixture.fit(
            data, components: 3, method: method, initialisation: .mixture(equal), iterations: 5000)
        #expect(fit.logLikelihood > one.logLikelihood + 50 && fit.events.contains { $0.kind == .separated })
    }

    @Test func startsAreDistinctInValue() throws {
        let fit = try GaussianMixture.fit(
            Self.zerosAndOnes, components: 2, initialisation: .randomFromData, search: .restarts(16))
        #expect(fit.restarts.allSatisfy { agree($0.loss, -5988.816745777464, 1e-12) })
        let reseeded = try GaussianMixture.fit(Self.zerosAndOnes, components: 2, collapse: .reseed)
        #expect(agree(reseeded.logLikelihood, 5988.816745777464, 1e-12) && reseeded.converged)
    }

    /// A start that equals another component is as good as fewer, and does not win over what is at the floor.
    @Test func aSaddleDoesNotWin() throws {
        let fit = try GaussianMixture.fit(
            Self.zerosAndOnes, components: 2, initialisation: .random, search: .restarts(12), iterations: 2)
        for restart in fit.restarts where restart.setAside == nil { #expect(restart.loss >= fit.loss) }
        #expect(try fit.loss <= GaussianMixture.fit(Self.zerosAndOnes, components: 1).loss + 1e-9)
    }

    @Test(arguments: methods, [1, 2.0]) func aWeightOfZeroCanBeTrainedFrom(method: Method, concentration: Double) throws
    {
        let data: [Double] = Self.quantiles(60) + Self.quantiles(40).map { (z: Double) -> Double in z + 8 }
        let start = try GaussianMixture(weights: [0.6, 0.4, 0], means: [0, 8, 4], standardDeviations: [1, 1, 1])
        let fit = try GaussianMixture.fit(
            data, components: 3, method: method, initialisation: .mixture(start), weightConcentration: concentration,
            iterations: 3000)
        #expect(fit.loss.isFinite && fit.history.losses.allSatisfy(\.isFinite))
        if concentration == 2 { #expect(fit.mixture.weights[2] > 0) } else { #expect(fit.mixture.weights[2] == 0) }
    }

    /// Two groups in one column, and noise in the others.
    @Test func aColumnThatTellsGroupsApartIsSeenAmongNoise() throws {
        for seed in 0..<6 as Range<UInt64> {
            let noise = 7, draws = RandomKey(seed: seed).normal(200 * (noise + 1))
            var data = (0..<200).map { i in Array(draws[i * (noise + 1)..<(i + 1) * (noise + 1)]) }
            for i in 100..<200 { data[i][3] += 10 }
            for key in 0..<2 as Range<UInt64> {
                let fit = try GaussianMixture.fit(data, components: 2, key: RandomKey(seed: key))
                let means = fit.mixture.means.map { $0[3] }.sorted()
                #expect(
                    abs(means[0]) < 1 && abs(means[1] - 10) < 1
                        && fit.mixture.weights.allSatisfy { abs($0 - 0.5) < 1e-3 })
            }
        }
    }

    // MARK: The end

    /// Adam's gradient is small long before a flat likelihood is at its end.
    @Test(arguments: 0..<4 as Range<UInt64>) func convergedMeansWhatItSays(seed: UInt64) throws {
        var data: [Double] = []
        for z in Self.quantiles(300) { data += [1000 + 500 * z, 2000 + 600 * z] }
        let best = try GaussianMixture.fit(data, components: 2, tolerance: 1e-14, iterations: 100_000)
        for method in Self.methods {
            let fit = try GaussianMixture.fit(
                data, components: 2, method: method, initialisation: .random, key: RandomKey(seed: seed),
                iterations: 20_000, historyStride: 20_000)
            if fit.converged {
                #expect((fit.loss - best.loss) / 600 <= 1e-7, "\(method): \((fit.loss - best.loss) / 600)")
            }
        }
    }

    /// The stopping rule does not wait for differences of sums that float32 cannot tell.
    @Test func float32EndsAsFloat64Does() throws {
        let truth = try GaussianMixture(
            weights: [0.3, 0.5, 0.2], means: [[60, 80, 90], [120, 110, 100], [200, 190, 210]],
            covariances: .full(Array(repeating: [[400, 100, 50], [100, 300, 80], [50, 80, 350]], count: 3)))
        let bytes = truth.samples(20_000, key: RandomKey(seed: 3)).map { $0.map { min(max($0.rounded(), 0), 255) } }
        for components in [3, 5] {
            let double = try GaussianMixture.fit(bytes, components: components)
            let single = try GaussianMixture.fit(bytes.map { $0.map(Float.init) }, components: components)
            #expect(
                single.converged && double.converged && single.iterations <= 2 * double.iterations + 5,
                "\(single.iterations), \(double.iterations)")
            // With more components than there are, rounding may choose between ways down.
            if components == 3 { #expect(abs(single.loss - double.loss) / 20_000 < 1e-6) }
            var lowest = Double.infinity
            for loss in single.history.losses {
                #expect(loss <= lowest + 1e-5 * 20_000)
                lowest = min(lowest, loss)
            }
        }
    }

    @Test func theBestPointIsReturned() throws {
        let iris = Problems.table("iris", columns: [0, 1, 2, 3])
        func fit(_ endpoint: Endpoint) throws -> Fit {
            try GaussianMixture.fit(
                iris, components: 3, method: .adam(learningRate: 0.3), tolerance: 0, iterations: 300, endpoint: endpoint
            )
        }
        let best = try fit(.best), last = try fit(.last)
        #expect(best.loss <= best.history.losses.min()! + 1e-9 && last.loss == last.history.losses.last)
        #expect(best.history.losses == last.history.losses && best.loss < last.loss)
        #expect(try agree(NegativeLogPosterior(iris, components: 3).loss(best.parameters), best.loss, 1e-14))
    }

    @Test func withoutAFloorACollapseIsNamed() throws {
        let rows = [[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [101, 100, 100], [100, 101, 100], [100, 100, 101]]
        let draws = RandomKey(seed: 2).normal(20 * 30)
        let few = (0..<20).map { Array(draws[30 * $0..<30 * $0 + 30]) }, tied = Self.zerosAndOnes.map { [$0, -$0] }
        let cases: [([[Double]], CovarianceType)] = [(rows, .full), (few, .full), (few, .tied), (tied, .diagonal)]
        for (data, covariance) in cases {
            for method in [Method.em(), .em(acceleration: .none), .lbfgs()] {
                let error = #expect(throws: MixtureError.self) {
                    try GaussianMixture.fit(
                        data, components: 2, covariance: covariance, method: method, varianceFloor: 0)
                }
                guard case .collapsed = error else {
                    Issue.record("\(covariance), \(method): \(String(describing: error))")
                    continue
                }
                #expect(
                    try GaussianMixture.fit(data, components: 2, covariance: covariance, method: method).loss.isFinite)
            }
        }
    }

    @Test func withoutAPriorTheLossIsTheLikelihood() throws {
        for components in 1...4 {
            let fit = try GaussianMixture.fit(Array(LawTests.draws.prefix(300)), components: components)
            #expect(fit.loss == -fit.logLikelihood)
        }
    }

    // MARK: Restarts and order

    @Test(arguments: [Initialisation.kMeans, .random, .randomFromData]) func moreRestartsContainTheFewer(
        start: Initialisation
    ) throws {
        func fit(_ restarts: Int) throws -> Fit {
            try GaussianMixture.fit(
                Problems.draws, components: 4, initialisation: start, search: .restarts(restarts),
                key: RandomKey(seed: 5))
        }
        let one = try fit(1), five = try fit(5), twelve = try fit(12)
        #expect(
            five.restarts[0].loss == one.loss
                && Array(twelve.restarts.prefix(5).map(\.loss)) == five.restarts.map(\.loss))
        if !twelve.isAtFloor && !five.isAtFloor { #expect(twelve.loss <= five.loss) }
    }

    @Test func restartsFromOneStartAreRefused() throws {
        let start = Problems.start(.full)
        for given in [Initialisation.mixture(start), .parameters(Parameters(start)), .given(means: start.means)] {
            let error = #expect(throws: MixtureError.self) {
                try GaussianMixture.fit(Problems.draws, components: 3, initialisation: given, search: .restarts(8))
            }
            #expect(error?.description.contains("restarts") == true)
        }
    }

    @Test func aStartThatFailsHidesNoOther() throws {
        let data = Self.quantiles(50).map { Float($0 * 1e19) }
        let fit = try GaussianMixture.fit(
            data, components: 1, initialisation: .standardNormal, search: .restarts(24), varianceFloor: 0)
        let failed = fit.restarts.filter { $0.outcome == .failed }
        #expect(
            failed.allSatisfy { $0.setAside == .failed && $0.error != nil && $0.loss == .infinity } && fit.loss.isFinite
        )
        #expect(throws: MixtureError.self) {
            // None can be evaluated.
            try GaussianMixture.fit(
                Self.quantiles(50).map { Float($0 * 1e30) }, components: 1, initialisation: .standardNormal,
                search: .restarts(3), varianceFloor: 0)
        }
    }

    @Test func componentsComeInOneOrder() throws {
        for seed in 0..<8 as Range<UInt64> {
            let fit = try GaussianMixture.fit(
                Problems.draws, components: 3, search: .restarts(2), key: RandomKey(seed: seed))
            let means = fit.mixture.means
            #expect(zip(means, means.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) || $0 == $1 })
            #expect(fit.parameters == fit.history.parameters(at: fit.history.count - 1))
        }
        // A start that is given keeps its order.
        let start = try Problems.start(.full).reordered([2, 0, 1])
        let kept = try GaussianMixture.fit(
            Problems.draws, components: 3, initialisation: .mixture(start), iterations: 3)
        let sorted = try GaussianMixture.fit(
            Problems.draws, components: 3, initialisation: .mixture(Problems.start(.full)), iterations: 3)
        for (k, j) in [2, 0, 1].enumerated() {
            #expect(agree(kept.mixture.weights[k], sorted.mixture.weights[j], 1e-9))
        }
    }

    /// What is pruned comes behind, at every step.
    @Test func aPrunedComponentLeavesTheOthersTheirPlaces() throws {
        var groups: [Double] = []
        for z in Self.quantiles(40) { groups += [z, 10 + z, 20 + z] }
        var pruned = 0
        for seed in 0..<12 as Range<UInt64> {
            let fit = try GaussianMixture.fit(
                groups + [5.001, 5.001, 5.002], components: 4, initialisation: .randomFromData,
                key: RandomKey(seed: seed), collapse: .prune)
            let first = fit.history.parameters(at: 0).shape.components, last = fit.mixture.components
            guard last < first else { continue }
            pruned += 1
            #expect(fit.events.filter { $0.kind == .pruned }.allSatisfy { $0.component >= last })
            // From one step to the next a component moves by less than the distance of the others.
            for i in 1..<fit.history.count
            where fit.history.parameters(at: i).shape == fit.history.parameters(at: i - 1).shape { continue }
            let before = fit.history.parameters(at: fit.history.count - 2),
                after = fit.history.parameters(at: fit.history.count - 1)
            for k in 0..<last where before.shape == after.shape { #expect(abs(before.means[k] - after.means[k]) < 1) }
        }
        #expect(pruned > 0)
    }

    // MARK: Rows and models

    @Test func rowsWithoutWeightAreNowhere() throws {
        let rows = Problems.draws, weights = rows.indices.map { $0 % 5 == 2 ? 0.0 : 1 }
        var spoiled = rows
        for i in rows.indices where weights[i] == 0 { spoiled[i] = [1e300, i % 2 == 0 ? .nan : -1e300] }
        let kept = rows.indices.filter { weights[$0] > 0 }.map { rows[$0] }
        for start in [Initialisation.kMeans, .kMeansPlusPlus, .random, .randomFromData] {
            let fit = try GaussianMixture.fit(
                Dataset(spoiled.flatMap { $0 }, dimension: 2, weights: weights), components: 3, initialisation: start)
            let expected = try GaussianMixture.fit(
                Dataset(kept.flatMap { $0 }, dimension: 2, weights: kept.map { _ in 1.0 }), components: 3,
                initialisation: start)
            #expect(fit.parameters == expected.parameters && fit.count == kept.count)
        }
        // Errors name the rows as they were given.
        var bad = rows
        bad[9] = [.nan, 0]
        #expect(throws: MixtureError.notFinite(row: 9)) {
            try GaussianMixture.fit(Dataset(bad.flatMap { $0 }, dimension: 2, weights: weights), components: 2)
        }
    }

    @Test func anEvaluationLeavesTheModelAsItIs() throws {
        let mixture = try GaussianMixture(
            weights: [0.25, 0.75], means: [[5, 0.3], [0.1, 0.2]],
            covariances: .full([[[2, 0.1], [0.1, 2]], [[0.3, 0.1], [0.1, 0.7]]]))
        // On one row too, and on data whose spread would raise a start.
        for rows in [[[1.0, 2]], Problems.draws, [[0, 0], [1e9, 1e9], [1, 2]]] {
            let fit = try GaussianMixture.fit(rows, components: 2, initialisation: .mixture(mixture), iterations: 0)
            #expect(fit.mixture == mixture && fit.mixture.covariances == mixture.covariances && fit.events.isEmpty)
            #expect(agree(fit.logLikelihood, try mixture.logLikelihood(rows), 1e-12))
        }
    }

    @Test func anIndefiniteMatrixIsCalledSo() {
        for (matrix, word) in [
            ([[1, 2], [2, 1]], "indefinite"), ([[1, 1], [1, 1]], "singular"),
            ([[1, 0.9, 0], [0.9, 1, 0.9], [0, 0.9, 1]], "indefinite"),
            ([[4, 2, 2], [2, 1, 1], [2, 1, 1]], "singular"),
        ] as [([[Double]], String)] {
            let error = #expect(throws: MixtureError.self) {
                try GaussianMixture(weights: [1], means: [matrix.map { _ in 0 }], covariances: .full([matrix]))
            }
            #expect(error?.description.contains(word) == true, "\(String(describing: error))")
        }
    }

    @Test func manyFeaturesTakeNoMatrix() throws {
        let draws = RandomKey(seed: 1).normal(20 * 12_000)
        for covariance in [CovarianceType.diagonal, .spherical] {
            let fit = try GaussianMixture.fit(
                Dataset(draws, dimension: 12_000), components: 2, covariance: covariance, iterations: 3)
            #expect(fit.loss.isFinite)
        }
        #expect(throws: MixtureError.self) { try MixtureShape(components: 3, dimension: 1_000_000) }
        #expect(throws: MixtureError.self) { try MixtureShape(components: 1_000_000, dimension: .max) }
    }
}
