import Foundation
import Testing

@testable import gmm

@Suite struct ReportTests {
    /// A person reads this, so it is compared as a whole; four digits are the same on every kernel.
    @Test(arguments: ["baseline", "reference", nil])
    func theTable(kernel: String?) throws {
        let outcome = try gmm(
            "fit", "-", "--components", "2", "--weight-concentration", "2", "--restarts", "4", "--threads", "1", "--acceleration", "none",
            input: Samples.csv(Samples.twoGroups, header: "length"), environment: kernel.map { ["GMM_KERNEL": $0] } ?? [:])
        #expect(outcome.status == 0 && outcome.errors == "")
        let lines = outcome.output.components(separatedBy: "\n")
        let table = """
            standard input, column length: 40 values

            component   weight       mean   standard deviation
                    1   0.7381    12.9667               1.9102
                    2   0.2619   -21.0000               0.7071

            log-likelihood   -95.2164
            loss             95.0681 (minus the log posterior, α = 2)
            BIC              208.8771 (smaller is better)
            AIC              200.4327 (smaller is better)
            ICL              208.8771 (smaller is better)
            method           EM
            steps            2, converged
            restarts         4, of which 4 reached the best loss
            """
        #expect(lines.dropLast(2).joined(separator: "\n") == table)
        #expect(lines.dropLast().last?.hasPrefix("kernel           \(kernel ?? "")") == true)
        #expect(lines.dropLast().last?.hasSuffix(", at most 1 thread") == true)
    }

    @Test func notConvergedIsSaidEverywhere() throws {
        let arguments = ["fit", Fixture.csv, "--components", "3", "--iterations", "2"]
        let table = try Command.run(arguments)
        #expect(table.status == 0)
        #expect(table.output.contains("steps            2, not converged: try more --iterations or a larger --tolerance\n"))
        #expect(table.errors == "gmm: warning: not converged after 2 steps; try more --iterations or a larger --tolerance.\n")
        let json = try Command.run(arguments + ["--json"])
        #expect(json.status == 0 && json.errors == table.errors && json.output.contains("\"converged\" : false"))
        let asked = try Command.run(arguments + ["--tolerance", "0"])
        #expect(asked.errors == "" && asked.output.contains("steps            2, all that were asked for\n"))
    }

    @Test func withoutAPriorThereIsNoLoss() throws {
        let input = Samples.csv(Samples.twoGroups)
        #expect(try !gmm("fit", "-", "--components", "2", input: input).output.contains("loss"))
        let adam = try gmm("fit", "-", "--components", "1", "--method", "adam", "--learning-rate", "0.5", input: input)
        #expect(adam.output.contains("method           Adam, learning rate 0.5\n"))
    }

    @Test func columnsOfNumbers() {
        #expect(NumberText.column([0.25, 0.75], resolution: 0.25) == ["0.2500", "0.7500"])
        #expect(NumberText.column([-2, 1234.5], resolution: 1.1) == ["-2.000", "1234.500"])
        #expect(NumberText.column([-1e-9, 5], resolution: 2) == ["0.000", "5.000"])
        #expect(NumberText.column([12345.6, 8000], resolution: 8000) == ["12346", "8000"])
        #expect(NumberText.column([1e25, 1], resolution: 1) == ["1.00000000e+25", "1.00000000e+00"])
        #expect(NumberText.column([1e-20], resolution: 1e-20) == ["1.00000000e-20"])
        #expect(NumberText.column([0, 1], resolution: 0) == ["0.0000", "1.0000"])
    }

    @Test func tablesAreAligned() {
        #expect(TextTable.aligned([["name", "n"], ["α", "10"], ["b"]], numeric: [1]) == "name    n\nα      10\nb\n")
    }
}
