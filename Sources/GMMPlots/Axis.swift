import Foundation

/// An axis with fixed ends, and tics whose labels a person can read however large, small or narrow the range is.
///
/// Renderers see only `coordinate(_:)`. In ordinary ranges it is the value itself. In extreme ranges it is the value
/// less an offset, divided by a power of ten, and the title says both. On a logarithmic axis it is the decimal
/// logarithm. So neither gnuplot nor a browser meets 1e300, or a range that collapses in its arithmetic.
struct Axis: Equatable {
    struct Tic: Equatable, Encodable {
        let coordinate: Double
        let label: String
    }

    /// Ends in coordinates, lower < upper.
    let lower: Double
    let upper: Double
    let tics: [Tic]
    /// What is on the axis, and the offset and the power of ten if there are any, such as "− 7 (× 10⁻¹⁰)".
    let name: String
    let scale: String
    /// A linear coordinate is (value − offset) / unit.
    let offset: Double
    let unit: Double
    let isLogarithmic: Bool

    /// The coordinate of `value`, kept within one length of the axis of its ends so that it is always finite and
    /// drawable. On a logarithmic axis a value without a logarithm is at the lower end.
    func coordinate(_ value: Double) -> Double {
        let raw = isLogarithmic ? (value > 0 ? log10(value) : lower) : (value - offset) / unit
        let length = upper - lower
        return min(max(raw.isNaN ? lower : raw, lower - length), upper + length)
    }

    /// Name and scale in one line.
    var title: String { scale.isEmpty ? name : "\(name) \(scale)" }

    /// The value at a coordinate of a linear axis.
    func value(_ coordinate: Double) -> Double { coordinate * unit + offset }

    /// A linear axis over `range`, which has a width above zero and ends within ±1e300, with about 7 tics or as many as
    /// there is room for.
    ///
    /// The values themselves are the coordinates where enough of their labels fit; else they are divided by a power of
    /// ten, or counted from a round number close by, which makes shorter labels.
    static func linear(_ range: ClosedRange<Double>, name: String, room: LabelRoom) -> Axis {
        let largest = max(abs(range.lowerBound), abs(range.upperBound))
        let width = range.upperBound / 2 - range.lowerBound / 2
        let round = LabelText.powerOfTen(min(300, Int(log10(width).rounded(.up)) + 1))
        let center = range.lowerBound / 2 + range.upperBound / 2
        let candidate = (center / round).rounded() * round
        let near = candidate.isFinite && abs(candidate - center) < 20 * width * 10 ? candidate : center
        func axis(from offset: Double, isScaled: Bool, every: Int) -> Axis {
            let reach = max(abs(range.lowerBound - offset), abs(range.upperBound - offset))
            let exponent = Int(log10(reach).rounded(.down)), isScaled = isScaled || !(-3...5 ~= exponent)
            let unit = isScaled ? LabelText.powerOfTen(exponent) : 1
            let lower = (range.lowerBound - offset) / unit, upper = (range.upperBound - offset) / unit
            let difference =
                offset == 0 ? [] : [offset < 0 ? "+ \(LabelText.exact(-offset))" : "− \(LabelText.exact(offset))"]
            let scale = (difference + (isScaled && exponent != 0 ? ["(× \(LabelText.power(exponent)))"] : [])).joined(
                separator: " ")
            return Axis(
                lower: lower, upper: upper, tics: linearTics(lower, upper, room, every: every),
                name: room.shortened(name, besides: scale),
                scale: scale, offset: offset, unit: unit, isLogarithmic: false)
        }
        // In narrower ranges the labels of the values would share all their leading digits.
        let usual = largest > 5e4 * width ? near : 0
        var axes: [Axis] = []
        for every in 1...3 {
            axes = [axis(from: usual, isScaled: false, every: every)]
            if axes[0].tics.count >= 3 { break }
            axes += [(usual, true), (near, false), (near, true)].map { axis(from: $0, isScaled: $1, every: every) }
            if axes.contains(where: { $0.tics.count >= 2 }) { break }
        }
        return axes.reduce(axes[0]) { $1.tics.count > $0.tics.count ? $1 : $0 }
    }

    /// A logarithmic axis that shows `range`, whose ends are positive. A range of less than about a millionth part is
    /// widened to that.
    static func logarithmic(_ range: ClosedRange<Double>, name: String) -> Axis {
        let middle = (log10(range.lowerBound) + log10(range.upperBound)) / 2
        let half = max((log10(range.upperBound) - log10(range.lowerBound)) / 2 * 1.08, 2.5e-7)
        let (lower, upper) = (middle - half, middle + half)
        return Axis(
            lower: lower, upper: upper, tics: logarithmicTics(lower, upper), name: name, scale: "", offset: 0, unit: 1,
            isLogarithmic: true)
    }

    /// Tics at steps of 1, 2 or 5 times a power of ten, and of these tics one in `every`. The step is the finest that
    /// makes no more than about 7 tics and leaves room for their labels.
    private static func linearTics(_ lower: Double, _ upper: Double, _ room: LabelRoom, every: Int) -> [Tic] {
        var single: [Tic] = []
        for count in stride(from: 7.0, through: 1, by: -1) {
            let all = room.kept(linearTics(lower, upper, count: count), lower, upper)
            for phase in 0..<every {
                let tics = all.indices.filter { $0 % every == phase }.map { all[$0] }
                guard room.holds(tics, lower, upper) else { continue }
                if tics.count > 1 { return tics }
                if !tics.isEmpty { single = tics }
            }
        }
        return single
    }

    private static func linearTics(_ lower: Double, _ upper: Double, count: Double) -> [Tic] {
        let (exponent, factor) = step(upper - lower, count: count)
        let scale = LabelText.powerOfTen(abs(exponent))
        let value = { (i: Double) in exponent < 0 ? i * factor / scale : i * factor * scale }
        let first = (exponent < 0 ? lower * scale / factor : lower / scale / factor).rounded(.up)
        let last = (exponent < 0 ? upper * scale / factor : upper / scale / factor).rounded(.down)
        guard last >= first, last - first < 50 else { return [] }
        return stride(from: first, through: last, by: 1).map {
            Tic(coordinate: value($0), label: LabelText.fixed(value($0), decimals: max(0, -exponent)))
        }
    }

    /// `factor`·10^`exponent`, factor 1, 2 or 5: the round step that cuts `length` into about `count` parts.
    private static func step(_ length: Double, count: Double) -> (exponent: Int, factor: Double) {
        let rough = length / count
        let exponent = Int(log10(rough).rounded(.down))
        let mantissa = rough / LabelText.powerOfTen(exponent)
        if mantissa < 1.5 { return (exponent, 1) }
        if mantissa < 3.5 { return (exponent, 2) }
        if mantissa < 7.5 { return (exponent, 5) }
        return (exponent + 1, 1)
    }

    /// Tics at powers of ten, with 1, 2 and 5 between them in less than three decades, and at round numbers within one.
    private static func logarithmicTics(_ lower: Double, _ upper: Double) -> [Tic] {
        if upper - lower < 1 {
            let (low, high) = (pow(10, lower), pow(10, upper))
            let (exponent, factor) = step(high - low, count: 6)
            let scale = LabelText.powerOfTen(exponent) * factor
            let first = (low / scale).rounded(.up)
            let last = (high / scale).rounded(.down)
            guard last >= first, last - first < 50 else { return [] }
            return stride(from: first, through: last, by: 1).map { i in
                let value = exponent < 0 ? i * factor / LabelText.powerOfTen(-exponent) : i * scale
                let plain = high < 1e7 && high >= 1e-3
                let digits = max(1, Int(log10(high).rounded(.down)) - exponent + 1)
                return Tic(
                    coordinate: log10(value),
                    label: plain
                        ? LabelText.fixed(value, decimals: max(0, -exponent))
                        : LabelText.rounded(value, digits: digits))
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
                    ? LabelText.fixed(factor * LabelText.powerOfTen(exponent), decimals: max(0, -exponent))
                    : (factor == 1 ? "" : "\(Int(factor))·") + LabelText.power(exponent)
                return Tic(coordinate: coordinate, label: label)
            }
        }
    }
}
