import Foundation
import GaussianMixtures
import Testing

@testable import GMMFiles

@Suite struct HistoryCSVTests {
    @Test func readsBackExactly() throws {
        try withDirectory { directory in
            let path = directory + "/history.csv"
            let steps = try (0..<2000).map { step in
                let x = Double(step) / 3
                return (
                    step: step * 10, loss: 1e5 / (x + 0.1),
                    mixture: try GaussianMixture(weights: [0.25, 0.75], means: [-x, x * 1e-300], standardDeviations: [0.1 + x, 1 / 3.0])
                )
            }
            try HistoryCSV.write(steps, to: path)
            let table = try NumericTable.read(path)
            #expect(table.columnNames == [
                "step", "loss", "weight_1", "weight_2", "mean_1", "mean_2", "standard_deviation_1", "standard_deviation_2",
            ])
            let expected: [[Double]] = steps.map { step, loss, mixture in
                [Double(step), loss] + mixture.weights + mixture.means + mixture.standardDeviations
            }
            #expect(table.values == .float64(Array(expected.joined())))
        }
    }

    @Test func emptyAndUneven() throws {
        try withDirectory { directory in
            let path = directory + "/history.csv"
            try HistoryCSV.write([], to: path)
            #expect(try String(decoding: readBytes(path), as: UTF8.self) == "step,loss\n")
            let one = try GaussianMixture(weights: [1], means: [0], standardDeviations: [1])
            let two = try GaussianMixture(weights: [0.5, 0.5], means: [0, 1], standardDeviations: [1, 1])
            let uneven = [(step: 0, loss: 1.0, mixture: one), (step: 1, loss: 1.0, mixture: two)]
            #expect(fault { try HistoryCSV.write(uneven, to: path) }.location == .field("step 1"))
            #expect(try String(decoding: readBytes(path), as: UTF8.self) == "step,loss\n")
            #expect(fileError { try HistoryCSV.write([(step: 0, loss: 1, mixture: one)], to: directory + "/none/h.csv") }?.exitCode == 73)
        }
    }
}
