import Foundation
import GMMFiles
import GaussianMixtures
import Testing

@testable import gmm

@Suite struct ReportTests {
    /// A person reads this, so it is compared as a whole; four digits are the same on every kernel.
    @Test(arguments: ["baseline", "reference", nil])
    func theTable(kernel: String?) throws {
        let outcome = try gmm(
            "fit", "-", "--components", "2", "--weight-concentration", "2", "--restarts", "4", "--threads", "1",
            "--acceleration", "none",
            input: Samples.csv(Samples.twoGroups, header: "length"),
            environment: kernel.map { ["GMM_KERNEL": $0] } ?? [:])
        #expect(outcome.status == 0 && outcome.errors == "")
        let lines = outcome.output.components(separatedBy: "\n")
        let table = """
            standard input, column length: 40 values

            component   weight       mean   standard deviation
                    1   0.2619   -21.0000               0.7071
                    2   0.7381    12.9667               1.9102

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

    @Test func aTimeLimitKeepsWhatWasReached() throws {
        let arguments = [
            "fit", Fixture.csv, "--components", "2", "--method", "adam", "--learning-rate", "1e-6", "--restarts", "50",
            "--iterations", "1000000000", "--time-limit", "0.3", "--threads", "1",
        ]
        let text = try Command.run(arguments)
        #expect(text.status == 0 && text.output.contains("not converged: --time-limit was reached"))
        #expect(text.output.contains("49 not begun before --time-limit"))
        #expect(text.errors.contains("since --time-limit was reached") && text.errors.contains("try --time-limit 3."))
        #expect(!text.errors.contains("failed"), "there is no fault in what there was no time for")
        let json = try Command.run(arguments + ["--json"])
        let document = try JSONDecoder().decode(ModelDocument.self, from: Data(json.output.utf8))
        #expect(json.status == 0 && document.fit?.outcome == .stopped && document.fit?.failedRestarts?.count == 49)
    }

    @Test(arguments: ["-1", "nan", "1e300"])
    func aTimeLimitIsATime(limit: String) throws {
        let outcome = try Command.run(["fit", Fixture.csv, "--components", "2", "--time-limit", limit])
        #expect(
            outcome.status == 64 && outcome.errors.contains("--time-limit is") && outcome.errors.contains("seconds"))
    }

    @Test func notConvergedIsSaidEverywhere() throws {
        let arguments = ["fit", Fixture.csv, "--components", "3", "--iterations", "2"]
        let table = try Command.run(arguments)
        #expect(table.status == 0)
        #expect(table.output.contains("steps            2, not converged: --iterations allows no more\n"))
        let warning =
            /gmm: warning: not converged after 2 steps, since --iterations allows no more; .+; try --iterations 20\.\n/
        #expect(try warning.wholeMatch(in: table.errors) != nil, "\(table.errors)")
        let json = try Command.run(arguments + ["--json"])
        #expect(json.status == 0 && json.errors == table.errors && json.output.contains("\"converged\" : false"))
        let asked = try Command.run(arguments + ["--tolerance", "0"])
        #expect(asked.errors == "" && asked.output.contains("steps            2, all that were asked for\n"))
    }

    /// How far off an end is, in nats per datum and in all.
    @Test func whatIsLeftIsEstimated() throws {
        let arguments = ["fit", Fixture.csv, "--components", "2", "--iterations", "8"]
        let outcome = try Command.run(arguments + ["--json"])
        let left = try #require(
            try JSONDecoder().decode(ModelDocument.self, from: Data(outcome.output.utf8)).fit?.remainingGain)
        let text =
            "; about \(NumberText.rough(left)) nats per datum (\(NumberText.rough(6000 * left)) in all) are estimated to be left; "
        #expect(outcome.errors.contains(text), "\(outcome.errors)")
    }

    /// Who scores data, or asks for the start alone, is not told that it did not converge; and a single row can be
    /// scored.
    @Test func anEvaluationIsNoFailedFit() throws {
        try withTemporaryFolder { folder in
            let model = folder.appending(path: "model.json").path
            let fit = try gmm("fit", "-", "--components", "2", "--output", model, input: Samples.csv(Samples.twoGroups))
            #expect(fit.status == 0)
            for data in [[7.0], [7, 7], Samples.twoGroups] {
                let score = ["fit", "-", "--components", "2", "--warm-start", model, "--iterations", "0"],
                    input = Data(Samples.csv(data).utf8)
                let table = try Command.run(score, input: input)
                #expect(
                    table.status == 0 && table.errors == ""
                        && table.output.contains("steps            0, all that were asked for\n"))
                let scored = try Command.run(score + ["--json"], input: input).model()
                #expect(scored.fit?.count == data.count && scored.fit?.logLikelihood.isFinite == true)
            }
            let start = try gmm(
                "fit", "-", "--components", "2", "--iterations", "0", input: Samples.csv(Samples.twoGroups))
            #expect(start.status == 0 && start.errors == "")
        }
    }

    /// What JSON has, the text has in words, and the other way round.
    @Test func whatWentWrongIsInTheJSON() throws {
        let input = Samples.csv((0..<10).map(Double.init) + (0..<10).map { 2_592_000 + Double($0) })
        let arguments = ["fit", "-", "--components", "2"]
        let table = try Command.run(arguments, input: Data(input.utf8)),
            json = try Command.run(arguments + ["--json"], input: Data(input.utf8))
        #expect(
            table.errors == json.errors && table.errors.contains("component 2 came to the variance floor at step 0"))
        let fit = try #require(try JSONDecoder().decode(ModelDocument.self, from: Data(json.output.utf8)).fit)
        #expect(fit.outcome == .converged && fit.totalWeight == 20 && fit.bestRestart == 0 && fit.failedRestarts == [])
        #expect(fit.events?.contains(.init(restart: 0, step: 0, component: 1, kind: .reachedFloor)) == true)
        let contacts = try #require(fit.atFloor)
        #expect(contacts.map(\.component) == [0, 1] && contacts.allSatisfy { (1e-13...1e-11).contains($0.ownShare) })
        #expect(
            table.output.contains("ICL              \(NumberText.fixed(try #require(fit.icl), decimals: 4)) (smaller"))
        let gain = try #require(fit.remainingGain)
        #expect(gain <= 1e-8 && fit.restarts.map(\.remainingGain) == [gain])
    }

    @Test func whatIsSetAsideIsSaidAndWhy() throws {
        let arguments = [
            "fit", Fixture.iris, "--components", "12", "--restarts", "12", "--init", "random-from-data", "--iterations",
            "300",
        ]
        let json = try Command.run(arguments + ["--json"])
        let fit = try #require(try JSONDecoder().decode(ModelDocument.self, from: Data(json.output.utf8)).fit)
        let best = try #require(fit.bestRestart), atFloor = fit.restarts.filter { $0.setAside == .atFloor }
        #expect(
            fit.restarts.map(\.restart) == (0..<12).map { $0 } && fit.restarts[best].loss == fit.loss
                && fit.restarts[best].setAside == nil)
        let table = try Command.run(arguments).output
        if let lowest = atFloor.map(\.loss).min() {
            #expect(
                table.contains(
                    "\(atFloor.count) at the variance floor (lowest loss \(NumberText.fixed(lowest, decimals: 4)))"))
        } else {
            #expect(!table.contains("at the variance floor"))
        }
    }

    /// A start that cannot be evaluated hides no other: its reason is said, and the JSON has it where no number need
    /// stand.
    @Test func failedRestartsAreListed() throws {
        let values: [Double] = (0..<50).map { (i: Int) -> Double in
            (i % 2 == 0 ? -2e17 : 2e17) * Double(50 + i * 7 % 50)
        }
        let bytes = Samples.npy(values, type: "<f4")
        // A start of variance one, which a floor would raise to the data's.
        let arguments = [
            "fit", "-", "--components", "1", "--init", "standard-normal", "--restarts", "16", "--reg", "1e-60",
        ]
        let table = try Command.run(arguments, input: bytes),
            json = try Command.run(arguments + ["--json"], input: bytes)
        #expect(table.status == 0 && json.status == 0 && table.errors == json.errors)
        let fit = try #require(try JSONDecoder().decode(ModelDocument.self, from: Data(json.output.utf8)).fit)
        let failed = try #require(fit.failedRestarts)
        #expect(!failed.isEmpty && !fit.restarts.isEmpty && failed.count + fit.restarts.count == 16)
        let numbers: [Int] = failed.map { $0.restart } + fit.restarts.compactMap { $0.restart }
        #expect(numbers.sorted() == Array(0..<16))
        #expect(table.errors.contains("\(failed.count) of 16 restarts failed: "), "\(table.errors)")
        #expect(table.output.contains(/\nfailed +a .* \(\d+\)/), "\(table.output)")
    }

    /// A fit that no file can hold is none on the screen either.
    @Test(arguments: [["--json"], []]) func oneOutcomeWhateverTheOutput(options: [String]) throws {
        // The variance that the second group is held at is below the least that float64 has.
        let spread: [Double] = (0..<20).map { Double($0) * 1e-150 }
        let input = Samples.csv(spread + Array(repeating: 1e-146, count: 20))
        let outcome = try Command.run(
            ["fit", "-", "--components", "2", "--reg", "1e-60"] + options, input: Data(input.utf8))
        #expect(outcome.status == 65 && outcome.output == "", "\(outcome.output)")
        #expect(outcome.errors.contains("Rescale the data, or give a larger --reg."), "\(outcome.errors)")
        let larger = try Command.run(
            ["fit", "-", "--components", "2", "--reg", "1e-6"] + options, input: Data(input.utf8))
        #expect(larger.status == 0)
    }

    /// Adam leaves an optimum again; the best point is kept unless the last is asked for, and the history has the last
    /// in any case.
    @Test func theBestOrTheLastPoint() throws {
        try withTemporaryFolder { folder in
            let history = folder.appending(path: "history.csv")
            func fit(_ endpoint: String...) throws -> (loss: Double, losses: [Double]) {
                let outcome = try Command.run(
                    [
                        "fit", Fixture.csv, "--components", "2", "--method", "adam", "--learning-rate", "0.5",
                        "--tolerance", "0", "--iterations", "400",
                        "--json", "--history", history.path,
                    ] + endpoint)
                let rows = try String(contentsOf: history, encoding: .utf8).split(separator: "\n").dropFirst()
                return (try #require(outcome.model().fit).loss, rows.map { Double($0.split(separator: ",")[1])! })
            }
            let best = try fit(), last = try fit("--endpoint", "last")
            #expect(best.losses == last.losses && last.loss == last.losses.last)
            let lowest = best.losses.min()!
            #expect(abs(best.loss - lowest) <= 1e-9 * lowest && best.loss < last.loss)
        }
    }

    @Test func theFloorHasTwoNames() throws {
        let arguments = ["fit", Fixture.faithful, "--components", "2", "--covariance", "diagonal", "--json"]
        #expect(
            try Command.run(arguments + ["--reg", "1e-3"]).output
                == Command.run(arguments + ["--variance-floor", "1e-3"]).output)
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
        #expect(NumberText.column([1e22, 1], resolution: 1) == ["1.0000000000000000e+22", "1.0000000000000000e+00"])
        #expect(NumberText.column([1e-20, 2e-37], resolution: 1e-20) == ["1.00000000e-20", "0.00000000e+00"])
        #expect(NumberText.column([0, 1], resolution: 0) == ["0.0000", "1.0000"])
        #expect(
            NumberText.column([1_700_000_004.5, 1_700_003_604.5], resolution: 2.87) == [
                "1700000004.500", "1700003604.500",
            ])
        #expect(NumberText.column([1e12, -0.05], resolution: 9.9e7) == ["1000000000000", "0"])
        #expect(NumberText.column([0.5, 1e-9], resolution: 1e-9) == ["0.500000000000", "0.000000001000"])
        #expect(
            NumberText.short(1e-6) == "1e-6" && NumberText.short(2) == "2" && NumberText.rough(0.000123) == "0.00012")
    }

    /// What differs by the resolution differs in print, whatever the magnitudes, and no column is wider than a person
    /// reads.
    @Test func columnsTellValuesApart() throws {
        for magnitude in -30...30 {
            for spread in (magnitude - 12)...magnitude {
                let value = 1.7 * pow(10, Double(magnitude)), resolution = 2.87 * pow(10, Double(spread))
                let texts = NumberText.column([value, value + resolution, -value], resolution: resolution)
                #expect(Set(texts).count == 3 && texts.allSatisfy { $0.count <= 24 }, "\(texts)")
                #expect(
                    zip(texts, [value, value + resolution]).allSatisfy { abs(Double($0)! - $1) <= 1e-3 * resolution },
                    "\(texts)")
            }
        }
    }

    @Test func meansFarFromZeroAreToldApart() throws {
        let groups = [-1, 0, 1].flatMap { [123_456_789_012.0 + $0, 123_456_789_112.0 + $0] }
        let outcome = try gmm("fit", "-", "--components", "2", input: Samples.csv(groups))
        #expect(
            outcome.output.contains("123456789012.0000               0.8165\n")
                && outcome.output.contains("123456789112.0000"))
    }

    @Test func tablesAreAligned() {
        #expect(TextTable.aligned([["name", "n"], ["α", "10"], ["b"]], numeric: [1]) == "name    n\nα      10\nb\n")
    }
}
