import GMMFiles

/// Why a picture could not be made. The text of each case says what to do about it.
public enum PlotError: Error, Equatable {
    /// No `gnuplot` is on the search path.
    case gnuplotMissing
    /// gnuplot ran and gave no picture; `output` holds the last lines that it wrote.
    case gnuplotFailed(status: Int32, output: String)
    /// The picture cannot be written. One that was there before is still there.
    case file(FileError)
    /// There is nothing that a picture could show, such as data without a finite value.
    case nothingToDraw(reason: String)

    /// The exit status that sysexits(3) gives this failure: 69 a program is missing, the file's own, 74 any other.
    public var exitCode: Int32 {
        switch self {
        case .file(let error): error.exitCode
        case .gnuplotMissing: 69
        case .gnuplotFailed, .nothingToDraw: 74
        }
    }
}

extension PlotError: CustomStringConvertible {
    /// The failure and the remedy, for a person to read.
    public var description: String {
        switch self {
        case .gnuplotMissing:
            "gnuplot, which draws the pictures, is not on PATH; install it with "
                + "`apt-get install gnuplot-nox`, `dnf install gnuplot` or `brew install gnuplot`"
        case .gnuplotFailed(let status, let output):
            "gnuplot failed with status \(status)" + (output.isEmpty ? "" : ":\n\(output)")
        case .file(let error):
            error.description
        case .nothingToDraw(let reason):
            "there is nothing to draw: \(reason)"
        }
    }
}
