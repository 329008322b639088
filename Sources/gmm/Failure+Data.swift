import Foundation
import GaussianMixtures

extension Failure {
    /// A fit's error with the name of the file that its data came from, and rows counted from 1 as in a file.
    init(_ error: MixtureError, data path: String, values: [some KernelScalar]) {
        let name = path == "-" ? "standard input" : path
        let text =
            switch error {
            case .outOfReach(let row):
                "datum \(row + 1) of \(values.count), \(values[row]), lies so far from every component that its log-density overflows. "
                    + "Remove the outlier, rescale the data, or, if they are float32, save them as float64."
            default: error.description
            }
        self.init(error.exitCode == EX_DATAERR ? "\(name): \(text)" : text, exitCode: error.exitCode)
    }
}
