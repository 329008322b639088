import Foundation
import GaussianMixtures
import Testing

@testable import GMMFiles

@Suite struct SchemaTests {
    /// A Python that has the package jsonschema.
    private static let python: String? = ["python3", "/usr/bin/python3"].first {
        (try? run($0, "import jsonschema; jsonschema.Draft202012Validator", input: Data()))?.status == 0
    }

    private static func run(_ python: String, _ script: String, input: Data) throws -> (status: Int32, output: Data) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python, "-c", script]
        let (stdin, stdout) = (Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = FileHandle.nullDevice
        try process.run()
        try stdin.fileHandleForWriting.write(contentsOf: input)
        try stdin.fileHandleForWriting.close()
        let output = try stdout.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    /// Whether each of the documents follows `docs/model.schema.json`.
    private func follow(_ documents: [[String: Any]]) throws -> [Bool] {
        let schema = try JSONSerialization.jsonObject(
            with: Data(contentsOf: repositoryRoot.appendingPathComponent("docs/model.schema.json")))
        let script = """
            import json, sys
            from jsonschema import Draft202012Validator as Validator
            schema, documents = json.load(sys.stdin)
            Validator.check_schema(schema)
            json.dump([Validator(schema).is_valid(d) for d in documents], sys.stdout)
            """
        let input = try JSONSerialization.data(withJSONObject: [schema, documents])
        let (status, output) = try Self.run(try #require(Self.python), script, input: input)
        #expect(status == 0)
        return try JSONDecoder().decode([Bool].self, from: output)
    }

    /// What the library may write is what the schema allows.
    @Test func theSchemaKnowsAllEnds() throws {
        let text = try String(
            contentsOf: repositoryRoot.appendingPathComponent("docs/model.schema.json"), encoding: .utf8)
        func values(after key: String) throws -> Set<String> {
            let rest = try #require(text.components(separatedBy: key).dropFirst().first)
            let list = try #require(rest.components(separatedBy: "\"enum\": [").dropFirst().first)
            return Set(
                list.prefix { $0 != "]" }.components(separatedBy: ", ").map { $0.trimmingCharacters(in: ["\""]) })
        }
        #expect(try values(after: "\"$defs\": {\n    \"outcome\"") == Set(Fit.Outcome.allCases.map(\.rawValue)))
        #expect(try values(after: "\"set_aside\"") == Set(Fit.SetAside.allCases.map(\.rawValue)))
    }

    @Test(
        .enabled(if: python != nil, "no Python with the package jsonschema (Debian: python3-jsonschema) is installed"))
    func documentsFollowTheSchema() throws {
        let objects = try ModelDocumentTests.documents.flatMap { document in
            var bare = document
            var old = document
            bare.fit = nil
            old.fit = ModelDocumentTests.oldFit
            return try [document, bare, old].map {
                try #require(try JSONSerialization.jsonObject(with: $0.encoded()) as? [String: Any])
            }
        }
        #expect(try follow(objects) == objects.map { _ in true })

        var broken: [[String: Any]] = []
        for object in objects {
            for key in object.keys where key != "fit" {
                broken.append(object)
                broken[broken.count - 1][key] = nil
            }
            let others: [(String, Any)] = [
                ("format", "x"), ("version", 2), ("covariance", "round"), ("dimension", 0), ("components", 1.5),
                ("features", [Int]()),
                ("weights", [1.5]), ("weights", [-0.5]), ("means", [1, 2]), ("covariances", 1),
                ("covariances", [-1, 1]), ("covariances", [[[[1]]]]),
                ("fit", [String: Any]()), ("x", 1),
            ]
            for (key, value) in others {
                broken.append(object)
                broken[broken.count - 1][key] = value
            }
            guard let fit = object["fit"] as? [String: Any] else { continue }
            let added = [
                "outcome", "remaining_gain", "total_weight", "icl", "best_restart", "events", "at_floor",
                "failed_restarts",
            ]
            for key in fit.keys {
                var fit = fit
                fit[key] = nil
                // What 0.1.0 wrote lacks what came later, and is of the version.
                if !added.contains(key) { broken.append(object.merging(["fit": fit]) { $1 }) }
                fit[key] = ["wrong"]
                broken.append(object.merging(["fit": fit]) { $1 })
            }
        }
        // A shape under the name of another; diagonal and tied differ in nothing but the sign of what is off the
        // diagonal.
        for (index, name) in [(0, "tied"), (3, "full"), (6, "spherical"), (9, "diagonal")] {
            broken.append(objects[index].merging(["covariance": name]) { $1 })
        }
        for (object, isValid) in zip(broken, try follow(broken)) { #expect(!isValid, "\(object)") }

        // What the schema refuses, the reader refuses too, save fields it does not know.
        for object in broken where object["x"] == nil {
            let data = try JSONSerialization.data(withJSONObject: object)
            #expect(throws: (any Error).self, "\(object)") { try JSONDecoder().decode(ModelDocument.self, from: data) }
        }
    }
}
