/// An NPY file: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
///
/// The header is validated against the file's size before anything is computed from it, so no sequence of bytes traps.
struct NPY {
    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    /// As the numbers are stored.
    let precision: NumericTable.Precision
    private let path: String
    private let bytes: [UInt8]
    private let dataOffset: Int
    private let isBigEndian: Bool
    private let isFortranOrder: Bool
    private let rows: Int
    private let columns: Int

    /// - Throws: ``FileError/malformed(path:location:reason:)`` unless the file is whole and holds one or two dimensions of float32 or float64.
    init(_ bytes: [UInt8], path: String) throws(FileError) {
        func malformed(_ reason: String) -> FileError { .malformed(path: path, location: nil, reason: reason) }

        guard bytes.count >= 10 else { throw malformed("the NPY file is cut off in its header; save or copy it again") }
        let lengthSize: Int
        switch bytes[6] {
        case 1: lengthSize = 2
        case 2, 3: lengthSize = 4
        default: throw malformed("this is version \(bytes[6]) of the NPY format; save it with np.save, which writes 1, 2 or 3")
        }
        let headerOffset = 8 + lengthSize
        let headerLength = bytes[8..<min(headerOffset, bytes.count)].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard bytes.count - headerOffset >= headerLength else {
            throw malformed("the NPY file is cut off in its header; save or copy it again")
        }
        dataOffset = headerOffset + headerLength

        let header: NPYHeader
        do {
            header = try NPYHeader(bytes[headerOffset..<dataOffset])
        } catch {
            throw malformed("the header of the NPY file is broken, \(error.reason); save it again with np.save")
        }
        switch header.type {
        case "<f8", ">f8": precision = .float64
        case "<f4", ">f4": precision = .float32
        default:
            throw malformed("the type of the array is \(quoted(header.type.utf8)); save it as float64 with np.save(path, array.astype('f8'))")
        }
        guard header.shape.count == 1 || header.shape.count == 2 else {
            throw malformed("the array has \(header.shape.count) dimensions; save it with one row per datum, array.reshape(len(array), -1)")
        }
        rows = header.shape[0]
        columns = header.shape.count == 2 ? header.shape[1] : 1
        guard rows > 0 && columns > 0 else {
            throw malformed("the array of shape \(header.shape) is empty; give at least one row and one column")
        }
        let (count, countOverflows) = rows.multipliedReportingOverflow(by: columns)
        let (size, sizeOverflows) = count.multipliedReportingOverflow(by: precision == .float64 ? 8 : 4)
        guard !countOverflows && !sizeOverflows && size == bytes.count - dataOffset else {
            throw malformed(
                "the header promises the shape \(header.shape) of \(header.type), but \(bytes.count - dataOffset) bytes of data follow; "
                    + "the file is cut off or broken, save or copy it again")
        }
        self.bytes = bytes
        self.path = path
        isBigEndian = header.type.hasPrefix(">")
        isFortranOrder = header.isFortranOrder
    }

    /// The selected columns; all of them come in the order of the file, without a copy.
    func table<Scalar: TableScalar>(_ selection: ColumnSelection, as: Scalar.Type) throws(FileError) -> NumericTable {
        let stored: [Scalar] = elements()
        let selected = try ColumnList(path: path, names: nil, count: columns).indices(selection)
        let rowStride = isFortranOrder ? 1 : columns
        let columnStride = isFortranOrder ? rows : 1
        let isWhole = selected.count == columns && selected == Array(0..<columns)

        var values: [Scalar] = []
        if isWhole {
            values = stored
        } else {
            values.reserveCapacity(rows * selected.count)
            for row in 0..<rows {
                for column in selected { values.append(stored[row * rowStride + column * columnStride]) }
            }
        }
        let strides = isWhole ? (row: rowStride, column: columnStride) : (row: selected.count, column: 1)
        if let index = values.firstIndex(where: { !$0.isFinite }) {
            throw .malformed(
                path: path,
                location: .row(index / strides.row % rows + 1, column: selected[index / strides.column % selected.count] + 1),
                reason: "the value is \(values[index]) in \(Scalar.precision.rawValue), not a finite number; replace it or remove the row")
        }
        return NumericTable(
            path: path, columnNames: nil, rows: rows, columns: selected.count, values: Scalar.values(values),
            rowStride: strides.row, columnStride: strides.column)
    }

    private func elements<Scalar: TableScalar>() -> [Scalar] {
        bytes.withUnsafeBytes { raw in
            func word<Word: FixedWidthInteger & BitwiseCopyable>(_ index: Int) -> Word {
                let word = raw.loadUnaligned(fromByteOffset: dataOffset + index * MemoryLayout<Word>.size, as: Word.self)
                return isBigEndian ? Word(bigEndian: word) : Word(littleEndian: word)
            }
            return switch precision {
            case .float64: (0..<rows * columns).map { Scalar(Double(bitPattern: word($0))) }
            case .float32: (0..<rows * columns).map { Scalar(Float(bitPattern: word($0))) }
            }
        }
    }
}
