import Foundation
import Testing

@testable import gmm

@Suite struct InfoTests {
    @Test func versionIsOne() throws {
        #expect(try gmm("--version").output == "\(version)\n")
        #expect(try gmm("info").output.contains("version   \(version)\n"))
    }

    @Test(arguments: ["baseline", "reference"])
    func theActiveKernelIsMarked(kernel: String) throws {
        let output = try gmm("info", environment: ["GMM_KERNEL": kernel]).output
        #expect(output.contains("\(kernel) (active)"))
        #expect(output.components(separatedBy: "(active)").count == 2)
        #expect(output.contains("baseline") && output.contains("reference"))
    }

    @Test func threading() throws {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        #expect(
            try gmm("info").output.firstMatch(of: /threads   (\d+), one a core, run by (OpenMP|Dispatch)\n/).map {
                Int($0.1)
            } == cores)
    }

    @Test(arguments: [["--help"], ["fit", "--help"], ["demo", "--help"], ["info", "--help"], ["help", "fit"], []])
    func help(arguments: [String]) throws {
        let outcome = try Command.run(arguments)
        #expect(outcome.status == 0 && outcome.errors == "")
        #expect(outcome.output.hasPrefix("OVERVIEW: ") && outcome.output.contains("USAGE: gmm"))
    }

    @Test func defaultsAreInTheHelp() throws {
        let help = try gmm("fit", "--help").output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        for (option, value) in [
            ("--method", "em"), ("--learning-rate", "0.05"), ("--iterations", "1000"), ("--tolerance", "1e-08"),
            ("--restarts", "1"),
            ("--seed", "0"), ("--weight-concentration", "1.0"), ("--threads", "one a core"), ("--covariance", "full"),
            ("--variance-floor", "1e-06"),
            ("--prior", "none"), ("--collapse", "hold"), ("--init", "kmeans"), ("--batch", "all"), ("--keep", "1"),
        ] {
            let text = help.components(separatedBy: " \(option) <").dropFirst().first?.components(separatedBy: " --")
                .first
            #expect(text?.contains("default: \(value))") == true, "\(option)")
        }
    }
}
