import ArgumentParser
import GaussianMixtures

/// Where `gmm fit` starts.
struct StartOptions: ParsableArguments {
    enum Start: String, CaseIterable, ExpressibleByArgument {
        case kMeans = "kmeans"
        case kMeansPlusPlus = "kmeans++"
        case random
        case randomFromData = "random-from-data"
        case standardNormal = "standard-normal"
    }

    enum Search: String, CaseIterable, ExpressibleByArgument {
        case automatic, none, exhaustive
    }

    @Option(name: .customLong("init"), help: "How a start is made (default: kmeans).")
    var start: Start?

    @Option(
        help: ArgumentHelp(
            "Start from a model that was written by --output, of the same shape and features.", valueName: "model.json")
    )
    var warmStart: String?

    @Option(
        help: """
            How far the best maximum is looked for: automatic leaves a maximum by moves that merge and split components, until none leads higher, and comes \
            again from other starts; exhaustive tries much more; none takes the first maximum (default: automatic, and none with --restarts).
            """)
    var search: Search?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            """
            How many starts to try, without moves; more contain the fewer. The lowest loss is kept, of those that end with every component above the variance floor, with \
            data and unlike the others, or of all if none does.
            """, valueName: "R"))
    var restarts = 1

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Carry only the best restarts on after so many steps; --keep says how many.", valueName: "N"))
    var shortRuns: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How many restarts short runs carry on (default: 1).", valueName: "M"))
    var keep: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Of the random starts: the same seed gives the same result.", valueName: "S"))
    var seed: UInt64 = 0

    func validate() throws {
        if warmStart != nil {
            for case (let option, true) in [("--init", start != nil), ("--restarts", restarts > 1)] {
                throw ValidationError(
                    "--warm-start is one start, and \(option) asks for others; leave one of the two out.")
            }
        }
        if let search, search != .none {
            for case (let option, true) in [("--restarts", restarts > 1), ("--warm-start", warmStart != nil)] {
                throw ValidationError(
                    "--search \(search.rawValue) makes its own starts, and \(option) gives others; leave one of the two out."
                )
            }
        }
        if let keep, shortRuns == nil {
            throw ValidationError("--keep \(keep) is of short runs; add --short-runs, such as --short-runs 10.")
        }
        guard shortRuns == nil || restarts > 1 else {
            throw ValidationError("--short-runs chooses among restarts; add them, such as --restarts 32.")
        }
    }

    var initialisation: Initialisation {
        switch start ?? .kMeans {
        case .kMeans: .kMeans
        case .kMeansPlusPlus: .kMeansPlusPlus
        case .random: .random
        case .randomFromData: .randomFromData
        case .standardNormal: .standardNormal
        }
    }

    var strategy: SearchStrategy {
        switch search {
        case .automatic: .automatic
        case .exhaustive: .exhaustive
        case nil where restarts == 1: .automatic
        case .some(.none), nil: .restarts(restarts)
        }
    }

    var selection: ShortRuns? { shortRuns.map { ShortRuns(iterations: $0, kept: keep ?? 1) } }

    /// The most steps that all restarts make together, if each makes at most `iterations`.
    func mostSteps(iterations: Int) -> Int {
        guard let selection else { return restarts * iterations }
        return restarts * min(selection.iterations, iterations) + selection.kept * iterations
    }
}
