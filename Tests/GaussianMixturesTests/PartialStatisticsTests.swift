import Foundation
import Testing

@testable import GaussianMixtures

/// Parts of a data set add up to the bits of the whole, whoever reads them and in whatever order they come.
struct PartialStatisticsTests {
    @Test(arguments: CovarianceType.allCases, [700, 5000, 20_001])
    func partsAddUpToTheWhole(covariance: CovarianceType, count: Int) throws {
        let mixture = Problems.start(covariance), border = mixture.partBorder(wholeCount: count)
        let normal = RandomKey(seed: UInt64(count)).normal(2 * count), weights = (0..<count).map { Double($0 % 3 + 1) }
        let whole = try mixture.statistics(Dataset(normal, dimension: 2, weights: weights))
        let chunks = (count + border - 1) / border
        for seed in 0..<12 as Range<UInt64> {
            // Borders that a key chooses, and the parts in an order that it chooses too.
            let keys = RandomKey(seed: seed).split(2), chosen = keys[0].uniform(chunks)
            let ends = (1..<max(chunks, 1)).filter { chosen[$0] < [0.1, 0.5, 1][Int(seed) % 3] } + [chunks]
            var parts: [PartialStatistics] = [], first = 0
            for end in ends {
                let rows = first * border..<min(end * border, count)
                let part = try Dataset(
                    Array(normal[2 * rows.lowerBound..<2 * rows.upperBound]), dimension: 2,
                    weights: Array(weights[rows]))
                let statistics = try mixture.partialStatistics(
                    part, firstRow: rows.lowerBound, wholeCount: count, threads: 1 + Int(seed) % 2)
                // By way of another process.
                parts.append(try JSONDecoder().decode(PartialStatistics.self, from: JSONEncoder().encode(statistics)))
                first = end
            }
            let order = KeyedPermutation(count: parts.count, key: keys[1])
            var sum = parts[order[0]]
            for place in 1..<max(parts.count, 1) {
                #expect(sum.whole == nil)
                try sum.add(parts[order[place]])
            }
            #expect(sum.whole == whole, "seed \(seed), \(parts.count) parts")
        }
    }

    @Test func whatDoesNotFitIsRefused() throws {
        let mixture = Problems.start(.full), count = 20_000, border = mixture.partBorder(wholeCount: count),
            data = RandomKey(seed: 1).normal(2 * border)
        let rows = try Dataset(data, dimension: 2),
            part = try mixture.partialStatistics(rows, firstRow: border, wholeCount: count)
        for first in [1, border - 1, -border, count, .max] {
            #expect(throws: MixtureError.self) {
                try mixture.partialStatistics(rows, firstRow: first, wholeCount: count)
            }
        }
        #expect(throws: MixtureError.self) { try mixture.partialStatistics(rows, firstRow: 0, wholeCount: 0) }
        #expect(throws: MixtureError.self) {
            try mixture.partialStatistics(rows, firstRow: 0, wholeCount: count, kernel: .reference)
        }
        var sum = part
        #expect(throws: MixtureError.partsDoNotFit) { try sum.add(part) }
        let ofOther = try mixture.partialStatistics(rows, firstRow: 0, wholeCount: 2 * count)
        #expect(throws: MixtureError.partsDoNotFit) { try sum.add(ofOther) }
        let ofOtherShape = try Problems.start(.diagonal).partialStatistics(rows, firstRow: 0, wholeCount: count)
        #expect(throws: MixtureError.partsDoNotFit) { try sum.add(ofOtherShape) }
        #expect(sum == part, "what could not be added changed nothing")
    }
}
