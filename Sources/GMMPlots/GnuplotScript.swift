/// The text of a gnuplot script, put together so that no label can end a string or begin a command.
struct GnuplotScript {
    private(set) var text = ""

    /// A script for one terminal. Text is taken as it is: without `noenhanced`, an underscore in a column's name would start a subscript.
    init(terminal: String) {
        line("set encoding utf8")
        line("set terminal \(terminal) noenhanced background '#ffffff'")
        line("set output '\(Gnuplot.output)'")
        line("set border 3 linecolor rgb '\(Palette.frame)'")
        line("set tics nomirror out textcolor rgb '\(Palette.frame)'")
    }

    mutating func line(_ command: String) { text += command + "\n" }

    /// Ends and tics of the axis `name`, x or y, with or without what is written along it.
    mutating func axis(_ name: String, _ axis: Axis, hasText: Bool = true) {
        line("set \(name)range [\(NumberText.exact(axis.lower)):\(NumberText.exact(axis.upper))] noextend")
        line(hasText ? "set \(name)label \(GnuplotScript.quoted(axis.title)) textcolor rgb '\(Palette.sum)'" : "unset \(name)label")
        let tics = axis.tics.map { "\(GnuplotScript.quoted(hasText ? $0.label : "")) \(NumberText.exact($0.coordinate))" }
        line("set \(name)tics nomirror (\(tics.joined(separator: ", ")))")
    }

    /// Data under the name `$name`, one line per row.
    mutating func block(_ name: String, _ rows: some Sequence<[Double]>) {
        line("$\(name) << EOD")
        for row in rows { line(row.map(NumberText.exact).joined(separator: " ")) }
        line("EOD")
    }

    /// A curve under the name `$name`.
    mutating func block(_ name: String, _ curve: [(x: Double, y: Double)]) {
        block(name, curve.lazy.map { [$0.x, $0.y] })
    }

    mutating func plot(_ elements: [String]) { line("plot " + elements.joined(separator: ", \\\n    ")) }

    /// `text` as a string of gnuplot's: in single quotes nothing means anything but the quote itself and a line's end.
    ///
    /// The apostrophe is drawn as ’ instead of being doubled, because gnuplot 5.4 takes the `''` that follows an opening quote for an empty
    /// string and what comes then for commands.
    static func quoted(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
            if scalar == "'" { return "’" }
            return scalar.properties.generalCategory == .control ? " " : scalar
        }
        return "'" + String(String.UnicodeScalarView(scalars)) + "'"
    }
}
