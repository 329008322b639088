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

    /// With few chunks, every way to split and every order in which the parts may come.
    @Test(arguments: CovarianceType.allCases)
    func everySplitInEveryOrder(covariance: CovarianceType) throws {
        let mixture = Problems.start(covariance), border = mixture.partBorder(wholeCount: 1000), count = 3 * border + 17
        try #require(mixture.partBorder(wholeCount: count) == border)
        func check<Scalar: KernelScalar>(_: Scalar.Type) throws {
            let values = RandomKey(seed: 9).normal(2 * count).map { Scalar($0) }
            let whole = try mixture.statistics(Dataset(values, dimension: 2))
            for mask in 0..<8 {
                let ends = (1...3).filter { mask >> ($0 - 1) & 1 == 1 }.map { $0 * border } + [count]
                let parts = try zip([0] + ends, ends).map { first, end in
                    try mixture.partialStatistics(
                        Dataset(Array(values[2 * first..<2 * end]), dimension: 2), firstRow: first, wholeCount: count)
                }
                for order in permutations(parts.indices.map { $0 }) {
                    var sum = parts[order[0]]
                    for index in order.dropFirst() { try sum.add(parts[index]) }
                    #expect(sum.whole == whole, "split \(ends), order \(order)")
                }
            }
        }
        try check(Double.self)
        try check(Float.self)
    }

    private func permutations(_ items: [Int]) -> [[Int]] {
        guard let first = items.first else { return [[]] }
        return permutations(Array(items.dropFirst())).flatMap { rest in
            (0...rest.count).map { Array(rest[..<$0]) + [first] + Array(rest[$0...]) }
        }
    }

    @Test func brokenPartsAreRefused() throws {
        let mixture = Problems.start(.full), count = 20_000, border = mixture.partBorder(wholeCount: count)
        let rows = try Dataset(RandomKey(seed: 1).normal(2 * border), dimension: 2)
        let part = try mixture.partialStatistics(rows, firstRow: border, wholeCount: count)
        let text = String(decoding: try JSONEncoder().encode(part), as: UTF8.self)
        for (good, bad) in [
            ("\"count\":\(border)", "\"count\":\(count)"), ("\"first\":1", "\"first\":-1"),
            ("\"first\":1", "\"first\":1000000"),
            ("\"wholeCount\":\(count)", "\"wholeCount\":\(Int.max)"), ("\"sums\":[", "\"sums\":[0,"),
            ("\"components\":3", "\"components\":2"),
        ] {
            try #require(text.contains(good), "\(good)")
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(PartialStatistics.self, from: Data(text.replacing(good, with: bad).utf8))
            }
        }
    }
}
