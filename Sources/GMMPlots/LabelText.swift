import Foundation

/// Numbers as a picture shows them: with a true minus sign, and the same in every locale, since a library cannot know
/// which one its program has chosen.
enum LabelText {
    /// Shortest text that reads back as `value`, which must be finite.
    static func exact(_ value: Double) -> String {
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// `value` to `digits` significant digits with a true minus sign, such as "−2.02", "0.166", "1.20e9"; scientific if
    /// the exponent is not in `plain`.
    static func rounded(_ value: Double, digits: Int = 3, plain: ClosedRange<Int> = -4...6) -> String {
        guard value.isFinite else { return value.isNaN ? "–" : value < 0 ? "−∞" : "∞" }
        guard value != 0 else { return "0" }
        // The exponent is that of the rounded value, so that 9.999 becomes 10.0 and not 10.00.
        let scientific = formatted("%.\(digits - 1)e", value).split(separator: "e")
        let exponent = Int(scientific[1]) ?? 0
        let text =
            plain ~= exponent ? formatted("%.\(max(0, digits - 1 - exponent))f", value) : "\(scientific[0])e\(exponent)"
        return text.replacing("-", with: "−")
    }

    /// A mean down to the third significant digit of its standard deviation, since further digits say nothing:
    /// −4.72e−17 with the deviation 1 is "0", and 1700000031 with the deviation 20 keeps all its digits.
    static func mean(_ value: Double, deviation: Double) -> String {
        guard value.isFinite, value != 0, deviation > 0, deviation.isFinite else { return rounded(value) }
        let digits = exponent(value) - exponent(deviation) + 3
        return digits < 1 ? "0" : rounded(value, digits: min(digits, 12), plain: -4...9)
    }

    /// `value` with `decimals` digits after the point and a true minus sign.
    static func fixed(_ value: Double, decimals: Int) -> String {
        let text = formatted("%.\(decimals)f", value)
        let isZero = text.allSatisfy { "-0.".contains($0) }
        return isZero ? text.replacing("-", with: "") : text.replacing("-", with: "−")
    }

    /// `value` by a format of C, with a decimal point. `setlocale` may replace the point by another character, which is
    /// no digit, letter or sign.
    private static func formatted(_ format: String, _ value: Double) -> String {
        String(String(format: format, value).map { $0.isNumber || $0.isLetter || $0 == "-" || $0 == "+" ? $0 : "." })
    }

    /// The power of ten of the first digit.
    private static func exponent(_ value: Double) -> Int { Int(log10(abs(value)).rounded(.down)) }

    /// 10 to the power `exponent` in superscript, such as "10⁻⁶".
    static func power(_ exponent: Int) -> String {
        let superscripts: [Character: Character] = [
            "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸",
            "9": "⁹",
        ]
        return "10" + String(String(exponent).map { superscripts[$0] ?? $0 })
    }

    /// 10 to the power `exponent`, correctly rounded (`pow` need not be). The exponent is within ±300 or so.
    static func powerOfTen(_ exponent: Int) -> Double { Double("1e\(exponent)") ?? 1 }
}

extension LabelText {
    /// A loss for a title: with two decimals where they can be shown, so that the text does not jump between frames.
    static func fixedLoss(_ value: Double) -> String {
        value.isFinite && abs(value) < 1e9 && (abs(value) >= 0.1 || value == 0)
            ? fixed(value, decimals: 2) : rounded(value, digits: 6)
    }

    /// A column of a table: a heading and cells, right-aligned, the decimal points under each other.
    static func column(_ name: String, _ cells: [String]) -> [String] {
        func decimals(_ cell: String) -> Int {
            cell.contains("e") ? 0 : cell.split(separator: ".").dropFirst().first.map { $0.count + 1 } ?? 0
        }
        let most = cells.reduce(0) { max($0, decimals($1)) }
        let lines =
            [name] + cells.map { $0 + String(repeating: " ", count: $0.contains("e") ? 0 : most - decimals($0)) }
        let width = lines.reduce(0) { max($0, $1.count) }
        return lines.map { String(repeating: " ", count: width - $0.count) + $0 }
    }
}
