import Foundation
import GaussianMixtures

extension Plots {
    /// A self-contained HTML page that plays the training: the fit, the loss curve and the parameters, step by step.
    ///
    /// It loads nothing, so it works from a disk, in a mail or on any server. Play, pause, scrub, step and speed have buttons and keys; it
    /// follows the reader's light or dark scheme and starts paused for who prefers reduced motion. gnuplot is not needed.
    ///
    /// - Parameters:
    ///   - frames: What to show, in order. All are shown: choose every n-th step so that there are 100 to 200. The loss curve has one point
    ///     a frame.
    ///   - data: N ≥ 1 values, in the mixtures' unit. The page holds the histogram, not the data.
    ///   - weights: One for each datum; nil, the default, if all are 1.
    ///   - label: The name of the data's axis, taken literally and cut to 60 characters.
    ///   - title: The page's title and heading, taken literally.
    ///   - url: The file to write or replace. Its folder must exist.
    /// - Throws: ``PlotError``.
    public static func trainingPage(
        frames: [TrainingFrame], data: [Double], weights: [Double]? = nil, label: String = "x", title: String = "Training of a Gaussian mixture",
        to url: URL
    ) throws(PlotError) {
        try Destination.check(url)
        try Destination.put(Array(TrainingPage.html(frames: frames, data: data, weights: weights, label: label, title: title).utf8), at: url)
    }
}

/// The page's text: a template, a style and a program (the files in Page/), and the data as JSON.
enum TrainingPage {
    static func html(
        frames: [TrainingFrame], data: [Double], weights: [Double]? = nil, label: String, title: String
    ) throws(PlotError) -> String {
        let marginals = frames.map { Marginal($0.mixture) }
        let fit = try FitScene(data: data, weights: weights, mixtures: marginals, label: label)
        let loss = try LossScene(steps: frames.map(\.step), losses: frames.map(\.loss))
        let scene = Scene(
            fit: Scene.Axes(x: Scene.Axis(fit.x), y: Scene.Axis(fit.y)),
            loss: Scene.Axes(x: Scene.Axis(loss.x), y: Scene.Axis(loss.y)),
            bins: fit.histogram.densities.enumerated().map { bin, density in
                let edges = [0, 1].map { fit.x.coordinate(fit.histogram.start + fit.histogram.width * Double(bin + $0)) }
                return [edges[0], edges[1], fit.y.coordinate(density)]
            },
            palette: Palette.components,
            values: fit.view.count,
            outside: fit.view.outside,
            frames: zip(frames, marginals).map { frame, mixture in
                let isFinite = frame.loss.isFinite
                return Scene.Frame(
                    step: frame.step, loss: isFinite ? frame.loss : nil,
                    place: loss.place(step: frame.step, loss: frame.loss),
                    weights: mixture.weights, means: mixture.means, deviations: mixture.standardDeviations)
            })
        return filled(
            text(PackageResources.page_html),
            [
                "title": escaped(title), "style": text(PackageResources.page_css), "script": text(PackageResources.page_js),
                "data": json(scene), "histogram": Palette.histogram, "sum": Palette.sum, "first": Palette.color(0),
                "second": Palette.color(1), "bright": Palette.color(5),
            ])
    }

    /// The template with each {{name}} replaced, once, so that what is put in is never searched.
    private static func filled(_ template: String, _ values: [String: String]) -> String {
        template.split(separator: "{{", omittingEmptySubsequences: false).enumerated().reduce(into: "") { page, part in
            guard part.offset > 0, let end = part.element.range(of: "}}") else { return page += part.element }
            page += values[String(part.element[..<end.lowerBound])] ?? ""
            page += part.element[end.upperBound...]
        }
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func escaped(_ text: String) -> String {
        let entities: [Character: String] = ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;"]
        return text.map { entities[$0] ?? String($0) }.joined()
    }

    /// JSON that cannot end the element it is in: its only "<" are inside strings, and are written as escapes.
    private static func json(_ scene: Scene) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // Every number in a scene is finite, so encoding cannot fail.
        return text([UInt8]((try? encoder.encode(scene)) ?? Data())).replacing("<", with: "\\u003c")
    }

    /// What page.js reads.
    private struct Scene: Encodable {
        struct Axis: Encodable {
            let lower, upper, offset, unit: Double
            let tics: [GMMPlots.Axis.Tic]
            let title: String

            init(_ axis: GMMPlots.Axis) {
                (lower, upper, offset, unit) = (axis.lower, axis.upper, axis.offset, axis.unit)
                (tics, title) = (axis.tics, axis.title)
            }
        }
        struct Axes: Encodable { let x, y: Axis }
        struct Frame: Encodable {
            let step: Int
            /// Absent if it is not finite.
            let loss: Double?
            /// Of the loss on its axes, in coordinates; absent if the loss has none.
            let place: [Double]?
            let weights, means, deviations: [Double]
        }
        let fit, loss: Axes
        /// Left edge, right edge and height of each bin, in coordinates.
        let bins: [[Double]]
        let palette: [String]
        let values, outside: Int
        let frames: [Frame]
    }
}
