import Foundation
import Testing

@testable import GaussianMixtures

/// What a source promises, whatever holds its data.
struct SourceTests {
    /// Values in memory that is freed with it.
    private final class Memory<Scalar> {
        let buffer: UnsafeMutableBufferPointer<Scalar>
        init(_ values: [Scalar]) {
            buffer = .allocate(capacity: values.count)
            _ = buffer.initialize(from: values)
        }
        deinit { buffer.deallocate() }
    }

    @Test(arguments: [1, 2, 3, 5, 16, 17, 255, 256, 257, 1000, 65_537])
    func permutationsTakeEachPlaceOnce(count: Int) {
        for seed in 0..<4 as Range<UInt64> {
            let order = KeyedPermutation(count: count, key: RandomKey(seed: seed))
            #expect((0..<count).map { order[$0] }.sorted() == Array(0..<count))
        }
    }

    /// Each number comes to each place about as often: χ² of 16 × 16 cells over 4096 keys, whose mean is 225 and
    /// deviation 21.
    @Test func permutationsAreUniform() {
        var counts = [[Double]](repeating: [Double](repeating: 0, count: 16), count: 16)
        for seed in 0..<4096 as Range<UInt64> {
            let order = KeyedPermutation(count: 16, key: RandomKey(seed: seed))
            for place in 0..<16 { counts[place][order[place]] += 1 }
        }
        var chiSquare = 0.0
        for count in counts.joined() { chiSquare += (count - 256) * (count - 256) / 256 }
        #expect(chiSquare < 225 + 5 * 21.2, "\(chiSquare)")
    }

    @Test(arguments: [1, 7, 100, 999, 1000, 5000])
    func aLargerSampleContainsASmallerOne(count: Int) throws {
        let data = try Dataset((0..<3000).map(Double.init), dimension: 3), key = RandomKey(seed: 4)
        let small = data.sample(count, key: key), large = data.sample(2 * count, key: key)
        #expect(small.count == min(count, 1000) && large.count == min(2 * count, 1000))
        let smallRows = (0..<small.count).map { small.row($0) },
            largeRows = Set((0..<large.count).map { large.row($0) })
        #expect(smallRows.allSatisfy { largeRows.contains($0) })
        #expect(smallRows == smallRows.sorted { $0[0] < $1[0] }, "in the order of the data")
    }

    @Test(arguments: CovarianceType.allCases)
    func borrowedMemoryAndColumnsGiveTheBitsOfAnArray(covariance: CovarianceType) throws {
        func check<Scalar: KernelScalar>(_: Scalar.Type) throws {
            let rows: [[Scalar]] = Problems.draws.map { row in row.map { Scalar($0) } }
            let weights: [Scalar] = rows.indices.map { Scalar($0 % 3) + 0.5 }
            let flat = try Dataset(rows.flatMap { $0 }, dimension: 2, weights: weights)
            var sets: [Dataset<Scalar>] = []
            do {
                let memory = Memory(rows.flatMap { $0 })
                sets.append(
                    try Dataset(
                        borrowing: UnsafeBufferPointer(memory.buffer), owner: memory, dimension: 2, weights: weights))
                let columns = (0..<2).map { d in Memory<Scalar>(rows.map { $0[d] }) }
                sets.append(
                    try Dataset(
                        columns: columns.map { UnsafeBufferPointer($0.buffer) }, owner: columns as NSArray,
                        weights: weights))
                // Every third value of a longer buffer.
                let sparse = (0..<2).map { d in Memory<Scalar>(rows.flatMap { row -> [Scalar] in [row[d], -1, -1] }) }
                sets.append(
                    try Dataset(
                        columns: sparse.map { UnsafeBufferPointer($0.buffer) }, owner: sparse as NSArray, stride: 3,
                        weights: weights))
            }
            var options = FitOptions(components: 3)
            options.covariance = covariance
            options.iterations = 20
            for initialisation in [.kMeans, .randomFromData] as [Initialisation] {
                options.initialisation = initialisation
                let expected = try GaussianMixture.fit(flat, options)
                for set in sets {
                    let fit = try GaussianMixture.fit(set, options)
                    #expect(
                        fit.mixture == expected.mixture && fit.history == expected.history && fit.icl == expected.icl)
                    #expect(try fit.mixture.logDensity(set) == expected.mixture.logDensity(flat))
                    #expect(
                        try fit.mixture.predict(set, kernel: .reference)
                            == expected.mixture.predict(flat, kernel: .reference))
                }
            }
        }
        try check(Double.self)
        try check(Float.self)
    }

    @Test func badLayoutsAreRefused() throws {
        let memory = Memory<Double>([1, 2, 3, 4]), buffer = UnsafeBufferPointer(memory.buffer)
        let none = UnsafeBufferPointer<Double>(start: nil, count: 0)
        #expect(throws: MixtureError.noData) { try Dataset<Double>(borrowing: none, owner: memory) }
        #expect(throws: MixtureError.noData) { try Dataset<Double>(columns: [], owner: memory) }
        #expect(throws: MixtureError.noData) { try Dataset(columns: [buffer, none], owner: memory) }
        #expect(throws: MixtureError.self) { try Dataset(columns: [buffer], owner: memory, stride: 0) }
        #expect(throws: MixtureError.self) { try Dataset(columns: [buffer], owner: memory, count: 5) }
        #expect(throws: MixtureError.self) { try Dataset(columns: [buffer], owner: memory, weights: [1]) }
        #expect(throws: MixtureError.self) { try Dataset(borrowing: buffer, owner: memory, dimension: 3) }
    }

    /// A batch's statistics are those of its rows, and a sweep reads each row once.
    @Test func batchesReadEachRowOnce() throws {
        let rows = Problems.draws,
            data = try Dataset(rows.flatMap { $0 }, dimension: 2, weights: rows.indices.map { Double($0 % 4) })
        let mixture = Problems.start(.full), kernel = Kernel.available[0]
        let reader = try data.batchReader(mixture.shape, size: 40, threads: 1, kernel: kernel)
        let order = KeyedPermutation(count: data.count, key: RandomKey(seed: 1))
        var sum = Statistics(mixture.shape)
        for start in stride(from: 0, to: data.count, by: 40) where start + 40 <= data.count {
            let indices = (start..<start + 40).map { order[$0] }
            let weight = reader.load(order, from: start)
            #expect(weight == indices.reduce(0) { $0 + Double($1 % 4) })
            var statistics = reader.emptyStatistics()
            try reader.read(KernelParameters(mixture), into: &statistics)
            let expected = try mixture.statistics(data.rows(indices))
            #expect(statistics == expected)
            sum += statistics
        }
        #expect(sum.count == data.count / 40 * 40)
        if data.count % 40 == 0 { #expect(agree(sum.logLikelihood, try mixture.logLikelihood(data), 1e-12)) }
    }

    @Test(arguments: CovarianceType.allCases)
    func statisticsAreCoded(covariance: CovarianceType) throws {
        let mixture = Problems.start(covariance), statistics = try mixture.statistics(Problems.draws)
        #expect(statistics.count == Problems.draws.count)
        let coded = try JSONEncoder().encode(statistics)
        #expect(try JSONDecoder().decode(Statistics.self, from: coded) == statistics)
        let text = String(decoding: coded, as: UTF8.self)
        for key in ["\"shape\"", "\"count\"", "\"totalWeight\"", "\"sums\""] { #expect(text.contains(key)) }
        let other = text.replacing(
            "\"components\":\(mixture.components)", with: "\"components\":\(mixture.components + 1)")
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Statistics.self, from: Data(other.utf8)) }
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(
                Statistics.self, from: Data(text.replacing("\"count\":", with: "\"count\":-").utf8))
        }
    }

    @Test func optionsAndMixturesAreCoded() throws {
        var options = FitOptions(components: 3)
        #expect(try JSONDecoder().decode(FitOptions.self, from: JSONEncoder().encode(options)) == options)
        options.method = .adam(learningRate: 0.3, batch: 7)
        options.initialisation = .mixture(Problems.start(.tied))
        options.shortRuns = ShortRuns(iterations: 4, kept: 1)
        options.covariancePrior = .given(mean: [1, 2], shrinkage: 1, degreesOfFreedom: 5, scale: [[1, 0], [0, 1]])
        options.timeLimit = .milliseconds(1500)
        options.kernel = .reference
        #expect(try JSONDecoder().decode(FitOptions.self, from: JSONEncoder().encode(options)) == options)
        for covariance in CovarianceType.allCases {
            let mixture = Problems.start(covariance),
                copy = try JSONDecoder().decode(GaussianMixture.self, from: JSONEncoder().encode(mixture))
            #expect(copy == mixture && copy.covariances == mixture.covariances)
            var parameters = Parameters(mixture)
            parameters.logWeights[0] = -.infinity
            #expect(try JSONDecoder().decode(Parameters.self, from: JSONEncoder().encode(parameters)) == parameters)
        }
        let broken =
            #"{"shape":{"components":1,"dimension":1,"covariance":"full"},"weights":[1],"means":[[0]],"factors":[-1]}"#
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(GaussianMixture.self, from: Data(broken.utf8)) }
        let huge = #"{"components":1000000000000,"dimension":1,"covariance":"full"}"#
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(MixtureShape.self, from: Data(huge.utf8)) }
    }

    @Test func optionsAreCheckedInOnePlace() throws {
        func refused(_ change: (inout FitOptions) -> Void) {
            var options = FitOptions(components: 2)
            change(&options)
            #expect(throws: MixtureError.self) { try options.validate() }
            #expect(throws: MixtureError.self) { try GaussianMixture.fit(Problems.draws, options) }
            #expect(throws: MixtureError.self) { try Training.begin(Problems.draws.dataset(), options) }
        }
        refused { $0.components = 0 }
        refused { $0.iterations = -1 }
        refused { $0.tolerance = .nan }
        refused { $0.varianceFloor = 1 }
        refused { $0.historyStride = 0 }
        refused { $0.search = .restarts(0) }
        refused { $0.shortRuns = ShortRuns(iterations: 1, kept: 2) }
        refused { $0.weightConcentration = 0.5 }
        refused { $0.method = .adam(learningRate: -1) }
        refused { $0.method = .lbfgs(memory: 0) }
        refused { $0.threads = 0 }
        refused { $0.timeLimit = .seconds(-1) }
        refused { ($0.search, $0.initialisation) = (.restarts(2), .mixture(Problems.start(.full))) }
    }
}
