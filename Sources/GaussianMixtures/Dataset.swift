/// N data in D dimensions with optional weights, read where they are.
public struct Dataset<Scalar: KernelScalar>: Observations, Sendable {
    let values: [Scalar]
    let offset: Int
    /// From one datum to the next, and from one feature of a datum to the next.
    let rowStride, columnStride: Int
    /// N
    public let count: Int
    /// D
    public let dimension: Int
    let weights: [Scalar]?
    /// W = Σ wᵢ, N without weights.
    public let totalWeight: Double

    /// - Parameters:
    ///   - values: the array that holds the data. It is not copied.
    ///   - dimension: D, 1 by default.
    ///   - offset: the index of the first feature of the first datum, 0 by default.
    ///   - rowStride: from one datum to the next; D times the column stride by default, rows behind one another. Negative runs backwards.
    ///   - columnStride: from one feature of a datum to the next, 1 by default. A table stored column by column of N rows: row stride 1, column
    ///     stride N. Column c of a row-major table of C columns: offset c, row stride C.
    ///   - count: N; by default as many as `values` holds from the offset on, column by column data aside, where N is the column stride.
    ///   - weights: N weights, one for each datum, 1 by default. A weight of 2 counts as two equal data.
    /// - Throws: ``MixtureError/noData``; ``MixtureError/invalidOption(name:value:requirement:)`` for a layout that leaves the array;
    ///   ``MixtureError/invalidDataWeights(reason:)`` and ``MixtureError/invalidDataWeight(row:)``.
    ///   Whether data are finite is found when they are read.
    /// - Complexity: O(N) with weights, else O(1).
    public init(
        _ values: [Scalar], dimension: Int = 1, offset: Int = 0, rowStride: Int? = nil, columnStride: Int = 1, count: Int? = nil,
        weights: [Scalar]? = nil
    ) throws(MixtureError) {
        guard !values.isEmpty else { throw .noData }
        guard (1...values.count).contains(dimension) else {
            throw .invalidOption(name: "The dimension", value: "\(dimension)", requirement: "from 1 to the number of values, \(values.count)")
        }
        guard values.indices.contains(offset) else {
            throw .invalidOption(name: "The offset", value: "\(offset)", requirement: "an index of the \(values.count) values")
        }
        func check(_ name: String, _ stride: Int) throws(MixtureError) {
            guard stride != 0, stride.magnitude <= values.count else {
                throw .invalidOption(name: name, value: "\(stride)", requirement: "from 1 to \(values.count), or the negative of that")
            }
        }
        if dimension > 1 { try check("The column stride", columnStride) }
        let fillsRows = rowStride == nil && columnStride == 1 && offset == 0 && count == nil
        guard !fillsRows || values.count % dimension == 0 else {
            throw .invalidOption(
                name: "The dimension", value: "\(dimension)", requirement: "a divisor of the number of values, \(values.count), which fill rows")
        }
        let rowStride = rowStride ?? (dimension > 1 ? dimension * columnStride : 1)
        try check("The row stride", rowStride)

        // The features of a datum reach this far to either side of its first.
        let reach = dimension > 1 ? (dimension - 1) * columnStride : 0
        let first = offset + min(0, reach), last = offset + max(0, reach)
        var fitting = 0
        if first >= 0, last < values.count { fitting = 1 + (rowStride > 0 ? (values.count - 1 - last) / rowStride : first / -rowStride) }
        let count = count ?? (dimension > 1 && columnStride.magnitude > rowStride.magnitude ? min(fitting, Int(columnStride.magnitude)) : fitting)
        guard fitting > 0 else {
            throw .invalidOption(
                name: "The dimension", value: "\(dimension)", requirement: "such that one datum lies within the \(values.count) values")
        }
        guard count > 0 else { throw .noData }
        guard count <= fitting else {
            throw .invalidOption(name: "The count", value: "\(count)", requirement: "at most \(fitting), all that offset and strides leave")
        }
        var totalWeight = Double(count)
        if let weights {
            guard weights.count == count else {
                throw .invalidDataWeights(reason: "there are \(weights.count) for \(count) data; give one for each datum")
            }
            let doubles = Scalar.doubles(weights, offset: 0, stride: 1, count: count)
            for i in doubles.indices where !(doubles[i] >= 0 && doubles[i].isFinite) { throw .invalidDataWeight(row: i) }
            let total = doubles.reduce(0, +)
            guard total > 0 else { throw .invalidDataWeights(reason: "all are zero, which leaves no data; at least one must be positive") }
            // Room for what they are multiplied by: log-densities, and in the precision of the data a block's sums.
            let most = Double(Scalar.greatestFiniteMagnitude) * 1e-4, largest = doubles.max()!
            guard total <= .greatestFiniteMagnitude * 1e-4, largest <= most / 1024 else {
                throw .invalidDataWeights(
                    reason: "they sum to \(total) and the largest is \(largest), and sums of their products would overflow; divide them by the largest")
            }
            totalWeight = total
        }
        self.init(
            values: values, dimension: dimension, offset: offset, rowStride: rowStride, columnStride: columnStride, count: count, weights: weights,
            totalWeight: totalWeight)
    }

    private init(
        values: [Scalar], dimension: Int, offset: Int, rowStride: Int, columnStride: Int, count: Int, weights: [Scalar]?, totalWeight: Double
    ) {
        self.values = values
        self.dimension = dimension
        self.offset = offset
        self.rowStride = rowStride
        self.columnStride = columnStride
        self.count = count
        self.weights = weights
        self.totalWeight = totalWeight
    }

    public func dataset() -> Dataset { self }

    /// xᵢ, feature d.
    subscript(i: Int, d: Int) -> Double { Double(values[offset + i * rowStride + d * columnStride]) }

    func weight(_ i: Int) -> Double { weights.map { Double($0[i]) } ?? 1 }

    /// Feature d of all data in float64. No copy is made of a whole array of `Double`.
    func doubles(feature d: Int = 0) -> [Double] {
        Scalar.doubles(values, offset: offset + d * columnStride, stride: rowStride, count: count)
    }

    func weightsAsDoubles() -> [Double]? { weights.map { Scalar.doubles($0, offset: 0, stride: 1, count: count) } }

    func row(_ i: Int) -> [Double] { (0..<dimension).map { self[i, $0] } }

    /// The given rows, one behind the other; at least one of them has weight.
    func rows(_ indices: some Collection<Int>) -> Dataset {
        let gathered = Scalar.rows(values, starts: indices.map { offset + $0 * rowStride }, stride: columnStride, count: dimension)
        let weights = weights.map { weights in indices.map { weights[$0] } }
        return Dataset(
            values: gathered, dimension: dimension, offset: 0, rowStride: dimension, columnStride: 1, count: indices.count, weights: weights,
            totalWeight: weights.map { $0.reduce(0) { $0 + Double($1) } } ?? Double(indices.count))
    }

    /// The rows that have weight, and which they are; nil and the data themselves if all have. O(N), O(N D) if there are any without.
    func withoutWeightlessRows() -> (rows: [Int]?, data: Dataset) {
        guard let weights, weights.contains(0) else { return (nil, self) }
        let rows = weights.indices.filter { weights[$0] > 0 }
        return (rows, self.rows(rows))
    }

    /// All rows, if they are no more than `most`; else one from each of so many stretches of equal length, without those of weight zero, in the order of
    /// the data, which is the order of memory. All again where fewer than `least` have a weight: too few to start from.
    func sample(atMost most: Int, atLeast least: Int, key: RandomKey) -> Dataset {
        guard count > most else { return self }
        let stretch = Double(count) / Double(most)
        // Steps of the golden ratio from a random place: no period of the data is in step with them, and random numbers would take longer than
        // all else here.
        let first = key.uniform(1)[0]
        var rows = (0..<most).map { i in
            let place = first + 0.618_033_988_749_894_9 * Double(i)
            return min(Int((Double(i) + (place - place.rounded(.down))) * stretch), count - 1)
        }
        if weights != nil { rows.removeAll { weight($0) <= 0 } }
        return rows.count >= least ? self.rows(rows) : self
    }
}
