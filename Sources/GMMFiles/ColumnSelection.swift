/// Which columns of a file to read.
enum ColumnSelection {
    case all
    /// By name or by position from 1 on, in this order.
    case named([String])
    /// The columns of a selection, and behind them the column that holds the rows' weights. ``all`` then means all
    /// other columns.
    indirect case weighted(ColumnSelection, by: String)
}

/// The columns a file has, to be chosen from.
struct ColumnList {
    let path: String
    let names: [String]?
    let count: Int
    /// Whether the first column holds names of rows, which is read only if it is asked for.
    var hasRowNames = false

    /// The positions, from 0, of the selected columns.
    func indices(_ selection: ColumnSelection) throws(FileError) -> [Int] {
        switch selection {
        case .all:
            return Array((hasRowNames ? 1 : 0)..<count)
        case .named(let names):
            var indices: [Int] = []
            for name in names {
                let index = try index(of: name)
                guard !indices.contains(index) else {
                    throw malformed("the column \(quoted(name.utf8)) is asked for twice; ask once")
                }
                indices.append(index)
            }
            guard !indices.isEmpty else { throw malformed("no column is asked for; name at least one. \(description)") }
            return indices
        case .weighted(let selection, let name):
            let weights = try index(of: name)
            var features = try indices(selection)
            if case .all = selection { features.removeAll { $0 == weights } }
            guard !features.contains(weights) else {
                throw malformed(
                    "the column \(quoted(name.utf8)) cannot be data and their weights at once; leave it out of one of the two"
                )
            }
            guard !features.isEmpty else { throw malformed("beside the weights there is no column; give one of data") }
            return features + [weights]
        }
    }

    func index(of name: String) throws(FileError) -> Int {
        let matches = (names ?? []).indices.filter { names?[$0] == name }
        if matches.count > 1 {
            let positions = matches.map { String($0 + 1) }.joined(separator: ", ")
            throw malformed("the columns \(positions) are all named \(quoted(name.utf8)); choose one by its position")
        }
        if let match = matches.first { return match }
        if let position = Int(name), (1...count).contains(position) { return position - 1 }
        throw malformed("there is no column \(quoted(name.utf8)). \(description)")
    }

    private var description: String {
        let limit = 30
        guard let names else { return "There is no header; columns are chosen by position, 1 to \(count)" }
        return "The columns are: " + names.prefix(limit).joined(separator: ", ").showingControls
            + (count > limit ? ", and \(count - limit) more" : "")
    }

    private func malformed(_ reason: String) -> FileError {
        .malformed(path: path, location: nil, reason: reason)
    }
}
