extension NumericTable {
    /// This table of float64 in float32.
    ///
    /// - Parameter ties: values, with their indices, whose decimal text is nearer to this float32 than to the one that
    ///   rounding their float64 gives.
    /// - Throws: ``FileError/malformed(path:location:reason:)`` if a value is too large, or if rounding makes more than
    ///   half of the distinct values of a column equal to others; ``FileError/outOfMemory(path:reason:)``.
    /// - Complexity: O(N log N) for each column with a value that float32 does not hold exactly.
    func rounded(ties: [(index: Int, value: Float)] = []) throws(FileError) -> NumericTable {
        guard case .float64(let exact) = values else { return self }
        try Memory.check(exact.count + 2 * rows, of: Float.self, path: path, of: "the table in float32")
        for column in 0..<columns {
            if let loss = loss(column, exact) { throw .malformed(path: path, location: nil, reason: loss) }
        }
        var single = exact.map { Float($0) }
        for (index, value) in ties { single[index] = value }
        return NumericTable(
            path: path, columnNames: columnNames, rows: rows, columns: columns, values: .float32(single),
            rowStride: rowStride,
            columnStride: columnStride, notes: notes)
    }

    /// Why a column may not be rounded to float32; nil if it may.
    private func loss(_ column: Int, _ exact: [Double]) -> String? {
        func value(_ row: Int) -> Double { exact[row * rowStride + column * columnStride] }
        guard (0..<rows).contains(where: { Double(Float(value($0))) != value($0) }) else { return nil }
        let sorted = (0..<rows).map(value).sorted()
        var distinct = 0, merged = 0, start = sorted.startIndex
        while start < sorted.endIndex {
            let rounded = Float(sorted[start])
            var end = start + 1, alike = 1
            while end < sorted.endIndex, Float(sorted[end]) == rounded {
                if sorted[end] != sorted[end - 1] { alike += 1 }
                end += 1
            }
            distinct += alike
            if alike > 1 { merged += alike }
            start = end
        }
        guard 2 * merged > distinct, let smallest = sorted.first, let largest = sorted.last else { return nil }
        let step = Double(Float(max(abs(smallest), abs(largest))).ulp)
        let name = columnNames.map { " (\(quoted($0[column].utf8)))" } ?? ""
        return
            "column \(column + 1) of those chosen\(name) runs from \(short(smallest)) to \(short(largest)), where float32 has steps of \(short(step)), "
            + "so that \(merged) of its \(distinct) distinct values become equal to others; leave out --precision float32, or subtract an origin such as "
            + "\(short(smallest.rounded(.down))) from the column"
    }

    /// The number, without a decimal point if it is whole.
    private func short(_ value: Double) -> String {
        abs(value) < 0x1p63 && value == value.rounded() ? "\(Int(value))" : "\(value)"
    }
}
