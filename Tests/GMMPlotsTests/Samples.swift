import Foundation
import GaussianMixtures

@testable import GMMPlots

/// Small inputs that several tests share.
enum Samples {
    static let mixture = try! GaussianMixture(weights: [0.25, 0.75], means: [-2, 5], standardDeviations: [1, 2])

    static let marginal = Marginal(mixture)

    /// 4 000 values spread as `mixture` says: quantiles of each component, no chance involved.
    static let data: [Double] = (0..<4000).map { i in
        let p = (Double(i / 4) + 0.5) / 1000
        let z = log(p / (1 - p)) / 1.702
        return i % 4 == 0 ? -2 + z : 5 + 2 * z
    }

    /// Three components of three features, and 3 000 rows of them.
    static let trivariate = try! GaussianMixture(
        weights: [0.2, 0.3, 0.5], means: [[-2, 10, 0], [0, 20, 1], [3, 10, -1]],
        covariances: .full([
            [[1, 2, 0], [2, 9, 0], [0, 0, 1]], [[1, 0, 0.5], [0, 4, 0], [0.5, 0, 1]],
            [[0.25, 0, 0], [0, 4, 0], [0, 0, 4]],
        ]))
    static let rows = trivariate.samples(3000, key: RandomKey(seed: 1))
    static let scatter = ScatterData(rows: rows.count, features: ["a", "b", "c"]) { rows[$0][$1] }

    /// The first two features of those.
    static let bivariate = try! GaussianMixture(
        weights: trivariate.weights, means: trivariate.means.map { Array($0[..<2]) },
        covariances: .full((0..<3).map { k in trivariate.covariance(k)[..<2].map { Array($0[..<2]) } }))
    static let plane = ScatterData(rows: rows.count, features: ["a", "b"]) { rows[$0][$1] }

    /// A training that grows two of the components of ``bivariate`` and prunes the third at the end.
    static let planeFrames: [TrainingFrame] = (0..<10).map { i in
        let kept = i < 9 ? 3 : 2, weights = kept == 3 ? bivariate.weights : [0.4, 0.6]
        let covariances = (0..<kept).map { k in bivariate.covariance(k).map { $0.map { $0 * Double(10 - i) } } }
        let mixture = try! GaussianMixture(
            weights: weights, means: Array(bivariate.means[..<kept]), covariances: .full(covariances))
        return TrainingFrame(step: i, loss: Double(100 - i), mixture: mixture)
    }

    /// A training that moves both components in a straight line, one frame every 10 steps.
    static func frames(_ count: Int, loss: (Int) -> Double = { 2e4 / Double($0 + 1) + 14_590.36 }) -> [TrainingFrame] {
        (0..<count).map { i in
            let t = Double(i) / Double(max(count - 1, 1))
            let mixture = try! GaussianMixture(
                weights: [0.5 - 0.25 * t, 0.5 + 0.25 * t], means: [-2 * t, 5 * t],
                standardDeviations: [1.5 - 0.5 * t, 1.5 + 0.5 * t])
            return TrainingFrame(step: 10 * i, loss: loss(i), mixture: mixture)
        }
    }
}

/// A folder that is removed when the closure returns.
func withTemporaryFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gmm-plots-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
}

/// Where an executable is on PATH.
func executable(_ names: String...) -> URL? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map {
        URL(fileURLWithPath: String($0))
    }
    return names.lazy.flatMap { name in folders.map { $0.appendingPathComponent(name) } }
        .first { FileManager.default.isExecutableFile(atPath: $0.path) }
}

let hasGnuplot = executable("gnuplot") != nil
