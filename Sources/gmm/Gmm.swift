import ArgumentParser
import Foundation
import GMMFiles

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
        // Writing beyond `ulimit -f` then fails with a message instead of ending the program.
        signal(SIGXFSZ, SIG_IGN)
        TemporaryFiles.removeOnSignals()
        // The user set these variables for the OpenMP of other programs, and some values, such as a stack larger than
        // memory, would end this one. OpenMP reads them when it starts its first threads.
        for name in ProcessInfo.processInfo.environment.keys
        where ["OMP_", "KMP_", "GOMP_"].contains(where: name.hasPrefix) { unsetenv(name) }
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            end(Failure(error))
        }
    }

    private static func end(_ failure: Failure) {
        if failure.exitCode == EXIT_SUCCESS {
            // What ArgumentParser throws for --help and --version is an answer, not a failure.
            do throws(Failure) {
                return try StandardOutput.write(failure.message + "\n")
            } catch {
                return end(error)
            }
        }
        StandardError.say(failure.message)
        Foundation.exit(failure.exitCode)
    }
}
