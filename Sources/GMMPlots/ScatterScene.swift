import Foundation
import GaussianMixtures

/// What the pictures of several features share, before any renderer: an axis, a histogram and a marginal for each, and
/// the points.
///
/// Two features whose ranges differ by no more than three times have one scale, so that angles and the ellipses' shapes
/// are true. Whether they are measured in the same unit is not known, but a reader assumes it where ranges are alike.
/// Each feature of a matrix has its own scale, since all panels have the same size.
struct ScatterScene {
    /// Where the axes of a picture go, in em of their labels.
    struct Frame {
        let width: Double
        let height: Double
        /// Whether it is one of several side by side.
        var isPanel = false
    }

    let data: ScatterData
    let axes: [Axis]
    let histograms: [Histogram]
    let marginals: [Marginal]
    /// Whether a unit of the data is as long upwards as across.
    let hasOneScale: Bool
    /// How many points lie outside the picture.
    let outside: Int

    /// The scene for a mixture of all features, of which those of `data` are drawn.
    ///
    /// - Throws: ``PlotError/nothingToDraw(reason:)`` if there is no finite row, or none has weight.
    init(_ mixture: GaussianMixture, data: ScatterData, frame: Frame = Frame(width: 34, height: 27)) throws(PlotError) {
        self.data = data
        let marginals = (0..<data.shown).map { Marginal(mixture, feature: $0) }
        var views: [View] = []
        for d in 0..<data.shown {
            views.append(try View(data: data.columns[d], weights: data.weights, mixture: marginals[d]))
        }
        let lengths = views.map { $0.range.upperBound - $0.range.lowerBound }
        hasOneScale = lengths.count == 2 && lengths[0] <= 3 * lengths[1] && lengths[1] <= 3 * lengths[0]
        var (width, height) = (frame.width, frame.height)
        if hasOneScale {
            (width, height) = (
                min(width, height * (lengths[0] / lengths[1])), min(height, width * (lengths[1] / lengths[0]))
            )
        }
        // In a matrix a feature has a horizontal and a vertical axis of the same length.
        axes = data.features[..<data.shown].enumerated().map { d, name in
            let isHorizontal = d == 0 || frame.isPanel
            let room = LabelRoom(
                length: isHorizontal ? width : height, isHorizontal: isHorizontal, isBounded: frame.isPanel)
            return Axis.linear(views[d].range, name: name, room: room)
        }
        // A panel has fewer pixels, so its bins may be wider.
        histograms = marginals.indices.map { d in
            Histogram(
                data.columns[d], weights: data.weights, view: views[d], mixture: marginals[d],
                resolution: frame.isPanel ? 1000 : 4000)
        }
        self.marginals = marginals
        let axes = axes
        outside = data.points.count { point in
            axes.indices.contains { !(axes[$0].lower...axes[$0].upper ~= axes[$0].coordinate(point[$0])) }
        }
    }

    /// The most probable component of each point; nil if it cannot be computed.
    func labels(_ mixture: GaussianMixture, of points: [[Double]]? = nil) -> [Int?] {
        let points = points ?? data.points
        return (try? mixture.predict(points, threads: 1)) ?? points.map { _ in nil }
    }

    /// The ellipse at so many standard deviations about the mean of component `k`, of its marginal on two features, in
    /// coordinates of the axes.
    func ellipse(
        _ projection: Projection, component k: Int, _ i: Int, _ j: Int, radius: Double
    ) -> [(x: Double, y: Double)] {
        let (mean, deviations) = (projection.means[k], projection.deviations[k])
        let correlation = projection.correlation(component: k, i, j),
            rest = (1 - correlation * correlation).squareRoot()
        return (0...72).map { step in
            let angle = Double(step) / 72 * 2 * .pi
            let (u, v) = (radius * cos(angle), radius * sin(angle))
            return (
                axes[i].coordinate(mean[i] + deviations[i] * u),
                axes[j].coordinate(mean[j] + deviations[j] * (correlation * u + rest * v))
            )
        }
    }

    /// Points of component `k`'s marginal curve along feature `d`, or of the sum's if `k` is nil. x is a coordinate of
    /// the axis, and y a density.
    func curve(_ d: Int, component k: Int?) -> [(x: Double, y: Double)] {
        let (axis, marginal) = (axes[d], marginals[d].widened(to: histograms[d].leastDeviation))
        let components = k.map { [$0] } ?? Array(0..<marginal.components), low = axis.value(axis.lower),
            high = axis.value(axis.upper)
        var places = (0...160).map { low + (high - low) * (Double($0) / 160) }
        for k in components {
            for step in 0...24 {
                let place = marginal.means[k] + marginal.standardDeviations[k] * (Double(step) / 24 * 9 - 4.5)
                if place > low && place < high { places.append(place) }
            }
        }
        return places.sorted().map { place in
            (
                axis.coordinate(place),
                k.map { marginal.density(component: $0, at: place) } ?? marginal.density(at: place)
            )
        }
    }
}
