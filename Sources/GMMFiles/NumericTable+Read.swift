extension NumericTable {
    /// Reads columns of a CSV or NPY file. NPY is recognised by its first bytes, whatever the name.
    ///
    /// CSV: the separator (comma, semicolon, tab or white space) and whether there is a header are found from the first line,
    /// fields may be quoted, and columns that are not asked for may hold anything.
    /// NPY: versions 1 to 3, one or two dimensions, float32 or float64 of either byte order, C or Fortran order.
    ///
    /// - Parameters:
    ///   - path: the file, "-" for standard input.
    ///   - columns: names, or positions from 1 on, in the order wanted; nil for all.
    ///   - weights: the name or position of a column that holds the rows' weights. It becomes the table's last, and is none of all.
    ///   - precision: to which decimal text and stored numbers are rounded, once; nil for float64 from CSV and as stored from NPY.
    /// - Throws: ``FileError``, with line and column (CSV) or row and column (NPY) of the first value that is missing,
    ///   not a number, not finite or too large for the precision.
    public static func read(
        _ path: String, columns: [String]? = nil, weights: String? = nil, precision: Precision? = nil
    ) throws(FileError) -> NumericTable {
        let selection = columns.map { ColumnSelection.named($0) } ?? .all
        return try decode(
            try readBytes(path), path: path, selection: weights.map { .weighted(selection, by: $0) } ?? selection, precision: precision)
    }

    /// The table that the content of a file holds; `path` is for messages.
    static func decode(
        _ bytes: [UInt8], path: String, selection: ColumnSelection = .all, precision: Precision? = nil
    ) throws(FileError) -> NumericTable {
        if bytes.starts(with: NPY.magic) {
            let file = try NPY(bytes, path: path)
            return switch precision ?? file.precision {
            case .float64: try file.table(selection, as: Double.self)
            case .float32: try file.table(selection, as: Float.self)
            }
        }
        var reader = try CSVReader(bytes, path: path)
        return switch precision ?? .float64 {
        case .float64: try reader.table(selection, as: Double.self)
        case .float32: try reader.table(selection, as: Float.self)
        }
    }
}

/// Float or Double.
protocol TableScalar: BinaryFloatingPoint, LosslessStringConvertible {
    static var precision: NumericTable.Precision { get }
    static func values(_ array: [Self]) -> NumericTable.Values
}

extension Double: TableScalar {
    static var precision: NumericTable.Precision { .float64 }
    static func values(_ array: [Double]) -> NumericTable.Values { .float64(array) }
}

extension Float: TableScalar {
    static var precision: NumericTable.Precision { .float32 }
    static func values(_ array: [Float]) -> NumericTable.Values { .float32(array) }
}
