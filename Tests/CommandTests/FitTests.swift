import Foundation
import GMMFiles
import Testing

@Suite struct FitTests {
    @Test(arguments: [
        ["--restarts", "2", "--tolerance", "1e-12"],
        ["--restarts", "8", "--method", "adam", "--tolerance", "1e-12", "--iterations", "3000"],
    ])
    func theNotebooksOptimum(options: [String]) throws {
        let model = try Command.run(
            ["fit", Fixture.csv, "--components", "2", "--weight-concentration", "2", "--json"] + options
        ).model()
        let fit = try #require(model.fit), loss = try Fixture.number("float64/optimum/loss")
        #expect(abs(fit.loss - loss) <= 1e-9 * loss)
        #expect(fit.converged && fit.count == 6000)
        #expect(fit.method == (options.contains("adam") ? .adam : .em))
        #expect(fit.restarts.count == Int(options[1]) && fit.restarts.map(\.loss).min() == fit.loss)
        #expect(fit.bic == -2 * fit.logLikelihood + 5 * log(6000) && fit.aic == -2 * fit.logLikelihood + 10)
        // The prior is part of the loss, not of the log-likelihood: log Dirichlet(π; 2, 2) = log 6 + Σ log π.
        let prior = log(6) + model.weights.map { log($0) }.reduce(0, +)
        #expect(abs(fit.loss + fit.logLikelihood + prior) < 1e-8)
    }

    /// What was tried, in the table and in the model.
    @Test func searches() throws {
        let data = Fixture.faithful
        func fit(_ options: String...) throws -> Outcome {
            try Command.run(["fit", data, "--components", "4", "--covariance", "spherical"] + options)
        }
        let none = try fit("--search", "none", "--json").model(), found = try fit("--json").model()
        #expect(none.fit?.search == nil && none.fit?.restarts.count == 1)
        let search = try #require(found.fit?.search)
        #expect(search.trials > 0 && search.kept > 0 && search.starts > 1)
        // Known from long searches; forty restarts of k-means do not find it.
        #expect(try #require(found.fit?.logLikelihood) >= -1569.41)
        #expect(try #require(none.fit?.logLikelihood) < -1579)
        #expect(try fit().output.contains(/search +\d+ moves? tried, \d+ made; \d of \d starts led to this maximum/))
        #expect(try fit("--search", "none").output.contains(/restarts +1\n/))
        for options in [["--restarts", "3"], ["--warm-start", "model.json"]] {
            let output = try Command.run(
                ["fit", data, "--components", "4", "--search", "exhaustive"] + options)
            #expect(output.status == 64 && output.errors.contains(options[0]), "\(output.errors)")
        }
    }

    @Test func threadsChangeNothingAndTheSeedDoes() throws {
        func fit(threads: Int, seed: Int) throws -> ModelDocument {
            try gmm(
                "fit", Fixture.csv, "--components", "3", "--restarts", "3", "--iterations", "20", "--tolerance", "0",
                "--json",
                "--threads", "\(threads)", "--seed", "\(seed)"
            ).model()
        }
        let one = try fit(threads: 1, seed: 5), three = try fit(threads: 3, seed: 5)
        #expect(one.fit?.threads == 1 && three.fit?.threads == 3 && one.fit?.seed == 5)
        #expect(one.withoutThreads == three.withoutThreads)
        #expect(try fit(threads: 1, seed: 6).fit?.restarts != one.fit?.restarts)
    }

    @Test func kernelsCanBeForced() throws {
        let input = Samples.csv(Samples.twoGroups)
        for kernel in ["baseline", "reference"] {
            let byOption = try gmm(
                "fit", "-", "--components", "2", "--json", "--kernel", kernel, input: input,
                environment: ["GMM_KERNEL": "abacus"])
            #expect(try byOption.model().fit?.kernel == kernel)
            let byEnvironment = try gmm(
                "fit", "-", "--components", "2", "--json", input: input, environment: ["GMM_KERNEL": kernel])
            #expect(try byEnvironment.model().fit?.kernel == kernel)
        }
    }

    @Test func filesHoldTheFit() throws {
        try withTemporaryFolder { folder in
            let files = ["model.json", "history.csv", "training.html"].map { folder.appending(path: $0) }
            let outcome = try gmm(
                "fit", Fixture.csv, "--components", "2", "--json", "--output", files[0].path, "--history",
                files[1].path,
                "--animate", files[2].path, environment: ["PATH": "/nowhere"])
            let model = try outcome.model()
            #expect(try String(contentsOf: files[0], encoding: .utf8) == outcome.output)

            let lines = try String(contentsOf: files[1], encoding: .utf8).split(separator: "\n")
            let fit = try #require(model.fit)
            #expect(lines[0] == "step,loss,weight_1,weight_2,mean_1,mean_2,standard_deviation_1,standard_deviation_2")
            #expect(lines.count == fit.iterations + 2)
            #expect(lines.last?.hasPrefix("\(fit.iterations),\(fit.loss),\(model.weights[0]),") == true)

            let page = try String(contentsOf: files[2], encoding: .utf8)
            #expect(page.lowercased().hasPrefix("<!doctype html>") && page.contains("\"step\":\(fit.iterations)"))
        }
    }

    @Test(.enabled(if: hasGnuplot, "gnuplot is not installed"))
    func picturesAreDrawn() throws {
        try withTemporaryFolder { folder in
            let plot = folder.appending(path: "fit.png"), animation = folder.appending(path: "training.gif")
            let outcome = try gmm(
                "fit", "-", "--components", "2", "--plot", plot.path, "--animate", animation.path,
                input: Samples.csv(Samples.twoGroups))
            #expect(outcome.status == 0 && outcome.errors == "")
            #expect(try Data(contentsOf: plot).starts(with: [0x89, 0x50, 0x4E, 0x47]))
            #expect(try Data(contentsOf: animation).starts(with: Data("GIF89a".utf8)))
        }
    }

    @Test func anAnimationIsAboutAHundredFrames() throws {
        try withTemporaryFolder { folder in
            let page = folder.appending(path: "training.html")
            for (iterations, frames) in [(50, 51), (1000, 101), (1005, 93)] {
                let outcome = try gmm(
                    "fit", "-", "--components", "2", "--tolerance", "0", "--iterations", "\(iterations)", "--animate",
                    page.path,
                    input: Samples.csv(Samples.twoGroups))
                #expect(outcome.status == 0)
                let steps = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "\"step\":")
                    .dropFirst()
                #expect(steps.count == frames)
                #expect(
                    steps.first?.hasPrefix("0,") == true && steps.last?.hasPrefix("\(iterations),") == true,
                    "the first and the last are shown")
            }
        }
    }
}
