import Foundation
import GMMFiles
import Testing

/// One data set gives one model, however it comes in.
@Suite struct InputTests {
    private let expected: ModelDocument

    init() throws {
        expected = try gmm("fit", "-", "--components", "2", "--json", input: Samples.csv(Samples.twoGroups)).model()
    }

    @Test func aFileGivesTheBytesThatStandardInputGives() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "data.csv"), text = Samples.csv(Samples.twoGroups, header: "length")
            try Data(text.utf8).write(to: file)
            let fromFile = try gmm("fit", file.path, "--components", "2", "--json")
            #expect(try fromFile.model().features == ["length"])
            #expect(try gmm("fit", "-", "--components", "2", "--json", input: text).output == fromFile.output)
        }
    }

    @Test(arguments: [[], ["--column", "length"], ["--column", "1"]])
    func aHeaderNamesTheFeature(options: [String]) throws {
        let text = Samples.csv(Samples.twoGroups, header: "length")
        var model = try Command.run(["fit", "-", "--components", "2", "--json"] + options, input: Data(text.utf8)).model()
        #expect(model.features == ["length"])
        #expect(expected.features == ["x"])
        model.features = expected.features
        #expect(model == expected)
    }

    @Test(arguments: ["value", "2"])
    func aColumnAmongOthers(column: String) throws {
        let text = "name;value\n" + Samples.twoGroups.map { "\"a; b\";\($0)\n" }.joined()
        var model = try gmm("fit", "-", "--components", "2", "--json", "--column", column, input: text).model()
        #expect(model.features == ["value"])
        model.features = expected.features
        #expect(model == expected)
    }

    @Test(arguments: [("<f8", 0, false), ("<f8", 2, false), ("<f8", 2, true), ("<f4", 0, false), ("<f4", 2, true)])
    func arrays(type: String, extraColumns: Int, fortran: Bool) throws {
        let bytes = Samples.npy(Samples.twoGroups, type: type, extraColumns: extraColumns, fortran: fortran)
        let options = extraColumns > 0 ? ["--column", "1"] : []
        var model = try Command.run(["fit", "-", "--components", "2", "--json"] + options, input: bytes).model()
        #expect(model.features == [extraColumns > 0 ? "column 1" : "x"])
        model.features = expected.features
        if type == "<f8" {
            #expect(model == expected)
        } else {
            // All of these values are exact in float32, so only the arithmetic differs; that it does shows that it was float32.
            #expect(model != expected)
            for k in 0..<2 { #expect(abs(model.means[k][0] - expected.means[k][0]) < 1e-4) }
        }
    }

    @Test func float32IsSaid() throws {
        #expect(try gmm("fit", Fixture.npy, "--components", "2").output.contains("data_mixture.npy: 6000 values in float32\n"))
    }
}
