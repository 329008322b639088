/// A table of finite numbers as read from a file: at least one row and one column.
///
/// The value of row r, column c (both from 0) is element `r * rowStride + c * columnStride` of ``values``.
public struct NumericTable: Sendable, Equatable {
    /// The numbers in the precision they were read in.
    public enum Values: Sendable, Equatable {
        case float64([Double])
        case float32([Float])
    }

    /// The precision to read in.
    public enum Precision: String, Sendable, CaseIterable {
        case float64, float32
    }

    /// Whether the first row of text holds the names of the columns.
    public enum Header: String, Sendable, CaseIterable {
        /// The first row holds names.
        case yes
        /// The first row is data.
        case no
        /// Its content decides, by the rule of ``NumericTable/read(_:columns:weights:precision:header:comment:)``.
        case auto
    }

    /// The file that was read, "-" for standard input.
    public let path: String
    /// One name per column; nil if the file has no header.
    public let columnNames: [String]?
    /// How many rows there are.
    public let rows: Int
    /// How many columns there are.
    public let columns: Int
    /// `rows * columns` numbers.
    public let values: Values
    /// How far apart in ``values`` the rows are: `columns` for row after row, 1 for column after column (Fortran
    /// order).
    public let rowStride: Int
    /// How far apart in ``values`` the columns are.
    public let columnStride: Int
    /// What to know about how doubtful places of the file were read.
    public var notes: [FileNote] = []

    /// The value of a row and a column, both counted from 0.
    public subscript(row: Int, column: Int) -> Double {
        let index = row * rowStride + column * columnStride
        return switch values {
        case .float64(let values): values[index]
        case .float32(let values): Double(values[index])
        }
    }

    /// The index, from 0, of the column of that name. A number that is no column's name is a position from 1 on.
    ///
    /// - Throws: ``FileError/malformed(path:location:reason:)`` listing the columns there are.
    public func index(ofColumn name: String) throws(FileError) -> Int {
        try ColumnList(path: path, names: columnNames, count: columns).index(of: name)
    }

    /// The values of a column, one after another.
    ///
    /// - Throws: as ``index(ofColumn:)``.
    public func column(named name: String) throws(FileError) -> Values {
        column(try index(ofColumn: name))
    }

    /// The values of a column, counted from 0, one after another. A table of one column is not copied.
    public func column(_ index: Int) -> Values {
        if columns == 1 { return values }
        func gather<Scalar>(_ values: [Scalar]) -> [Scalar] {
            (0..<rows).map { values[$0 * rowStride + index * columnStride] }
        }
        return switch values {
        case .float64(let values): .float64(gather(values))
        case .float32(let values): .float32(gather(values))
        }
    }
}
