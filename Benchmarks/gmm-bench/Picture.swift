import Foundation
import GMMFiles
import GMMPlots

struct Curve {
    let name: String
    let points: [(x: Double, y: Double)]
    var isIdeal: Bool

    init(_ name: String, _ points: [(Double, Double)], isIdeal: Bool = false) {
        self.name = name
        self.points = points
        self.isIdeal = isIdeal
    }
}

struct Panel {
    let x, y: String
    var isLogarithmicX = false, isLogarithmicY = false
    var isFromZero = false
    let curves: [Curve]

    init(
        x: String, y: String, isLogarithmic: Bool = false, isLogarithmicX: Bool = false, isFromZero: Bool = false,
        curves: [Curve]
    ) {
        self.x = x
        self.y = y
        self.isLogarithmicX = isLogarithmic || isLogarithmicX
        isLogarithmicY = isLogarithmic
        self.isFromZero = isFromZero
        self.curves = curves.filter { !$0.points.isEmpty }
    }
}

/// Panels beside one another, drawn by gnuplot.
struct Picture {
    let title: String
    let panels: [Panel]

    /// Of Okabe and Ito, as in GMMPlots.
    private static let colors = ["#0072b2", "#d55e00", "#009e73", "#e69f00", "#cc79a7", "#56b4e9"]

    func write(to path: String) throws { try AtomicFile.write(Gnuplot().picture(script), to: path) }

    private var script: String {
        var lines = [
            "set encoding utf8",
            "set terminal pngcairo size \(panels.count * 900),760 font 'Sans,16' rounded noenhanced background '#ffffff'",
            "set output '\(Gnuplot.output)'",
            "set border 3 linecolor rgb '#555555'", "set tics nomirror out textcolor rgb '#555555'",
            "set grid linetype 1 linewidth 1 linecolor rgb '#e4e6ea'",
            "set key below height 1 maxrows 6 samplen 2 font ',13'",
            "set multiplot layout 1,\(panels.count) title \(quoted(title))",
        ]
        for (p, panel) in panels.enumerated() {
            let xs = panel.curves.flatMap { $0.points.map(\.x) }, ys = panel.curves.flatMap { $0.points.map(\.y) }
            lines += [
                "set xlabel \(quoted(panel.x))", "set ylabel \(quoted(panel.y))", "unset logscale", "set autoscale",
            ]
            if panel.isLogarithmicX { lines.append("set logscale x") }
            if let least = ys.min(), let most = ys.max() {
                // Within less than two decades there would be too few tics at powers of ten.
                if panel.isLogarithmicY {
                    lines += [
                        "set logscale y \(most < 100 * least ? 2 : 10)", "set yrange [\(least / 1.1):\(most * 1.1)]",
                    ]
                }
                if panel.isFromZero { lines.append("set yrange [0:\(most * 1.05)]") }
            }
            // A little wider than the data, or rounding would leave out the tics at the ends.
            if let least = xs.min(), let most = xs.max(), panel.isLogarithmicX {
                lines.append("set xrange [\(least / 1.06):\(most * 1.06)]")
            }
            // A tic for each place if they are few, such as thread counts; else tics at round numbers.
            let places = Set(xs).sorted()
            let isFew = places.count <= 8 && places.allSatisfy { $0 < 10_000 && $0 == $0.rounded() }
            lines.append(
                isFew ? "set xtics (\(places.map { "\(Int($0))" }.joined(separator: ", ")))" : "set xtics autofreq")
            lines.append("set format x '\(isFew || !panel.isLogarithmicX ? "%g" : "%.0s%c")'")
            for (c, curve) in panel.curves.enumerated() {
                lines += ["$p\(p)c\(c) << EOD"] + curve.points.map { "\($0.x) \($0.y)" } + ["EOD"]
            }
            lines.append(
                "plot "
                    + panel.curves.enumerated().map { c, curve in
                        let style =
                            curve.isIdeal
                            ? "lines dashtype 2 linewidth 2 linecolor rgb '#222222'"
                            : "linespoints pointtype 7 pointsize 1 linewidth 2.5 dashtype \(c / Self.colors.count + 1) "
                                + "linecolor rgb '\(Self.colors[c % Self.colors.count])'"
                        return "$p\(p)c\(c) with \(style) title \(quoted(curve.name))"
                    }.joined(separator: ", "))
        }
        return lines.joined(separator: "\n") + "\nunset multiplot\n"
    }

    private func quoted(_ text: String) -> String {
        "'" + text.replacing("'", with: "’").replacing("\n", with: " ") + "'"
    }
}
