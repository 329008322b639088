import GaussianMixtures

/// The course of a training as CSV, one row per recorded step, every number with the digits that give it back exactly.
///
/// The columns are `step`, `loss`, `weight_1` … `weight_K`, then `mean_1_height`, `mean_1_age` … for each component and
/// feature, `standard_deviation_1_height` … for the same, and the entries of matrices below the diagonal,
/// `covariance_1_age_height` …. A name has no component where all share the value (tied), and no feature where the
/// value stands for all features (spherical) or there is only one.
public enum HistoryCSV {
    /// Writes the steps to `path`, whole or not at all. Without any step there is only `step,loss`.
    ///
    /// - Parameters:
    ///   - steps: mixtures of one dimension and covariance type. The first has the most components. Where a later one
    ///     lacks a component, its cells are empty.
    ///   - features: the names of the D dimensions.
    /// - Throws: ``FileError``; ``FileError/malformed(path:location:reason:)`` if the mixtures do not go with the first
    ///   or with the features.
    public static func write(
        _ steps: some Sequence<(step: Int, loss: Double, mixture: GaussianMixture)>, features: [String], to path: String
    ) throws(FileError) {
        try AtomicFile.write(to: path) { file throws(FileError) in
            var first: MixtureShape?
            for (step, loss, mixture) in steps {
                let shape = mixture.shape
                func fault(_ reason: String) -> FileError {
                    .malformed(path: path, location: .field("step \(step)"), reason: reason)
                }
                guard shape.dimension == features.count else {
                    throw fault(
                        "the mixture has \(shape.dimension) features and \(features.count) are named; name each")
                }
                if first == nil {
                    try file.append((header(shape, features).map(field).joined(separator: ",") + "\n").utf8)
                }
                let columns = first ?? shape
                first = columns
                guard shape.components <= columns.components, shape.covariance == columns.covariance else {
                    throw fault(
                        "the mixture has \(shape.components) components with \(shape.covariance) covariances, the first "
                            + "\(columns.components) with \(columns.covariance) ones; write them to two files")
                }
                var row = "\(step),\(loss)"
                for values in cells(mixture) {
                    for value in values.values { row += ",\(value)" }
                    if !values.isShared {
                        row += String(
                            repeating: ",",
                            count: (columns.components - shape.components) * values.values.count / shape.components)
                    }
                }
                try file.append((row + "\n").utf8)
            }
            if first == nil { try file.append("step,loss\n".utf8) }
        }
    }

    /// The numbers of a row in groups. A group has equally many numbers for every component, or is shared by all.
    private static func cells(_ mixture: GaussianMixture) -> [(values: [Double], isShared: Bool)] {
        let shape = mixture.shape, isShared = shape.covariance == .tied
        let deviations =
            switch shape.covariance {
            case .full, .diagonal: mixture.standardDeviations
            case .tied: [mixture.standardDeviations[0]]
            case .spherical: mixture.standardDeviations.map { [$0[0]] }
            }
        let matrices: [[[Double]]] =
            switch shape.covariance {
            case .full: (0..<shape.components).map { mixture.covariance($0) }
            case .tied: [mixture.covariance(0)]
            case .diagonal, .spherical: []
            }
        return [
            (mixture.weights, false), (Array(mixture.means.joined()), false), (Array(deviations.joined()), isShared),
            (matrices.flatMap { matrix in matrix.indices.flatMap { matrix[$0][..<$0] } }, isShared),
        ]
    }

    private static func header(_ shape: MixtureShape, _ features: [String]) -> [String] {
        let components = (1...shape.components).map { "_\($0)" }, owners = shape.covariance == .tied ? [""] : components
        let features = features.count == 1 ? [""] : features.map { "_" + $0 }
        func names(_ quantity: String, _ owners: [String], _ features: [String]) -> [String] {
            owners.flatMap { owner in features.map { quantity + owner + $0 } }
        }
        let hasMatrices = shape.covariance == .full || shape.covariance == .tied
        let pairs = hasMatrices ? features.indices.flatMap { row in features[..<row].map { features[row] + $0 } } : []
        return ["step", "loss"] + names("weight", components, [""]) + names("mean", components, features)
            + names("standard_deviation", owners, shape.covariance == .spherical ? [""] : features)
            + names("covariance", owners, pairs)
    }

    /// A name as CSV holds it.
    private static func field(_ name: String) -> String {
        guard name.contains(where: { ",;\"\t".contains($0) || $0.isNewline }) || name.first == " " || name.last == " "
        else { return name }
        return "\"" + name.replacing("\"", with: "\"\"") + "\""
    }
}
