import Foundation
import GMMFiles
import GaussianMixtures
import Testing

/// Fits of several features, on data that others have fitted too.
@Suite struct MultivariateTests {
    private func model(_ arguments: String...) throws -> ModelDocument {
        try Command.run(["fit"] + arguments + ["--json"]).model()
    }

    // MARK: Known answers

    /// The log-likelihoods that mclust and scikit-learn come to: −1130.264 and −180.186.
    @Test func theKnownOptima() throws {
        let faithful = try model(Fixture.faithful, "--components", "2"), fit = try #require(faithful.fit)
        #expect(faithful.features == ["eruptions", "waiting"] && faithful.covariances.type.rawValue == "full")
        #expect(abs(fit.logLikelihood + 1130.264) < 0.001 && fit.converged && fit.count == 272)
        #expect(abs(fit.bic - (-2 * fit.logLikelihood + 11 * log(272))) < 1e-9)
        let iris = try model(Fixture.iris, "--components", "3", "--restarts", "8")
        #expect(iris.dimension == 4)
        #expect(abs(try #require(iris.fit).logLikelihood + 180.186) < 0.001)
    }

    @Test(arguments: [
        ["--method", "lbfgs"], ["--method", "adam", "--learning-rate", "0.1", "--iterations", "5000"],
        ["--acceleration", "none"],
        ["--acceleration", "squarem"], ["--init", "kmeans++"], ["--init", "random-from-data", "--restarts", "4"],
    ])
    func everyWayLeadsThere(options: [String]) throws {
        let fit = try #require(
            try Command.run(["fit", Fixture.faithful, "--components", "2", "--json"] + options).model().fit)
        #expect(abs(fit.logLikelihood + 1130.264) < 0.01)
        #expect(fit.method.rawValue == (options[0] == "--method" ? options[1] : "em"))
    }

    @Test(arguments: [("full", 11), ("tied", 8), ("diagonal", 9), ("spherical", 7)])
    func everyCovarianceType(name: String, parameters: Int) throws {
        let document = try model(Fixture.faithful, "--components", "2", "--covariance", name),
            fit = try #require(document.fit)
        #expect(document.covariances.type.rawValue == name)
        #expect(abs(fit.aic + 2 * fit.logLikelihood - 2 * Double(parameters)) < 1e-9)
        let column = try model(Fixture.faithful, "--components", "2", "--covariance", name, "--column", "waiting")
        #expect(column.covariances.type.rawValue == name && column.dimension == 1)
    }

    @Test func batchesComeClose() throws {
        let fit = try #require(
            try Command.run([
                "fit", Fixture.csv, "--components", "2", "--method", "adam", "--batch", "500", "--learning-rate",
                "0.02", "--iterations", "600",
                "--tolerance", "0", "--json",
            ]).model().fit)
        #expect(abs(fit.logLikelihood / 14590 + 1) < 0.01)
    }

    @Test func aPriorIsPartOfTheLoss() throws {
        let outcome = try gmm("fit", Fixture.iris, "--components", "3", "--prior", "mclust")
        #expect(outcome.output.contains(" (minus the log posterior, mclust's prior)\n"))
        let fit = try #require(try model(Fixture.iris, "--components", "3", "--prior", "mclust").fit)
        #expect(abs(fit.loss + fit.logLikelihood) > 1)
    }

    @Test func aFloorHoldsVariancesUp() throws {
        let outcome = try gmm(
            "fit", Fixture.faithful, "--components", "2", "--covariance", "diagonal", "--reg", "0.5", "--json")
        #expect(outcome.status == 0 && outcome.errors.contains("component 1 came to the variance floor"))
        let document = try JSONDecoder().decode(ModelDocument.self, from: Data(outcome.output.utf8))
        guard case .diagonal(let variances) = document.covariances else {
            Issue.record("the covariances are not diagonal")
            return
        }
        // The variance of waiting times is 184.1 about their mean.
        for row in variances { #expect(row[1] >= 0.5 * 184.1 * 0.999) }
    }

    // MARK: Starts

    @Test func shortRunsCarryTheBestOn() throws {
        let outcome = try gmm(
            "fit", Fixture.iris, "--components", "3", "--init", "random", "--restarts", "12", "--short-runs", "5",
            "--keep", "2")
        #expect(
            outcome.status == 0 && outcome.output.contains("restarts         12, of which 2 were carried on, of which ")
        )
        let document = try model(
            Fixture.iris, "--components", "3", "--init", "random", "--restarts", "12", "--short-runs", "5", "--keep",
            "2")
        let iterations = try #require(document.fit).restarts.map(\.iterations)
        #expect(iterations.count == 12 && iterations.count { $0 <= 5 } >= 10)
    }

    @Test func aWarmStartIsWhereItStarts() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "model.json").path
            let start = try gmm("fit", Fixture.faithful, "--components", "2", "--output", path, "--tolerance", "1e-12")
            #expect(start.status == 0)
            let again = try model(Fixture.faithful, "--components", "2", "--warm-start", path),
                first = try ModelDocument.read(path)
            #expect(try #require(again.fit).iterations <= 3)
            #expect(abs(again.weights[0] - first.weights[0]) < 1e-5, "the components are in the order of the start")

            func refused(_ text: String, _ arguments: String...) throws {
                let outcome = try Command.run(["fit"] + arguments + ["--warm-start", path])
                #expect(outcome.status == 64 && outcome.output == "")
                #expect(
                    outcome.errors.hasPrefix("gmm: --warm-start: \(path) ") && outcome.errors.contains(text),
                    "\(outcome.errors)")
            }
            try refused("has 2 components; give --components 2", Fixture.faithful, "--components", "3")
            try refused(
                "has full covariances; give --covariance full", Fixture.faithful, "--components", "2", "--covariance",
                "tied")
            try refused("with --columns eruptions,waiting", Fixture.faithful, "--components", "2", "--columns", "2,1")
            try refused("and the data of x; choose the same, in the same order", Fixture.csv, "--components", "2")
            let missing = try gmm("fit", Fixture.faithful, "--components", "2", "--warm-start", "/nowhere/model.json")
            #expect(missing.status == 66 && missing.errors.contains("/nowhere/model.json cannot be opened"))
        }
    }

    /// A model that is read and written again has the same bits.
    @Test(arguments: [
        "\"covariance\":\"full\",\"covariances\":[[[2]],[[0.1]]]", "\"covariance\":\"tied\",\"covariances\":[[2]]",
        "\"covariance\":\"diagonal\",\"covariances\":[[2],[0.1]]",
        "\"covariance\":\"full\",\"covariances\":[[[2,0.1],[0.1,0.3]],[[0.7,-0.1],[-0.1,3]]]",
        "\"covariance\":\"tied\",\"covariances\":[[2,0.1],[0.1,0.3]]",
        "\"covariance\":\"diagonal\",\"covariances\":[[2,0.1],[0.3,7]]",
        "\"covariance\":\"spherical\",\"covariances\":[2,0.1]",
    ])
    func aModelComesThroughUnchanged(covariances: String) throws {
        try withTemporaryFolder { folder in
            let (first, second) = (folder.appending(path: "a.json"), folder.appending(path: "b.json"))
            let isUnivariate = !covariances.contains(/[0-9],-?[0-9]/)
            let json =
                "{\"format\":\"gaussian-mixture\",\"version\":1,\"components\":2,\"weights\":[0.25,0.75],"
                + (isUnivariate
                    ? "\"dimension\":1,\"features\":[\"a\"],\"means\":[[0.1],[1e9]],"
                    : "\"dimension\":2,\"features\":[\"a\",\"b\"],\"means\":[[0.1,-0.7],[1e9,0.3]],")
                + "\(covariances)}"
            try Data(json.utf8).write(to: first)
            let type = try ModelDocument.read(first.path).covariances.type.rawValue
            let outcome = try gmm(
                "fit", "-", "--components", "2", "--covariance", type, "--warm-start", first.path, "--iterations", "0",
                "--output", second.path,
                input: isUnivariate ? "a\n0.5\n3\n" : "a,b\n0.5,0.25\n3,4\n")
            #expect(outcome.status == 0 && outcome.errors == "")
            var (given, written) = (try ModelDocument.read(first.path), try ModelDocument.read(second.path))
            written.fit = nil
            given.fit = nil
            #expect(written == given)
        }
    }

    // MARK: Collapse

    /// Five rows far from all others lie on a line, which a component closes in on.
    private static let line =
        "a,b\n" + (0..<60).map { "\(Double($0 * 7 % 13)),\(Double($0 * 11 % 17))\n" }.joined()
        + (0..<5).map { "\(100 + $0),\(200 + 2 * $0)\n" }.joined()

    @Test func aCollapseIsSaid() throws {
        let held = try gmm("fit", "-", "--components", "2", input: Self.line)
        #expect(held.status == 0 && held.output.contains("log-likelihood"))
        #expect(
            held.errors.contains(
                "component 2 (5 rows in which a column is a combination of others) ended at the variance floor, where the "
            ))
        #expect(held.errors.contains(" came to the variance floor at step "))
        let pruned = try gmm("fit", "-", "--components", "2", "--collapse", "prune", "--json", input: Self.line)
        #expect(pruned.errors.contains(" was taken out at step ") && pruned.output.contains("\"components\" : 1,"))
        let reseeded = try gmm("fit", "-", "--components", "2", "--collapse", "reseed", input: Self.line)
        #expect(reseeded.errors.contains(" was placed anew at step "))
        let prior = try gmm("fit", "-", "--components", "2", "--prior", "mclust", input: Self.line)
        #expect(prior.errors == "")
    }

    @Test func whatWasPrunedIsEmptyInTheHistory() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "history.csv")
            _ = try gmm(
                "fit", "-", "--components", "2", "--collapse", "prune", "--history", path.path, input: Self.line)
            let rows = try String(contentsOf: path, encoding: .utf8).split(separator: "\n")
                .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
            #expect(
                rows[0].starts(with: [
                    "step", "loss", "weight_1", "weight_2", "mean_1_a", "mean_1_b", "mean_2_a", "mean_2_b",
                ]))
            #expect(rows.allSatisfy { $0.count == 2 + 2 + 4 + 4 + 2 })
            #expect(rows[1][3] != "" && rows.last![3] == "" && rows.last![6] == "" && rows.last![2] == "1.0")
        }
    }

    // MARK: Report

    @Test func theTable() throws {
        let outcome = try gmm(
            "fit", Fixture.faithful, "--components", "2", "--threads", "1", "--acceleration", "none", "--restarts", "2")
        let lines = outcome.output.components(separatedBy: "\n")
        #expect(outcome.errors == "" && lines[0].hasSuffix("faithful.csv: 272 rows of eruptions, waiting"))
        let pattern = /^ +[12]   (0\.\d{4})   \d\.\d{4} ± 0\.\d{4}   \d\d\.\d{3} ± \d\.\d{3}$/
        let numbers = try lines[4...5].map { try #require($0.firstMatch(of: pattern)) }
        #expect(Set(numbers.map(\.1)) == ["0.6441", "0.3559"])
        #expect(lines[2] == "mean ± standard deviation of each feature")
        #expect(lines[3] == "component   weight         eruptions          waiting")
        #expect(lines[7].hasPrefix("correlation ") && lines[8].hasPrefix("eruptions, waiting   0."))
        #expect(
            outcome.output.contains("covariance       full\n") && outcome.output.contains("ICL              2322.70"))
    }

    @Test func manyFeaturesAreTransposedOrCut() throws {
        func table(features: Int, components: Int) throws -> [String] {
            let header = (1...features).map { "feature\($0)" }.joined(separator: ",") + "\n"
            let rows = (0..<90).map { i in
                (0..<features).map { "\(Double((i * (7 + 2 * $0)) % 89 + i % 3 * 200))" }.joined(separator: ",") + "\n"
            }
            let outcome = try gmm(
                "fit", "-", "--components", "\(components)", "--covariance", "spherical", "--iterations", "3",
                "--tolerance", "0", "--init",
                "kmeans++", input: header + rows.joined())
            #expect(outcome.status == 0)
            return outcome.output.components(separatedBy: "\n")
        }
        let transposed = try table(features: 12, components: 3)
        #expect(transposed[3].firstMatch(of: /^component +1 +2 +3$/) != nil && transposed[4].hasPrefix("weight "))
        #expect(transposed[5].hasPrefix("feature1 ") && transposed[16].hasPrefix("feature12 "))
        let long = try table(features: 45, components: 2)
        #expect(long[44].hasPrefix("feature40 ") && long[45] == "… and 5 more features, which --json and --output have")
        let wide = try table(features: 12, components: 9)
        #expect(wide[3].hasPrefix("component  ") && wide[13].hasPrefix("… and ") && wide.allSatisfy { $0.count <= 100 })
    }

    // MARK: Pictures

    @Test(.enabled(if: hasGnuplot, "gnuplot is not installed")) func picturesAreDrawn() throws {
        try withTemporaryFolder { folder in
            for (data, animation) in [(Fixture.faithful, true), (Fixture.iris, false)] {
                let plot = folder.appending(path: "fit.png"), gif = folder.appending(path: "training.gif")
                let outcome = try Command.run(
                    ["fit", data, "--components", "2", "--plot", plot.path]
                        + (animation ? ["--animate", gif.path] : []))
                #expect(outcome.status == 0 && outcome.errors == "")
                #expect(try Data(contentsOf: plot).starts(with: [0x89, 0x50, 0x4E, 0x47]))
                if animation { #expect(try Data(contentsOf: gif).starts(with: Data("GIF89a".utf8))) }
            }
        }
    }

    @Test func aPageNeedsNoGnuplot() throws {
        try withTemporaryFolder { folder in
            let page = folder.appending(path: "training.html")
            let outcome = try gmm(
                "fit", Fixture.faithful, "--components", "2", "--animate", page.path, environment: ["PATH": "/nowhere"])
            #expect(outcome.status == 0 && outcome.errors == "")
            #expect(try String(contentsOf: page, encoding: .utf8).contains("\"ellipses\":[["))
        }
    }

    @Test func whatCannotBeAnimatedIsSaidFirst() throws {
        try withTemporaryFolder { folder in
            func refused(_ data: String, _ name: String, _ text: String) throws {
                let path = folder.appending(path: name).path
                // Too many components for a fit: to be told of the animation shows that none was tried.
                let outcome = try gmm("fit", data, "--components", "1000", "--animate", path)
                #expect(
                    outcome.status == 64 && outcome.output == "" && outcome.errors.contains(text), "\(outcome.errors)")
                #expect(!FileManager.default.fileExists(atPath: path))
            }
            for name in ["a.gif", "a.html"] {
                try refused(
                    Fixture.iris, name,
                    "--animate shows one or two features, and the data have 4. Choose two with --columns")
            }
        }
    }
}
