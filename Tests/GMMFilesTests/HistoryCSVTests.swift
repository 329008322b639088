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
                    mixture: try GaussianMixture(
                        weights: [0.25, 0.75], means: [-x, x * 1e-300], standardDeviations: [0.1 + x, 1 / 3.0])
                )
            }
            try HistoryCSV.write(steps, features: ["x"], to: path)
            let table = try NumericTable.read(path)
            #expect(
                table.columnNames == [
                    "step", "loss", "weight_1", "weight_2", "mean_1", "mean_2", "standard_deviation_1",
                    "standard_deviation_2",
                ])
            let expected: [[Double]] = steps.map { step, loss, mixture in
                [Double(step), loss] + mixture.weights + mixture.means.joined() + mixture.standardDeviations.joined()
            }
            #expect(table.values == .float64(Array(expected.joined())))
        }
    }

    @Test func emptyAndUneven() throws {
        try withDirectory { directory in
            let path = directory + "/history.csv"
            try HistoryCSV.write([], features: ["x"], to: path)
            #expect(try String(decoding: readBytes(path), as: UTF8.self) == "step,loss\n")
            let one = try GaussianMixture(weights: [1], means: [0], standardDeviations: [1])
            let two = try GaussianMixture(weights: [0.5, 0.5], means: [0, 1], standardDeviations: [1, 1])
            let uneven = [(step: 0, loss: 1.0, mixture: one), (step: 1, loss: 1.0, mixture: two)]
            #expect(fault { try HistoryCSV.write(uneven, features: ["x"], to: path) }.location == .field("step 1"))
            #expect(
                fault { try HistoryCSV.write(uneven, features: ["x", "y"], to: path) }.location == .field("step 0"))
            #expect(try String(decoding: readBytes(path), as: UTF8.self) == "step,loss\n")
            let nowhere = directory + "/none/h.csv"
            #expect(
                fileError { try HistoryCSV.write([(step: 0, loss: 1, mixture: one)], features: ["x"], to: nowhere) }?
                    .exitCode == 73)
        }
    }

    private func lines(_ mixtures: [GaussianMixture], features: [String]) throws -> [String] {
        try withDirectory { directory in
            let path = directory + "/history.csv"
            try HistoryCSV.write(
                mixtures.enumerated().map { (step: $0, loss: 0.5, mixture: $1) }, features: features, to: path)
            return try String(decoding: readBytes(path), as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }

    @Test func everyCovarianceType() throws {
        func lines(_ covariances: Covariances) throws -> [String] {
            try self.lines(
                [try GaussianMixture(weights: [0.25, 0.75], means: [[1, 2], [3, 4]], covariances: covariances)],
                features: ["a", "b, c"])
        }
        let start = "step,loss,weight_1,weight_2,mean_1_a,\"mean_1_b, c\",mean_2_a,\"mean_2_b, c\","
        let each =
            "standard_deviation_1_a,\"standard_deviation_1_b, c\",standard_deviation_2_a,\"standard_deviation_2_b, c\""
        #expect(
            try lines(.full([[[4, 6], [6, 25]], [[16, 0], [0, 1]]])) == [
                start + each + ",\"covariance_1_b, c_a\",\"covariance_2_b, c_a\"",
                "0,0.5,0.25,0.75,1.0,2.0,3.0,4.0,2.0,5.0,4.0,1.0,6.0,0.0",
            ])
        #expect(
            try lines(.tied([[4, 6], [6, 25]])) == [
                start + "standard_deviation_a,\"standard_deviation_b, c\",\"covariance_b, c_a\"",
                "0,0.5,0.25,0.75,1.0,2.0,3.0,4.0,2.0,5.0,6.0",
            ])
        #expect(
            try lines(.diagonal([[4, 9], [16, 1]])) == [
                start + each, "0,0.5,0.25,0.75,1.0,2.0,3.0,4.0,2.0,3.0,4.0,1.0",
            ])
        #expect(
            try lines(.spherical([4, 9])) == [
                start + "standard_deviation_1,standard_deviation_2", "0,0.5,0.25,0.75,1.0,2.0,3.0,4.0,2.0,3.0",
            ])
    }

    @Test func whatWasPrunedIsEmpty() throws {
        let three = try GaussianMixture(
            weights: [0.25, 0.25, 0.5], means: [[1, 2], [3, 4], [5, 6]],
            covariances: .full(Array(repeating: [[1, 0.5], [0.5, 1]], count: 3)))
        let one = try GaussianMixture(weights: [1], means: [[7, 8]], covariances: .full([[[1, 0.5], [0.5, 1]]]))
        let rows = try lines([three, one], features: ["a", "b"]).map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        #expect(rows.allSatisfy { $0.count == 2 + 3 + 6 + 6 + 3 })
        let cells = Dictionary(uniqueKeysWithValues: zip(rows[0], rows[2]))
        #expect(
            cells["weight_1"] == "1.0" && cells["weight_2"] == "" && cells["mean_1_b"] == "8.0"
                && cells["mean_3_b"] == "")
        #expect(cells["standard_deviation_1_b"] == "1.0" && cells["standard_deviation_2_a"] == "")
        #expect(cells["covariance_1_b_a"] == "0.5" && cells["covariance_2_b_a"] == "")
        let shared = try [2, 1].map { k in
            try GaussianMixture(
                weights: Array(repeating: 1 / Double(k), count: k), means: Array(repeating: [0], count: k),
                covariances: .tied([[4]]))
        }
        #expect(
            try lines(shared, features: ["x"]) == [
                "step,loss,weight_1,weight_2,mean_1,mean_2,standard_deviation", "0,0.5,0.5,0.5,0.0,0.0,2.0",
                "1,0.5,1.0,,0.0,,2.0",
            ])
    }
}
