import ArgumentParser
import Foundation
import GMMFiles

/// Which numbers of DATA `gmm fit` fits.
struct DataOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Which columns, by name or by position from 1 on, separated by commas (default: all, each a feature).",
            valueName: "A,B,…"))
    var columns: String?

    @Option(help: ArgumentHelp("One column, whose name is taken as it is, commas included.", valueName: "NAME"))
    var column: String?

    @Option(help: ArgumentHelp("The column that says how often each row counts; it is no feature.", valueName: "NAME"))
    var weightsColumn: String?

    @Option(help: "To read and fit in float32 or float64 (default: as stored in NPY, float64 from CSV).")
    var precision: NumericTable.Precision?

    @Option(
        help: ArgumentHelp(
            """
            Whether the first row of CSV holds names. auto takes it for data if its chosen cells are numbers, and otherwise for names, says so where \
            the other is likely too, and refuses a cell that is nearly a number, as 12abc.
            """, valueName: "yes|no|auto"))
    var header = NumericTable.Header.auto

    @Option(
        help: ArgumentHelp(
            "Pass over lines of CSV that begin so (default: # above the first row alone).", valueName: "TEXT"))
    var comment: String?

    func validate() throws {
        if column != nil, columns != nil {
            throw ValidationError("--column and --columns name the same thing; give all in --columns.")
        }
        if let columns, chosen?.contains("") == true {
            throw ValidationError(
                "--columns is \"\(columns)\"; give names or positions with a comma between them, as in --columns height,3."
            )
        }
    }

    /// The columns that are asked for, in that order; nil for all.
    var chosen: [String]? {
        if let column { return [column] }
        return columns?.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: [" "]) }
    }
}

extension NumericTable.Precision: ExpressibleByArgument {}
extension NumericTable.Header: ExpressibleByArgument {}
