import GaussianMixtures

/// The course of a training as CSV, one row per recorded step:
/// `step,loss,weight_1..K,mean_1..K,standard_deviation_1..K`, every number with the digits that give it back exactly.
public enum HistoryCSV {
    /// Writes the steps to `path`, whole or not at all. Without any step there is only `step,loss`.
    ///
    /// - Parameter steps: mixtures of one number K of components.
    /// - Throws: ``FileError``; ``FileError/malformed(path:location:reason:)`` if K changes on the way.
    public static func write(
        _ steps: some Sequence<(step: Int, loss: Double, mixture: GaussianMixture)>, to path: String
    ) throws(FileError) {
        try AtomicFile.write(to: path) { file throws(FileError) in
            var components: Int?
            for (step, loss, mixture) in steps {
                if components == nil { try file.append(header(mixture.components).utf8) }
                guard components ?? mixture.components == mixture.components else {
                    throw .malformed(
                        path: path, location: .field("step \(step)"),
                        reason: "the mixture has \(mixture.components) components, the first has \(components ?? 0); write them to two files")
                }
                components = mixture.components
                var row = "\(step),\(loss)"
                for values in [mixture.weights, mixture.means, mixture.standardDeviations] {
                    for value in values { row += ",\(value)" }
                }
                try file.append((row + "\n").utf8)
            }
            if components == nil { try file.append(header(0).utf8) }
        }
    }

    private static func header(_ components: Int) -> String {
        let names = ["weight", "mean", "standard_deviation"].flatMap { name in (0..<components).map { "\(name)_\($0 + 1)" } }
        return (["step", "loss"] + names).joined(separator: ",") + "\n"
    }
}
