import Foundation
import GaussianMixtures
import Testing

/// Data that do not want to be fitted: a collapse is a named event, not NaN and not an error on the way.
struct CollapseTests {
    /// A short run that takes a component out is carried on without it.
    @Test(arguments: CovarianceType.allCases)
    func shortRunsThatPruneAreCarriedOn(covariance: CovarianceType) throws {
        let normal = RandomKey(seed: 2).normal(120)
        var rows: [[Double]] = []
        for i in 0..<60 { rows.append(i % 3 == 0 ? [9, 9] : [normal[2 * i], normal[2 * i + 1]]) }
        let fit = try GaussianMixture.fit(
            rows, components: 5, covariance: covariance, initialisation: .randomFromData, search: .restarts(4),
            shortRuns: ShortRuns(iterations: 20, kept: 3), collapse: .prune)
        #expect(fit.restarts.allSatisfy { $0.error == nil })
        let pruned = fit.events.filter { $0.kind == Fit.Event.Kind.pruned && fit.restarts[$0.restart].isCarriedOn }
        #expect(covariance == .tied || !pruned.isEmpty, "there was something to take out")
    }

    static let draws = Problems.draws
    static let types = CovarianceType.allCases

    /// Every number of a fit is one.
    private func check(_ fit: Fit) {
        #expect(fit.loss.isFinite && fit.bic.isFinite && fit.icl.isFinite)
        #expect(
            fit.mixture.means.joined().allSatisfy(\.isFinite)
                && fit.mixture.standardDeviations.joined().allSatisfy { $0 > 0 && $0.isFinite })
        #expect(agree(fit.mixture.weights.reduce(0, +), 1, 1e-12))
    }

    @Test(arguments: types, [Method.em(), .em(acceleration: .none), .lbfgs(), .adam()])
    func duplicates(covariance: CovarianceType, method: Method) throws {
        // A component may close in on the thirty equal data.
        let data = Self.draws.prefix(60) + Array(repeating: [9.0, 9], count: 30)
        let fit = try GaussianMixture.fit(
            Array(data), components: 4, covariance: covariance, method: method, iterations: 300)
        check(fit)
        if fit.isAtFloor { #expect(fit.events.contains { $0.kind == .reachedFloor }) }
    }

    @Test func aComponentAtTheFloorIsNamed() throws {
        let data = Array(Self.draws.prefix(60)) + Array(repeating: [9.0, 9], count: 30)
        let start = try GaussianMixture(
            weights: [0.5, 0.5], means: [[0, 0], [9, 9]],
            covariances: .full([[[9, 0], [0, 9]], [[1, 0], [0, 1]]]))
        // Adam's steps are too short to fall so far: it starts a little above the floor.
        let low = try GaussianMixture(
            weights: [0.6, 0.4], means: [[0, 0], [9, 9]],
            covariances: .full([[[9, 0], [0, 9]], [[1e-4, 0], [0, 1e-4]]]))
        for (method, start) in [
            (Method.em(), start), (.em(acceleration: .none), start), (.lbfgs(), start),
            (.adam(learningRate: 0.02), low),
        ] {
            let fit = try GaussianMixture.fit(
                data, components: 2, method: method, initialisation: .mixture(start), iterations: 400)
            check(fit)
            #expect(fit.isAtFloor && fit.restarts[0].isAtFloor, "\(method)")
            #expect(fit.events.contains { $0.kind == .reachedFloor && $0.component == 1 && $0.restart == 0 })
            #expect(fit.description.contains("variance floor"))
            // At the floor, and not below it: a thousandth of the features' deviations.
            let one = try GaussianMixture.fit(data, components: 1).mixture.standardDeviations[0]
            for d in 0..<2 { #expect(agree(fit.mixture.standardDeviations[1][d], 1e-3 * one[d], 0.02)) }
        }
        let pruned = try GaussianMixture.fit(data, components: 2, initialisation: .mixture(start), collapse: .prune)
        #expect(
            pruned.mixture.components == 1 && !pruned.isAtFloor
                && pruned.events.contains { $0.kind == .pruned && $0.component == 1 })
        #expect(pruned.history.parameters(at: 0).shape.components == 2)
        #expect(pruned.history.parameters(at: pruned.history.count - 1).shape.components == 1)
        check(pruned)
        let reseeded = try GaussianMixture.fit(data, components: 2, initialisation: .mixture(start), collapse: .reseed)
        #expect(reseeded.mixture.components == 2 && reseeded.events.contains { $0.kind == .reseeded })
        check(reseeded)
    }

    @Test func aRestartAtTheFloorNeverWins() throws {
        // Three pairs of equal data draw components; the likelihood at the floor is the highest.
        let data = Array(Self.draws.prefix(80)) + [[0.0, 9], [0, 9], [9, 0], [9, 0]]
        let fit = try GaussianMixture.fit(
            data, components: 3, initialisation: .randomFromData, search: .restarts(24), key: RandomKey(seed: 3))
        let (floor, free) = (fit.restarts.filter(\.isAtFloor), fit.restarts.filter { !$0.isAtFloor })
        #expect(!floor.isEmpty && !free.isEmpty)
        #expect(
            floor.map(\.loss).min()! < free.map(\.loss).min()! && !fit.isAtFloor && fit.loss == free.map(\.loss).min()!)
    }

    @Test(arguments: types)
    func aComponentThatLosesItsData(covariance: CovarianceType) throws {
        let far = try GaussianMixture(
            weights: [0.5, 0.5], means: [[0, 0], [1e4, 1e4]], covariances: .spherical([4, 4]))
        let start =
            covariance == .spherical
            ? far
            : try GaussianMixture(
                weights: far.weights, means: far.means,
                covariances: covariance == .full
                    ? .full([[[4, 0], [0, 4]], [[4, 0], [0, 4]]])
                    : covariance == .tied ? .tied([[4, 0], [0, 4]]) : .diagonal([[4, 4], [4, 4]]))
        let held = try GaussianMixture.fit(
            Self.draws, components: 2, covariance: covariance, initialisation: .mixture(start))
        check(held)
        #expect(held.mixture.weights[1] == 0 && held.events.map(\.kind) == [.lostData] && held.events[0].component == 1)
        let reseeded = try GaussianMixture.fit(
            Self.draws, components: 2, covariance: covariance, initialisation: .mixture(start), collapse: .reseed)
        #expect(
            reseeded.mixture.weights.min()! > 0.01 && reseeded.loss < held.loss
                && reseeded.events.contains { $0.kind == .reseeded })
        let pruned = try GaussianMixture.fit(
            Self.draws, components: 2, covariance: covariance, initialisation: .mixture(start), collapse: .prune)
        #expect(pruned.mixture.components == 1 && pruned.events.contains { $0.kind == .pruned })
    }

    @Test func constantFeatures() {
        let data = Self.draws.map { $0 + [5.0] }
        #expect(throws: MixtureError.constantFeature(feature: 2, value: 5)) {
            try GaussianMixture.fit(data, components: 2)
        }
    }

    @Test(arguments: types, [Method.em(), .lbfgs(), .adam()])
    func collinearFeatures(covariance: CovarianceType, method: Method) throws {
        let data = Self.draws.map { $0 + [$0[0] + 2 * $0[1]] }
        let fit = try GaussianMixture.fit(data, components: 2, covariance: covariance, method: method, iterations: 300)
        check(fit)
        // Where a matrix would be singular, every restart is at the floor and the fit says so.
        if case .adam = method { return }
        if covariance == .full || covariance == .tied {
            #expect(fit.isAtFloor && !fit.events.isEmpty)
        } else {
            #expect(!fit.isAtFloor)
        }
    }

    @Test(arguments: types)
    func oneDatumFarAway(covariance: CovarianceType) throws {
        check(try GaussianMixture.fit(Self.draws + [[1e150, 0]], components: 2, covariance: covariance))
        check(try GaussianMixture.fit(Self.draws + [[1e30, -1e30]], components: 3, covariance: covariance))
    }

    @Test(arguments: [CovarianceType.full, .tied, .diagonal])
    func featuresOfVeryDifferentUnits(covariance: CovarianceType) throws {
        let data = Self.draws.map { [$0[0] * 1e-12, $0[1] * 1e12] }
        for method in [Method.em(), .lbfgs(), .adam()] {
            let fit = try GaussianMixture.fit(data, components: 2, covariance: covariance, method: method)
            let same = try GaussianMixture.fit(Self.draws, components: 2, covariance: covariance, method: method)
            check(fit)
            #expect(agree(fit.loss, same.loss, 1e-6) && !fit.isAtFloor, "\(method)")
        }
    }

    @Test(arguments: types)
    func fewerDataThanFeatures(covariance: CovarianceType) throws {
        let data = Problems.mixture(1, 9).samples(6, key: RandomKey(seed: 1))
        check(try GaussianMixture.fit(data, components: 1, covariance: covariance))
        check(try GaussianMixture.fit(data, components: 2, covariance: covariance))
        // As many components as data.
        check(try GaussianMixture.fit(data, components: 6, covariance: covariance))
        check(
            try GaussianMixture.fit(
                data, components: 2, covariance: covariance, covariancePrior: covariance == .diagonal ? .mclust : nil))
    }

    @Test func thirtyRepeatedValuesInOneDimension() throws {
        let data = Array(repeating: 7.0, count: 30) + LawTests.draws.prefix(50)
        for components in [1, 2, 3, 5] {
            check(try GaussianMixture.fit(data, components: components, search: .restarts(3)))
        }
    }

    @Test(arguments: types)
    func float32FarFromZero(covariance: CovarianceType) throws {
        let floats = Self.draws.map { $0.map { Float($0 + 1e5) } }, exact = floats.map { $0.map(Double.init) }
        let single = try GaussianMixture.fit(floats, components: 2, covariance: covariance)
        let double = try GaussianMixture.fit(exact, components: 2, covariance: covariance)
        check(single)
        #expect(abs(single.loss - double.loss) < 1e-3 * abs(double.loss))
        for k in 0..<2 {
            for d in 0..<2 {
                #expect(agree(single.mixture.standardDeviations[k][d], double.mixture.standardDeviations[k][d], 0.02))
            }
        }
    }

    @Test(arguments: types)
    func weightsOfAnySize(covariance: CovarianceType) throws {
        let flat = Self.draws.flatMap { $0 }
        let expected = try GaussianMixture.fit(Self.draws, components: 2, covariance: covariance)
        for scale in [1e-300, 1e300] {
            let fit = try GaussianMixture.fit(
                Dataset(flat, dimension: 2, weights: Self.draws.map { _ in scale }), components: 2,
                covariance: covariance)
            check(fit)
            #expect(agree(fit.loss / scale, expected.loss, 1e-8))
            #expect(abs(fit.iterations - expected.iterations) <= 2, "as many steps, too")
        }
        let mixed = (0..<Self.draws.count).map { $0 % 3 == 0 ? 0 : $0 % 3 == 1 ? 1e-300 : 1e300 }
        check(
            try GaussianMixture.fit(Dataset(flat, dimension: 2, weights: mixed), components: 2, covariance: covariance))
    }

    @Test func errorsInMoreDimensions() throws {
        #expect(throws: MixtureError.raggedData(row: 1, count: 1, expected: 2)) {
            try GaussianMixture.fit([[1.0, 2], [3]], components: 1)
        }
        #expect(throws: MixtureError.notFinite(row: 1)) {
            try GaussianMixture.fit([[1.0, 2], [3, .nan], [2, 5]], components: 1)
        }
        #expect(throws: MixtureError.dimensionMismatch(data: 1, mixture: 2)) {
            try Problems.start(.full).predict([1.0, 2])
        }
        #expect(throws: MixtureError.self) { try Dataset([1.0, 2, 3], dimension: 2) }
        #expect(throws: MixtureError.self) { try MixtureShape(components: 1_000_000, dimension: 10_000) }
        for floor in [-1, 1, Double.nan] {
            #expect(throws: MixtureError.self) {
                try GaussianMixture.fit(Self.draws, components: 1, varianceFloor: floor)
            }
        }
        for prior in [
            .given(mean: [0], shrinkage: 1, degreesOfFreedom: 4, scale: [[1, 0], [0, 1]]),
            .given(mean: [0, 0], shrinkage: 0, degreesOfFreedom: 4, scale: [[1, 0], [0, 1]]),
            .given(mean: [0, 0], shrinkage: 1, degreesOfFreedom: 1, scale: [[1, 0], [0, 1]]),
            .given(mean: [0, 0], shrinkage: 1, degreesOfFreedom: 4, scale: [[1, 1], [1, 1]]),
        ] as [NormalInverseWishartPrior] {
            #expect(throws: MixtureError.self) {
                try GaussianMixture.fit(Self.draws, components: 1, covariancePrior: prior)
            }
        }
        for covariances in [
            .full([[[1, 0.5], [0.4, 1]]]), .full([[[1, 1], [1, 1]]]), .tied([[1, 0], [0, -1]]), .diagonal([[1]]),
            .spherical([1, 1]),
            .spherical([.infinity]), .full([]),
        ] as [Covariances] {
            #expect(throws: MixtureError.self) {
                try GaussianMixture(weights: [1], means: [[0, 0]], covariances: covariances)
            }
        }
    }
}
