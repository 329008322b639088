import Foundation
import GaussianMixtures

extension Plots {
    /// A self-contained HTML page that plays the training: the fit, the loss curve and the parameters, step by step.
    ///
    /// It loads nothing, so it works from a disk, in a mail or on any server. Play, pause, scrub, step and speed have
    /// buttons and keys. The page follows the reader's light or dark scheme, and starts paused for readers who prefer
    /// reduced motion. gnuplot is not needed.
    ///
    /// - Parameters:
    ///   - frames: What to show, in order. All are shown: choose every n-th step so that there are 100 to 200. The loss
    ///     curve has one point a frame.
    ///   - data: N ≥ 1 values, in the mixtures' unit. The page holds the histogram, not the data.
    ///   - weights: One for each datum; nil, the default, if all are 1.
    ///   - label: The name of the data's axis, taken literally and cut to 60 characters.
    ///   - title: The page's title and heading, taken literally.
    ///   - url: The file to write or replace. Its folder must exist.
    /// - Throws: ``PlotError``.
    public static func trainingPage(
        frames: [TrainingFrame], data: [Double], weights: [Double]? = nil, label: String = "x",
        title: String = "Training of a Gaussian mixture",
        to url: URL
    ) throws(PlotError) {
        try Destination.check(url)
        try Destination.put(
            Array(TrainingPage.html(frames: frames, data: data, weights: weights, label: label, title: title).utf8),
            at: url)
    }
}

extension Plots {
    /// The page of a mixture of two features: moving ellipses over some of the data, the loss curve and the parameters.
    ///
    /// - Parameters:
    ///   - frames: What to show, in order, as for one feature.
    ///   - data: Of two features. The page holds at most 500 rows.
    ///   - title: The page's title and heading, taken literally.
    ///   - url: The file to write or replace. Its folder must exist.
    /// - Throws: ``PlotError``.
    public static func scatterPage(
        frames: [TrainingFrame], data: ScatterData, title: String = "Training of a Gaussian mixture", to url: URL
    ) throws(PlotError) {
        try Destination.check(url)
        try Destination.put(Array(TrainingPage.html(frames: frames, data: data, title: title).utf8), at: url)
    }
}

/// The page's text: a template, a style and a program (the files in Page/), and the data as JSON.
enum TrainingPage {
    static func html(
        frames: [TrainingFrame], data: [Double], weights: [Double]? = nil, label: String, title: String
    ) throws(PlotError) -> String {
        let marginals = frames.map { Marginal($0.mixture) }
        let fit = try FitScene(data: data, weights: weights, mixtures: marginals, label: label, length: 60)
        let loss = try LossScene(steps: frames.map(\.step), losses: frames.map(\.loss))
        let scene = PageScene(
            fit: PageAxes(fit.x, fit.y), loss: PageAxes(loss.x, loss.y),
            bins: fit.histogram.bars(fit.x).map { [$0.left, $0.right, fit.y.coordinate($0.density)] },
            points: nil, hasOneScale: false, leastDeviation: fit.histogram.leastDeviation, palette: Palette.components,
            values: fit.view.count,
            outside: fit.view.outside,
            frames: zip(frames, marginals).map { frame, mixture in
                PageFrame(
                    frame, loss, means: mixture.means, deviations: mixture.standardDeviations, labels: nil,
                    ellipses: nil)
            })
        return page(scene, title: title)
    }

    static func html(frames: [TrainingFrame], data: ScatterData, title: String) throws(PlotError) -> String {
        guard let last = frames.last else { throw .nothingToDraw(reason: "there is no mixture") }
        let fit = try ScatterScene(last.mixture, data: data, frame: ScatterScene.Frame(width: 60, height: 33))
        let loss = try LossScene(steps: frames.map(\.step), losses: frames.map(\.loss))
        let (x, y) = (fit.axes[0], fit.axes[1]), interval = max(1, (data.points.count + 499) / 500)
        let points = stride(from: 0, to: data.points.count, by: interval).map { data.points[$0] }
        let scene = PageScene(
            fit: PageAxes(x, y), loss: PageAxes(loss.x, loss.y), bins: [],
            points: points.map { [x.coordinate($0[0]), y.coordinate($0[1])] }, hasOneScale: fit.hasOneScale,
            leastDeviation: 0,
            palette: Palette.components, values: data.rows, outside: fit.outside,
            frames: frames.map { frame in
                let mixture = frame.mixture, projection = Projection(mixture, shown: 2)
                return PageFrame(
                    frame, loss, means: projection.means, deviations: projection.deviations,
                    labels: fit.labels(mixture, of: points).map { $0 ?? -1 },
                    // Centre and the two half axes that span it, at one standard deviation: m + u cos t + v sin t.
                    ellipses: (0..<mixture.components).map { k in
                        let correlation = projection.correlation(component: k, 0, 1), mean = projection.means[k]
                        // The length is bounded, so that an ellipse far larger than the picture can be drawn.
                        func length(_ d: Int) -> Double {
                            let axis = fit.axes[d]
                            return min(projection.deviations[k][d] / axis.unit, 50 * (axis.upper - axis.lower))
                        }
                        return [
                            x.coordinate(mean[0]), y.coordinate(mean[1]), length(0), length(1) * correlation,
                            length(1) * (1 - correlation * correlation).squareRoot(),
                        ]
                    })
            })
        return page(scene, title: title)
    }

    private static func page(_ scene: PageScene<some Encodable>, title: String) -> String {
        filled(
            text(PackageResources.page_html),
            [
                "title": escaped(title), "style": text(PackageResources.page_css),
                "script": text(PackageResources.page_js),
                "data": json(scene), "histogram": Palette.histogram, "sum": Palette.sum, "first": Palette.color(0),
                "second": Palette.color(1), "bright": Palette.color(5),
            ])
    }

    /// The template with each {{name}} replaced. It is searched once, so that inserted text is not replaced again.
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
    private static func json(_ scene: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // Every number in a scene is finite, so encoding cannot fail.
        return text([UInt8]((try? encoder.encode(scene)) ?? Data())).replacing("<", with: "\\u003c")
    }
}

/// What page.js reads. Parameters of a component are a number each in one dimension, an array of two in two.
private struct PageScene<Parameter: Encodable>: Encodable {
    let fit, loss: PageAxes
    /// Left edge, right edge and height of each bin that is not empty, in coordinates; none in two dimensions.
    let bins: [[Double]]
    /// In coordinates; absent in one dimension.
    let points: [[Double]]?
    /// Whether the units of the data are as long upwards as across.
    let hasOneScale: Bool
    /// Curves are drawn no narrower, in the unit of the data.
    let leastDeviation: Double
    let palette: [String]
    let values, outside: Int
    let frames: [PageFrame<Parameter>]
}

private struct PageFrame<Parameter: Encodable>: Encodable {
    let step: Int
    /// Absent if it is not finite.
    let loss: Double?
    /// Of the loss on its axes, in coordinates; absent if the loss has none.
    let place: [Double]?
    let weights: [Double]
    let means, deviations: [Parameter]
    /// The component of each point, −1 if there is none to say, and each component's ellipse, in coordinates: in two
    /// dimensions.
    let labels: [Int]?
    let ellipses: [[Double]]?

    init(
        _ frame: TrainingFrame, _ scene: LossScene, means: [Parameter], deviations: [Parameter], labels: [Int]?,
        ellipses: [[Double]]?
    ) {
        step = frame.step
        loss = frame.loss.isFinite ? frame.loss : nil
        place = scene.place(step: frame.step, loss: frame.loss)
        weights = frame.mixture.weights
        (self.means, self.deviations, self.labels, self.ellipses) = (means, deviations, labels, ellipses)
    }
}

private struct PageAxes: Encodable {
    struct Scale: Encodable {
        let lower, upper, offset, unit: Double
        let tics: [Axis.Tic]
        let title: String

        init(_ axis: Axis) {
            (lower, upper, offset, unit) = (axis.lower, axis.upper, axis.offset, axis.unit)
            (tics, title) = (axis.tics, axis.title)
        }
    }

    let x, y: Scale

    init(_ x: Axis, _ y: Axis) { (self.x, self.y) = (Scale(x), Scale(y)) }
}
