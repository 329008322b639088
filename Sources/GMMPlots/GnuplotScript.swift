/// The text of a gnuplot script, put together so that no label can end a string or begin a command.
struct GnuplotScript {
    private(set) var text = ""

    /// A script for one terminal. Text is taken as it is: without `noenhanced`, an underscore in a column's name would
    /// start a subscript.
    init(terminal: String) {
        line("set encoding utf8")
        line("set terminal \(terminal) noenhanced background '#ffffff'")
        line("set output '\(Gnuplot.output)'")
        line("set border 3 linecolor rgb '\(Palette.frame)'")
        line("set tics nomirror out textcolor rgb '\(Palette.frame)'")
    }

    mutating func line(_ command: String) { text += command + "\n" }

    /// Sets ends, tics and, with `hasText`, the title of the axis `name`, x or y. The title has one line or two.
    mutating func axis(_ name: String, _ axis: Axis, hasText: Bool = true, inTwoLines: Bool = false) {
        line("set \(name)range [\(LabelText.exact(axis.lower)):\(LabelText.exact(axis.upper))] noextend")
        let isSplit = inTwoLines && !axis.scale.isEmpty
        let title =
            isSplit
            ? "\(GnuplotScript.quoted(axis.name)).\"\\n\".\(GnuplotScript.quoted(axis.scale))"
            : GnuplotScript.quoted(axis.title)
        // gnuplot leaves room for only one line to the left of the tics.
        let offset = isSplit && name == "y" ? "offset -2,0 " : ""
        line(hasText ? "set \(name)label \(title) \(offset)textcolor rgb '\(Palette.sum)'" : "unset \(name)label")
        let tics = axis.tics.map {
            "\(GnuplotScript.quoted(hasText ? $0.label : "")) \(LabelText.exact($0.coordinate))"
        }
        line("set \(name)tics nomirror (\(tics.joined(separator: ", ")))")
    }

    /// Writes the bars of a histogram under the name `$name`, and returns the elements that plot them. White lines
    /// separate bars that are wide enough.
    mutating func bars(_ name: String, _ histogram: Histogram, _ axis: Axis, height: (Double) -> Double) -> [String] {
        let bars = histogram.bars(axis), wide = (axis.upper - axis.lower) / 200
        block(name, bars.map { [($0.left + $0.right) / 2, height($0.density), $0.right - $0.left] })
        let styles = [
            (">=", "border linecolor rgb '#ffffff'", bars.contains { $0.right - $0.left >= wide }),
            ("<", "border linecolor rgb '\(Palette.histogram)'", bars.contains { $0.right - $0.left < wide }),
        ]
        return styles.filter(\.2).map { comparison, border, _ in
            "$\(name) using 1:($3 \(comparison) \(LabelText.exact(wide)) ? $2 : NaN):3 with boxes fillstyle solid 1 \(border) "
                + "linecolor rgb '\(Palette.histogram)' notitle"
        }
    }

    /// Data under the name `$name`, one line per row.
    mutating func block(_ name: String, _ rows: some Sequence<[Double]>) {
        line("$\(name) << EOD")
        for row in rows { line(row.map(LabelText.exact).joined(separator: " ")) }
        line("EOD")
    }

    /// A curve under the name `$name`.
    mutating func block(_ name: String, _ curve: [(x: Double, y: Double)]) {
        block(name, curve.lazy.map { [$0.x, $0.y] })
    }

    /// How the line of component `k` is dashed: lines are solid until the colours start again.
    static func dash(_ k: Int) -> String {
        ["", " dashtype (10,8)", " dashtype (2,6)", " dashtype (10,6,2,6)"][Palette.cycle(k) % 4]
    }

    mutating func plot(_ elements: [String]) { line("plot " + elements.joined(separator: ", \\\n    ")) }

    /// `text` as a string of gnuplot. In single quotes only the quote itself and the end of a line have a meaning.
    ///
    /// The apostrophe is drawn as ’ and not doubled, because gnuplot 5.4 takes `''` after an opening quote for an empty
    /// string and the rest for commands.
    static func quoted(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
            if scalar == "'" { return "’" }
            return scalar.properties.generalCategory == .control ? " " : scalar
        }
        return "'" + String(String.UnicodeScalarView(scalars)) + "'"
    }
}
