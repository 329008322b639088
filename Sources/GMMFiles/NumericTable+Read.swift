extension NumericTable {
    /// Reads columns of a CSV or NPY file. NPY is recognised by its first bytes, whatever the name.
    ///
    /// CSV: the separator (comma, semicolon, tab or white space) is the one by which the first rows agree best, fields
    /// may be quoted, and columns that are not asked for may hold anything. Where rows have one field more than the
    /// first, their first is the name of the row, as R's `write.table` writes it, and is no column unless asked for.
    /// Lines on top that begin with `#` are passed over; the last of them names the columns if it has as many fields,
    /// as NumPy's `savetxt` writes it.
    ///
    /// With ``Header/auto`` the first row is data if its chosen cells are numbers, and otherwise names. A cell that is
    /// nearly a number, such as `12abc`, is an error among numbers.
    ///
    /// NPY: versions 1 to 3, one or two dimensions, of real numbers, integers or booleans of either byte order, C or
    /// Fortran order.
    ///
    /// - Parameters:
    ///   - path: the file, "-" for standard input.
    ///   - columns: names, or positions from 1 on, in the order wanted; nil for all.
    ///   - weights: the name or position of a column that holds the rows' weights. It becomes the table's last column,
    ///     and `columns` that are nil then mean all others.
    ///   - precision: to which decimal text and stored numbers are rounded, once; nil for float32 from NPY of float32,
    ///     float64 from all else.
    ///   - header: whether the first row of text holds names.
    ///   - comment: lines that begin with this are passed over everywhere; nil for `#` above the first row only, "" for
    ///     none.
    /// - Returns: the table; its ``notes`` say how doubtful places were read.
    /// - Throws: ``FileError``, with line and column (CSV) or row and column (NPY) of the first value that is missing,
    ///   not a number, not finite or too large for the precision; if rounding to float32 makes most distinct values of
    ///   a column equal others; and if there is not the memory for the table.
    /// - Complexity: one pass over the file, of which only a row and a block are in memory at a time.
    public static func read(
        _ path: String, columns: [String]? = nil, weights: String? = nil, precision: Precision? = nil,
        header: Header = .auto,
        comment: String? = nil
    ) throws(FileError) -> NumericTable {
        let selection = columns.map { ColumnSelection.named($0) } ?? .all
        return try read(
            InputFile(path), selection: weights.map { .weighted(selection, by: $0) } ?? selection, precision: precision,
            header: header,
            comment: comment)
    }

    /// The table that a file holds.
    ///
    /// - Parameter blockSize: how many bytes of text to read at once.
    static func read(
        _ file: InputFile, selection: ColumnSelection = .all, precision: Precision? = nil, header: Header = .auto,
        comment: String? = nil,
        blockSize: Int = 1 << 20
    ) throws(FileError) -> NumericTable {
        var start: [UInt8] = []
        try file.read(NPY.magic.count, appendingTo: &start)
        if start == NPY.magic {
            let array = try NPY(file)
            return try array.table(selection, precision: precision ?? (array.isFloat32 ? .float32 : .float64))
        }
        var reader = CSVReader(file, start: start, header: header, comment: comment, blockSize: blockSize)
        return try reader.table(selection, precision: precision ?? .float64)
    }
}
