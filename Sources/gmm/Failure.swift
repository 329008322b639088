import ArgumentParser
import Foundation
import GMMFiles
import GMMPlots
import GaussianMixtures

/// Why the command ends early: one message for a person and an exit status after sysexits(3).
struct Failure: Error {
    let message: String
    let exitCode: Int32

    init(_ message: String, exitCode: Int32) {
        self.message = message
        self.exitCode = exitCode
    }

    /// The failure that any error of this package or of ArgumentParser stands for.
    init(_ error: any Error) {
        switch error {
        case let error as Failure: self = error
        case let error as FileError: self.init(error.description, exitCode: error.exitCode)
        case let error as PlotError: self.init(error.description, exitCode: error.exitCode)
        case let error as MixtureError: self.init(error.description, exitCode: error.exitCode)
        default: self.init(parsing: error)
        }
    }

    /// Takes every step even if others fail, since each output is of use without the others.
    ///
    /// - Throws: ``Failure`` with the messages of all that fail, a line each, and the exit status of the first.
    static func collecting(_ steps: [() throws -> Void]) throws(Failure) {
        var failures: [Failure] = []
        for step in steps {
            do {
                try step()
            } catch {
                let failure = Failure(error)
                // Where gnuplot is missing every picture fails, and the user need read it only once.
                if !failures.contains(where: { $0.message == failure.message }) { failures.append(failure) }
            }
        }
        guard let first = failures.first else { return }
        throw Failure(failures.map(\.message).joined(separator: "\ngmm: "), exitCode: first.exitCode)
    }

    private init(parsing error: any Error) {
        let text = Gmm.fullMessage(for: error)
        switch Gmm.exitCode(for: error) {
        case .success: self.init(text, exitCode: EXIT_SUCCESS)
        case .validationFailure:
            let prefix = "Error: "
            self.init(text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text, exitCode: EX_USAGE)
        default: self.init("\(error)", exitCode: EX_SOFTWARE)
        }
    }
}

extension MixtureError {
    /// 64 where an option is at fault, 71 where the machine is, 65 where the data are.
    var exitCode: Int32 {
        switch self {
        case .invalidOption, .kernelUnavailable: EX_USAGE
        case .outOfMemory: EX_OSERR
        default: EX_DATAERR
        }
    }
}

extension MixtureError {
    /// The error as the command says it: an option by its own name.
    func text(naming flags: [String: String]) -> String {
        guard case .invalidOption(let name, let value, let requirement) = self, let flag = flags[name] else {
            return description
        }
        return "\(flag) is \(value); give \(requirement)."
    }
}
