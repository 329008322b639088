/// Whether the text is a decimal number: sign, digits with a point among or around them, exponent.
///
/// Swift's own conversion also takes hexadecimal, "inf" and "nan", which in a table are more likely text or missing
/// values.
func isDecimalNumber(_ text: ArraySlice<UInt8>) -> Bool {
    var index = text.startIndex

    func has(_ characters: StaticString) -> Bool {
        guard index < text.endIndex else { return false }
        return UnsafeBufferPointer(start: characters.utf8Start, count: characters.utf8CodeUnitCount).contains(
            text[index])
    }
    func passDigits() -> Int {
        let start = index
        while index < text.endIndex, text[index] &- UInt8(ascii: "0") <= 9 { index += 1 }
        return index - start
    }

    if has("+-") { index += 1 }
    var digits = passDigits()
    if has(".") {
        index += 1
        digits += passDigits()
    }
    guard digits > 0 else { return false }
    if has("eE") {
        index += 1
        if has("+-") { index += 1 }
        guard passDigits() > 0 else { return false }
    }
    return index == text.endIndex
}

/// Whether the text is one of the words that programs write for a value that is missing or not finite.
func isMissingValue(_ text: ArraySlice<UInt8>) -> Bool {
    guard text.count <= 10 else { return false }
    let word = String(decoding: text, as: UTF8.self).lowercased()
    return ["nan", "inf", "infinity", "na", "n/a", "#n/a", "null"].contains(
        word.first == "+" || word.first == "-" ? String(word.dropFirst()) : word)
}

/// Whether the text would be a number if the comma between its digits were a point.
func hasDecimalComma(_ text: ArraySlice<UInt8>) -> Bool {
    guard let comma = text.firstIndex(of: UInt8(ascii: ",")), comma > text.startIndex, comma + 1 < text.endIndex else {
        return false
    }
    guard text[comma - 1] &- UInt8(ascii: "0") <= 9, text[comma + 1] &- UInt8(ascii: "0") <= 9 else { return false }
    var point = Array(text)
    point[comma - text.startIndex] = UInt8(ascii: ".")
    return isDecimalNumber(point[...])
}

/// What a cell seems to hold, of a row that may be names or data.
enum CellKind: UInt8 {
    case number
    /// Nothing, or a word for a missing value.
    case missing
    /// Not a number, but text whose first letter or digit is a digit: `12abc`, `1.5D+02`, `--5`, `1_000`.
    case nearNumber
    case text

    init(_ cell: ArraySlice<UInt8>) {
        if isDecimalNumber(cell) {
            self = .number
        } else if cell.isEmpty || isMissingValue(cell) {
            self = .missing
        } else {
            let first = decoded(cell).first { $0.isLetter || $0.isNumber || $0 == "_" }
            self = first?.isNumber == true ? .nearNumber : .text
        }
    }
}

/// The digits of a whole number without its sign, leading zeros and a point with zeros behind it; nil if the number is
/// not written as a whole one.
func digitsOfWholeNumber(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    let isDigit = { (byte: UInt8) in byte &- UInt8(ascii: "0") <= 9 }
    var whole = text.drop { !isDigit($0) }.drop { $0 == UInt8(ascii: "0") }
    if let point = whole.firstIndex(of: UInt8(ascii: ".")) {
        guard whole[(point + 1)...].allSatisfy({ $0 == UInt8(ascii: "0") }) else { return nil }
        whole = whole[..<point]
    }
    return whole.allSatisfy(isDigit) ? whole : nil
}
