import Foundation

/// An axis with fixed ends, and tics whose labels a person can read however large, small or narrow the range is.
///
/// Renderers see `coordinate(_:)` alone. It is the value itself in ordinary ranges; in extreme ones an offset is taken off and a power
/// of ten divided out, both of which the title says, and on a logarithmic axis it is the decimal logarithm. So neither gnuplot nor a
/// browser ever meets 1e300, nor a range that its own arithmetic would collapse.
struct Axis: Equatable {
    struct Tic: Equatable, Encodable {
        let coordinate: Double
        let label: String
    }

    /// Ends in coordinates, lower < upper.
    let lower: Double
    let upper: Double
    let tics: [Tic]
    /// What is on the axis, with the offset and the power of ten if there are any.
    let title: String
    /// A linear coordinate is (value − offset) / unit.
    let offset: Double
    let unit: Double
    let isLogarithmic: Bool

    /// The coordinate of `value`, kept within one length of the axis of its ends so that it is always finite and drawable.
    /// On a logarithmic axis whatever has no logarithm is at the lower end.
    func coordinate(_ value: Double) -> Double {
        let raw = isLogarithmic ? (value > 0 ? log10(value) : lower) : (value - offset) / unit
        let length = upper - lower
        return min(max(raw.isNaN ? lower : raw, lower - length), upper + length)
    }

    /// With tics no closer to an end than an eighth of the length.
    var withoutTicsAtEnds: Axis {
        let margin = (upper - lower) / 8
        let kept = tics.filter { $0.coordinate >= lower + margin && $0.coordinate <= upper - margin }
        return Axis(lower: lower, upper: upper, tics: kept, title: title, offset: offset, unit: unit, isLogarithmic: isLogarithmic)
    }

    /// The value at a coordinate of a linear axis.
    func value(_ coordinate: Double) -> Double { coordinate * unit + offset }

    /// A linear axis over `range`, which has a width above zero and ends within ±1e300, with about `tics` tics.
    static func linear(_ range: ClosedRange<Double>, title: String, tics: Double = 7) -> Axis {
        let largest = max(abs(range.lowerBound), abs(range.upperBound))
        let width = range.upperBound / 2 - range.lowerBound / 2
        var offset = 0.0
        if largest > 5e4 * width {
            // Labels would share all their leading digits: count from a round number close by instead.
            let round = NumberText.powerOfTen(min(300, Int(log10(width).rounded(.up)) + 1))
            let center = range.lowerBound / 2 + range.upperBound / 2
            let candidate = (center / round).rounded() * round
            offset = candidate.isFinite && abs(candidate - center) < 20 * width * 10 ? candidate : center
        }
        let reach = max(abs(range.lowerBound - offset), abs(range.upperBound - offset))
        let exponent = Int(log10(reach).rounded(.down))
        let scaled = !(-3...5 ~= exponent)
        let unit = scaled ? NumberText.powerOfTen(exponent) : 1
        let lower = (range.lowerBound - offset) / unit
        let upper = (range.upperBound - offset) / unit
        var parts = title
        if offset != 0 { parts += offset < 0 ? " + \(NumberText.exact(-offset))" : " − \(NumberText.exact(offset))" }
        if scaled { parts += " (× \(NumberText.power(exponent)))" }
        return Axis(
            lower: lower, upper: upper, tics: linearTics(lower, upper, count: tics), title: parts, offset: offset, unit: unit, isLogarithmic: false)
    }

    /// A logarithmic axis that shows `range`, whose ends are positive. A range of less than about a millionth part is widened to that.
    static func logarithmic(_ range: ClosedRange<Double>, title: String) -> Axis {
        let middle = (log10(range.lowerBound) + log10(range.upperBound)) / 2
        let half = max((log10(range.upperBound) - log10(range.lowerBound)) / 2 * 1.08, 2.5e-7)
        let (lower, upper) = (middle - half, middle + half)
        return Axis(
            lower: lower, upper: upper, tics: logarithmicTics(lower, upper), title: title, offset: 0, unit: 1, isLogarithmic: true)
    }

    /// Steps of 1, 2 or 5 times a power of ten, about `count` of them.
    private static func linearTics(_ lower: Double, _ upper: Double, count: Double) -> [Tic] {
        let (exponent, factor) = step(upper - lower, count: count)
        let scale = NumberText.powerOfTen(abs(exponent))
        let value = { (i: Double) in exponent < 0 ? i * factor / scale : i * factor * scale }
        let first = (exponent < 0 ? lower * scale / factor : lower / scale / factor).rounded(.up)
        let last = (exponent < 0 ? upper * scale / factor : upper / scale / factor).rounded(.down)
        guard last >= first, last - first < 50 else { return [] }
        return stride(from: first, through: last, by: 1).map {
            Tic(coordinate: value($0), label: NumberText.fixed(value($0), decimals: max(0, -exponent)))
        }
    }

    /// `factor`·10^`exponent`, factor 1, 2 or 5: the round step that cuts `length` into about `count` parts.
    private static func step(_ length: Double, count: Double) -> (exponent: Int, factor: Double) {
        let rough = length / count
        let exponent = Int(log10(rough).rounded(.down))
        let mantissa = rough / NumberText.powerOfTen(exponent)
        if mantissa < 1.5 { return (exponent, 1) }
        if mantissa < 3.5 { return (exponent, 2) }
        if mantissa < 7.5 { return (exponent, 5) }
        return (exponent + 1, 1)
    }

    /// Powers of ten where there are some; 1, 2, 5 between them when those are few; and round numbers when all lies within one decade.
    private static func logarithmicTics(_ lower: Double, _ upper: Double) -> [Tic] {
        if upper - lower < 1 {
            let (low, high) = (pow(10, lower), pow(10, upper))
            let (exponent, factor) = step(high - low, count: 6)
            let scale = NumberText.powerOfTen(exponent) * factor
            let first = (low / scale).rounded(.up)
            let last = (high / scale).rounded(.down)
            guard last >= first, last - first < 50 else { return [] }
            return stride(from: first, through: last, by: 1).map { i in
                let value = exponent < 0 ? i * factor / NumberText.powerOfTen(-exponent) : i * scale
                let plain = high < 1e7 && high >= 1e-3
                let digits = max(1, Int(log10(high).rounded(.down)) - exponent + 1)
                return Tic(
                    coordinate: log10(value),
                    label: plain ? NumberText.fixed(value, decimals: max(0, -exponent)) : NumberText.rounded(value, digits: digits))
            }
        }
        let factors: [Double] = upper - lower < 3 ? [1, 2, 5] : [1]
        let every = max(1, Int(((upper - lower) / 8).rounded(.up)))
        let exponents = (Int(lower.rounded(.down))...Int(upper.rounded(.up))).filter { $0.isMultiple(of: every) }
        let plain = lower > -3.5 && upper < 6.5
        return exponents.flatMap { exponent in
            factors.compactMap { factor in
                let coordinate = Double(exponent) + log10(factor)
                guard lower...upper ~= coordinate else { return nil }
                let label =
                    plain
                    ? NumberText.fixed(factor * NumberText.powerOfTen(exponent), decimals: max(0, -exponent))
                    : (factor == 1 ? "" : "\(Int(factor))·") + NumberText.power(exponent)
                return Tic(coordinate: coordinate, label: label)
            }
        }
    }
}
