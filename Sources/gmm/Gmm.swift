import ArgumentParser
import Foundation

@main
struct Gmm: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gmm",
        abstract: "Fits Gaussian mixtures to numbers.",
        discussion: """
            See a mixture being learnt, then fit one to a column of your own:

              gmm demo
              gmm fit measurements.csv --components 3
            """,
        version: version,
        subcommands: [Demo.self, FitCommand.self, Info.self])

    static func main() {
        // A reader that leaves early, as head does, must not kill the program before its files are written.
        signal(SIGPIPE, SIG_IGN)
        // What is meant for the OpenMP of other programs, such as stacks larger than can be had, can end this one. It is read with the first threads.
        for name in ProcessInfo.processInfo.environment.keys where ["OMP_", "KMP_", "GOMP_"].contains(where: name.hasPrefix) { unsetenv(name) }
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            let failure = Failure(error)
            guard failure.exitCode != EXIT_SUCCESS else {
                // What ArgumentParser throws for --help and --version is an answer, not a failure.
                try? StandardOutput.write(failure.message + "\n")
                return
            }
            StandardError.write("gmm: \(failure.message)\n")
            Foundation.exit(failure.exitCode)
        }
    }
}
