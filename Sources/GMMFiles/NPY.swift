/// An NPY file: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
///
/// The header is validated against the file's size and the memory before anything is computed from it, so no sequence
/// of bytes traps.
struct NPY {
    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    private let file: InputFile
    private let header: NPYHeader
    private let type: ElementType
    private let isBigEndian: Bool
    private let rows: Int
    private let columns: Int

    /// How numbers are stored, as NumPy names it.
    private enum ElementType: String {
        case float16 = "f2", float32 = "f4", float64 = "f8"
        case int8 = "i1", int16 = "i2", int32 = "i4", int64 = "i8"
        case uint8 = "u1", uint16 = "u2", uint32 = "u4", uint64 = "u8"
        case boolean = "b1"

        var size: Int { Int(String(rawValue.last!))! }
    }

    /// Whether the elements are of the type, in the byte order of this machine.
    func isOf(_ type: String) -> Bool { self.type.rawValue == type && isBigEndian == (1.littleEndian != 1) }

    /// The array as memory, with its layout.
    func mapped() throws(FileError) -> (file: MappedFile, rows: Int, columns: Int, isColumnMajor: Bool) {
        let bytes = try file.mapped(rows * columns * type.size)
        guard UInt(bitPattern: bytes.bytes.baseAddress!) % UInt(type.size) == 0 else {
            throw .malformed(
                path: file.path, location: nil,
                reason:
                    "its numbers are not aligned, as np.save aligns them; save it again with np.save, or read it as a table"
            )
        }
        return (bytes, rows, columns, header.isFortranOrder && columns > 1)
    }

    /// Whether the elements are float32, which then is the precision to read in.
    var isFloat32: Bool { type == .float32 }

    /// Reads the header.
    ///
    /// - Parameter file: what follows ``magic``.
    /// - Throws: ``FileError/malformed(path:location:reason:)`` unless the file holds one or two dimensions of real
    ///   numbers, integers or booleans, and as many as it says if its size is known.
    init(_ file: InputFile) throws(FileError) {
        func malformed(_ reason: String) -> FileError { .malformed(path: file.path, location: nil, reason: reason) }
        func bytes(_ count: Int) throws(FileError) -> [UInt8] {
            let cutOff = malformed("the NPY file is cut off in its header; save or copy it again")
            // NumPy itself refuses headers of more than 10000 bytes.
            guard count <= min(file.remaining ?? .max, 1 << 24) else { throw cutOff }
            var bytes: [UInt8] = []
            try file.read(count, appendingTo: &bytes)
            guard bytes.count == count else { throw cutOff }
            return bytes
        }

        let lengthSize: Int
        switch try bytes(2)[0] {
        case 1: lengthSize = 2
        case 2, 3: lengthSize = 4
        case let version:
            throw malformed(
                "this is version \(version) of the NPY format; save it with np.save, which writes 1, 2 or 3")
        }
        let text = try bytes(try bytes(lengthSize).reversed().reduce(0) { $0 << 8 | Int($1) })
        do {
            header = try NPYHeader(text[...])
        } catch {
            throw malformed("the header of the NPY file is broken, \(error.reason); save it again with np.save")
        }
        let order = header.type.first
        guard let type = ElementType(rawValue: String(header.type.dropFirst())), let order,
            "<>=".contains(order) || order == "|" && type.size == 1
        else { throw malformed(Self.advice(type: header.type)) }
        self.type = type
        isBigEndian = order == ">"
        let shape = header.shape
        guard shape.count == 1 || shape.count == 2 else {
            throw malformed(
                "the array has \(shape.count) dimensions; save it with one row per datum, array.reshape(len(array), -1)"
            )
        }
        rows = shape[0]
        columns = shape.count == 2 ? shape[1] : 1
        guard rows > 0 && columns > 0 else {
            throw malformed("the array of shape \(shape) is empty; give at least one row and one column")
        }
        self.file = file
        let (count, countOverflows) = rows.multipliedReportingOverflow(by: columns)
        let (size, sizeOverflows) = count.multipliedReportingOverflow(by: type.size)
        let isPossible = !countOverflows && !sizeOverflows
        if let remaining = file.remaining {
            guard isPossible && size == remaining else { throw wrongSize(remaining) }
        } else if !isPossible {
            throw malformed(
                "the header promises the shape \(shape) of \(header.type), more than any file has; save or copy it again"
            )
        }
    }

    private static func advice(type: String) -> String {
        let what = "the type of the array is \(quoted(type.utf8)); save "
        if type.hasPrefix("[") {
            return what + "its fields as columns, from numpy.lib.recfunctions import structured_to_unstructured and "
                + "np.save(path, structured_to_unstructured(array, dtype='f8'))"
        }
        if type.dropFirst().hasPrefix("c") {
            return what
                + "its real and imaginary parts as columns, np.save(path, np.stack([array.real, array.imag], -1))"
        }
        return what + "it as float64 with np.save(path, array.astype('f8'))"
    }

    /// The selected columns; all of them come in the order of the file.
    ///
    /// - Complexity: one pass over the file, of which only a block is in memory at a time.
    func table(_ selection: ColumnSelection, precision: NumericTable.Precision) throws(FileError) -> NumericTable {
        let selected = try ColumnList(path: file.path, names: nil, count: columns).indices(selection)
        let isEverything = selected.elementsEqual(0..<columns)
        let scalarSize = isFloat32 && precision == .float32 ? 4 : 8
        // The count of chosen elements fits in Int, since the count of all elements does.
        try Memory.check(
            rows * selected.count * (scalarSize / 4), of: Float.self, path: file.path,
            of: "the array of shape \(header.shape)")
        let strides = isEverything && header.isFortranOrder ? (row: 1, column: rows) : (row: selected.count, column: 1)
        var notes: [FileNote] = []
        let values: NumericTable.Values =
            if scalarSize == 4 {
                .float32(try elements(selected, strides, &notes, precision, as: Float.self))
            } else {
                .float64(try elements(selected, strides, &notes, precision, as: Double.self))
            }
        let table = NumericTable(
            path: file.path, columnNames: nil, rows: rows, columns: selected.count, values: values,
            rowStride: strides.row,
            columnStride: strides.column, notes: notes)
        return precision == .float32 ? try table.rounded() : table
    }

    private func elements<Scalar: TableScalar>(
        _ selected: [Int], _ strides: (row: Int, column: Int), _ notes: inout [FileNote],
        _ precision: NumericTable.Precision, as: Scalar.Type
    ) throws(FileError) -> [Scalar] {
        var slots = [Int](repeating: -1, count: columns)
        for (slot, column) in selected.enumerated() { slots[column] = slot }
        let isEverything = selected.elementsEqual(0..<columns)
        var values = [Scalar](repeating: 0, count: rows * selected.count)
        let count = rows * columns, blockCount = min(count, 1 << 15)
        var block = [UInt8](repeating: 0, count: blockCount * type.size),
            scalars = [Scalar](repeating: 0, count: blockCount)
        var start = 0
        while start < count {
            let size = min(blockCount, count - start)
            let read = try file.read(into: &block, 0..<size * type.size)
            guard read == size * type.size else { throw wrongSize(start * type.size + read) }
            let inexact = scalars.withUnsafeMutableBufferPointer { convert(block, size, to: $0) }
            for index in 0..<size
            where !(precision == .float32 ? Float(scalars[index]).isFinite : scalars[index].isFinite) {
                let (row, column) = place(start + index)
                if slots[column] >= 0 { throw notFinite(scalars[index], precision, row: row, column: column) }
            }
            if let index = inexact.first(where: { slots[place(start + $0).column] >= 0 }), notes.isEmpty {
                let (row, column) = place(start + index)
                notes.append(lostDigits(row: row, column: column))
            }
            // The table keeps the file's order where all columns are read.
            if isEverything {
                values.withUnsafeMutableBufferPointer { _ = $0[start...].update(fromContentsOf: scalars[..<size]) }
            } else {
                var (row, column) = place(start)
                for index in 0..<size {
                    if slots[column] >= 0 {
                        values[row * strides.row + slots[column] * strides.column] = scalars[index]
                    }
                    if header.isFortranOrder {
                        row += 1
                        if row == rows { (row, column) = (0, column + 1) }
                    } else {
                        column += 1
                        if column == columns { (row, column) = (row + 1, 0) }
                    }
                }
            }
            start += size
        }
        if file.remaining == nil {
            var rest: [UInt8] = []
            try file.read(1, appendingTo: &rest)
            guard rest.isEmpty else {
                throw .malformed(
                    path: file.path, location: nil,
                    reason: "something follows the array that the header promises; save or copy it again")
            }
        }
        return values
    }

    /// The row and the column of an element of the file.
    private func place(_ index: Int) -> (row: Int, column: Int) {
        header.isFortranOrder ? (index % rows, index / rows) : (index / columns, index % columns)
    }

    /// Turns the first `count` elements of a block to numbers. Returns the indices of whole numbers that a Double does
    /// not hold exactly.
    private func convert<Scalar: TableScalar>(
        _ block: [UInt8], _ count: Int, to scalars: UnsafeMutableBufferPointer<Scalar>
    ) -> [Int] {
        block.withUnsafeBytes { raw in
            func word<Word: FixedWidthInteger & BitwiseCopyable>(_ index: Int, _: Word.Type) -> Word {
                let word = raw.loadUnaligned(fromByteOffset: index * MemoryLayout<Word>.size, as: Word.self)
                return isBigEndian ? Word(bigEndian: word) : Word(littleEndian: word)
            }
            func whole<Word: FixedWidthInteger & BitwiseCopyable>(_ type: Word.Type) -> [Int] {
                for index in 0..<count { scalars[index] = Scalar(word(index, type)) }
                guard Word.bitWidth == 64 else { return [] }
                return (0..<count).filter {
                    word($0, type).magnitude > 1 << 53 && Double(exactly: word($0, type)) == nil
                }
            }
            switch type {
            case .float64:
                for index in 0..<count { scalars[index] = Scalar(Double(bitPattern: word(index, UInt64.self))) }
            case .float32:
                for index in 0..<count { scalars[index] = Scalar(Float(bitPattern: word(index, UInt32.self))) }
            case .float16: for index in 0..<count { scalars[index] = Scalar(half(word(index, UInt16.self))) }
            case .int8: return whole(Int8.self)
            case .int16: return whole(Int16.self)
            case .int32: return whole(Int32.self)
            case .int64: return whole(Int64.self)
            case .uint8, .boolean: return whole(UInt8.self)
            case .uint16: return whole(UInt16.self)
            case .uint32: return whole(UInt32.self)
            case .uint64: return whole(UInt64.self)
            }
            return []
        }
    }

    private func wrongSize(_ size: Int) -> FileError {
        .malformed(
            path: file.path, location: nil,
            reason:
                "the header promises the shape \(header.shape) of \(header.type), but \(size) bytes of data follow; "
                + "the file is cut off or broken, save or copy it again")
    }

    private func notFinite<Scalar: TableScalar>(
        _ value: Scalar, _ precision: NumericTable.Precision, row: Int, column: Int
    ) -> FileError {
        .malformed(
            path: file.path, location: .row(row + 1, column: column + 1),
            reason: value.isFinite
                ? "\(value) is too large for \(precision.rawValue); rescale the data or remove the row"
                : "the value is \(value), not a finite number; replace it or remove the row")
    }

    private func lostDigits(row: Int, column: Int) -> FileNote {
        FileNote(
            path: file.path, location: .row(row + 1, column: column + 1),
            text:
                "digits beyond 2^53 were lost: float64 does not hold this whole number, and perhaps others, exactly; subtract an origin from the column"
        )
    }
}

/// Float or Double.
protocol TableScalar: BinaryFloatingPoint, LosslessStringConvertible {}
extension Double: TableScalar {}
extension Float: TableScalar {}

/// The value of an IEEE 754 half: Swift's Float16 is not on every platform.
private func half(_ bits: UInt16) -> Float {
    let sign: Float = bits >> 15 == 0 ? 1 : -1, exponent = Int(bits >> 10 & 31), fraction = Float(bits & 1023)
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default: return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction * 0x1p-10)
    }
}
