/// N data in D dimensions with optional weights, read where they are.
public struct Dataset<Scalar: KernelScalar>: Observations, Sendable {
    let storage: Storage
    /// Of the first feature of the first datum.
    let offset: Int
    /// From one datum to the next, and from one feature of a datum to the next.
    let rowStride, columnStride: Int
    /// N
    public let count: Int
    /// D
    public let dimension: Int
    private(set) var weights: [Scalar]?
    /// W = Σ wᵢ, N without weights.
    public private(set) var totalWeight: Double

    /// Where the values are.
    enum Storage: @unchecked Sendable {
        case array([Scalar])
        /// Memory that the owner keeps as it is for as long as it lives.
        case memory(UnsafePointer<Scalar>, owner: AnyObject)
        /// The features apart, each somewhere in memory that the owner keeps.
        case columns([UnsafeRawPointer?], owner: AnyObject)
    }

    /// - Parameters:
    ///   - values: the array that holds the data. It is not copied.
    ///   - dimension: D, 1 by default.
    ///   - offset: the index of the first feature of the first datum, 0 by default.
    ///   - rowStride: from one datum to the next; D times the column stride by default, rows behind one another.
    ///     Negative runs backwards.
    ///   - columnStride: from one feature of a datum to the next, 1 by default. A table stored column by column of N
    ///     rows: row stride 1, column stride N. Column c of a row-major table of C columns: offset c, row stride C.
    ///   - count: N; by default as many as `values` holds from the offset on, column by column data aside, where N is
    ///     the column stride.
    ///   - weights: N weights, one for each datum, 1 by default. A weight of 2 counts as two equal data.
    /// - Throws: ``MixtureError/noData``; ``MixtureError/invalidOption(name:value:requirement:)`` for a layout that
    ///   leaves the array; ``MixtureError/invalidDataWeights(reason:)`` and ``MixtureError/invalidDataWeight(row:)``.
    ///   Whether data are finite is found when they are read.
    /// - Complexity: O(N) with weights, else O(1).
    public init(
        _ values: [Scalar], dimension: Int = 1, offset: Int = 0, rowStride: Int? = nil, columnStride: Int = 1,
        count: Int? = nil,
        weights: [Scalar]? = nil
    ) throws(MixtureError) {
        try self.init(
            .array(values), valueCount: values.count, dimension: dimension, offset: offset, rowStride: rowStride,
            columnStride: columnStride, count: count,
            weights: weights)
    }

    /// Data in memory of somebody else's, such as a mapped file, which is not copied.
    ///
    /// - Parameters:
    ///   - values: what can be read. It stays as it is for as long as `owner` lives.
    ///   - owner: is kept for as long as the data set and its copies are.
    ///   - dimension, offset, rowStride, columnStride, count, weights: as for an array.
    /// - Throws: as for an array.
    /// - Complexity: O(N) with weights, else O(1).
    public init(
        borrowing values: UnsafeBufferPointer<Scalar>, owner: AnyObject, dimension: Int = 1, offset: Int = 0,
        rowStride: Int? = nil,
        columnStride: Int = 1, count: Int? = nil, weights: [Scalar]? = nil
    ) throws(MixtureError) {
        guard let base = values.baseAddress else { throw .noData }
        try self.init(
            .memory(base, owner: owner), valueCount: values.count, dimension: dimension, offset: offset,
            rowStride: rowStride, columnStride: columnStride,
            count: count, weights: weights)
    }

    /// Features in buffers of their own, as data frames and Arrow have them, which are not copied.
    ///
    /// - Parameters:
    ///   - columns: D buffers, each of which holds `count` values, `stride` apart. They stay as they are for as long as
    ///     `owner` lives.
    ///   - owner: is kept for as long as the data set and its copies are.
    ///   - stride: from one datum to the next, in every buffer, 1 by default; positive.
    ///   - count: N; by default as many as the shortest buffer holds.
    ///   - weights: N weights, one for each datum, 1 by default.
    /// - Throws: as for an array.
    /// - Complexity: O(D), O(N + D) with weights.
    public init(
        columns: [UnsafeBufferPointer<Scalar>], owner: AnyObject, stride: Int = 1, count: Int? = nil,
        weights: [Scalar]? = nil
    ) throws(MixtureError) {
        let bases = columns.compactMap { UnsafeRawPointer($0.baseAddress) }
        guard let shortest = columns.map(\.count).min(), shortest > 0, bases.count == columns.count else {
            throw .noData
        }
        guard stride >= 1 else {
            throw .invalidOption(name: "The stride", value: "\(stride)", requirement: "at least 1")
        }
        let fitting = 1 + (shortest - 1) / stride, count = count ?? fitting
        guard count > 0 else { throw .noData }
        guard count <= fitting else {
            throw .invalidOption(
                name: "The count", value: "\(count)",
                requirement: "at most \(fitting), all that the shortest column holds")
        }
        self.init(
            storage: .columns(bases, owner: owner), dimension: columns.count, offset: 0, rowStride: stride,
            columnStride: 0, count: count,
            weights: weights, totalWeight: try Self.total(weights, count: count))
    }

    private init(
        _ storage: Storage, valueCount: Int, dimension: Int, offset: Int, rowStride: Int?, columnStride: Int,
        count: Int?, weights: [Scalar]?
    ) throws(MixtureError) {
        guard valueCount > 0 else { throw .noData }
        guard (1...valueCount).contains(dimension) else {
            throw .invalidOption(
                name: "The dimension", value: "\(dimension)",
                requirement: "from 1 to the number of values, \(valueCount)")
        }
        guard (0..<valueCount).contains(offset) else {
            throw .invalidOption(
                name: "The offset", value: "\(offset)", requirement: "an index of the \(valueCount) values")
        }
        func check(_ name: String, _ stride: Int) throws(MixtureError) {
            guard stride != 0, stride.magnitude <= valueCount else {
                throw .invalidOption(
                    name: name, value: "\(stride)", requirement: "from 1 to \(valueCount), or the negative of that")
            }
        }
        if dimension > 1 { try check("The column stride", columnStride) }
        let fillsRows = rowStride == nil && columnStride == 1 && offset == 0 && count == nil
        guard !fillsRows || valueCount % dimension == 0 else {
            throw .invalidOption(
                name: "The dimension", value: "\(dimension)",
                requirement: "a divisor of the number of values, \(valueCount), which fill rows")
        }
        let rowStride = rowStride ?? (dimension > 1 ? dimension * columnStride : 1)
        try check("The row stride", rowStride)

        // The features of a datum reach this far to either side of its first.
        let reach = dimension > 1 ? (dimension - 1) * columnStride : 0
        let first = offset + min(0, reach), last = offset + max(0, reach)
        var fitting = 0
        if first >= 0, last < valueCount {
            fitting = 1 + (rowStride > 0 ? (valueCount - 1 - last) / rowStride : first / -rowStride)
        }
        let count =
            count
            ?? (dimension > 1 && columnStride.magnitude > rowStride.magnitude
                ? min(fitting, Int(columnStride.magnitude)) : fitting)
        guard fitting > 0 else {
            throw .invalidOption(
                name: "The dimension", value: "\(dimension)",
                requirement: "such that one datum lies within the \(valueCount) values")
        }
        guard count > 0 else { throw .noData }
        guard count <= fitting else {
            throw .invalidOption(
                name: "The count", value: "\(count)",
                requirement: "at most \(fitting), all that offset and strides leave")
        }
        self.init(
            storage: storage, dimension: dimension, offset: offset, rowStride: rowStride, columnStride: columnStride,
            count: count, weights: weights,
            totalWeight: try Self.total(weights, count: count))
    }

    /// W of weights that are checked.
    private static func total(_ weights: [Scalar]?, count: Int) throws(MixtureError) -> Double {
        guard let weights else { return Double(count) }
        guard weights.count == count else {
            throw .invalidDataWeights(reason: "there are \(weights.count) for \(count) data; give one for each datum")
        }
        let doubles = Scalar.doubles(weights, stride: 1, count: count)
        for i in doubles.indices where !(doubles[i] >= 0 && doubles[i].isFinite) { throw .invalidDataWeight(row: i) }
        let total = doubles.reduce(0, +)
        guard total > 0 else {
            throw .invalidDataWeights(reason: "all are zero, which leaves no data; at least one must be positive")
        }
        // Room for what they are multiplied by: log-densities, and in the precision of the data a block's sums.
        let most = Double(Scalar.greatestFiniteMagnitude) * 1e-4, largest = doubles.max()!
        guard total <= .greatestFiniteMagnitude * 1e-4, largest <= most / 1024 else {
            throw .invalidDataWeights(
                reason:
                    "they sum to \(total) and the largest is \(largest), and sums of their products would overflow; divide them by the largest"
            )
        }
        return total
    }

    private init(
        storage: Storage, dimension: Int, offset: Int, rowStride: Int, columnStride: Int, count: Int,
        weights: [Scalar]?, totalWeight: Double
    ) {
        self.storage = storage
        self.dimension = dimension
        self.offset = offset
        self.rowStride = rowStride
        self.columnStride = columnStride
        self.count = count
        self.weights = weights
        self.totalWeight = totalWeight
    }

    public func dataset() -> Dataset { self }

    // MARK: Values

    /// Gives `body` the address of feature d of the first datum.
    func withColumn<Result>(_ d: Int, _ body: (UnsafePointer<Scalar>) -> Result) -> Result {
        switch storage {
        case .array(let values): values.withUnsafeBufferPointer { body($0.baseAddress! + offset + d * columnStride) }
        case .memory(let base, let owner): withExtendedLifetime(owner) { body(base + offset + d * columnStride) }
        case .columns(let columns, let owner):
            withExtendedLifetime(owner) { body(columns[d]!.assumingMemoryBound(to: Scalar.self)) }
        }
    }

    /// The addresses of the features that have buffers of their own.
    var columns: [UnsafeRawPointer?]? { if case .columns(let columns, _) = storage { columns } else { nil } }

    /// xᵢ, feature d.
    subscript(i: Int, d: Int) -> Double { withColumn(d) { Double($0[i * rowStride]) } }

    func weight(_ i: Int) -> Double { weights.map { Double($0[i]) } ?? 1 }

    /// Feature d of all data in float64.
    func doubles(feature d: Int = 0) -> [Double] {
        withColumn(d) { Scalar.doubles($0, stride: rowStride, count: count) }
    }

    func weightsAsDoubles() -> [Double]? { weights.map { Scalar.doubles($0, stride: 1, count: count) } }

    func row(_ i: Int) -> [Double] { (0..<dimension).map { self[i, $0] } }

    // MARK: Some of the rows

    /// Copies the rows that `row` gives for 0 ..< `rows` one behind the other. Without allocation.
    func copyRows(_ rows: Int, to target: UnsafeMutablePointer<Scalar>, _ row: (Int) -> Int) {
        if case .columns = storage {
            for d in 0..<dimension {
                withColumn(d) { Scalar.copyRows(rows, $0, rowStride, 0, 1, to: target + d, spacing: dimension, row) }
            }
        } else {
            withColumn(0) {
                Scalar.copyRows(rows, $0, rowStride, columnStride, dimension, to: target, spacing: dimension, row)
            }
        }
    }

    /// The given rows, one behind the other; at least one of them has weight.
    func rows(_ indices: [Int]) -> Dataset {
        let gathered = [Scalar](unsafeUninitializedCapacity: indices.count * dimension) { buffer, count in
            copyRows(indices.count, to: buffer.baseAddress!) { indices[$0] }
            count = indices.count * dimension
        }
        let weights = weights.map { weights in indices.map { weights[$0] } }
        return Dataset(
            storage: .array(gathered), dimension: dimension, offset: 0, rowStride: dimension, columnStride: 1,
            count: indices.count, weights: weights,
            totalWeight: weights.map { Scalar.doubles($0, stride: 1, count: indices.count).reduce(0, +) }
                ?? Double(indices.count))
    }

    /// The same data with other weights, not all of which are zero.
    func withWeights(_ weights: [Double]) -> Dataset {
        var result = self
        result.weights = Scalar.scalars(weights)
        result.totalWeight = weights.reduce(0, +)
        return result
    }

    /// The rows that have weight, and which they are; nil and the data themselves if all have. O(N), O(N D) if there
    /// are any without.
    func withoutWeightlessRows() -> (rows: [Int]?, data: Dataset) {
        guard let weights, weights.contains(0) else { return (nil, self) }
        let rows = weights.indices.filter { weights[$0] > 0 }
        return (rows, self.rows(rows))
    }

    /// Rows of weight one, one behind the other in memory of `owner`, who may write others there between readings.
    init(rows base: UnsafePointer<Scalar>, owner: AnyObject, count: Int, dimension: Int, hasWeights: Bool) {
        self.init(
            storage: .memory(base, owner: owner), dimension: dimension, offset: 0, rowStride: dimension,
            columnStride: 1, count: count,
            weights: hasWeights ? Array(repeating: 1, count: count) : nil, totalWeight: Double(count))
    }

    /// Other weights for data that have some. Without allocation.
    mutating func setWeights(_ weight: (Int) -> Scalar) {
        totalWeight = 0
        for i in 0..<count {
            weights![i] = weight(i)
            totalWeight += Double(weights![i])
        }
    }
}
