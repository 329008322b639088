import Foundation
import GMMPlots
import GaussianMixtures

/// Small inputs that several tests share.
enum Samples {
    static let mixture = try! GaussianMixture(weights: [0.25, 0.75], means: [-2, 5], standardDeviations: [1, 2])

    /// 4 000 values spread as `mixture` says: quantiles of each component, no chance involved.
    static let data: [Double] = (0..<4000).map { i in
        let p = (Double(i / 4) + 0.5) / 1000
        let z = log(p / (1 - p)) / 1.702
        return i % 4 == 0 ? -2 + z : 5 + 2 * z
    }

    /// A training that moves both components in a straight line, one frame every 10 steps.
    static func frames(_ count: Int, loss: (Int) -> Double = { 2e4 / Double($0 + 1) + 14_590.36 }) -> [TrainingFrame] {
        (0..<count).map { i in
            let t = Double(i) / Double(max(count - 1, 1))
            let mixture = try! GaussianMixture(
                weights: [0.5 - 0.25 * t, 0.5 + 0.25 * t], means: [-2 * t, 5 * t], standardDeviations: [1.5 - 0.5 * t, 1.5 + 0.5 * t])
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
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { URL(fileURLWithPath: String($0)) }
    return names.lazy.flatMap { name in folders.map { $0.appendingPathComponent(name) } }
        .first { FileManager.default.isExecutableFile(atPath: $0.path) }
}

let hasGnuplot = executable("gnuplot") != nil
