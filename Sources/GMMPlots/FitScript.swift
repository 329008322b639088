import Foundation

/// gnuplot's scripts for a fit, still and moving.
enum FitScript {
    /// With more components than this the legend does not list them, since nobody could read it.
    static let legible = 8

    /// How long the axis of the data is beside the legend, in em of its labels.
    static func length(_ mixture: Marginal) -> Double {
        let columns = mixture.components <= legible ? table(mixture)[0].count : 14
        return (1600 - 290 - 14.5 * Double(columns)) / 29.3
    }

    /// The length of that axis in the animation.
    static let animationLength = 36.0

    static func picture(_ mixture: Marginal, scene: FitScene) -> String {
        var script = GnuplotScript(terminal: "pngcairo size 1600,1000 font 'Sans,22' rounded")
        var elements = frame(&script, scene)
        script.line("set title \(GnuplotScript.quoted(headline(mixture, scene))) offset 0,0.3")
        // The table's columns line up only in a monospaced font.
        script.line("set key outside right top vertical Left reverse samplen 2 spacing 1.35 font 'Monospace,18'")
        script.block("sum", scene.sum(mixture, .fine))
        // The sum lies beneath and is wider, so that a component that coincides with it can still be seen.
        elements.append(curve("sum", width: 8, color: Palette.sum) + " notitle")
        var legend = [dataLegend, curve(nil, width: 8, color: Palette.sum) + " title 'sum'"]
        for k in 0..<mixture.components {
            script.block("component\(k)", scene.curve(mixture, component: k, .fine))
            elements.append(
                "$component\(k) with filledcurves y1=0 fillcolor rgb '#e0\(Palette.color(k).dropFirst())' notitle")
            elements.append(curve("component\(k)", width: 4, component: k) + " notitle")
        }
        if mixture.components <= legible {
            let rows = table(mixture)
            legend.append("NaN with lines linecolor rgb '#ffffff' title \(GnuplotScript.quoted(rows[0]))")
            legend += (0..<mixture.components).map { k in
                curve(nil, width: 4, component: k) + " title \(GnuplotScript.quoted(rows[k + 1]))"
            }
        } else {
            legend.append(curve(nil, width: 4, component: 0) + " title '\(mixture.components) components'")
        }
        script.plot(elements + legend)
        return script.text
    }

    static func animation(_ frames: [TrainingFrame], scene: FitScene) -> String {
        // About 8 seconds in all, in hundredths of a second. Browsers show less than 2 as 10.
        let delay = min(max(800 / max(frames.count, 1), 3), 50)
        var script = GnuplotScript(terminal: "gif animate delay \(delay) loop 0 size 800,500 font 'Sans,11' rounded")
        let bars = frame(&script, scene)
        script.line("set key outside right top vertical Left reverse samplen 2 spacing 1.2")
        script.line("set tmargin 3.2")
        // Every frame lists all components, even those that were pruned, since the axes would move otherwise.
        let components = frames.reduce(0) { max($0, $1.mixture.components) }
        var legend = [dataLegend, curve(nil, width: 4, color: Palette.sum) + " title 'sum'"]
        if components <= legible {
            legend += (0..<components).map {
                curve(nil, width: 2, color: Palette.undashed($0)) + " title 'component \($0 + 1)'"
            }
        } else {
            legend.append(curve(nil, width: 2, color: Palette.color(0)) + " title '\(components) components'")
        }
        for (index, frame) in frames.enumerated() {
            let mixture = Marginal(frame.mixture)
            let title = "step \(frame.step)      loss \(LabelText.fixedLoss(frame.loss))"
            // A centred title would wander with its length.
            script.line("set label 1 \(GnuplotScript.quoted(title)) at graph 0, graph 1.07 left font 'Sans,13' front")
            let sum = "frame\(index)_sum"
            script.block(sum, scene.sum(mixture, .coarse))
            // All halos lie beneath all lines, since a component's halo would hide the sum beside it.
            var halos = [halo(sum, width: 6, Palette.sum)]
            var lines = [curve(sum, width: 4, color: Palette.sum) + " notitle"]
            for k in 0..<mixture.components {
                let name = "frame\(index)_\(k)"
                script.block(name, scene.curve(mixture, component: k, .coarse))
                halos.append(halo(name, width: 4, Palette.undashed(k)))
                lines.append(curve(name, width: 2, color: Palette.undashed(k)) + " notitle")
            }
            script.plot(bars + halos + lines + legend)
        }
        script.line("unset output")
        return script.text
    }

    /// Axes and histogram; returns the elements that plot the bars.
    private static func frame(_ script: inout GnuplotScript, _ scene: FitScene) -> [String] {
        script.axis("x", scene.x)
        script.axis("y", scene.y)
        return script.bars("bins", scene.histogram, scene.x, height: scene.y.coordinate)
    }

    private static let dataLegend = "NaN with boxes fillstyle solid 1 linecolor rgb '\(Palette.histogram)' title 'data'"

    /// A line through the data block of that name, or without a name its place in the legend.
    private static func curve(_ block: String?, width: Int, color: String) -> String {
        "\(block.map { "$" + $0 } ?? "NaN") with lines linewidth \(width) linecolor rgb '\(color)'"
    }

    private static func curve(_ block: String?, width: Int, component k: Int) -> String {
        curve(block, width: width, color: Palette.color(k)) + GnuplotScript.dash(k)
    }

    /// gnuplot's gif terminal does not smooth lines. A wider line beneath, in a lighter colour, hides the steps.
    private static func halo(_ block: String, width: Int, _ color: String) -> String {
        curve(block, width: width, color: Palette.tint(color, 0.35)) + " notitle"
    }

    /// A heading and a line for each component, the columns right-aligned.
    private static func table(_ mixture: Marginal) -> [String] {
        let columns = [
            ("weight", mixture.weights.map { LabelText.rounded($0) }),
            ("mean", zip(mixture.means, mixture.standardDeviations).map { LabelText.mean($0, deviation: $1) }),
            ("sd", mixture.standardDeviations.map { LabelText.rounded($0) }),
        ].map(LabelText.column)
        return (0...mixture.components).map { row in columns.map { $0[row] }.joined(separator: "  ") }
    }

    private static func headline(_ mixture: Marginal, _ scene: FitScene) -> String {
        let count = scene.view.count
        let plural = mixture.components == 1 ? "component" : "components"
        let left = scene.view.outside
        return "\(mixture.components) \(plural), \(count) \(count == 1 ? "value" : "values")"
            + (left == 0 ? "" : " (\(left) outside the picture)")
            + (scene.histogram.isCut ? ", the highest bars cut off" : "")
    }
}
