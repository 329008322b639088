/// Whether the text is a decimal number: sign, digits with a point among or around them, exponent.
///
/// Swift's own conversion also takes hexadecimal, "inf" and "nan", which in a table are more likely text or missing values.
func isDecimalNumber(_ text: ArraySlice<UInt8>) -> Bool {
    var index = text.startIndex

    func has(_ characters: StaticString) -> Bool {
        guard index < text.endIndex else { return false }
        return UnsafeBufferPointer(start: characters.utf8Start, count: characters.utf8CodeUnitCount).contains(text[index])
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
    return ["nan", "inf", "infinity", "na", "n/a", "#n/a", "null"].contains(word.first == "+" || word.first == "-" ? String(word.dropFirst()) : word)
}
