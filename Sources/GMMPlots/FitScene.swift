import Foundation

/// What the pictures of a fit share: the histogram and the two fixed axes, before any renderer.
struct FitScene {
    let view: View
    let histogram: Histogram
    let x: Axis
    let y: Axis

    /// The scene for `mixtures`, of which the last decides what part of the data's axis is shown.
    ///
    /// The density's axis holds the histogram, the last mixture up to twice the histogram's height, and the others up
    /// to 1.75 times. So a component that collapses on one datum leaves the picture and does not flatten everything
    /// else.
    ///
    /// - Parameter length: of the data's axis in the picture, in em of its labels.
    /// - Throws: ``PlotError/nothingToDraw(reason:)`` if there is no mixture or no finite datum.
    init(
        data: [Double], weights: [Double]? = nil, mixtures: [Marginal], label: String, length: Double = 34
    ) throws(PlotError) {
        guard let last = mixtures.last else { throw .nothingToDraw(reason: "there is no mixture") }
        view = try View(data: data, weights: weights, mixture: last)
        histogram = Histogram(data, weights: weights, view: view, mixture: last)
        x = .linear(view.range, name: label, room: LabelRoom(length: length, isHorizontal: true))
        let highest = histogram.height
        var top = highest
        for (index, mixture) in mixtures.enumerated() {
            let most = highest * (index == mixtures.count - 1 ? 2 : 1.75),
                mixture = mixture.widened(to: histogram.leastDeviation)
            for mean in mixture.means where top < most && view.range.contains(mean) {
                top = max(top, min(mixture.density(at: mean), most))
            }
        }
        y = .linear(0...(min(top, 1e299) * 1.06), name: "density", room: LabelRoom(length: 26, isHorizontal: false))
    }

    /// How densely a curve is sampled: `fine` for 1600 pixels, `coarse` for 800 in an animation, where each point costs
    /// in every frame.
    enum Detail: Int { case coarse = 1, fine = 2 }

    /// Points of component `k`'s curve in coordinates of the axes, from one end of the picture to the other.
    func curve(_ mixture: Marginal, component k: Int, _ detail: Detail) -> [(x: Double, y: Double)] {
        let mixture = mixture.widened(to: histogram.leastDeviation)
        return places(mixture, components: [k], steps: (mixture.components > 8 ? 20 : 56) * detail.rawValue, evenly: 8)
            .map {
                (x.coordinate($0), y.coordinate(mixture.density(component: k, at: $0)))
            }
    }

    /// Points of the sum's curve in coordinates of the axes.
    func sum(_ mixture: Marginal, _ detail: Detail) -> [(x: Double, y: Double)] {
        let mixture = mixture.widened(to: histogram.leastDeviation),
            steps = (mixture.components > 8 ? 6 : 24) * detail.rawValue
        return places(mixture, components: Array(0..<mixture.components), steps: steps, evenly: 120 * detail.rawValue)
            .map {
                (x.coordinate($0), y.coordinate(mixture.density(at: $0)))
            }
    }

    /// Where to take points: evenly, and densely where a component bends, however narrow it is.
    private func places(_ mixture: Marginal, components: [Int], steps: Int, evenly: Int) -> [Double] {
        let (low, high) = (view.range.lowerBound, view.range.upperBound)
        var places = (0...evenly).map { low + (high - low) * (Double($0) / Double(evenly)) }
        for k in components {
            for step in 0...steps {
                let place = mixture.means[k] + mixture.standardDeviations[k] * (Double(step) / Double(steps) * 9 - 4.5)
                if place > low && place < high { places.append(place) }
            }
        }
        return places.sorted()
    }

    /// Any text as a line for a label: control characters become spaces, and all beyond 60 characters is cut off.
    static func shortened(_ text: String, to most: Int = 60) -> String {
        let line = String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? " " : $0 }))
        return line.count > most ? line.prefix(most - 1) + "…" : line
    }

    /// Line and paragraph separators count too, and the marks that turn the direction of text.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
