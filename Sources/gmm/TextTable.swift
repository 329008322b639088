import GMMFiles

/// Rows of text in columns, for a terminal.
enum TextTable {
    /// Every cell, its control characters written out, padded to the width of its column, three spaces between columns,
    /// a newline after every row.
    ///
    /// - Parameter numeric: the columns that are aligned to the right.
    static func aligned(_ rows: [[String]], numeric: Set<Int>) -> String {
        let rows = rows.map { $0.map(\.showingControls) }
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                line += (column == 0 ? "" : "   ") + (numeric.contains(column) ? padding + cell : cell + padding)
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}
