import Foundation

/// Numbers as a table shows them.
enum NumberText {
    /// With that many digits after the point; scientific from 10¹² on, unless `isWhole`.
    static func fixed(_ value: Double, decimals: Int, isWhole: Bool = false) -> String {
        guard isWhole || abs(value) < 1e12 else { return scientific(value) }
        let text = String(format: "%.\(decimals)f", value)
        return text.hasPrefix("-") && text.allSatisfy({ "-0.".contains($0) }) ? String(text.dropFirst()) : text
    }

    /// Up to six digits without trailing zeros, for a number that a person chose, such as an option: 2 and not 2.0.
    static func short(_ value: Double) -> String { significant(value, digits: 6) }

    /// A column of numbers with equally many decimals, so that their points stand under each other. `resolution` then
    /// has four digits, so values that differ by it differ in print. The numbers are scientific, with as many digits,
    /// where float64 does not hold so many decimals or where a column would show little but zeros.
    ///
    /// - Parameter resolution: the smallest difference that matters, such as the smallest standard deviation in a
    ///   column of means.
    static func column(_ values: [Double], resolution: Double) -> [String] {
        let decimals = resolution > 0 && resolution.isFinite ? 3 - exponent(resolution) : 4
        let largest = exponent(values.reduce(0) { max($0, abs($1)) }), digits = largest + 1 + decimals
        if max(largest + 1, 1) + max(decimals, 0) <= mostDigits, decimals <= 9 || largest >= -3 {
            return values.map { fixed($0, decimals: max(decimals, 0), isWhole: true) }
        }
        // A value below the last digit that the column resolves is rounding error, so it is shown as zero.
        let unit = resolution.isFinite ? resolution * 1e-4 : 0
        return values.map { scientific(abs($0) < unit ? 0 : $0, decimals: min(max(digits - 1, 8), mostDigits - 1)) }
    }

    /// Two digits, for what is an estimate.
    static func rough(_ value: Double) -> String { significant(value, digits: 2) }

    /// People write 1e-6, and C writes 1e-06.
    private static func significant(_ value: Double, digits: Int) -> String {
        String(format: "%.\(digits)g", value).replacing("e-0", with: "e-").replacing("e+0", with: "e+")
    }

    /// float64 holds no more digits.
    private static let mostDigits = 17

    private static func exponent(_ value: Double) -> Int {
        value > 0 && value.isFinite ? Int(log10(value).rounded(.down)) : 0
    }

    private static func scientific(_ value: Double, decimals: Int = 8) -> String {
        String(format: "%.\(decimals)e", value)
    }
}
