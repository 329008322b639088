import CKernels

/// The statistics of a part of a data set, on their way to those of the whole: read at another time, or on another
/// machine.
///
/// A data set is summed in chunks of rows whose borders depend on N, K and D alone, and the chunks along one binary
/// tree. A part of whole chunks comes to the sums of the largest subtrees that it covers, and parts are added along the
/// tree, in any order: the whole has the bits of one reading of all data. (Where weights are not whole numbers their
/// sum, and with it the log-likelihood, may differ in the last digit: weights are added in the order in which parts
/// come.)
public struct PartialStatistics: Sendable, Hashable, Codable {
    public let shape: MixtureShape
    /// N, of the whole.
    public let wholeCount: Int
    /// How many rows there are so far.
    public private(set) var count: Int
    /// Their weight.
    public private(set) var totalWeight: Double
    /// What log norms have in common: for each unit of weight it is added to the log-likelihood at the end.
    private let commonLogNorm: Double
    private var subtrees: [Subtree]
    /// Of each subtree, as ``Statistics`` lays them out.
    private var sums: [Double]

    struct Subtree: Sendable, Hashable, Codable {
        let first, count: Int
    }

    init(
        shape: MixtureShape, wholeCount: Int, count: Int, totalWeight: Double, commonLogNorm: Double,
        subtrees: [Subtree], sums: [Double]
    ) {
        self.shape = shape
        self.wholeCount = wholeCount
        self.count = count
        self.totalWeight = totalWeight
        self.commonLogNorm = commonLogNorm
        self.subtrees = subtrees
        self.sums = sums
    }

    /// Adds another part of the same data set, read under the same mixture.
    ///
    /// - Throws: ``MixtureError/partsDoNotFit`` for parts of data sets of other sizes, of other mixtures, as far as
    ///   their shape and densities tell, or that have rows in common.
    /// - Complexity: O(length of the statistics · log N)
    public mutating func add(_ part: PartialStatistics) throws(MixtureError) {
        guard part.shape == shape, part.wholeCount == wholeCount, part.commonLogNorm == commonLogNorm,
            part.count <= wholeCount - count
        else { throw .partsDoNotFit }
        var pass = sizes(), all = (subtrees + part.subtrees).map { gmm_subtree(first: $0.first, count: $0.count) },
            added = sums + part.sums
        let length = gmm_statistics_length(&pass)
        guard added.count == all.count * length else { throw .partsDoNotFit }
        var left = all.count
        guard gmm_combine(&pass, &left, &all, &added) != GMM_INVALID_PART else { throw .partsDoNotFit }
        subtrees = all.prefix(left).map { Subtree(first: $0.first, count: $0.count) }
        sums = Array(added.prefix(left * length))
        count += part.count
        totalWeight += part.totalWeight
    }

    /// The statistics of the whole; nil as long as parts are missing.
    public var whole: Statistics? {
        guard count == wholeCount else { return nil }
        var statistics = Statistics(shape)
        statistics.count = count
        statistics.totalWeight = totalWeight
        statistics.sums = sums
        statistics.sums[0] += commonLogNorm * totalWeight
        return statistics
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        shape = try container.decode(MixtureShape.self, forKey: .shape)
        wholeCount = try container.decode(Int.self, forKey: .wholeCount)
        count = try container.decode(Int.self, forKey: .count)
        totalWeight = try container.decode(Double.self, forKey: .totalWeight)
        commonLogNorm = try container.decode(Double.self, forKey: .commonLogNorm)
        subtrees = try container.decode([Subtree].self, forKey: .subtrees)
        sums = try container.decode([Double].self, forKey: .sums)
        guard isSound else {
            throw DecodingError.dataCorruptedError(
                forKey: .subtrees, in: container,
                debugDescription: "the subtrees, their sums and the count do not agree")
        }
    }

    /// Whether the subtrees are some of the whole's, largest ones, apart from each other, with a sum each, and of as
    /// many rows as are counted.
    private var isSound: Bool {
        guard wholeCount >= 1, (1...wholeCount).contains(count), totalWeight >= 0, !subtrees.isEmpty,
            subtrees.allSatisfy({ $0.first >= 0 && $0.count >= 1 })
        else { return false }
        var pass = sizes(), combined = sums, left = subtrees.count
        let rows = gmm_chunk_rows(&pass), chunks = gmm_chunk_count(&pass), length = gmm_statistics_length(&pass)
        guard subtrees.count <= 128, sums.count == subtrees.count * length else { return false }
        var counted = 0
        for subtree in subtrees {
            guard subtree.first < chunks, subtree.count <= chunks - subtree.first else { return false }
            // The last chunk may be short.
            let left = wholeCount - subtree.first * rows
            counted += subtree.count > left / rows ? left : subtree.count * rows
        }
        var copies = subtrees.map { gmm_subtree(first: $0.first, count: $0.count) }
        return counted == count && gmm_combine(&pass, &left, &copies, &combined) != GMM_INVALID_PART
            && left == subtrees.count
    }

    private func sizes() -> gmm_pass {
        var pass = gmm_pass(shape, .soft, isFloat32: false)
        (pass.count, pass.whole_count) = (wholeCount, wholeCount)
        return pass
    }
}

extension GaussianMixture {
    /// The statistics under this mixture of a part of a data set, to be added to those of the other parts.
    ///
    /// - Parameters:
    ///   - part: rows `firstRow` … of the whole, which begin at a border and end at one or at the end of the whole.
    ///   - firstRow: a multiple of ``partBorder(wholeCount:)``.
    ///   - wholeCount: N, of the whole.
    ///   - threads: the most that run at once; by default as many as the machine has cores. The result does not depend
    ///     on them.
    ///   - kernel: ``Kernel/automatic()`` by default; not ``Kernel/reference``.
    /// - Throws: ``MixtureError/invalidPart(firstRow:count:wholeCount:border:)``, and what reading the data throws.
    /// - Complexity: that of reading the part.
    public func partialStatistics(
        _ part: some Observations, firstRow: Int, wholeCount: Int, threads: Int? = nil, kernel: Kernel? = nil
    ) throws(MixtureError) -> PartialStatistics {
        try partialStatistics(
            part.dataset(), Place(firstRow: firstRow, wholeCount: wholeCount), threads: threadCount(threads),
            kernel: Kernel.chosen(kernel))
    }

    private func partialStatistics<Scalar>(
        _ part: Dataset<Scalar>, _ place: Place, threads: Int, kernel: Kernel
    ) throws(MixtureError) -> PartialStatistics {
        guard place.firstRow >= 0, place.wholeCount > 0, part.count <= place.wholeCount,
            place.firstRow <= place.wholeCount - part.count
        else {
            throw .invalidPart(
                firstRow: place.firstRow, count: part.count, wholeCount: place.wholeCount,
                border: partBorder(wholeCount: max(1, place.wholeCount)))
        }
        return try Pass(part, shape, place: place, threads: threads, kernel: kernel).readPart(KernelParameters(self))
    }

    /// The number of rows at whose multiples parts of a data set begin and end.
    ///
    /// - Parameter wholeCount: N ≥ 1, of the whole.
    public func partBorder(wholeCount: Int) -> Int {
        var pass = gmm_pass(shape, .soft, isFloat32: false)
        (pass.count, pass.whole_count) = (wholeCount, wholeCount)
        return gmm_chunk_rows(&pass)
    }
}
