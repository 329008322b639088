import Foundation

/// The data as a density: bins of one width, whose areas sum to the share of the data that the view shows (1 when it shows all).
struct Histogram: Equatable {
    /// The lower edge of the first bin, and the width of each.
    let start: Double
    let width: Double
    let densities: [Double]

    /// Bins of the width that Freedman and Diaconis found (1981), 2·IQR·n^(−1/3), between 10 and 200 of them. Where half of the data are
    /// one value that rule has nothing to say and Sturges' is used.
    ///
    /// - Parameter weights: one for each datum; nil if all are 1.
    init(_ data: [Double], weights: [Double]? = nil, view: View) {
        // Values so close together that bins between them could not be seen count as one, or their width might underflow.
        let isConstant = view.data.upperBound - view.data.lowerBound < 1e-6 * (view.range.upperBound - view.range.lowerBound)
        let half = view.range.upperBound / 2 - view.range.lowerBound / 2
        let span = isConstant ? (view.data.lowerBound - half)...(view.data.lowerBound + half) : view.data
        let length = span.upperBound - span.lowerBound
        let n = Double(view.count)
        let rule = view.interquartileRange > 0 ? length / (2 * view.interquartileRange / cbrt(n)) : log2(n) + 1
        // An odd number puts a constant at the centre of a bin.
        let bins = isConstant ? 41 : Int(min(max(rule.rounded(.up), 10), 200))
        start = span.lowerBound
        width = length / Double(bins)
        var masses = [Double](repeating: 0, count: bins)
        let perUnit = Double(bins) / length
        for (i, datum) in data.enumerated() where datum >= span.lowerBound && datum <= span.upperBound {
            masses[min(Int((datum - start) * perUnit), bins - 1)] += weights?[i] ?? 1
        }
        let area = view.weight * width
        densities = masses.map { $0 / area }
    }
}
