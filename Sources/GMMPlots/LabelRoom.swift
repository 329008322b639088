/// How much room an axis has for the text along it. Lengths are in em, the size of the text's font.
///
/// No renderer tells how wide it will draw a text, so widths are those of DejaVu Sans, which is wider than most.
struct LabelRoom: Equatable {
    /// The length of the axis.
    let length: Double
    /// Whether labels stand side by side, below a picture, or above each other, at its left.
    let isHorizontal: Bool
    /// Whether another axis begins where this one ends, so that no label may reach beyond an end; the scale then has a
    /// line of its own.
    var isBounded = false

    /// The tics whose labels do not reach beyond the ends of a bounded axis.
    func kept(_ tics: [Axis.Tic], _ lower: Double, _ upper: Double) -> [Axis.Tic] {
        guard isBounded else { return tics }
        return tics.filter { tic in
            let half = extent(tic.label) / 2, place = (tic.coordinate - lower) / (upper - lower) * length
            return place >= half && place <= length - half
        }
    }

    /// Whether no label of these tics, which ascend, comes too close to the next.
    func holds(_ tics: [Axis.Tic], _ lower: Double, _ upper: Double) -> Bool {
        zip(tics, tics.dropFirst()).allSatisfy { a, b in
            (b.coordinate - a.coordinate) / (upper - lower) * length >= (extent(a.label) + extent(b.label)) / 2 + 0.9
        }
    }

    /// An axis' name in one line, cut to what goes beside its scale along the axis.
    func shortened(_ name: String, besides scale: String) -> String {
        let space = max(length - (isBounded || scale.isEmpty ? 0 : LabelRoom.width(scale) + 0.4), 4)
        let line = FitScene.shortened(name)
        guard LabelRoom.width(line) > space else { return line }
        var (kept, width) = ("", LabelRoom.width("…"))
        for character in line {
            width += LabelRoom.width(String(character))
            if width > space { break }
            kept.append(character)
        }
        return kept + "…"
    }

    private func extent(_ label: String) -> Double { isHorizontal ? LabelRoom.width(label) : 1.2 }

    static func width(_ text: String) -> Double {
        text.unicodeScalars.reduce(0) { sum, scalar in
            switch scalar {
            case "0"..."9": sum + 0.64
            case ".", ",", " ", "·", "i", "l": sum + 0.32
            case "−", "×", "m", "w", "M", "W": sum + 0.9
            case "⁰"..."⁹", "⁻", "²", "³", "¹": sum + 0.42
            // East Asian scripts and pictures are about square.
            case "\u{1100}"..."\u{FFFF}", "\u{10000}"...: sum + 1
            default: sum + 0.65
            }
        }
    }
}
