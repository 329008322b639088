import Foundation
import GMMFiles
import Testing

/// Every piece of advice that `gmm fit` prints is followed, and helps.
@Suite struct AdviceTests {
    /// A fit that goes wrong, and how it shows that it no longer does.
    struct Trouble: Sendable, CustomTestStringConvertible {
        let name: String
        let data: Data
        /// The message has this; a fit of which this is no longer said has been helped.
        let complaint: String
        let options: [String: String]
        /// What is advised at least.
        let advised: [String]
        /// Whether it need not go wrong.
        let isByRounding: Bool

        init(
            _ name: String, _ data: String, _ options: [String: String], says complaint: String,
            advises advised: [String], isByRounding: Bool = false
        ) {
            (self.name, self.data, self.options, self.complaint, self.advised) = (
                name, Data(data.utf8), options, complaint, advised
            )
            self.isByRounding = isByRounding
        }
        var testDescription: String { name }
    }

    static let troubles: [Trouble] = [
        .init(
            "two groups far apart", twoMoments, ["components": "2"], says: "are held at the variance floor",
            advises: ["--reg 1e-13"]),
        .init(
            "outlier", Samples.csv(normals(60) + [-9999]), ["components": "2"], says: "held at the variance floor",
            advises: ["--reg 1e-8"]),
        .init(
            "huge outlier in one column", table([normals(60) + [1e12], normals(61, period: 17)]), ["components": "2"],
            says: "is held at the variance floor", advises: ["--reg 1e-2"]),
        .init(
            "far groups in a column of several, tied", farGroups,
            ["components": "2", "covariance": "tied"], says: "the covariance that all components share (column \"a\", ",
            advises: ["--reg 1e-13"]),
        .init(
            "far groups in a column of several, diagonal", farGroups,
            ["components": "2", "covariance": "diagonal"], says: "are held at the variance floor",
            advises: ["--reg 1e-13"]),
        .init(
            "nearly a combination", nearlyEqual(60, period: 11), ["components": "1"],
            says: "in a direction that mixes columns its own data have", advises: ["--reg "]),
        .init(
            "zeros and ones", zerosAndOnes, ["components": "2"], says: "(50 equal rows) ended at the variance floor",
            advises: ["fewer --components", "--prior mclust"]),
        .init(
            "two of three groups are equal rows",
            Samples.csv(normals(50) + Array(repeating: 20, count: 10) + normals(30).map { $0 + 40 }),
            ["components": "3", "restarts": "4"], says: "(10 equal rows) ended at the variance floor",
            advises: ["fewer --components", "--collapse prune", "--prior mclust"]),
        .init(
            "rows on a line", line, ["components": "2"],
            says: "(5 rows in which a column is a combination of others)",
            advises: ["fewer --components", "--covariance diagonal", "--collapse prune", "--prior mclust"]),
        .init(
            "a group that one column does not vary in", flatGroup, ["components": "2"],
            says: "(30 rows that are equal in column \"b\")",
            advises: ["--covariance spherical", "--collapse prune"]),
        .init(
            "the same under diagonal covariances", flatGroup,
            ["components": "2", "covariance": "diagonal"], says: "(30 rows that are equal in column \"b\")",
            advises: ["--covariance spherical"]),
        .init(
            "fewer rows than columns", wide, ["components": "2"], says: "the 12 rows are no more than the 20 columns",
            advises: ["--covariance diagonal"]),
        .init(
            "fewer rows than columns, tied", wide, ["components": "2", "covariance": "tied"],
            says: "the 12 rows are no more than the 20 columns",
            advises: ["--covariance diagonal"]),
        .init(
            "a column is a sum", sum, ["components": "2"],
            says: "column \"c\" is a combination of those before it in all rows",
            advises: ["--columns a,b", "--covariance diagonal"]),
        .init(
            "unit vectors", unitVectors, ["components": "2"], says: "ended at the variance floor",
            advises: ["--covariance spherical"]),
        .init(
            "indicators of four classes", indicators, ["components": "4"], says: "ended at the variance floor",
            advises: []),
        .init(
            "zeros and ones in six columns", rows(80, 6) { i, d in Double((i * 37 % 64) >> d & 1) },
            ["components": "8"],
            says: "ended at the variance floor", advises: ["fewer --components"]),
        // Without a floor.
        .init(
            "unit vectors without a floor", unitVectors, ["components": "2", "reg": "0"], says: "collapsed at step 1",
            advises: ["--reg 1e-6"]),
        .init(
            "fewer rows than columns without a floor", wide, ["components": "2", "reg": "0"],
            says: " collapsed at step 1: the 12 rows are no more than the 20 columns",
            advises: ["--reg 1e-6", "--covariance diagonal"]),
        .init(
            "a column is a sum, without a floor", sum, ["components": "2", "reg": "0"], says: "collapsed at step",
            advises: ["--reg 1e-6", "--columns a,b", "--covariance diagonal"]),
        .init(
            "equal rows without a floor", corners,
            ["components": "3", "reg": "0"], says: "collapsed at step 1: the 30 rows that it held are equal",
            advises: ["--reg 1e-6", "fewer --components", "--prior mclust"]),
        .init(
            "equal rows without a floor, tied", corners, ["components": "3", "reg": "0", "covariance": "tied"],
            says: "the covariance that all components share collapsed",
            advises: ["--reg 1e-6", "fewer --components", "--prior mclust"]),
        // A prior whose scale is singular.
        .init(
            "mclust's prior on few rows", wide, ["components": "2", "prior": "mclust"],
            says: "the 12 rows are no more than the 20 columns",
            advises: ["--covariance diagonal with that prior", "--prior none"]),
        .init(
            "mclust's prior on a sum", sum, ["components": "2", "prior": "mclust", "reg": "0"],
            says: "that is singular: column \"c\" is a combination of those before it",
            advises: ["--columns a,b", "--prior none with --reg 1e-6"]),
        // Not converged.
        .init(
            "few iterations", overlapping, ["components": "3", "iterations": "2"], says: "not converged after 2 steps",
            advises: ["--iterations 20"]),
        .init(
            "short steps of Adam", overlapping,
            ["components": "2", "iterations": "30", "method": "adam", "learning-rate": "0.001"],
            says: "not converged", advises: ["--iterations 300", "--learning-rate 0.004", "--method em"]),
        .init(
            "long steps of Adam", overlapping,
            ["components": "2", "iterations": "40", "method": "adam", "learning-rate": "2"], says: "not converged",
            advises: ["--learning-rate 0.5", "--method em"]),
        .init(
            "Adam that leaves all range", overlapping, ["components": "2", "method": "adam", "learning-rate": "1e300"],
            says: "training left the range of float64", advises: ["--learning-rate 0.05", "--method em"]),
        .init(
            "a floor that rounding hides", line, ["components": "2", "reg": "1e-18"],
            says: "since no step lowers the loss any more", advises: ["--reg 1e-6"],
            isByRounding: true),
        .init(
            "restarts at the floor", twoSplits, ["components": "2", "restarts": "16", "init": "random-from-data"],
            says: "of a lower loss were set aside at the variance floor",
            advises: ["--reg 1e-13"]),
        // Where rounding ends a run, the kernel decides.
        .init(
            "rounding in float64", nearlyEqual(300, period: 5),
            ["components": "2", "covariance": "tied", "tolerance": "1e-10"],
            says: "since no step lowers the loss any more", advises: ["--tolerance "], isByRounding: true),
        .init(
            "rounding in float32", Samples.csv(normals(300, period: 23).map { ($0 * 10).rounded() / 10 }),
            ["components": "5", "method": "lbfgs", "precision": "float32", "tolerance": "1e-10"],
            says: "since no step lowers the loss any more",
            advises: ["--precision float64"], isByRounding: true),
    ]

    @Test(arguments: troubles) func everyPieceHelps(_ trouble: Trouble) throws {
        let first = try Self.fit(trouble.data, trouble.options)
        if trouble.isByRounding, !first.errors.contains(trouble.complaint) { return }
        #expect(first.errors.contains(trouble.complaint), "\(first.errors)")
        let message = try #require(
            first.errors.components(separatedBy: "gmm: ").first { $0.contains(trouble.complaint) })
        let advice = Self.advice(in: message)
        #expect(!advice.isEmpty, "\(message)")
        for piece in trouble.advised {
            #expect(advice.contains { $0.hasPrefix(piece) }, "\(piece) is not among \(advice)")
        }
        for piece in advice {
            let options = try #require(Self.following(piece, trouble.options), "\(piece) cannot be followed")
            let outcome = try Self.fit(trouble.data, options)
            #expect(outcome.status == 0, "\(piece): \(outcome.errors)")
            guard message.contains("not converged"), outcome.errors.contains("not converged") else {
                for phrase in [
                    "held at the variance floor", "ended at the variance floor", "set aside", "collapsed at",
                ] where message.contains(phrase) {
                    #expect(!outcome.errors.contains(phrase), "\(piece): \(outcome.errors)")
                }
                continue
            }
            // Nearer to the end, if not there.
            #expect(try Self.loss(outcome) < Self.loss(first), "\(piece): \(outcome.errors)")
        }
    }

    private static func fit(_ data: Data, _ options: [String: String]) throws -> Outcome {
        try Command.run(
            ["fit", "-", "--json"] + options.sorted { $0.key < $1.key }.flatMap { ["--" + $0.key, $0.value] },
            input: data)
    }

    private static func loss(_ outcome: Outcome) throws -> Double {
        try #require(try JSONDecoder().decode(ModelDocument.self, from: Data(outcome.output.utf8)).fit).loss
    }

    /// The alternatives that a message ends in.
    static func advice(in message: String) -> [String] {
        guard let start = message.range(of: "try ", options: [.caseInsensitive, .backwards]) else { return [] }
        let text = String(message[start.upperBound...]).trimmingCharacters(in: CharacterSet(charactersIn: ".\n"))
        let pieces: [Substring] = text.replacing(/,\ or\ |\ or\ |,\ (?=[-f])/, with: "|").split(separator: "|")
        // Why, or when, is no part of what is to be done.
        return pieces.map { (piece: Substring) -> String in
            String(piece.prefix(upTo: piece.firstRange(of: /\ (if\ |\()/)?.lowerBound ?? piece.endIndex))
        }
    }

    /// The options as a piece of advice has them; nil if it is none that can be followed.
    static func following(_ piece: String, _ options: [String: String]) -> [String: String]? {
        var options = options
        for part in piece.replacing(" with that prior", with: "").components(separatedBy: " with ") {
            if part == "fewer --components" {
                options["components"] = "1"
            } else if let match = part.wholeMatch(of: /--([a-z-]+) (\S+)/) {
                options[String(match.1)] = String(match.2)
                if match.2 == "em" { options["learning-rate"] = nil }
            } else {
                return nil
            }
        }
        return options
    }

    // MARK: Usage

    /// Options that are refused, and each way out that the message names.
    static let refusals: [(options: [String], says: String, ways: [[String]])] = [
        (
            ["--learning-rate", "0.1"], "--learning-rate is Adam's; add --method adam, or leave it out",
            [["--learning-rate", "0.1", "--method", "adam"], []]
        ),
        (
            ["--method", "lbfgs", "--acceleration", "none"], "leave it out, or --method lbfgs",
            [["--method", "lbfgs"], ["--acceleration", "none"]]
        ),
        (
            ["--method", "adam", "--batch", "0"], "give at least 1, some hundreds",
            [["--method", "adam", "--batch", "10"]]
        ),
        (
            ["--method", "adam", "--learning-rate", "0"], "give a positive number, such as 0.05",
            [["--method", "adam", "--learning-rate", "0.05"]]
        ),
        (
            ["--tolerance", "-1"], "give 0 or a small positive number, such as 1e-8",
            [["--tolerance", "0"], ["--tolerance", "1e-8"]]
        ),
        (
            ["--reg", "1"], "give 0 or a small share of the features' variances, such as 1e-6",
            [["--reg", "0"], ["--reg", "1e-6"]]
        ),
        (["--weight-concentration", "0.5"], "give 1 or more", [["--weight-concentration", "1"]]),
        (["--short-runs", "5"], "add them, such as --restarts 32", [["--short-runs", "5", "--restarts", "32"]]),
        (
            ["--keep", "2", "--restarts", "4"], "add --short-runs, such as --short-runs 10",
            [["--keep", "2", "--restarts", "4", "--short-runs", "10"]]
        ),
        (
            ["--short-runs", "0", "--restarts", "2"], "give at least 1 step, such as 10",
            [["--short-runs", "10", "--restarts", "2"]]
        ),
    ]

    @Test(arguments: refusals.indices) func everyWayOutOfARefusalIsTaken(index: Int) throws {
        let (options, says, ways) = Self.refusals[index], arguments = ["fit", "-", "--components", "2"],
            input = Data(Samples.csv(Samples.twoGroups).utf8)
        let refused = try Command.run(arguments + options, input: input)
        #expect(refused.status == 64 && refused.errors.contains(says), "\(refused.errors)")
        for way in ways { #expect(try Command.run(arguments + way, input: input).status == 0, "\(way)") }
    }

    // MARK: Other data

    /// Data that are refused, and the same as the message advises to have them.
    static let repairs: [(data: String, options: [String], says: String, repaired: String, with: [String])] = [
        (
            "a,b\n1,7\n2,7\n9,7\n", [], "Leave it out, by --columns with the others", "a,b\n1,7\n2,7\n9,7\n",
            ["--columns", "a"]
        ),
        ("a,b\n1,1e-170\n2,2e-170\n3,1e-170\n", [], "Rescale it", "a,b\n1,1\n2,2\n3,1\n", []),
        (
            "1\n2\n2\n", ["--components", "3"], "Try fewer components, or more data", "1\n2\n2\n",
            ["--components", "2"]
        ),
        (
            "1\n2\n2\n", ["--components", "3"], "Try fewer components, or more data", "1\n2\n2\n4\n",
            ["--components", "3"]
        ),
        ("5\n5\n", [], "Give data with at least two distinct values", "5\n6\n", []),
        (
            "a,w\n1,0\n2,0\n", ["--weights-column", "w"], "at least one must be positive", "a,w\n1,0\n2,1\n3,1\n",
            ["--weights-column", "w"]
        ),
        (
            "a,w\n1,1\n2,-1\n3,1\n", ["--weights-column", "w"], "0 ignores a row", "a,w\n1,1\n2,0\n3,1\n",
            ["--weights-column", "w"]
        ),
    ]

    @Test(arguments: repairs.indices) func dataThatAreRepairedAreFitted(index: Int) throws {
        let (data, options, says, repaired, with) = Self.repairs[index]
        func fit(_ text: String, _ options: [String]) throws -> Outcome {
            try Command.run(
                ["fit", "-"] + (options.contains("--components") ? [] : ["--components", "2"]) + options,
                input: Data(text.utf8))
        }
        let refused = try fit(data, options)
        #expect(refused.status == 65 && refused.errors.contains(says), "\(refused.errors)")
        let outcome = try fit(repaired, with)
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    /// A row that a model cannot reach: without it, in another unit, or in float64 the rest is scored.
    @Test func aRowOutOfReach() throws {
        try withTemporaryFolder { folder in
            let model = folder.appending(path: "model.json").path
            #expect(
                try gmm("fit", "-", "--components", "2", "--output", model, input: Samples.csv(Samples.twoGroups))
                    .status == 0)
            let score = ["fit", "-", "--components", "2", "--warm-start", model, "--iterations", "0"]
            let far = try Command.run(score, input: Data("7\n1e200\n".utf8))
            #expect(far.status == 65 && far.errors.contains("datum 2 of 2, 1e+200, lies so far"))
            #expect(far.errors.hasSuffix("Remove the outlier, or rescale the data.\n"), "\(far.errors)")
            #expect(try Command.run(score, input: Data("7\n".utf8)).status == 0)
            let single = try Command.run(score + ["--precision", "float32"], input: Data("7\n1e30\n".utf8))
            #expect(single.status == 65 && single.errors.contains(", or add --precision float64."), "\(single.errors)")
            #expect(try Command.run(score + ["--precision", "float64"], input: Data("7\n1e30\n".utf8)).status == 0)
        }
    }

    // MARK: Data

    /// About N(0, 1), the same every time, in an order of no pattern with others'.
    private static func normals(_ count: Int, period: Int = 29) -> [Double] {
        (0..<count).map { i in
            // The logistic quantile, scaled, at a low-discrepancy sequence.
            let u = (Double((i + 1) * period) * 0.618_033_988_749_894_9).truncatingRemainder(dividingBy: 1)
            return 0.55 * log(u / (1 - u))
        }
    }

    private static func table(_ columns: [[Double]]) -> String {
        let names = ["a", "b", "c", "d", "e"].prefix(columns.count).joined(separator: ",")
        return names + "\n"
            + columns[0].indices.map { i in columns.map { "\($0[i])" }.joined(separator: ",") + "\n" }.joined()
    }

    private static let line = table([
        normals(60) + [100, 101, 102, 103, 104], normals(60, period: 13) + [200, 202, 204, 206, 208],
    ])
    private static let flatGroup = table([
        normals(60) + normals(30).map { $0 + 50 }, normals(60, period: 13) + Array(repeating: 9, count: 30),
    ])
    private static let farGroups = table([normals(20) + normals(20).map { $0 + 1e6 }, normals(40, period: 7)])
    private static let zerosAndOnes = Samples.csv((0..<100).map { Double($0 % 2) })
    private static let corners = rows(90, 2) { i, d in i / 30 == d + 1 ? 1 : 0 }

    /// Twenty seconds, the second ten 30 days after the first.
    private static let twoMoments = Samples.csv((0..<10).map(Double.init) + (0..<10).map { 2_592_000 + Double($0) })
    /// As wide as the moments are apart, and split by the second column too, which is the worse fit of two components
    /// but has no floor.
    private static let twoSplits: String = {
        let moments = (0..<40).map { (i: Int) -> Double in (i % 2 == 0 ? 0 : 2_592_000) + Double(i / 2 % 10) }
        let noise = normals(40, period: 11)
        return table([moments, (0..<40).map { (i: Int) -> Double in noise[i] + (i / 2 % 2 == 0 ? -5 : 5) }])
    }()
    private static let overlapping = Samples.csv(normals(150) + normals(100, period: 31).map { 1.5 * $0 + 2.5 })
    private static let sum: String = {
        let a: [Double] = (0..<60).map { (i: Int) -> Double in Double(i * 7 % 31) / 8 + (i % 2 == 0 ? 0 : 40) }
        let b: [Double] = (0..<60).map { (i: Int) -> Double in Double(i * 11 % 37) / 4 }
        return table([a, b, zip(a, b).map { $0 + $1 }])
    }()
    private static func nearlyEqual(_ count: Int, period: Int) -> String {
        table([normals(count), zip(normals(count), normals(count, period: period)).map { $0 + 1e-5 * $1 }])
    }

    private static let wide = rows(12, 20) { i, d in normals(12, period: 3 + 2 * d)[i] }
    private static let unitVectors = rows(6, 5) { i, d in (i < 3 ? 0 : 100) + (d == i % 3 ? 1 : 0) }
    private static let indicators = rows(120, 4) { i, d in i % 4 == d ? 1 : 0 }

    private static func rows(_ count: Int, _ dimension: Int, _ value: (Int, Int) -> Double) -> String {
        (0..<count).map { i in (0..<dimension).map { "\(value(i, $0))" }.joined(separator: ",") + "\n" }.joined()
    }
}
