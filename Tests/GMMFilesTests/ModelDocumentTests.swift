import Foundation
import GaussianMixtures
import Testing

@testable import GMMFiles

@Suite struct ModelDocumentTests {
    static let awkward = [
        0.1, 1.0 / 3, .leastNonzeroMagnitude, 2.2250738585072014e-308, 1e308, -0.0, -1e-300, 123456789.123456789, 1e16,
        .greatestFiniteMagnitude,
    ]

    static let fit = FitSummary(
        method: .em, count: 6000, logLikelihood: -14590.360843161527, loss: 14590.1, bic: 29224.5, aic: 29190.25,
        iterations: 17, converged: true, seed: .max, kernel: "avx512", threads: 2,
        restarts: [
            .init(loss: 14590.1, iterations: 17, converged: true, restart: 1, outcome: .converged, remainingGain: 1e-9),
            .init(loss: 1e5, iterations: 0, converged: false, restart: 2, outcome: .stalled, setAside: .atFloor),
        ],
        outcome: .converged, remainingGain: 1e-9, totalWeight: 5999.5, icl: 29300.125, bestRestart: 1,
        events: [
            .init(restart: 2, step: 3, component: 1, kind: .reachedFloor),
            .init(restart: 2, step: 0, component: 2, kind: .pruned),
        ],
        atFloor: [.init(component: 1, ownShare: 1e-13)], failedRestarts: [.init(restart: 0, reason: "A sum overflows.")]
    )

    /// As 0.1.0 wrote it.
    static let oldFit = FitSummary(
        method: .em, count: 6000, logLikelihood: -14590.360843161527, loss: 14590.1, bic: 29224.5, aic: 29190.25,
        iterations: 17, converged: true, seed: .max, kernel: "avx512", threads: 2,
        restarts: [
            .init(loss: 14590.1, iterations: 17, converged: true), .init(loss: 1e5, iterations: 0, converged: false),
        ])

    static let documents: [ModelDocument] = [
        .full([[[2, 0.5], [0.5, 1]], [[.leastNonzeroMagnitude, 0], [-0.0, 1e308]]]), .tied([[2, 0.5], [0.5, 1]]),
        .diagonal([[0.1, 2], [3, 4]]), .spherical([0.1, 2]),
    ].map {
        .init(
            features: ["x", "height/m"], weights: [0.1, 0.9],
            means: [[1.0 / 3, -0.0], [.leastNonzeroMagnitude, 1e308]],
            covariances: $0, fit: fit)
    }

    static func decode(_ json: String) throws -> ModelDocument {
        try withDirectory { directory in
            try AtomicFile.write(json.utf8, to: directory + "/model.json")
            return try ModelDocument.read(directory + "/model.json")
        }
    }

    @Test(arguments: documents) func roundTrip(document: ModelDocument) throws {
        try withDirectory { directory in
            let (first, second) = (directory + "/a.json", directory + "/b.json")
            try document.write(to: first)
            let read = try ModelDocument.read(first)
            #expect(read == document)
            try read.write(to: second)
            #expect(try readBytes(first) == readBytes(second))
        }
    }

    @Test func numbersRoundTripToTheBit() throws {
        let document = ModelDocument(
            features: ["x"], weights: Self.awkward.map { _ in 0.1 }, means: Self.awkward.map { [$0] },
            covariances: .tied([[1]]))
        let read = try JSONDecoder().decode(ModelDocument.self, from: document.encoded())
        #expect(read.means.map { $0[0].bitPattern } == Self.awkward.map(\.bitPattern))
    }

    @Test func fieldNames() throws {
        let object = try #require(try JSONSerialization.jsonObject(with: Self.documents[0].encoded()) as? [String: Any])
        #expect(
            Set(object.keys) == [
                "format", "version", "covariance", "dimension", "components", "features", "weights", "means",
                "covariances", "fit",
            ])
        let fit = try #require(object["fit"] as? [String: Any])
        #expect(
            Set(fit.keys) == [
                "method", "count", "log_likelihood", "loss", "bic", "aic", "iterations", "converged", "seed", "kernel",
                "threads", "restarts",
                "outcome", "remaining_gain", "total_weight", "icl", "best_restart", "events", "at_floor",
                "failed_restarts",
            ])
        #expect(String(decoding: try Self.documents[0].encoded(), as: UTF8.self).contains("\"height/m\""))
    }

    /// What came to version 1 later may be missing, and what comes later still is passed over.
    @Test func olderAndNewerDocumentsOfTheVersionAreRead() throws {
        var document = Self.documents[0]
        document.fit = Self.oldFit
        let object = try #require(try JSONSerialization.jsonObject(with: document.encoded()) as? [String: Any])
        var fit = try #require(object["fit"] as? [String: Any])
        #expect(
            Set(fit.keys) == [
                "method", "count", "log_likelihood", "loss", "bic", "aic", "iterations", "converged", "seed", "kernel",
                "threads", "restarts",
            ])
        #expect(try JSONDecoder().decode(ModelDocument.self, from: document.encoded()) == document)
        fit["something_new"] = ["x": 1]
        let newer = try JSONSerialization.data(withJSONObject: object.merging(["fit": fit]) { $1 })
        #expect(try JSONDecoder().decode(ModelDocument.self, from: newer) == document)
    }

    @Test(arguments: Fit.Outcome.allCases) func everyOutcomeRoundTrips(outcome: Fit.Outcome) throws {
        var document = Self.documents[0]
        document.fit?.outcome = outcome
        document.fit?.restarts[0].outcome = outcome
        #expect(try JSONDecoder().decode(ModelDocument.self, from: document.encoded()) == document)
    }

    @Test func mixtureRoundTrip() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<1000 {
            let deviations = (0..<4).map { _ in
                Double.random(in: 1...10, using: &generator) * pow(10, Double.random(in: -150...150))
            }
            let mixture = try GaussianMixture(
                weights: [0.25, 0.25, 0.5, 0], means: [1, 2, 3, -0.1], standardDeviations: deviations)
            let document = ModelDocument(mixture: mixture, features: ["x"])
            #expect(document.covariances.type == .full && document.fit == nil && document.features == ["x"])
            #expect(try JSONDecoder().decode(ModelDocument.self, from: document.encoded()).mixture() == mixture)
        }
    }

    @Test func mixtureOfEveryCovarianceType() throws {
        for covariances in [.full([[[4]], [[4]]]), .tied([[4]]), .diagonal([[4], [4]]), .spherical([4, 4])]
            as [Covariances]
        {
            let document = ModelDocument(
                features: ["x"], weights: [0.5, 0.5], means: [[0], [1]], covariances: covariances)
            let mixture = try document.mixture()
            #expect(mixture.standardDeviations == [[2], [2]] && mixture.shape.covariance == covariances.type)
            #expect(ModelDocument(mixture: mixture, features: ["x"]) == document)
        }
    }

    @Test func mixturesOfManyFeatures() throws {
        let matrix = [[2, 5e-4, -0.25], [5e-4, 1e-6, 1e-4], [-0.25, 1e-4, 3e4]]
        for covariances in [
            .full([matrix, [[1, 0, 0], [0, 4, 0], [0, 0, 9]]]), .tied(matrix),
            .diagonal([[1, 4, 9], [16, 1e-8, 1e8]]), .spherical([4, 0.25]),
        ] as [Covariances] {
            let means = [[1.0 / 3, -2, 0], [1e9, 0.1, 7]]
            let mixture = try GaussianMixture(weights: [0.1, 0.9], means: means, covariances: covariances)
            let document = ModelDocument(mixture: mixture, features: ["a", "b", "c"], fit: Self.fit)
            let read = try JSONDecoder().decode(ModelDocument.self, from: document.encoded())
            #expect(read == document)
            let back = try read.mixture()
            #expect(back.weights == mixture.weights && back.means == mixture.means && back.shape == mixture.shape)
            for (a, b) in zip(back.standardDeviations.joined(), mixture.standardDeviations.joined()) {
                #expect(abs(a / b - 1) < 1e-14)
            }
        }
        let mixture = try GaussianMixture(weights: [1], means: [[0, 0]], covariances: .spherical([1]))
        #expect(throws: EncodingError.self) { try ModelDocument(mixture: mixture, features: ["a"]).encoded() }
    }

    @Test func aMatrixThatIsNotPositiveDefiniteIsNoCovariance() throws {
        var document = Self.documents[0]
        document.covariances = .full([[[2, 0.5], [0.5, 1]], [[1, 2], [2, 1]]])
        #expect(throws: EncodingError.self) { try document.encoded() }
        let error = #expect(throws: MixtureError.self) { try document.mixture() }
        #expect(error?.description.contains("covariances[1]: its covariance is indefinite") == true)
    }

    @Test(
        arguments: [
            (.full([[[1, 0], [0, 1]]]), "covariances"), (.full([[[1, 0], [0, 1]], [[1]]]), "covariances[1]"),
            (.tied([[1]]), "covariances"), (.diagonal([[1, 2]]), "covariances"),
            (.diagonal([[1, 2], [3]]), "covariances[1]"), (.diagonal([[1, 2], [3, 4, 5]]), "covariances[1]"),
            (.diagonal([[1, 2], [3, 0]]), "covariances[1][1]"), (.spherical([1]), "covariances"),
            (.spherical([1, 2, 3]), "covariances"), (.spherical([1, -2]), "covariances[1]"),
        ] as [(Covariances, String)])
    func covariancesThatDoNotGoWithTheShapeAreNamed(covariances: Covariances, field: String) throws {
        try withDirectory { directory in
            var document = Self.documents[0]
            document.covariances = covariances
            let fault = fault { try document.write(to: directory + "/model.json") }
            #expect(fault.location == .field(field), "\(fault.text)")
        }
    }

    @Test func whatIsNoMixtureIsNotWritten() throws {
        try withDirectory { directory in
            let path = directory + "/model.json"
            // A standard deviation whose square underflows.
            let tiny = try GaussianMixture(weights: [1], means: [0], standardDeviations: [1e-200])
            let fault = fault { try ModelDocument(mixture: tiny, features: ["x"]).write(to: path) }
            #expect(fault.location == .field("covariances[0][0][0]"))
            var document = Self.documents[1]
            document.fit?.bic = .nan
            #expect(GMMFilesTests.fault { try document.write(to: path) }.location == .field("fit.bic"))
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test(arguments: [
        ("\"gaussian-mixture\"", "\"other\"", "format"), ("\"version\" : 1", "\"version\" : 2", "version"),
        ("\"tied\"", "\"round\"", "covariance"),
        ("\"dimension\" : 2", "\"dimension\" : 3", "dimension"),
        ("\"components\" : 2", "\"components\" : 1", "components"),
        ("\"components\" : 2", "\"x\" : 2", "components"), ("\"tied\"", "\"full\"", "covariances[0][0]"),
        ("\"tied\"", "\"spherical\"", "covariances[0]"),
        ("0.9", "0.8", "weights"), ("0.9", "-0.9", "weights[1]"), ("0.9", "\"a\"", "weights[1]"),
        ("0.9", "null", "weights[1]"), ("0.9", "0.9, 0.0", "components"), ("1e+308", "1e+308, 1", "means[1]"),
        ("7.5", "-7.5", "covariances[0][0]"),
        ("7.5", "0", "covariances[0][0]"), ("7.5", "7.5, 1", "covariances[0]"), ("0.25", "0.5", "covariances[1][0]"),
        ("\"em\"", "\"guess\"", "fit.method"), ("6000", "0", "fit.count"),
        ("100000", "\"a\"", "fit.restarts[1].loss"), ("\"restart\" : 0", "\"restart\" : -1", "fit.failed_restarts[0]"),
        ("\"own_share\" : 1e-13", "\"own_share\" : -1", "fit.at_floor[0]"),
        ("\"step\" : 3", "\"step\" : -3", "fit.events[0]"),
        ("\"pruned\"", "\"gone\"", "fit.events[1].kind"), ("5999.5", "0", "fit.total_weight"),
        ("\"best_restart\" : 1", "\"best_restart\" : -1", "fit.best_restart"),
        ("\"at-floor\"", "\"bored\"", "fit.restarts[1].set_aside"), ("29300.125", "\"a\"", "fit.icl"),
        ("\"log_likelihood\"", "\"loglike\"", "fit.log_likelihood"),
    ])
    func faults(old: String, new: String, field: String) throws {
        var document = Self.documents[1]
        document.covariances = .tied([[7.5, 0.25], [0.25, 1]])
        let json = String(decoding: try document.encoded(), as: UTF8.self)
        let range = try #require(json.range(of: old))
        let fault = fault { try Self.decode(json.replacingCharacters(in: range, with: new)) }
        #expect(fault.location == .field(field), "\(fault.text)")
    }

    @Test func textThatIsNotJSON() throws {
        for text in ["", "{", "[]", "{} x", "\u{0}", "1"] {
            #expect(fault { try Self.decode(text) }.text.contains("model.json"))
        }
        let json = String(decoding: try Self.documents[1].encoded(), as: UTF8.self)
        #expect(
            fault { try Self.decode(json.replacing("0.9", with: "1e999")) }.text.contains("1e999 is not representable"))
        #expect(fault { try Self.decode(json.replacing("6000", with: "1.5")) }.text.contains("write a whole number"))
        #expect(
            fault { try Self.decode(json.replacing("18446744073709551615", with: "-1")) }.text.contains(
                "write a whole number"))
        #expect(fileError { try ModelDocument.read("/nowhere/model.json") }?.exitCode == 66)
    }
}
