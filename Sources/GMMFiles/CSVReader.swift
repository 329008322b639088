import Foundation

/// Numbers from delimited text. SwiftCSV (0.10) is not used: it takes 3 s for 10⁶ rows, gives no position with its
/// errors, and fills short rows up with empty fields.
///
/// It reads RFC 4180 and the dialects of spreadsheets, R and NumPy. It works on bytes in one pass, and makes a String
/// only of a number's digits, because Swift's conversion of those is correctly rounded in every locale.
///
/// Only the current row and a block of the file are in memory. A row that the block cuts off is read again from its
/// start after the next block has come. That is rare, and spares the parser from stopping half-way anywhere.
struct CSVReader {
    let file: InputFile
    let header: NumericTable.Header
    /// Lines that begin with this are passed over; empty if there are none.
    var comment: [UInt8]
    private let blockSize: Int

    /// The part of the file that is in memory.
    private(set) var bytes: [UInt8]
    /// The next byte to read.
    var position = 0
    /// The line that `position` is in, from 1.
    var line = 1
    /// Whether nothing follows `bytes` in the file.
    private(set) var isWhole = false
    /// Where the row that was passed last began.
    private var row = (position: 0, line: 1)
    /// Whether a quoted field of that row goes over several lines.
    private var spansLines = false

    var separator = Separator.byte(UInt8(ascii: ","))
    var names: [String]?
    var notes: [FileNote] = []
    private var blankLines = (count: 0, first: 0)
    /// The columns for which a note already says that digits were lost.
    private var columnsWithLostDigits: Set<Int> = []

    /// No row of a table of numbers is longer, so a file with a longer one is no table.
    private static let longestRow = 1 << 28

    enum Separator: Equatable {
        case byte(UInt8)
        case whiteSpace
        /// One column, whatever it holds.
        case none
    }

    struct Field {
        /// Without the quotes and the spaces around it.
        var range: Range<Int>
        var line: Int
        var isQuoted = false
        var endsRow = false
    }

    /// - Parameter start: what was read of the file already.
    init(
        _ file: InputFile, start: [UInt8] = [], header: NumericTable.Header = .auto, comment: String? = nil,
        blockSize: Int = 1 << 20
    ) {
        self.file = file
        self.header = header
        self.comment = Array((comment ?? "").utf8)
        self.blockSize = blockSize
        hashIsCommentOnTop = comment == nil
        bytes = start
    }

    /// Whether lines on top that begin with # are comments.
    let hashIsCommentOnTop: Bool

    /// Reads the selected columns of everything.
    mutating func table(
        _ selection: ColumnSelection, precision: NumericTable.Precision
    ) throws(FileError) -> NumericTable {
        try passByteOrderMark()
        let layout = try readLayout(selection)
        let columnCount = layout.columns, isHeaderless = names == nil
        let selected = try ColumnList(
            path: file.path, names: names, count: columnCount, hasRowNames: layout.hasRowNames
        ).indices(selection)
        let width = selected.count, isEverything = selected.elementsEqual(0..<columnCount)
        // The place of each column of the file in a row of the table; not needed where the whole file is read.
        var slots = isEverything ? [] : [Int32](repeating: -1, count: columnCount)
        if !isEverything { for (slot, column) in selected.enumerated() { slots[column] = Int32(slot) } }

        var values: [Double] = []
        var ties: [(index: Int, value: Float)] = []
        try reserve(rowsLike: layout, width: width, in: &values)
        var rows = 0
        blankLines = (0, 0)
        var blankBetween = (count: 0, first: 0)
        while try nextRow() {
            let isFirst = rows == 0 && isHeaderless && header == .auto
            if rows > 0 || !isHeaderless { blankBetween = blankLines }
            try Memory.makeRoom(for: width, in: &values, path: file.path)
            let count = try passRow { reader, column, field throws(FileError) in
                if column == 0 {
                    values.removeLast(values.count - rows * width)
                    values.append(contentsOf: repeatElement(0, count: width))
                }
                guard column < columnCount else { return }
                let slot = isEverything ? column : Int(slots[column])
                guard slot >= 0 else { return }
                let (value, tie) = try reader.number(field, column: column, precision: precision, mayBeName: isFirst)
                values[rows * width + slot] = value
                if let tie { ties.append((rows * width + slot, tie)) }
            }
            try checkLinesOfRow(columnCount)
            if count != columnCount { throw raggedRow(found: count, expected: columnCount) }
            rows += 1
        }
        guard rows > 0 else { throw malformed("there is a header but no row of data; give at least one") }
        if blankBetween.count > 0 {
            let (count, first) = blankBetween
            note(
                "\(count == 1 ? "a blank line" : "the first of \(count) blank lines") among the rows, passed over; "
                    + "if it stands for a missing value, fill it in", at: .line(first))
        }
        let table = NumericTable(
            path: file.path, columnNames: names.map { names in selected.map { names[$0] } }, rows: rows, columns: width,
            values: .float64(values), rowStride: width, columnStride: 1, notes: notes)
        return precision == .float64 ? table : try table.rounded(ties: ties)
    }

    /// Makes room for as many rows as the file has if all are as long as its first. If it has more, the array grows.
    private func reserve(rowsLike layout: Layout, width: Int, in values: inout [Double]) throws(FileError) {
        let size = Double(bytes.count - position) + Double(file.remaining ?? 0)
        let count = (size / layout.bytesOfRow * 1.02 + 1) * Double(width)
        guard count < 1000 || count < Double(Memory.available / 8) else { return }
        values.reserveCapacity(Int(count))
    }

    // MARK: The part in memory

    /// Reads the next block; false at the end of the file. `position` must be where a row begins, since all before it
    /// is dropped.
    @discardableResult
    mutating func refill() throws(FileError) -> Bool {
        guard !isWhole else { return false }
        bytes.removeSubrange(..<position)
        position = 0
        let kept = bytes.count, size = max(blockSize, kept)
        guard kept + size <= Self.longestRow else {
            throw malformed(
                "the row has no end within \(kept >> 20) MiB; give text with a row of numbers in each line",
                at: .line(line))
        }
        try file.read(size, appendingTo: &bytes)
        isWhole = bytes.count < kept + size
        if let zero = zeroByte(from: kept) { throw notText(zero) }
        return true
    }

    private mutating func passByteOrderMark() throws(FileError) {
        // The file may be no longer than the bytes that were read to recognise NPY.
        let start = bytes
        bytes = []
        try file.read(max(0, blockSize - start.count), appendingTo: &bytes)
        isWhole = bytes.count < blockSize - start.count
        bytes.insert(contentsOf: start, at: 0)
        for (mark, what) in Self.otherFormats where bytes.starts(with: mark) { throw malformed("this is \(what)") }
        if let zero = zeroByte(from: 0) { throw notText(zero) }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// The first bytes of formats that users take for tables, and what to do with such files.
    private static let otherFormats: [([UInt8], String)] = [
        ([0xFF, 0xFE, 0, 0], "UTF-32; convert it with iconv -f UTF-32 -t UTF-8"),
        ([0, 0, 0xFE, 0xFF], "UTF-32; convert it with iconv -f UTF-32 -t UTF-8"),
        ([0xFF, 0xFE], "UTF-16; convert it with iconv -f UTF-16 -t UTF-8"),
        ([0xFE, 0xFF], "UTF-16; convert it with iconv -f UTF-16 -t UTF-8"),
        ([0x1F, 0x8B], "compressed with gzip; give gmm fit - what gunzip -c writes"),
        (Array("PK\u{3}\u{4}".utf8), "a ZIP archive, as .xlsx and .npz are; save the table as CSV or the array as NPY"),
    ]

    private func zeroByte(from start: Int) -> Int? {
        bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            return memchr(base + start, 0, bytes.count - start).map { UnsafeRawPointer($0) - base }
        }
    }

    private func notText(_ zero: Int) -> FileError {
        let pairs = bytes.count / 2, start = bytes.prefix(1024)
        func zeros(_ offset: Int) -> Int { stride(from: offset, to: start.count, by: 2).count { start[$0] == 0 } }
        let (even, odd) = (zeros(0), zeros(1))
        if line == 1, pairs >= 2, 2 * max(even, odd) > start.count / 2, min(even, odd) == 0 {
            return malformed("this is UTF-16; convert it with iconv -f UTF-16\(odd > even ? "LE" : "BE") -t UTF-8")
        }
        return malformed(
            "there is a NUL byte, so this is not text; give CSV in UTF-8, or NPY as np.save writes it",
            at: .line(line + lineEnds(in: position..<max(position, zero))))
    }

    /// How many lines end in a range of `bytes`.
    func lineEnds(in range: Range<Int>) -> Int {
        range.count { index in
            bytes[index] == newline
                || bytes[index] == carriageReturn && !(index + 1 < bytes.count && bytes[index + 1] == newline)
        }
    }

    // MARK: Rows

    /// Passes blank lines and comments. Returns whether a row follows, with `inMemory` in the part that is in memory.
    mutating func nextRow(inMemory: Bool = false) throws(FileError) -> Bool {
        while true {
            let start = position
            skipSpaces()
            let isComment = !comment.isEmpty && bytes[position...].starts(with: comment)
            if isComment { while position < bytes.count, !isLineEnd(bytes[position]) { position += 1 } }
            let isUncertain = position >= bytes.count - max(1, comment.count)
            if isUncertain && !isWhole {
                position = start
                if inMemory { return false }
                try refill()
                continue
            }
            guard position < bytes.count else { return false }
            guard isLineEnd(bytes[position]) else {
                position = start
                return true
            }
            if !isComment {
                if blankLines.count == 0 { blankLines.first = line }
                blankLines.count += 1
            }
            passLineEnd()
        }
    }

    /// Passes a row and hands over every field with its column, from 0. A row that is read again begins at column 0
    /// again.
    ///
    /// - Returns: how many fields the row has.
    @inline(__always)
    mutating func passRow(_ body: (inout CSVReader, Int, Field) throws(FileError) -> Void) throws(FileError) -> Int {
        while true {
            row = (position, line)
            spansLines = false
            do throws(FileError) {
                var count = 0
                var field: Field
                repeat {
                    field = try nextField()
                    try body(&self, count, field)
                    count += 1
                } while !field.endsRow
                if position < bytes.count || isWhole { return count }
            } catch {
                // The end of the block may have cut the row off, and so caused the error.
                if position < bytes.count || isWhole { throw error }
            }
            rewindRow()
            try refill()
        }
    }

    var rowStart: Int { row.position }

    /// Goes back to the start of the row that was passed last.
    mutating func rewindRow() { (position, line) = row }

    /// Passes the line that begins here, and returns what is in it.
    mutating func passLine() throws(FileError) -> ArraySlice<UInt8> {
        while true {
            let end = bytes[position...].firstIndex(where: isLineEnd) ?? bytes.count
            if end + 1 < bytes.count || isWhole {
                let text = bytes[position..<end]
                position = end
                passLineEnd()
                return text
            }
            try refill()
        }
    }

    mutating func nextField() throws(FileError) -> Field {
        skipSpaces()
        if position < bytes.count, bytes[position] == quote { return try quotedField() }
        let start = position
        while position < bytes.count, !isSeparator(bytes[position]), !isLineEnd(bytes[position]) { position += 1 }
        var field = Field(range: trimmed(start..<position), line: line)
        field.endsRow = endField()
        return field
    }

    private mutating func quotedField() throws(FileError) -> Field {
        let openingLine = line
        position += 1
        let start = position
        while position < bytes.count {
            if bytes[position] == quote {
                if position + 1 == bytes.count || bytes[position + 1] != quote { break }
                position += 2
            } else if isLineEnd(bytes[position]) {
                passLineEnd()
                spansLines = true
            } else {
                position += 1
            }
        }
        guard position < bytes.count else {
            throw malformed(
                "a quoted field is not closed; add the closing \" or remove the opening one", at: .line(openingLine))
        }
        var field = Field(range: start..<position, line: openingLine, isQuoted: true)
        position += 1
        let hasSpace = skipSpaces()
        let isEnd =
            position == bytes.count || isLineEnd(bytes[position]) || isSeparator(bytes[position])
            || (separator == .whiteSpace && hasSpace)
        guard isEnd else {
            throw malformed(
                "there is text after a closing quote; double every \" that is part of a field, as in \"a \"\"b\"\" c\"",
                at: .line(line))
        }
        field.endsRow = endField()
        return field
    }

    /// Passes the separator or line end after a field. Returns whether the row ends too.
    private mutating func endField() -> Bool {
        if separator == .whiteSpace {
            skipSpaces()
            guard position == bytes.count || isLineEnd(bytes[position]) else { return false }
        } else if position < bytes.count, isSeparator(bytes[position]) {
            position += 1
            return false
        }
        passLineEnd()
        return true
    }

    /// Lines are counted as editors do: CR LF, LF and CR each end one.
    private mutating func passLineEnd() {
        guard position < bytes.count else { return }
        if bytes[position] == carriageReturn, position + 1 < bytes.count, bytes[position + 1] == newline {
            position += 1
        }
        position += 1
        line += 1
    }

    @discardableResult
    private mutating func skipSpaces() -> Bool {
        let start = position
        while position < bytes.count, isSpace(bytes[position]), !isTabSeparator(bytes[position]) { position += 1 }
        return position > start
    }

    private func trimmed(_ range: Range<Int>) -> Range<Int> {
        var range = range
        while let last = range.last, isSpace(bytes[last]) { range.removeLast() }
        while let first = range.first, isSpace(bytes[first]) { range.removeFirst() }
        return range
    }

    private func isSeparator(_ byte: UInt8) -> Bool {
        switch separator {
        case .byte(let separator): byte == separator
        case .whiteSpace: isSpace(byte)
        case .none: false
        }
    }

    private func isTabSeparator(_ byte: UInt8) -> Bool {
        byte == tab && separator == .byte(tab)
    }

    /// How many lines the row that was passed last has, and how many of them have as many fields as a row.
    private func linesOfRow(_ columnCount: Int) -> (all: Int, whole: Int) {
        var (all, whole) = (0, 0)
        for text in bytes[row.position..<position].split(whereSeparator: isLineEnd)
        where text.contains(where: { !isSpace($0) }) {
            all += 1
            var fields = 1
            switch separator {
            case .byte(let separator): fields = 1 + text.count { $0 == separator }
            case .whiteSpace: fields = text.split(whereSeparator: isSpace).count
            case .none: break
            }
            if fields == columnCount { whole += 1 }
        }
        return (all, whole)
    }

    /// Adds a note if the row that was passed last goes over several lines.
    ///
    /// - Throws: ``FileError/malformed(path:location:reason:)`` if most of the lines are rows: a quote that is no
    ///   quotation mark swallows all up to the next one.
    mutating func checkLinesOfRow(_ columnCount: Int) throws(FileError) {
        guard spansLines else { return }
        let (all, whole) = linesOfRow(columnCount)
        guard columnCount == 1 || 2 * whole <= all else {
            throw malformed(
                "a quoted field that opens in this row goes on to line \(line - 1), over \(whole == all ? "lines" : "\(whole) lines") that look like "
                    + "rows; remove the opening \", or double every \" that is part of a field", at: .line(row.line))
        }
        note("a quoted field of this row goes on over \(all) lines", at: .line(row.line))
    }

    // MARK: Values

    /// The number in a field as float64, and its nearest float32 where rounding the float64 would give another one.
    @inline(__always)
    private mutating func number(
        _ field: Field, column: Int, precision: NumericTable.Precision, mayBeName: Bool
    ) throws(FileError) -> (Double, tie: Float?) {
        let text = bytes[field.isQuoted ? trimmed(field.range) : field.range]
        if isDecimalNumber(text), let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite {
            if text.count >= 16, abs(value) >= 0x1p53 {
                noteLostDigits(of: value, text, column: column, line: field.line)
            }
            if precision == .float64 { return (value, nil) }
            if Float(value).isFinite { return (value, tie(value, text)) }
        }
        throw badNumber(field, column: column, precision: precision, mayBeName: mayBeName)
    }

    /// A float64 half-way between two float32 does not tell which is nearer to the decimal text, so the text decides.
    private func tie(_ value: Double, _ text: ArraySlice<UInt8>) -> Float? {
        let rounded = Float(value), rest = value - Double(rounded)
        let other = rest > 0 ? rounded.nextUp : rounded.nextDown
        return rest != 0 && Double(other) - value == rest ? Float(String(decoding: text, as: UTF8.self)) : nil
    }

    private mutating func noteLostDigits(of value: Double, _ text: ArraySlice<UInt8>, column: Int, line: Int) {
        guard !columnsWithLostDigits.contains(column), let exact = digitsOfWholeNumber(text) else { return }
        let kept = String(format: "%.0f", abs(value))
        guard Array(kept.utf8) != Array(exact) else { return }
        columnsWithLostDigits.insert(column)
        note(
            "digits beyond 2^53 were lost: float64 takes \(quoted(text)) for \(value < 0 ? "-" : "")\(kept), and perhaps others of the column for their "
                + "neighbours; subtract an origin from the column",
            at: .line(line, column: column + 1, name: names?[column]))
    }

    mutating func text(_ field: Field) -> String {
        let range = bytes[field.range]
        if !isUTF8(range), !notes.contains(where: { $0.text == Self.latin1 }) {
            note(Self.latin1, at: .line(field.line))
        }
        let text = decoded(range)
        return field.isQuoted ? text.replacing("\"\"", with: "\"") : text
    }

    private static let latin1 =
        "the names are not UTF-8 and are read as Latin-1; if they look wrong, convert the file with iconv -t UTF-8"

    // MARK: Errors

    func badNumber(_ field: Field, column: Int, precision: NumericTable.Precision, mayBeName: Bool) -> FileError {
        let text = bytes[field.isQuoted ? trimmed(field.range) : field.range]
        let reason =
            if text.isEmpty {
                "the field is empty; fill it in or remove the row"
            } else if isDecimalNumber(text) {
                "\(quoted(text)) is too large for \(precision.rawValue); rescale the data or remove the row"
            } else if isMissingValue(text) {
                "\(quoted(text)) is not a finite number; replace it or remove the row"
            } else if hasDecimalComma(text) {
                "\(quoted(text)) has a decimal comma; write numbers with a decimal point, as in 1.5"
            } else if text.contains(where: isLineEnd) {
                "\(quoted(text)), which a quote opens here and closes lines below, is not a number; remove the quote"
            } else if text.first == UInt8(ascii: "#") {
                "\(quoted(text)) is not a number; if lines that begin with # are comments, add --comment '#'"
            } else if isDecimalNumber(text.map { $0 | 0x20 == UInt8(ascii: "d") ? UInt8(ascii: "e") : $0 }[...]) {
                "\(quoted(text)) is not a number; write Fortran's exponents with E, as in 1.5E+02"
            } else {
                "\(quoted(text)) is not a number; correct it, or name the columns that hold numbers, as in --columns NAME,NAME"
            }
        return malformed(
            reason + (mayBeName ? "; if this row holds the names of the columns, add --header yes" : ""),
            at: .line(field.line, column: column + 1, name: names?[column]))
    }

    private func raggedRow(found: Int, expected: Int) -> FileError {
        let isShort = found < expected
        let advice =
            isShort
            ? "fill in what is missing or remove the row"
            : "remove what is too much, or quote fields that hold the separator"
        return malformed(
            "the row has \(found) \(found == 1 ? "field" : "fields") where the first has \(expected); \(advice)",
            at: .line(row.line, column: min(found, expected) + 1, name: isShort ? names?[found] : nil))
    }

    mutating func note(_ text: String, at location: FileError.Location? = nil) {
        notes.append(FileNote(path: file.path, location: location, text: text))
    }

    func malformed(_ reason: String, at location: FileError.Location? = nil) -> FileError {
        .malformed(path: file.path, location: location, reason: reason)
    }
}

private let quote = UInt8(ascii: "\"")
private let space = UInt8(ascii: " ")
let tab = UInt8(ascii: "\t")
private let newline = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")

func isSpace(_ byte: UInt8) -> Bool { byte == space || byte == tab }
private func isLineEnd(_ byte: UInt8) -> Bool { byte == newline || byte == carriageReturn }
