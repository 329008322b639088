import Foundation

/// Numbers as a table shows them.
enum NumberText {
    /// With that many digits after the point; scientific where that would be unreadably long.
    static func fixed(_ value: Double, decimals: Int) -> String {
        guard abs(value) < 1e12 else { return scientific(value) }
        let text = String(format: "%.\(decimals)f", value)
        return text.hasPrefix("-") && text.allSatisfy({ "-0.".contains($0) }) ? String(text.dropFirst()) : text
    }

    /// A number that a person chose, such as an option: 2 and not 2.0.
    static func short(_ value: Double) -> String { String(format: "%.6g", value) }

    /// A column of numbers, all with as many decimals as give `resolution` four digits, so that the points stand under each other.
    ///
    /// - Parameter resolution: the smallest difference that matters, such as the smallest standard deviation in a column of means.
    static func column(_ values: [Double], resolution: Double) -> [String] {
        let decimals = resolution > 0 && resolution.isFinite ? max(0, 3 - Int(log10(resolution).rounded(.down))) : 4
        let isLong = decimals > 9 || values.contains { abs($0) >= 1e9 }
        return values.map { isLong ? scientific($0) : fixed($0, decimals: decimals) }
    }

    private static func scientific(_ value: Double) -> String { String(format: "%.8e", value) }
}
