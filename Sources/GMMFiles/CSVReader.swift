/// Numbers from delimited text. SwiftCSV (0.10) is not used: it takes 3 s for 10⁶ rows, gives no position with its errors,
/// and fills short rows up with empty fields.
///
/// RFC 4180 and what spreadsheets, R and NumPy write besides. Works on UTF-8 bytes in one pass; a String is made only of a number's digits,
/// because Swift's conversion of those is correctly rounded whatever the locale.
struct CSVReader {
    private let path: String
    private let bytes: [UInt8]
    /// The next byte to read.
    private var position: Int
    /// The line that `position` is in, from 1.
    private var line = 1
    private var separator = Separator.byte(UInt8(ascii: ","))
    private var names: [String]?

    private enum Separator: Equatable {
        case byte(UInt8)
        case whiteSpace
    }

    private struct Field {
        /// Without the quotes and the spaces around it.
        var range: Range<Int>
        var line: Int
        var isQuoted = false
        var endsRow = false
    }

    /// - Throws: ``FileError/malformed(path:location:reason:)`` if the content is no text.
    init(_ bytes: [UInt8], path: String) throws(FileError) {
        self.bytes = bytes
        self.path = path
        position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        if bytes.prefix(1024).contains(0) {
            throw malformed("this is not text; give CSV in UTF-8, or NPY as np.save writes it")
        }
    }

    /// Reads the selected columns of everything.
    mutating func table<Scalar: TableScalar>(_ selection: ColumnSelection, as: Scalar.Type) throws(FileError) -> NumericTable {
        skipBlankLines()
        separator = detectSeparator()
        let columnCount = try readHeader()
        let selected = try ColumnList(path: path, names: names, count: columnCount).indices(selection)
        // Where in a row of the table a column of the file goes.
        var slots = [Int?](repeating: nil, count: columnCount)
        for (slot, column) in selected.enumerated() { slots[column] = slot }

        var values: [Scalar] = []
        // Most programs write sixteen digits or more; where they do not, the array grows.
        values.reserveCapacity((bytes.count - position) / 16)
        var rows = 0
        skipBlankLines()
        while position < bytes.count {
            let start = values.count
            values.append(contentsOf: repeatElement(0, count: selected.count))
            var column = 0
            var field: Field
            repeat {
                field = try nextField()
                if column < columnCount, let slot = slots[column] { values[start + slot] = try number(field, column: column) }
                column += 1
            } while !field.endsRow
            if column != columnCount { throw raggedRow(line: field.line, found: column, expected: columnCount) }
            rows += 1
            skipBlankLines()
        }
        guard rows > 0 else { throw malformed("there is a header but no row of data; give at least one") }
        return NumericTable(
            path: path, columnNames: names.map { names in selected.map { names[$0] } }, rows: rows, columns: selected.count,
            values: Scalar.values(values), rowStride: selected.count, columnStride: 1)
    }

    // MARK: First row

    /// Reads the first row if it is a header; how many columns there are.
    private mutating func readHeader() throws(FileError) -> Int {
        guard position < bytes.count else { throw malformed("the file is empty; give at least one row of data") }
        let start = (position, line)
        var fields: [Field] = []
        repeat { fields.append(try nextField()) } while !fields.last!.endsRow
        let isHeader = fields.contains { field in
            let text = bytes[field.range]
            return !text.isEmpty && !isDecimalNumber(text) && !isMissingValue(text)
        }
        if isHeader {
            names = fields.map(text)
        } else {
            (position, line) = start
        }
        return fields.count
    }

    /// Tab before semicolon before comma: text in tabbed files holds commas, numbers in semicolon files may have a decimal comma.
    private func detectSeparator() -> Separator {
        var isQuoted = false
        let end = bytes[position...].firstIndex { byte in
            if byte == quote { isQuoted.toggle() }
            return !isQuoted && isLineEnd(byte)
        }
        let first = trimmed(position..<(end ?? bytes.count))
        isQuoted = false
        var unquoted: Set<UInt8> = []
        for byte in bytes[first] {
            if byte == quote { isQuoted.toggle() } else if !isQuoted { unquoted.insert(byte) }
        }
        for candidate in [tab, UInt8(ascii: ";"), UInt8(ascii: ",")] where unquoted.contains(candidate) { return .byte(candidate) }
        guard unquoted.contains(space) else { return .byte(UInt8(ascii: ",")) }
        // "waiting time" over a single column of numbers is one name, not two columns.
        var second = CSVReader(copying: self, position: first.upperBound)
        second.skipBlankLines()
        let secondEnd = bytes[second.position...].firstIndex(where: isLineEnd) ?? bytes.count
        let isOneColumn = second.position < bytes.count && !bytes[trimmed(second.position..<secondEnd)].contains(where: isSpace)
        return isOneColumn ? .byte(UInt8(ascii: ",")) : .whiteSpace
    }

    private init(copying other: CSVReader, position: Int) {
        self = other
        self.position = position
    }

    // MARK: Fields

    private mutating func nextField() throws(FileError) -> Field {
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
            } else {
                position += 1
            }
        }
        guard position < bytes.count else {
            throw malformed("a quoted field is not closed; add the closing \" or remove the opening one", at: .line(openingLine))
        }
        var field = Field(range: start..<position, line: openingLine, isQuoted: true)
        position += 1
        let hasSpace = skipSpaces()
        let isEnd = position == bytes.count || isLineEnd(bytes[position]) || isSeparator(bytes[position]) || (separator == .whiteSpace && hasSpace)
        guard isEnd else {
            throw malformed(
                "there is text after a closing quote; double every \" that is part of a field, as in \"a \"\"b\"\" c\"", at: .line(line))
        }
        field.endsRow = endField()
        return field
    }

    /// Passes what ends a field; whether that ends the row too.
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
        if bytes[position] == carriageReturn, position + 1 < bytes.count, bytes[position + 1] == newline { position += 1 }
        position += 1
        line += 1
    }

    private mutating func skipBlankLines() {
        while position < bytes.count {
            let start = position
            skipSpaces()
            guard position < bytes.count else { return }
            guard isLineEnd(bytes[position]) else {
                position = start
                return
            }
            passLineEnd()
        }
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
        }
    }

    private func isTabSeparator(_ byte: UInt8) -> Bool {
        byte == tab && separator == .byte(tab)
    }

    // MARK: Values

    private func number<Scalar: TableScalar>(_ field: Field, column: Int) throws(FileError) -> Scalar {
        let text = bytes[field.isQuoted ? trimmed(field.range) : field.range]
        if isDecimalNumber(text), let value = Scalar(String(decoding: text, as: UTF8.self)), value.isFinite { return value }
        throw badNumber(text, precision: Scalar.precision, at: .line(field.line, column: column + 1, name: names?[column]))
    }

    private func text(_ field: Field) -> String {
        let text = String(decoding: bytes[field.range], as: UTF8.self)
        return field.isQuoted ? text.replacing("\"\"", with: "\"") : text
    }

    // MARK: Errors

    private func badNumber(_ text: ArraySlice<UInt8>, precision: NumericTable.Precision, at location: FileError.Location) -> FileError {
        let reason =
            if text.isEmpty {
                "the field is empty; fill it in or remove the row"
            } else if isDecimalNumber(text) {
                "\(quoted(text)) is too large for \(precision.rawValue); rescale the data or remove the row"
            } else if isMissingValue(text) {
                "\(quoted(text)) is not a finite number; replace it or remove the row"
            } else if isDecimalNumber(text.map { $0 == UInt8(ascii: ",") ? UInt8(ascii: ".") : $0 }[...]) {
                "\(quoted(text)) has a decimal comma; write numbers with a decimal point, as in 1.5"
            } else {
                "\(quoted(text)) is not a number; correct it, or name the columns that hold numbers, as in --columns NAME,NAME"
            }
        return malformed(reason, at: location)
    }

    private func raggedRow(line: Int, found: Int, expected: Int) -> FileError {
        let isShort = found < expected
        let advice = isShort ? "fill in what is missing or remove the row" : "remove what is too much, or quote fields that hold the separator"
        return malformed(
            "the row has \(found) \(found == 1 ? "field" : "fields") where the first has \(expected); \(advice)",
            at: .line(line, column: min(found, expected) + 1, name: isShort ? names?[found] : nil))
    }

    private func malformed(_ reason: String, at location: FileError.Location? = nil) -> FileError {
        .malformed(path: path, location: location, reason: reason)
    }
}

private let quote = UInt8(ascii: "\"")
private let space = UInt8(ascii: " ")
private let tab = UInt8(ascii: "\t")
private let newline = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")

private func isSpace(_ byte: UInt8) -> Bool { byte == space || byte == tab }
private func isLineEnd(_ byte: UInt8) -> Bool { byte == newline || byte == carriageReturn }
