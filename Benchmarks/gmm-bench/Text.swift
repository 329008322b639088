import ArgumentParser
import Foundation
import GMMFiles
import GaussianMixtures

func fixed(_ x: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", x) }

/// To three significant digits or whole.
func short(_ x: Double) -> String { fixed(x, x >= 100 ? 0 : x >= 10 ? 1 : x >= 1 ? 2 : 3) }

/// Cells in columns of these widths, aligned to the right, or to the left where the width is negative.
func row(_ cells: [String], _ widths: [Int]) -> String {
    zip(cells, widths).map { cell, width in
        let space = String(repeating: " ", count: max(0, abs(width) - cell.count))
        return width < 0 ? cell + space : space + cell
    }.joined(separator: "  ")
}

/// A list on the command line.
struct CommaSeparated<Element: ExpressibleByArgument & Sendable>: ExpressibleByArgument, Sendable {
    let elements: [Element]

    init?(argument: String) {
        let parts = argument.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        elements = parts.compactMap { Element(argument: $0) }
        guard !elements.isEmpty, elements.count == parts.count else { return nil }
    }

    var defaultValueDescription: String { elements.map(\.defaultValueDescription).joined(separator: ",") }
}

/// Refuses options, by name, that count something and are below 1.
func checkPositive(_ options: KeyValuePairs<String, Int>) throws {
    for (name, value) in options where value < 1 {
        throw ValidationError("--\(name) is \(value); give a whole number, 1 or more.")
    }
}

extension NumericTable.Precision: ExpressibleByArgument {}
extension CovarianceType: ExpressibleByArgument {}

/// Prints at once, also into a pipe.
func say(_ text: String = "") {
    print(text)
    fflush(nil)
}

func geometricMean(_ numbers: [Double]) -> Double { exp(numbers.reduce(0) { $0 + log($1) } / Double(numbers.count)) }

func writeJSON(_ value: some Encodable, to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(value) + Data("\n".utf8), to: path)
}

/// `--json`.
struct JSONOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Write all numbers to a file, as JSON.", valueName: "FILE"))
    var json: String?

    func validate() throws { if let json { try OutputCheck.check(json) } }

    func write(_ value: some Encodable) throws { if let json { try writeJSON(value, to: json) } }
}
