/// The stretch of the data's axis that a picture shows, chosen so that one absurd value cannot spoil it.
///
/// Drop the lowest and highest hundredth of the data (at least one value each, when there are five or more) and let w
/// be the width of what is left. Whatever is within w of that core may be shown; data farther out are counted, not
/// drawn. Within these limits the picture holds all data and each component's mean ± 3 standard deviations. If w is 0,
/// as for constant data, it is 8 of the components' median standard deviations instead.
struct View: Equatable {
    /// What is shown, in the unit of the data; not empty.
    let range: ClosedRange<Double>
    /// The least and greatest datum shown.
    let data: ClosedRange<Double>
    /// Quartiles' distance of the data, for the width of the histogram's bins; estimated from at most 65 536 values.
    let interquartileRange: Double
    /// The step to which the data were rounded, counted from the least datum; nil if there is none, or only a tiny one.
    let grain: Double?
    /// How many data are finite, and how many of these the picture leaves out.
    let count: Int
    let outside: Int
    /// What the finite data weigh together.
    let weight: Double

    /// Values beyond this are treated as if they were here: sums and widths of two of them still have room to the
    /// largest double.
    private static let farthest = 1e300

    /// - Throws: ``PlotError/nothingToDraw(reason:)`` if no datum is finite, or none of them has weight.
    init(data: [Double], weights: [Double]? = nil, mixture: Marginal) throws(PlotError) {
        let sample = View.sample(data)
        guard !sample.isEmpty else { throw .nothingToDraw(reason: "the data hold no finite value") }
        let trimmed = sample.count < 5 ? 0 : max(1, sample.count / 100)
        let core = sample[trimmed]...sample[sample.count - 1 - trimmed]
        let center = core.lowerBound / 2 + core.upperBound / 2
        var width = core.upperBound - core.lowerBound
        if width == 0 {
            width = 8 * min(mixture.standardDeviations.sorted()[mixture.components / 2], View.farthest / 8)
        }
        // In a narrower view the borders of bins would coincide.
        width = max(width, abs(center) * 1e-13, 1e-290)
        let limits = max(core.lowerBound - width, -View.farthest)...min(core.upperBound + width, View.farthest)

        var (count, outside, weight) = (0, 0, 0.0)
        var low = Double.infinity
        var high = -Double.infinity
        for (i, datum) in data.enumerated() where datum.isFinite {
            count += 1
            weight += weights?[i] ?? 1
            if limits.contains(datum) {
                low = min(low, datum)
                high = max(high, datum)
            } else {
                outside += 1
            }
        }
        guard low <= high else { throw .nothingToDraw(reason: "every value of the data is beyond ±1e300") }
        guard weight > 0 else { throw .nothingToDraw(reason: "no datum has weight") }
        self.weight = weight
        self.count = count
        self.outside = outside
        self.data = low...high
        grain = View.grain(sample.filter(limits.contains))
        interquartileRange = sample[sample.count * 3 / 4] - sample[sample.count / 4]

        let half = (grain ?? 0) / 2
        var (left, right) = (low - half, high + half)
        for k in 0..<mixture.components where mixture.weights[k] >= 1e-3 {
            let reach = 3 * min(mixture.standardDeviations[k], View.farthest)
            left = min(left, max(mixture.means[k] - reach, limits.lowerBound))
            right = max(right, min(mixture.means[k] + reach, limits.upperBound))
        }
        if right - left < width / 4 {
            (left, right) = (left - width / 2, right + width / 2)
        }
        let margin = 0.02 * (right - left)
        range = (left - margin)...(right + margin)
    }

    /// The ``grain`` of sorted data. It is sought only where values are repeated, since any two values have a common
    /// step.
    private static func grain(_ sorted: [Double]) -> Double? {
        guard let first = sorted.first, let last = sorted.last, last > first else { return nil }
        let length = last - first, least = max(1e-9 * length, 8 * max(abs(first), abs(last)).ulp)
        let gaps = zip(sorted, sorted.dropFirst()).map { $1 - $0 }.filter { $0 > least }
        guard let gap = gaps.min(), 2 * (gaps.count + 1) <= sorted.count, length / gap < 5000 else { return nil }
        let grain = length / (length / gap).rounded()
        return sorted.allSatisfy { abs(($0 - first) / grain - (($0 - first) / grain).rounded()) < 1e-3 } ? grain : nil
    }

    /// At most 65 536 of the finite values, sorted.
    private static func sample(_ data: [Double]) -> [Double] {
        ScatterData.sample(data.count, most: 65_536).lazy.map { data[$0] }.filter(\.isFinite)
            .map { min(max($0, -farthest), farthest) }.sorted()
    }
}
