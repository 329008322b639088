import Foundation

/// The colours of every picture, defined here alone.
///
/// The components' are from Okabe and Ito, "Color Universal Design" (2008), which people with any of the common colour
/// vision deficiencies can tell apart. Their yellow is left out because it vanishes on white, and their black because
/// the sum has it. When the colours start again, lines are dashed, or darker where the renderer cannot dash.
enum Palette {
    static let components = ["#0072b2", "#d55e00", "#009e73", "#e69f00", "#cc79a7", "#56b4e9"]
    static let sum = "#222222"
    static let histogram = "#d8dbe0"
    static let frame = "#555555"

    /// The colour of component `k`, as #rrggbb.
    static func color(_ k: Int) -> String { components[k % components.count] }

    /// How many times the colours have been used up before component `k`.
    static func cycle(_ k: Int) -> Int { k / components.count }

    /// The colour of component `k` in a GIF, where gnuplot cannot dash: darker each time that the colours start again.
    static func undashed(_ k: Int) -> String {
        let share = pow(0.55, Double(cycle(k)))
        return channels(color(k)) { $0 * share }
    }

    /// `color` laid thinly over white: the share `amount`, in 0...1, of the colour remains.
    static func tint(_ color: String, _ amount: Double) -> String { channels(color) { 255 - (255 - $0) * amount } }

    /// `color` with another value, in 0...255, in each of its three channels.
    private static func channels(_ color: String, _ changed: (Double) -> Double) -> String {
        let value = Int(color.dropFirst(), radix: 16) ?? 0
        return [16, 8, 0].reduce(into: "#") { text, shift in
            let mixed = String(Int(changed(Double((value >> shift) & 255)).rounded()), radix: 16)
            text += mixed.count < 2 ? "0" + mixed : mixed
        }
    }
}
