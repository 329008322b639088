import Foundation
import GaussianMixtures

/// What the pictures of several features share, before any renderer: an axis, a histogram and a marginal for each, and the points.
struct ScatterScene {
    let data: ScatterData
    let axes: [Axis]
    let histograms: [Histogram]
    let marginals: [Marginal]
    /// How many points lie outside the picture.
    let outside: Int

    /// The scene for a mixture of all features, of which those of `data` are drawn.
    ///
    /// - Parameters:
    ///   - tics: about how many an axis has; nil for one that has a picture to itself. In panels side by side, labels at the ends would meet.
    ///   - labelLength: the most characters of a feature's name.
    /// - Throws: ``PlotError/nothingToDraw(reason:)`` if there is no finite row, or none has weight.
    init(_ mixture: GaussianMixture, data: ScatterData, tics: Double? = nil, labelLength: Int = 60) throws(PlotError) {
        self.data = data
        marginals = (0..<data.shown).map { Marginal(mixture, feature: $0) }
        var (axes, histograms): ([Axis], [Histogram]) = ([], [])
        for d in 0..<data.shown {
            let view = try View(data: data.columns[d], weights: data.weights, mixture: marginals[d])
            let axis = Axis.linear(view.range, title: FitScene.shortened(data.features[d], to: labelLength), tics: tics ?? 7)
            axes.append(tics == nil ? axis : axis.withoutTicsAtEnds)
            histograms.append(Histogram(data.columns[d], weights: data.weights, view: view))
        }
        self.axes = axes
        self.histograms = histograms
        outside = data.points.count { point in
            axes.indices.contains { !(axes[$0].lower...axes[$0].upper ~= axes[$0].coordinate(point[$0])) }
        }
    }

    /// For each point the component that most likely made it, nil if none can be said to.
    func labels(_ mixture: GaussianMixture, of points: [[Double]]? = nil) -> [Int?] {
        let points = points ?? data.points
        return (try? mixture.predict(points, threads: 1)) ?? points.map { _ in nil }
    }

    /// The ellipse at so many standard deviations about the mean of component `k`, of its marginal on two features, in coordinates of the axes.
    func ellipse(_ projection: Projection, component k: Int, _ i: Int, _ j: Int, radius: Double) -> [(x: Double, y: Double)] {
        let (mean, deviations) = (projection.means[k], projection.deviations[k])
        let correlation = projection.correlation(component: k, i, j), rest = (1 - correlation * correlation).squareRoot()
        return (0...72).map { step in
            let angle = Double(step) / 72 * 2 * .pi
            let (u, v) = (radius * cos(angle), radius * sin(angle))
            return (axes[i].coordinate(mean[i] + deviations[i] * u), axes[j].coordinate(mean[j] + deviations[j] * (correlation * u + rest * v)))
        }
    }

    /// Points of component `k`'s marginal curve along feature `d`, or of the sum's, and the highest that the histogram is: in coordinates of
    /// the axis across and in the unit of a density upwards.
    func curve(_ d: Int, component k: Int?) -> [(x: Double, y: Double)] {
        let (axis, marginal) = (axes[d], marginals[d])
        let components = k.map { [$0] } ?? Array(0..<marginal.components), low = axis.value(axis.lower), high = axis.value(axis.upper)
        var places = (0...160).map { low + (high - low) * (Double($0) / 160) }
        for k in components {
            for step in 0...24 {
                let place = marginal.means[k] + marginal.standardDeviations[k] * (Double(step) / 24 * 9 - 4.5)
                if place > low && place < high { places.append(place) }
            }
        }
        return places.sorted().map { place in
            (axis.coordinate(place), k.map { marginal.density(component: $0, at: place) } ?? marginal.density(at: place))
        }
    }
}
