import Foundation

/// The data as a density: bins whose areas sum to the share of the data that the view shows (1 when it shows all).
///
/// One width of bins cannot show groups that are far apart, or far narrower than all data: chosen for the whole, it
/// makes one flat bar of a group, far below the peak of a curve that is right. So bins are halved, as often as a
/// component needs, where that component is.
struct Histogram: Equatable {
    /// Ascending, one more than there are bins.
    let edges: [Double]
    let densities: [Double]
    /// The least width of a bin: a picture could not show a narrower one.
    let finest: Double

    /// Between 10 and 200 bins of the width that Freedman and Diaconis found (1981), 2·IQR·n^(−1/3). Where half of the
    /// data are one value, that width is zero and Sturges' rule is used. Then each bin within four standard deviations
    /// of a component is halved until it is as narrow as the rule asks for that component alone, and narrower than its
    /// standard deviation.
    ///
    /// Where data were rounded, bins hold the same number of possible values each, or they would alternate between high
    /// and low.
    ///
    /// - Parameters:
    ///   - weights: one for each datum; nil if all are 1.
    ///   - mixture: what will be drawn over it.
    ///   - resolution: into how many parts a picture can divide the view, and about the most bins there are.
    init(_ data: [Double], weights: [Double]? = nil, view: View, mixture: Marginal, resolution: Double = 4000) {
        let whole = view.range.upperBound - view.range.lowerBound
        // Values too close for visible bins between them count as one value, since the bins' width might underflow.
        let isConstant = view.data.upperBound - view.data.lowerBound < 1e-6 * whole
        let span = isConstant ? (view.data.lowerBound - whole / 2)...(view.data.lowerBound + whole / 2) : view.data
        let length = span.upperBound - span.lowerBound
        finest = max(whole / resolution, 4 * max(abs(span.lowerBound), abs(span.upperBound)).ulp)
        let rule =
            view.interquartileRange > 0
            ? length / (2 * view.interquartileRange / cbrt(Double(view.count))) : log2(Double(view.count)) + 1
        // An odd number puts a constant at the centre of a bin.
        let bins = isConstant ? 41 : Int(min(max(rule.rounded(.up), 10), 200))
        let edges: [Double]
        if isConstant {
            edges = Self.halved(span, bins, [])
        } else {
            let homes = Self.homes(mixture, view, bin: length / Double(bins), finest),
                narrowest = length / Double(bins << Self.most(homes))
            if let grain = view.grain, grain > narrowest / 8 {
                let bin = grain * exp2(max(0, log2(length / Double(bins) / grain).rounded()))
                let count = max(1, ((length + grain) / bin - 1e-6).rounded(.up)), start = span.lowerBound - grain / 2
                edges = Self.halved(
                    start...(start + bin * count), Int(count), Self.homes(mixture, view, bin: bin, finest, grain: grain)
                )
            } else {
                edges = Self.halved(span, bins, homes)
            }
        }
        self.edges = edges
        var masses = [Double](repeating: 0, count: edges.count - 1)
        for (i, datum) in data.enumerated() where datum >= edges[0] && datum <= edges[masses.count] {
            var (low, high) = (0, masses.count)
            while high - low > 1 {
                let middle = (low + high) / 2
                if datum < edges[middle] { high = middle } else { low = middle }
            }
            masses[low] += weights?[i] ?? 1
        }
        densities = masses.indices.map { masses[$0] / (view.weight * (edges[$0 + 1] - edges[$0])) }
    }

    /// The density up to which a picture is drawn: that of the highest bin, but at most 25 times the density below
    /// which a quarter of the data lie. Otherwise a value that many data share would flatten everything else.
    var height: Double {
        let order = densities.indices.sorted { densities[$0] < densities[$1] }
        let masses = order.map { densities[$0] * (edges[$0 + 1] - edges[$0]) }
        var passed = -masses.reduce(0, +) / 4
        let level = zip(order, masses).first { _, mass in
            passed += mass
            return passed > 0
        }
        return min(densities.max() ?? 0, 25 * (level.map { densities[$0.0] } ?? 0))
    }

    /// Whether bars leave the picture.
    var isCut: Bool {
        let height = height
        return densities.contains { $0 > height }
    }

    /// For a renderer: the edges, in coordinates of an axis across, and the density of each bin that is not empty.
    func bars(_ axis: Axis) -> [(left: Double, right: Double, density: Double)] {
        densities.indices.lazy.filter { densities[$0] > 0 }.map {
            (axis.coordinate(edges[$0]), axis.coordinate(edges[$0 + 1]), densities[$0])
        }
    }

    /// The least standard deviation of a drawn component, so that a curve narrower than a pixel is about as high as the
    /// bars beneath it.
    var leastDeviation: Double {
        zip(edges, edges.dropFirst()).reduce(finest / 2) { min($0, 0.4 * ($1.1 - $1.0)) }
    }

    /// Where a component is, and how many times bins must be halved there.
    private typealias Home = (lower: Double, upper: Double, halvings: Int)

    private static func most(_ homes: [Home]) -> Int { homes.reduce(0) { max($0, $1.halvings) } }

    /// The homes of components that need narrower bins than `bin`. A component with fewer than four data is left out,
    /// since bins could not show its shape. One that is wider than the data's grain needs no bins narrower than the
    /// grain.
    private static func homes(
        _ mixture: Marginal, _ view: View, bin: Double, _ finest: Double, grain: Double = 0
    ) -> [Home] {
        let visible = (view.range.upperBound - view.range.lowerBound) / 200
        return (0..<mixture.components).compactMap { k in
            let count = mixture.weights[k] * Double(view.count),
                (mean, deviation) = (mixture.means[k], mixture.standardDeviations[k])
            // Twice the interquartile range of a normal distribution is 2.7 σ.
            let rule = max(2.7 * deviation / cbrt(count), min(visible, deviation / 2))
            let halvings = log2(bin / max(min(rule, 0.7 * deviation), finest, 0.7 * deviation >= grain / 2 ? grain : 0))
                .rounded()
            return count >= 4 && halvings > 0 ? (mean - 4 * deviation, mean + 4 * deviation, Int(halvings)) : nil
        }
    }

    /// The edges of `bins` equal parts of `span`, those in homes halved.
    private static func halved(_ span: ClosedRange<Double>, _ bins: Int, _ homes: [Home]) -> [Double] {
        let length = span.upperBound - span.lowerBound
        func edge(_ place: Double) -> Double { span.lowerBound + length * (place / Double(bins)) }
        let edges = (0..<bins).flatMap { bin in
            let (left, right) = (edge(Double(bin)), edge(Double(bin + 1)))
            let halvings = homes.reduce(0) { $1.lower < right && $1.upper > left ? max($0, $1.halvings) : $0 }
            return (0..<(1 << halvings)).map { edge(Double(bin) + Double($0) / Double(1 << halvings)) }
        }
        return edges + [span.upperBound]
    }
}
