import Foundation
import GMMReference
import GaussianMixtures
import Testing

/// Every kernel against the reference within the bound of docs/accuracy.md, and against itself at other thread counts
/// to the bit.
struct ParityTests {
    static let kernels = Kernel.available.filter { $0 != .reference }
    static let componentCounts = [1, 2, 3, 7, 8, 9, 33, 64, 200]

    /// Data of a random mixture and a random mixture to read them under. `offset` moves both far from zero.
    static func problem(
        count: Int, components: Int, offset: Double
    ) throws -> (data: [Double], weights: [Double], mixture: GaussianMixture) {
        let keys = RandomKey(seed: UInt64(count * 1000 + components)).split(5)
        let spread = keys[0].uniform(components)
        let total = spread.reduce(0, +)
        let mixture = try GaussianMixture(
            weights: spread.map { $0 / total }, means: keys[1].normal(components).map { offset + 4 * $0 },
            standardDeviations: keys[2].uniform(components).map { 0.5 + $0 })
        let data = keys[3].normal(count).map { offset + 5 * $0 }
        // Every fifth weight is zero.
        let weights = keys[4].uniform(count).enumerated().map { $0 % 5 == 2 ? 0 : 0.1 + $1 }
        return (data, weights, mixture)
    }

    @Test(arguments: componentCounts)
    func float64(components: Int) throws { try compare(components: components, as: Double.self) }

    @Test(arguments: componentCounts)
    func float32(components: Int) throws { try compare(components: components, as: Float.self) }

    private func compare<Scalar: KernelScalar>(components: Int, as: Scalar.Type) throws {
        var worst: [Kernel: Double] = [:]
        // Below, at and above vectors, groups and blocks; the largest takes several chunks.
        for count in [1, 7, 64, 513, components <= 3 ? 20_000 : 3000] {
            for (offset, weighted) in [(0.0, false), (0, true), (1e5, false)] where !(count > 3000 && weighted) {
                let (data, weights, mixture) = try Self.problem(count: count, components: components, offset: offset)
                // What the kernels are given: rounded to their precision.
                let values = data.map { Scalar($0) },
                    dataset = try Dataset(values, weights: weighted ? weights.map { Scalar($0) } : nil)
                let doubles = values.map { Double($0) },
                    doubleWeights = weighted ? weights.map { Double(Scalar($0)) } : nil
                let expected = try mixture.statistics(dataset, kernel: .reference)
                let reference = mixture.weights.indices.map {
                    Reference.Component(
                        weight: mixture.weights[$0], mean: mixture.centres[$0],
                        standardDeviation: mixture.deviations[$0])
                }
                let bound = Reference.Bound(doubles, weights: doubleWeights, reference, isFloat32: Scalar.isFloat32)
                for kernel in Self.kernels {
                    let statistics = try mixture.statistics(dataset, threads: 1, kernel: kernel)
                    for threads in [2, 3, 8] {
                        #expect(try mixture.statistics(dataset, threads: threads, kernel: kernel) == statistics)
                    }
                    var ratio = abs(statistics.logLikelihood - expected.logLikelihood) / bound.logLikelihood
                    for k in 0..<components {
                        ratio = max(
                            ratio, abs(statistics.mass(k) - expected.mass(k)) / bound.mass[k],
                            abs(statistics.firstMoment(k)[0] - expected.firstMoment(k)[0]) / bound.firstMoment[k],
                            abs(statistics.secondMoment(k)[0] - expected.secondMoment(k)[0]) / bound.secondMoment[k])
                    }
                    let densities = try mixture.logDensity(dataset, kernel: kernel)
                    let responsibilities = try mixture.responsibilities(dataset, kernel: kernel)
                    let labels = try mixture.predict(dataset, kernel: kernel)
                    for i in stride(from: 0, to: count, by: max(1, count / 200)) {
                        let r = Reference.responsibilities(doubles[i], reference)
                        ratio = max(
                            ratio,
                            abs(Double(densities[i]) - Reference.logDensity(doubles[i], reference))
                                / bound.logDensity[i])
                        for k in 0..<components {
                            let mine = Double(responsibilities[i * components + k])
                            ratio = max(ratio, abs(mine - r[k]) / bound.responsibility[i][k])
                        }
                        #expect(r[labels[i]] >= r.max()! - 2 * bound.responsibility[i][labels[i]])
                    }
                    #expect(
                        ratio <= 1, "\(kernel), N = \(count), K = \(components), offset \(offset), weights \(weighted)")
                    worst[kernel] = max(worst[kernel] ?? 0, ratio)
                }
            }
        }
        for kernel in Self.kernels {
            print(
                "parity \(kernel) \(Scalar.self) K = \(components): at most \(String(format: "%.3f", worst[kernel]!)) of the bound"
            )
        }
    }
}
