import ArgumentParser
import Foundation
import GMMFiles
import GaussianMixtures

/// Our side of Benchmarks/Peers.
struct Peer: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fits a file, and prints seconds and log-likelihood as JSON, for Benchmarks/Peers.",
        discussion: """
            With --start and --iterations, plain EM makes so many iterations from a model file. With --components and --seed, a fit with all \
            defaults. Reading the files is not timed.
            """)

    @Option(help: "NPY or CSV, rows of features.")
    var data: String

    @Option(help: "A model file to start from.")
    var start: String?

    @Option(help: "EM iterations from the start.")
    var iterations: Int?

    @Option(help: "K of a fit with defaults.")
    var components: Int?

    @Option(help: "Of the key of a fit with defaults.")
    var seed: UInt64 = 0

    @Option(help: "What the covariances may be.")
    var covariance = CovarianceType.full

    @Option(help: "What the data are read in.")
    var precision = NumericTable.Precision.float64

    @Option(help: "Threads of the fit.")
    var threads = 1

    @Option(help: "How often it is done.")
    var repeats = 1

    func validate() throws {
        try checkPositive(["threads": threads, "repeats": repeats])
        guard (start == nil) == (iterations == nil), (start == nil) != (components == nil) else {
            throw ValidationError("Give either --start and --iterations, or --components.")
        }
    }

    func run() throws {
        let table = try NumericTable.read(data, precision: precision)
        switch table.values {
        case .float64(let values): try run(table, values)
        case .float32(let values): try run(table, values)
        }
    }

    private struct Answer: Encodable {
        var seconds: [Double] = []
        var log_likelihood = 0.0
        var iterations = 0
        var converged: Bool?
        var kernel = ""
        var seed: UInt64?
    }

    private func run<Scalar: KernelScalar>(_ table: NumericTable, _ values: [Scalar]) throws {
        let data = try Dataset(
            values, dimension: table.columns, rowStride: table.rowStride, columnStride: table.columnStride,
            count: table.rows)
        let mixture = try start.map { try ModelDocument.read($0).mixture() }
        var answer = Answer(seed: components == nil ? nil : seed)
        for _ in 0..<repeats {
            var fit: Fit?
            let time = try ContinuousClock().measure {
                if let mixture, let iterations {
                    fit = try GaussianMixture.fit(
                        data, components: mixture.components, covariance: covariance, method: .em(acceleration: .none),
                        initialisation: .mixture(mixture), tolerance: 0, iterations: iterations,
                        historyStride: max(1, iterations), threads: threads)
                } else {
                    fit = try GaussianMixture.fit(
                        data, components: components!, covariance: covariance, key: RandomKey(seed: seed),
                        threads: threads)
                }
            }
            answer.seconds.append(time / .seconds(1))
            answer.log_likelihood = fit!.logLikelihood
            answer.iterations = fit!.iterations
            answer.converged = components == nil ? nil : fit!.converged
            answer.kernel = fit!.kernel.name
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        say(String(decoding: try encoder.encode(answer), as: UTF8.self))
    }
}
