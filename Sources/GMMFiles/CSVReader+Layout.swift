/// Finds the layout of a text file from its first rows: comments on top, the separator, names of columns and of rows.
extension CSVReader {
    struct Layout {
        /// How many fields a row has.
        var columns: Int
        /// Whether the first field of each row is its name.
        var hasRowNames = false
        /// How many bytes a row takes, about.
        var bytesOfRow: Double
    }

    /// Passes what is above the first row of data, and sets `separator` and `names`.
    mutating func readLayout(_ selection: ColumnSelection) throws(FileError) -> Layout {
        let top = try passTop()
        guard try nextRow() else { throw malformed("the file is empty; give at least one row of data") }
        while bytes.count - position < Self.sampleSize || lineEnds(in: position..<bytes.count) < 2, try refill() {}
        let sample = chooseSeparator()

        var kinds: [CellKind] = []
        let count = try passRow { reader, column, field throws(FileError) in
            if column == 0 { kinds.removeAll() }
            kinds.append(CellKind(reader.bytes[field.range]))
        }
        var layout = Layout(columns: count, bytesOfRow: sample?.bytesOfRow ?? Double(position - rowStart))
        rewindRow()

        if let top, let named = names(inComment: top, over: kinds) {
            names = named
            return layout
        }
        let hasRowNames = sample?.hasRowNames ?? false
        let isHeader =
            switch header {
            case .yes: true
            case .no: false
            case .auto: if hasRowNames { true } else { try isHeader(kinds, selection, sample) }
            }
        guard isHeader else { return layout }
        var names: [String] = []
        _ = try passRow { reader, column, field throws(FileError) in
            if column == 0 { names.removeAll() }
            names.append(reader.text(field))
        }
        try checkLinesOfRow(count)
        if hasRowNames {
            note(
                "the header has a field less than the rows, so the first field of each row is taken for its name and not for data",
                at: .line(line - 1))
            names.insert("row name", at: 0)
            layout.hasRowNames = true
            layout.columns += 1
        }
        self.names = names
        return layout
    }

    private static let sampleSize = 1 << 16
    private static let sampleRows = 20

    // MARK: Comments on top

    /// Passes blank lines and comments; the text of the last comment, which may name the columns.
    private mutating func passTop() throws(FileError) -> [UInt8]? {
        let marker = hashIsCommentOnTop ? [UInt8(ascii: "#")] : comment, everywhere = comment
        comment = []
        defer { comment = everywhere }
        var last: [UInt8]?
        while try nextRow(), !marker.isEmpty {
            let start = line, whole = try passLine(), text = whole.drop(while: isSpace)
            // In "#,a,b" the # is the name of a column, perhaps of row numbers.
            let next = text.dropFirst(marker.count).first
            guard text.starts(with: marker), !hashIsCommentOnTop || next.map({ Self.separators.contains($0) }) != true
            else {
                (position, line) = (whole.startIndex, start)
                break
            }
            last = Array(text.drop { marker.contains($0) }.drop(while: isSpace))
        }
        return last
    }

    /// The names in a comment if it has one for each field of the first row, which has numbers.
    private func names(inComment text: [UInt8], over kinds: [CellKind]) -> [String]? {
        guard header != .no, !text.isEmpty, kinds.contains(.number) else { return nil }
        var reader = CSVReader(InputFile([], path: file.path), start: text), names: [String] = []
        reader.separator = separator
        var isText = true
        let count = try? reader.passRow { reader, column, field throws(FileError) in
            if column == 0 { (names, isText) = ([], true) }
            names.append(reader.text(field))
            if CellKind(reader.bytes[field.range]) != .text { isText = false }
        }
        return count == kinds.count && isText ? names : nil
    }

    // MARK: Separator

    private static let separators = [tab, UInt8(ascii: ";"), UInt8(ascii: ",")]

    /// The first rows, read with some separator.
    private struct Sample {
        struct Row {
            var fields = 0
            /// How many fields are not empty, and how many are numbers, also with a decimal comma, or missing values.
            var cells = 0
            var numbers = 0
            var startsWithNumber = false
            var endsEmpty = false
            var isQuoted = true
            /// Whether each field is the whole number that follows the one before.
            var isConsecutive: Bool { consecutive == fields }
            var consecutive = 0
            /// The number in the first field, if it is a whole one.
            var first: Int?
            /// The number in the last field, if it is a whole one.
            var last: Int?
            var bytes = 0
        }

        let separator: Separator
        let header: NumericTable.Header
        var rows: [Row] = []
        /// For each field of the second row whether it is a number.
        var isNumberInSecond: [Bool] = []

        var below: ArraySlice<Row> { rows.dropFirst() }

        var bytesOfRow: Double? {
            let rows = below.isEmpty ? rows[...] : below
            return rows.isEmpty ? nil : Double(rows.reduce(0) { $0 + $1.bytes }) / Double(rows.count)
        }

        /// How many rows have one field more than the first, and do not just end with a separator.
        private var longer: Int {
            guard let first = rows.first else { return 0 }
            return below.count { $0.fields == first.fields + 1 && !$0.endsEmpty }
        }

        /// Whether most rows are such ``longer`` ones.
        private var isFirstShort: Bool { 2 * longer > below.count }

        /// Whether the commas below a single name are the decimal commas of numbers, and separate no fields.
        var hasDecimalCommas: Bool {
            separator == .byte(UInt8(ascii: ",")) && isFirstShort && rows[0].fields == 1
                && below.allSatisfy { $0.startsWithNumber }
        }

        var hasRowNames: Bool {
            header != .no && isFirstShort && !hasDecimalCommas
                && (header == .yes || rows[0].isQuoted || rows[0].numbers < rows[0].cells)
        }

        /// From 0 to 1, the share of rows with the same number of fields, at least two, times the share of numbers
        /// below the first row; nil if most rows have one field.
        var score: Double? {
            var frequencies: [Int: Int] = [:]
            for row in rows { frequencies[row.fields, default: 0] += 1 }
            guard !hasDecimalCommas, let most = frequencies.values.max() else { return nil }
            let candidates = frequencies.filter { $0.value == most }.keys
            // Above a single number "waiting time" is one name, and "1,2" is two fields, so the next row lacks one.
            guard let fields = separator == .whiteSpace ? candidates.min() : candidates.max(), fields > 1 else {
                return nil
            }
            let counted = below.isEmpty ? rows[...] : below
            let cells = counted.reduce(0) { $0 + $1.cells }, numbers = counted.reduce(0) { $0 + $1.numbers }
            return Double(hasRowNames ? longer + 1 : most) / Double(rows.count) * Double(numbers)
                / Double(max(1, cells))
        }
    }

    /// Chooses the separator by which the first rows agree best. Among equally good ones tab is preferred to semicolon,
    /// to comma, to white space, since text in tabbed files may hold commas, and numbers in semicolon files may have
    /// decimal commas.
    ///
    /// - Returns: the rows as it reads them; nil if there is one field in a row, whatever it holds.
    private mutating func chooseSeparator() -> Sample? {
        let samples = Self.separators.map { sample(.byte($0)) }
        var best: (sample: Sample, score: Double)?
        for sample in samples + [sample(.whiteSpace)] {
            if let score = sample.score, score > best?.score ?? -1 { best = (sample, score) }
        }
        separator = best?.sample.separator ?? .byte(UInt8(ascii: ","))
        guard best == nil else { return best?.sample }
        if samples.contains(where: { $0.hasDecimalCommas }) {
            separator = .none
        } else if samples.contains(where: {
            ($0.rows.first?.fields ?? 1) > 1 && !$0.below.isEmpty && $0.below.allSatisfy { $0.fields == 1 }
        }) {
            separator = .none
            if header == .auto {
                note(
                    "the row is taken for the name of one column, since the rows below have one field", at: .line(line))
            }
        } else {
            return samples.last
        }
        return nil
    }

    private mutating func sample(_ separator: Separator) -> Sample {
        let place = (position, line)
        defer { (position, line) = place }
        self.separator = separator
        var sample = Sample(separator: separator, header: header)
        // An error ends the sample. If the separator is chosen all the same, reading meets the error again.
        while sample.rows.count < Self.sampleRows, (try? nextRow(inMemory: true)) == true {
            var row = Sample.Row(), field: Field
            let start = position
            repeat {
                guard let next = try? nextField() else { return sample }
                field = next
                let text = bytes[field.range], isNumber = isDecimalNumber(text)
                if isNumber || isMissingValue(text) || hasDecimalComma(text) { row.numbers += 1 }
                if !text.isEmpty { row.cells += 1 }
                if !field.isQuoted { row.isQuoted = false }
                if row.fields == 0 { row.startsWithNumber = isNumber && !field.isQuoted }
                let whole = isNumber ? Int(String(decoding: text, as: UTF8.self)) : nil
                if let whole, row.fields == 0 || row.last.map({ $0 &+ 1 == whole }) == true { row.consecutive += 1 }
                if row.fields == 0 { row.first = whole }
                row.last = whole
                if sample.rows.count == 1 { sample.isNumberInSecond.append(isNumber) }
                row.endsEmpty = text.isEmpty
                row.fields += 1
            } while !field.endsRow
            guard position < bytes.count || isWhole else { break }
            row.bytes = position - start
            sample.rows.append(row)
        }
        return sample
    }

    // MARK: Names or data

    /// Whether the first row holds names, by what its cells are.
    ///
    /// - Throws: ``FileError/malformed(path:location:reason:)`` if one is nearly a number and none that is chosen is
    ///   text.
    private mutating func isHeader(
        _ kinds: [CellKind], _ selection: ColumnSelection, _ sample: Sample?
    ) throws(FileError) -> Bool {
        guard kinds.contains(where: { $0 == .text || $0 == .nearNumber }) else {
            if let sample, looksLikeNames(sample) {
                note(
                    "the row is read as data, though its numbers look like names of columns; if they are, add --header yes",
                    at: .line(line))
            }
            return false
        }
        // A selection that holds names fails here, and who selects by name knows that the file has names.
        guard let chosen = try? ColumnList(path: file.path, names: nil, count: kinds.count).indices(selection) else {
            return true
        }
        let first = { (kind: CellKind) in chosen.first { kinds[$0] == kind } }
        if first(.text) == nil {
            if let column = first(.nearNumber) {
                let field = try fieldOfRow(column)
                throw badNumber(field, column: column, precision: .float64, mayBeName: true)
            }
            if first(.number) != nil, let other = kinds.firstIndex(where: { $0 == .text || $0 == .nearNumber }) {
                let text = quoted(bytes[try fieldOfRow(other).range])
                note(
                    "the row is read as data, since the chosen cells are numbers, though \(text) in column \(other + 1) is none; "
                        + "if the row holds the names of the columns, add --header yes", at: .line(line))
                return false
            }
        }
        // If numbers stand above numbers, and text above text, the first row is data; reading will refuse its text.
        if first(.number) != nil, let sample, sample.isNumberInSecond == kinds.map({ $0 == .number }) { return false }
        if let column = kinds.firstIndex(where: { $0 == .number || $0 == .nearNumber }) {
            let text = quoted(bytes[try fieldOfRow(column).range])
            note(
                "the row is taken for the names of the columns, though \(text) in column \(column + 1) "
                    + "\(kinds[column] == .number ? "is" : "looks like") a number; if the row is data, add --header no",
                at: .line(line))
        }
        return true
    }

    /// Whether a first row of numbers differs from the rows below as names do: only it is quoted, or only it counts up,
    /// through years or from 0 or 1 as columns are numbered.
    private func looksLikeNames(_ sample: Sample) -> Bool {
        guard let first = sample.rows.first, !sample.below.isEmpty else { return false }
        if first.isQuoted { return !sample.below.contains { $0.isQuoted } }
        let years = 1900...2100
        let isYears =
            first.last.map { years.contains($0) } == true
            && !sample.below.contains { $0.last.map { years.contains($0) } == true }
        let isNumbering =
            first.fields > 2 && (first.first == 0 || first.first == 1) && !sample.below.contains { $0.isConsecutive }
        return first.isConsecutive && first.fields > 1 && (isYears || isNumbering)
    }

    /// A field of the row that begins here.
    private mutating func fieldOfRow(_ column: Int) throws(FileError) -> Field {
        var found: Field?
        _ = try passRow { _, index, field throws(FileError) in if index == column { found = field } }
        rewindRow()
        return found!
    }
}
