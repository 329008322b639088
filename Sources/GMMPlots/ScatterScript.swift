import Foundation
import GaussianMixtures

/// gnuplot's scripts for mixtures of several features: one scatter plot for two, still or moving, and a matrix of them
/// for more.
enum ScatterScript {
    // MARK: Two features

    /// Where the axes are beside the legend.
    static func frame(_ mixture: GaussianMixture) -> ScatterScene.Frame {
        let columns =
            mixture.components <= FitScript.legible ? max(table(mixture)[0].count, notes[0].count) : notes[0].count
        return ScatterScene.Frame(width: (1600 - 290 - 14.5 * Double(columns)) / 29.3, height: 27)
    }

    /// Where the axes are in the animation.
    static let animationFrame = ScatterScene.Frame(width: 47, height: 33)

    static func picture(_ mixture: GaussianMixture, scene: ScatterScene) -> String {
        var script = GnuplotScript(terminal: "pngcairo size 1600,1000 font 'Sans,22' rounded")
        axes(&script, scene)
        script.line("set title \(GnuplotScript.quoted(headline(mixture, scene))) offset 0,0.3")
        script.line("set key outside right top vertical Left reverse samplen 2 spacing 1.35 font 'Monospace,18'")
        script.block("points", points(mixture, scene, alpha: 0x60))
        var elements = [dots(1, 2, of: 2, size: scene.data.points.count > 600 ? 0.9 : 1.5)]
        elements += ellipses(&script, Projection(mixture, shown: 2), scene, 0, 1, width: 4, halo: "#50ffffff")
        // A number on each mean tells components apart without their colours.
        script.block("means", means(mixture, scene))
        elements.append("$means using 1:2 with points pointtype 7 pointsize 4.2 linecolor rgb '#ffffff'")
        elements.append("$means using 1:2:4 with points pointtype 6 pointsize 4.2 linewidth 3 linecolor rgb variable")
        elements.append(
            "$means using 1:2:(sprintf('%d', $3)) with labels font 'Sans Bold,18' textcolor rgb '\(Palette.sum)'")
        script.plot(elements.map { $0 + " notitle" } + legend(mixture, scene))
        return script.text
    }

    static func animation(_ frames: [TrainingFrame], scene: ScatterScene) -> String {
        // About 8 seconds in all, in hundredths of a second. Browsers show less than 2 as 10.
        let delay = min(max(800 / max(frames.count, 1), 3), 50)
        var script = GnuplotScript(terminal: "gif animate delay \(delay) loop 0 size 800,600 font 'Sans,11' rounded")
        axes(&script, scene)
        script.line("set tmargin 3.2")
        for (index, frame) in frames.enumerated() {
            let title = "step \(frame.step)      loss \(LabelText.fixedLoss(frame.loss))"
            // A centred title would wander with its length.
            script.line("set label 1 \(GnuplotScript.quoted(title)) at graph 0, graph 1.05 left font 'Sans,13' front")
            let prefix = "frame\(index)_"
            script.block(prefix + "points", points(frame.mixture, scene, alpha: nil))
            script.block(prefix + "means", means(frame.mixture, scene, Palette.undashed))
            var elements = [
                dots(1, 2, of: 2, size: scene.data.points.count > 600 ? 0.4 : 0.7, block: prefix + "points")
            ]
            elements += ellipses(
                &script, Projection(frame.mixture, shown: 2), scene, 0, 1, width: 2, halo: nil, prefix: prefix)
            elements.append("$\(prefix)means using 1:2 with points pointtype 7 pointsize 2.2 linecolor rgb '#ffffff'")
            elements.append("$\(prefix)means using 1:2:4 with points pointtype 7 pointsize 1.6 linecolor rgb variable")
            script.plot(elements.map { $0 + " notitle" })
        }
        script.line("unset output")
        return script.text
    }

    // MARK: More

    /// Histograms with marginal densities on the diagonal, scatter plots below it, and the legend above it.
    static func matrix(_ mixture: GaussianMixture, scene: ScatterScene) -> String {
        let count = scene.data.shown, projection = Projection(mixture, shown: count),
            layout = MatrixLayout(features: count)
        var script = GnuplotScript(terminal: "pngcairo size 1600,1600 font 'Sans,\(layout.points)' rounded")
        script.line("unset key")
        script.block("points", points(mixture, scene, alpha: 0x70))
        script.block(
            "means", mixture.means.map { mean in scene.axes.indices.map { scene.axes[$0].coordinate(mean[$0]) } })
        matrixLegend(&script, mixture, scene, layout)
        script.line("set multiplot")
        for row in 0..<count {
            for column in 0...row {
                let (x, y) = layout.corner(row, column)
                for (name, value) in [
                    ("lmargin", x), ("rmargin", x + layout.side), ("bmargin", y), ("tmargin", y + layout.side),
                ] {
                    script.line("set \(name) at screen \(LabelText.exact(value))")
                }
                script.axis("x", scene.axes[column], hasText: row == count - 1, inTwoLines: true)
                if row == column {
                    diagonal(&script, scene, row)
                } else {
                    script.axis("y", scene.axes[row], hasText: column == 0, inTwoLines: true)
                    let dots = dots(column + 1, row + 1, of: count, size: scene.data.points.count > 600 ? 0.5 : 0.8)
                    let name = "panel\(column)_\(row)_"
                    let means = "$means using \(column + 1):\(row + 1) with points pointtype 7"
                    script.plot(
                        [dots]
                            + ellipses(
                                &script, projection, scene, column, row, width: 2.5, halo: "#50ffffff", prefix: name)
                            + [
                                means + " pointsize 1.5 linecolor rgb '#ffffff'",
                                means + " pointsize 0.9 linecolor rgb '\(Palette.sum)'",
                            ])
                }
                script.line("unset label")
            }
        }
        script.line("unset multiplot")
        return script.text
    }

    private static func diagonal(_ script: inout GnuplotScript, _ scene: ScatterScene, _ d: Int) {
        let (axis, histogram, marginal) = (scene.axes[d], scene.histograms[d], scene.marginals[d])
        let highest = histogram.height
        let sum = scene.curve(d, component: nil), top = max(highest, min(sum.map(\.y).max() ?? highest, 2 * highest))
        // The axis of the density is not drawn, so curves may be divided by their top.
        func scaled(_ curve: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
            curve.map { ($0.x, min($0.y / top, 2)) }
        }
        script.line("set yrange [0:1.06] noextend; unset ylabel; unset ytics; set border 1")
        var elements = script.bars("bins\(d)", histogram, axis) { min($0 / top, 2) }
        script.block("sum\(d)", scaled(sum))
        elements.append("$sum\(d) with lines linewidth 5 linecolor rgb '\(Palette.sum)'")
        for k in 0..<marginal.components {
            script.block("curve\(d)_\(k)", scaled(scene.curve(d, component: k)))
            elements.append(
                "$curve\(d)_\(k) with lines linewidth 2.5 linecolor rgb '\(Palette.color(k))'\(GnuplotScript.dash(k))")
        }
        script.plot(elements)
        script.line("set border 3")
    }

    // MARK: Parts

    private static func axes(_ script: inout GnuplotScript, _ scene: ScatterScene) {
        script.axis("x", scene.axes[0])
        script.axis("y", scene.axes[1])
        // The coordinates' units may differ where the data's do not.
        if scene.hasOneScale {
            script.line("set size ratio -\(LabelText.exact(scene.axes[1].unit / scene.axes[0].unit))")
        }
    }

    /// Each point's coordinates on all axes that are drawn, its mark and its colour. Without a transparency the colour
    /// is a tint, for a GIF.
    private static func points(_ mixture: GaussianMixture, _ scene: ScatterScene, alpha: Int?) -> [[Double]] {
        zip(scene.data.points, scene.labels(mixture)).map { point, label in
            let color = label.map(alpha == nil ? Palette.undashed : Palette.color) ?? Palette.frame
            return scene.axes.indices.map { scene.axes[$0].coordinate(point[$0]) }
                + [
                    Double(mark(label ?? 0)),
                    number(alpha == nil ? Palette.tint(color, 0.55) : color, alpha: alpha ?? 0),
                ]
        }
    }

    private static func dots(_ x: Int, _ y: Int, of count: Int, size: Double, block: String = "points") -> String {
        "$\(block) using \(x):\(y):\(count + 1):\(count + 2) with points pointtype variable pointsize \(size) linecolor rgb variable"
    }

    /// Means in coordinates, the component's number from 1 and its colour.
    private static func means(
        _ mixture: GaussianMixture, _ scene: ScatterScene, _ color: (Int) -> String = Palette.color
    ) -> [[Double]] {
        (0..<mixture.components).map { k in
            (0..<2).map { scene.axes[$0].coordinate(mixture.means[k][$0]) } + [Double(k + 1), number(color(k))]
        }
    }

    /// Ellipses of one and two standard deviations for each component, with halos beneath all lines. If the halos have
    /// no colour of their own they are a tint of the line's, which smooths lines in a GIF, where gnuplot does not.
    private static func ellipses(
        _ script: inout GnuplotScript, _ projection: Projection, _ scene: ScatterScene, _ i: Int, _ j: Int,
        width: Double, halo: String?,
        prefix: String = ""
    ) -> [String] {
        var (halos, lines): ([String], [String]) = ([], [])
        for k in projection.means.indices {
            for radius in 1...2 {
                let name = "\(prefix)ellipse\(k)_\(radius)", width = radius == 1 ? width : width * 0.7
                script.block(name, scene.ellipse(projection, component: k, i, j, radius: Double(radius)))
                let color = halo == nil ? Palette.undashed(k) : Palette.color(k),
                    beneath = halo ?? Palette.tint(color, 0.35)
                halos.append("$\(name) with lines linewidth \(width * 1.8) linecolor rgb '\(beneath)'")
                lines.append(
                    "$\(name) with lines linewidth \(width) linecolor rgb '\(color)'\(halo == nil ? "" : GnuplotScript.dash(k))"
                )
            }
        }
        return halos + lines
    }

    /// The mark of a point: a circle until the colours start again.
    private static func mark(_ k: Int) -> Int { [7, 9, 5, 11][Palette.cycle(k) % 4] }

    /// A colour as gnuplot reads it from data: 0xAARRGGBB, A the transparency.
    private static func number(_ color: String, alpha: Int = 0) -> Double {
        Double(alpha << 24 | (Int(color.dropFirst(), radix: 16) ?? 0))
    }

    // MARK: Text

    /// What a legend says below the components.
    private static let notes = [
        "points: most probable", "        component", "ellipses: 1 and 2 sd", "x and y differ in scale",
    ]

    private static func legend(_ mixture: GaussianMixture, _ scene: ScatterScene) -> [String] {
        let blank = "NaN with lines linecolor rgb '#ffffff' title "
        let notes = (scene.hasOneScale ? Self.notes.dropLast() : Self.notes[...]).map { "\(blank)'\($0)'" }
        guard mixture.components <= FitScript.legible else {
            return ["\(blank)'\(mixture.components) components'"] + notes
        }
        let rows = table(mixture).map(GnuplotScript.quoted)
        let dots = (0..<mixture.components).map {
            "NaN with points pointtype \(mark($0)) pointsize 2.5 linecolor rgb '\(Palette.color($0))' title \(rows[$0 + 1])"
        }
        return [blank + rows[0]] + dots + [blank + "' '"] + notes
    }

    /// A heading and a line for each component, the columns right-aligned.
    private static func table(_ mixture: GaussianMixture) -> [String] {
        let deviations = mixture.standardDeviations
        let means = (0..<2).map { d in
            (
                "mean \(d == 0 ? "x" : "y")",
                mixture.means.indices.map { LabelText.mean(mixture.means[$0][d], deviation: deviations[$0][d]) }
            )
        }
        let columns = ([("weight", mixture.weights.map { LabelText.rounded($0) })] + means).map(LabelText.column)
        return (0...mixture.components).map { row in columns.map { $0[row] }.joined(separator: "  ") }
    }

    /// The legend stands to the right of the diagonal, far enough that the panels beneath stay free.
    private static func matrixLegend(
        _ script: inout GnuplotScript, _ mixture: GaussianMixture, _ scene: ScatterScene, _ layout: MatrixLayout
    ) {
        let isLegible = mixture.components <= FitScript.legible, lines = (isLegible ? mixture.components : 0) + 5
        let across = min(max((Double(lines) * 0.024 / layout.step).rounded(.up), 1), Double(scene.data.shown) - 1)
        var (index, y) = (1, 0.93)
        let x = layout.left + across * layout.step + 0.03
        func add(_ text: String, at x: Double, _ y: Double, _ style: String = "") {
            let place = "at screen \(LabelText.exact(x)), screen \(LabelText.exact(y)) left"
            script.line("set label \(index) \(GnuplotScript.quoted(text)) \(place) \(style)")
            index += 1
        }
        add(headline(mixture, scene), at: layout.left, 0.972, "font ',22'")
        if isLegible {
            for k in 0..<mixture.components {
                add(
                    "component \(k + 1), weight \(LabelText.rounded(mixture.weights[k]))", at: x, y,
                    "point pointtype \(mark(k)) pointsize 2.2 linecolor rgb '\(Palette.color(k))' offset 1.2,0")
                y -= 0.024
            }
        }
        let notes = [
            "points: most probable component", "ellipses: 1 and 2 standard deviations about the mean",
            "black curves: the sum of the components",
            "each feature has its own scale",
        ]
        for text in notes {
            y -= text.hasPrefix("points") ? 0.008 : 0
            add(text, at: x, y, "textcolor rgb '\(Palette.frame)' offset 1.2,0")
            y -= 0.024
        }
    }

    private static func headline(_ mixture: GaussianMixture, _ scene: ScatterScene) -> String {
        let (rows, points, features) = (scene.data.rows, scene.data.points.count, scene.data.features.count)
        return
            "\(mixture.components) component\(mixture.components == 1 ? "" : "s"), \(rows) row\(rows == 1 ? "" : "s")"
            + (points < rows ? ", \(points) of them drawn" : "")
            + (features > scene.data.shown ? ", the first \(scene.data.shown) of \(features) features" : "")
            + (scene.outside == 0 ? "" : " (\(scene.outside) outside the picture)")
    }
}

/// Where the panels of a matrix of so many features are, in parts of the picture's side, which is 1600 pixels.
struct MatrixLayout {
    let features: Int
    /// The room for tics, labels and titles is at the left, below, and for the heading above.
    let left = 0.105
    private let bottom = 0.085, top = 0.945, gap = 0.014

    /// The size of the text.
    var points: Int { features > 4 ? 16 : 19 }

    /// The length of a panel's sides, and from one to the next.
    var side: Double { (min(0.985 - left, top - bottom) - gap * Double(features - 1)) / Double(features) }
    var step: Double { side + gap }

    /// The lower left corner of a panel.
    func corner(_ row: Int, _ column: Int) -> (x: Double, y: Double) {
        (left + step * Double(column), top - side - step * Double(row))
    }

    /// A panel, in em: a point is 4/3 pixels.
    var frame: ScatterScene.Frame {
        ScatterScene.Frame(width: side * 1200 / Double(points), height: side * 1200 / Double(points), isPanel: true)
    }
}
