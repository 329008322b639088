import Foundation
import GaussianMixtures
import Testing

/// Bad input is named and advised on; nothing traps, and no NaN comes out.
struct ErrorTests {
    static let kernels = Kernel.available
    let data = [1.0, 2, 3, 4, 10, 11, 12]

    // MARK: Data

    @Test(arguments: kernels)
    func noData(kernel: Kernel) {
        #expect(throws: MixtureError.noData) { try GaussianMixture.fit([Double](), components: 1, kernel: kernel) }
        #expect(throws: MixtureError.noData) { try GaussianMixture.fit([Float](), components: 1, kernel: kernel) }
        #expect(throws: MixtureError.noData) { try Dataset([1.0], count: 0) }
        #expect(throws: MixtureError.noData) { try KernelTests.pair.logDensity([Double](), kernel: kernel) }
    }

    @Test func fewerDataThanComponents() {
        #expect(throws: MixtureError.tooFewDistinctData(distinct: 3, components: 4)) {
            try GaussianMixture.fit([1, 2, 3.0], components: 4)
        }
        #expect(throws: MixtureError.tooFewDistinctData(distinct: 2, components: 3)) {
            try GaussianMixture.fit([1, 2, 1, 2, 1.0], components: 3)
        }
    }

    @Test func constantData() {
        for value in [0, 5, 1e308, -1e-308] {
            for count in [1, 2, 1000] {
                #expect(throws: MixtureError.tooFewDistinctData(distinct: 1, components: 1)) {
                    try GaussianMixture.fit([Double](repeating: value, count: count), components: 1)
                }
            }
        }
    }

    @Test func oneDatumRepeatedAmongOthers() throws {
        let repeated = [Double](repeating: 7, count: 30) + data
        let deviation = try GaussianMixture.fit(repeated, components: 1).mixture.standardDeviations[0][0]
        for components in 1...4 {
            let fit = try GaussianMixture.fit(repeated, components: components, iterations: 2000)
            // The component that closes in on the repeated datum is held at the floor.
            #expect(fit.loss.isFinite && fit.mixture.deviations.allSatisfy { $0 >= 1e-3 * deviation * (1 - 1e-12) })
            #expect(agree(fit.mixture.weights.reduce(0, +), 1, 1e-12))
        }
    }

    @Test(arguments: kernels)
    func notFinite(kernel: Kernel) {
        for bad in [Double.nan, .infinity, -.infinity] {
            #expect(throws: MixtureError.notFinite(row: 3)) {
                try GaussianMixture.fit(
                    [1, 2, 3, bad, 5], components: 2, initialisation: .standardNormal, kernel: kernel)
            }
        }
    }

    @Test func valuesNearTheLimitsOfFloat64() throws {
        #expect(throws: MixtureError.spreadNotRepresentable(feature: 0, smallest: -1e308, largest: 1e308)) {
            try GaussianMixture.fit([-1e308, 0, 1e308], components: 1)
        }
        #expect(throws: MixtureError.spreadNotRepresentable(feature: 0, smallest: 0, largest: 1e-200)) {
            try GaussianMixture.fit([0, 1e-200, 0.5e-200], components: 1)
        }
        // Large, but with a spread that can be squared: equal to the same data near zero.
        for scale in [1e-140, 1, 1e140] {
            let fit = try GaussianMixture.fit(data.map { $0 * scale }, components: 2)
            #expect(agree(fit.mixture.centres.max()! / scale, 11, 1e-3) && fit.converged)
        }
        // A start that knows nothing of the scale leads nowhere, but not to NaN.
        for scale in [1e-140, 1e140] {
            let lost = try GaussianMixture.fit(
                data.map { $0 * scale }, components: 2, method: .adam(learningRate: 0.1, standardized: false),
                initialisation: .standardNormal,
                iterations: 100)
            #expect(lost.loss.isFinite && lost.parameters.all.allSatisfy { $0.isFinite } && !lost.converged)
        }
    }

    @Test func dataWeights() throws {
        for bad in [-1, Double.nan, .infinity] {
            #expect(throws: MixtureError.invalidDataWeight(row: 1)) { try Dataset([1, 2, 3], weights: [1, bad, 1]) }
        }
        #expect(throws: MixtureError.self) { try Dataset([1, 2, 3], weights: [1, 1.0]) }
        #expect(throws: MixtureError.self) { try Dataset([1, 2, 3], weights: [0, 0, 0.0]) }
        #expect(throws: MixtureError.self) { try Dataset([1, 2, 3], weights: [1e308, 1e308, 1e308]) }
        #expect(throws: MixtureError.tooFewDistinctData(distinct: 1, components: 1)) {
            try GaussianMixture.fit(Dataset([1, 2, 3], weights: [0, 0, 1.0]), components: 1)
        }
        // Their scale does not matter, however far it is from one.
        let expected = try GaussianMixture.fit(data, components: 2)
        for scale in [1e-300, 1e300] {
            let fit = try GaussianMixture.fit(Dataset(data, weights: data.map { _ in scale }), components: 2)
            for k in 0..<2 { #expect(agree(fit.mixture.means[k][0], expected.mixture.means[k][0], 1e-9)) }
        }
    }

    @Test func layouts() {
        for (offset, stride, count) in [
            (-1, 1, nil), (3, 1, nil), (0, 0, nil), (0, 4, nil), (0, 1, 4), (0, 2, 3), (1, -1, 3), (0, .min, nil),
        ]
            as [(Int, Int, Int?)]
        {
            #expect(throws: MixtureError.self) {
                try Dataset([1.0, 2, 3], offset: offset, rowStride: stride, count: count)
            }
        }
        #expect(throws: MixtureError.self) { try Dataset([1.0, 2, 3], count: -1) }
    }

    // MARK: Options

    @Test func options() throws {
        for components in [0, -1, .min, .max] {
            #expect(throws: MixtureError.self) { try GaussianMixture.fit(data, components: components) }
        }
        for concentration in [0, -1, Double.nan, .infinity] {
            #expect(throws: MixtureError.self) {
                try GaussianMixture.fit(data, components: 2, weightConcentration: concentration)
            }
            #expect(throws: MixtureError.self) { try DirichletPrior(concentration: concentration) }
        }
        for rate in [0, -0.1, Double.nan, .infinity] {
            #expect(throws: MixtureError.self) {
                try GaussianMixture.fit(data, components: 2, method: .adam(learningRate: rate))
            }
            #expect(throws: MixtureError.self) { try Adam(MixtureShape(components: 2), learningRate: rate) }
        }
        for beta in [-0.1, 1, Double.nan] {
            #expect(throws: MixtureError.self) { try Adam(MixtureShape(components: 2), learningRate: 1, beta1: beta) }
            #expect(throws: MixtureError.self) { try Adam(MixtureShape(components: 2), learningRate: 1, beta2: beta) }
        }
        #expect(throws: MixtureError.self) { try Adam(MixtureShape(components: 2), learningRate: 1, epsilon: 0) }
        for tolerance in [-1, Double.nan, .infinity] {
            #expect(throws: MixtureError.self) { try GaussianMixture.fit(data, components: 2, tolerance: tolerance) }
        }
        for restarts in [0, -1, .max] {
            #expect(throws: MixtureError.self) {
                try GaussianMixture.fit(data, components: 2, search: .restarts(restarts))
            }
        }
        #expect(try GaussianMixture.fit(data, components: 2, iterations: .max).converged)
        #expect(throws: MixtureError.self) { try GaussianMixture.fit(data, components: 2, iterations: -1) }
        #expect(throws: MixtureError.self) { try GaussianMixture.fit(data, components: 2, historyStride: 0) }
        for threads in [0, -1, .max] {
            #expect(throws: MixtureError.self) { try GaussianMixture.fit(data, components: 2, threads: threads) }
        }
    }

    @Test func anOptionsErrorSaysWhatToGive() {
        let error = #expect(throws: MixtureError.self) {
            try GaussianMixture.fit([1, 2.0], components: 2, weightConcentration: -1)
        }
        #expect(
            error?.description
                == "The weight concentration is -1.0; it must be 1 or more, since below 1 a weight of zero makes "
                + "the posterior infinite.")
        #expect(error?.localizedDescription == error?.description)
    }

    // MARK: Mixtures

    @Test func mixtures() throws {
        for (weights, means, deviations, component) in [
            ([], [], [], nil), ([1], [0, 1], [1], nil), ([0, 0], [0, 1], [1, 1], nil),
            ([0.5, 0.6], [0, 1], [1, 1], nil),
            ([-0.5, 1.5], [0, 1], [1, 1], 0), ([0.5, .nan], [0, 1], [1, 1], 1),
            ([0.5, 0.5], [0, .infinity], [1, 1], 1),
            ([0.5, 0.5], [0, 1], [0, 1], 0), ([0.5, 0.5], [0, 1], [1, -1], 1), ([0.5, 0.5], [0, 1], [1, .nan], 1),
            ([0.5, 0.5], [0, 1], [1, 0x1p-1030], 1),
        ] as [([Double], [Double], [Double], Int?)] {
            let error = #expect(throws: MixtureError.self) {
                try GaussianMixture(weights: weights, means: means, standardDeviations: deviations)
            }
            guard case .invalidMixture(component, _) = error else {
                Issue.record("\(String(describing: error)) for \(weights), \(means), \(deviations)")
                continue
            }
        }
        #expect(throws: MixtureError.self) { try Parameters(logWeights: [0], means: [.nan], logScales: [0]) }
        #expect(throws: MixtureError.self) {
            try Parameters(logWeights: [0], means: [0], logScales: [0]).mixtureAfter(logScale: 800)
        }
        let one = try Parameters(logWeights: [0], means: [0], logScales: [0])
        #expect(throws: MixtureError.self) {
            try GaussianMixture.fit(data, components: 2, initialisation: .parameters(one))
        }
        #expect(throws: MixtureError.self) { try NegativeLogPosterior(data, components: 2).loss(one) }
    }

    // MARK: Training

    @Test func trainingThatDivergesSaysSo() {
        for rate in [1e200, 1e300] {
            let error = #expect(throws: MixtureError.self) {
                try GaussianMixture.fit(
                    data, components: 2, method: .adam(learningRate: rate, standardized: false),
                    initialisation: .standardNormal, search: .restarts(2),
                    tolerance: 0)
            }
            guard case .diverged = error else {
                Issue.record("\(rate): \(String(describing: error))")
                continue
            }
        }
    }

    @Test func aStartOutOfReachOfTheDataIsNotNaN() throws {
        let far = try Parameters(logWeights: [0, 0], means: [1e200, -1e200], logScales: [0, 0])
        #expect(throws: MixtureError.outOfReach(row: 0)) {
            try GaussianMixture.fit(data, components: 2, initialisation: .parameters(far))
        }
        // Of two components the data leave one without mass: it stays where it is, with weight zero.
        let oneFar = try Parameters(logWeights: [0, 0], means: [5, 1e6], logScales: [1, 0])
        let fit = try GaussianMixture.fit(data, components: 2, initialisation: .parameters(oneFar))
        #expect(fit.mixture.weights == [1, 0] && fit.mixture.means[1][0] == 1e6 && fit.converged)
    }
}

extension Parameters {
    fileprivate func mixtureAfter(logScale: Double) throws -> GaussianMixture {
        var changed = self
        changed.factors[0] = logScale
        return try changed.mixture()
    }
}
