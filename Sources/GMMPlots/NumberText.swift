import Foundation

/// Numbers as text, the same in every locale.
enum NumberText {
    /// Shortest text that reads back as `value`, which must be finite.
    static func exact(_ value: Double) -> String {
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// `value` to `digits` significant digits with a true minus sign, such as "−2.02", "0.166", "1.20e9".
    static func rounded(_ value: Double, digits: Int = 3) -> String {
        guard value.isFinite else { return value.isNaN ? "–" : value < 0 ? "−∞" : "∞" }
        guard value != 0 else { return "0" }
        // The exponent after rounding, so that 9.999 becomes 10.0 and not 10.00.
        let scientific = String(format: "%.\(digits - 1)e", value).split(separator: "e")
        let exponent = Int(scientific[1]) ?? 0
        let plain = -4...6 ~= exponent
        let text = plain ? String(format: "%.\(max(0, digits - 1 - exponent))f", value) : "\(scientific[0])e\(exponent)"
        return text.replacing("-", with: "−")
    }

    /// `value` with `decimals` digits after the point and a true minus sign.
    static func fixed(_ value: Double, decimals: Int) -> String {
        let text = String(format: "%.\(decimals)f", value)
        let isZero = text.allSatisfy { "-0.".contains($0) }
        return isZero ? text.replacing("-", with: "") : text.replacing("-", with: "−")
    }

    /// 10 to the power `exponent` in superscript, such as "10⁻⁶".
    static func power(_ exponent: Int) -> String {
        let superscripts: [Character: Character] = [
            "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹",
        ]
        return "10" + String(String(exponent).map { superscripts[$0] ?? $0 })
    }

    /// 10 to the power `exponent`, correctly rounded (`pow` need not be). The exponent is within ±300 or so.
    static func powerOfTen(_ exponent: Int) -> Double { Double("1e\(exponent)") ?? 1 }
}

extension NumberText {
    /// A loss for a title: two decimals, as many digits before the point as it has, so that the text does not jump between frames.
    static func fixedLoss(_ value: Double) -> String {
        value.isFinite && abs(value) < 1e9 && (abs(value) >= 0.1 || value == 0) ? fixed(value, decimals: 2) : rounded(value, digits: 6)
    }
}
