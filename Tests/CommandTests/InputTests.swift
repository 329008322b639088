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
        var model = try Command.run(["fit", "-", "--components", "2", "--json"] + options, input: Data(text.utf8))
            .model()
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
            // All of these values are exact in float32, so only the arithmetic differs; that it does shows that it was
            // float32.
            #expect(model != expected)
            for k in 0..<2 { #expect(abs(model.means[k][0] - expected.means[k][0]) < 1e-4) }
        }
    }

    @Test func columnsInAnyOrderAndLayoutGiveOneModel() throws {
        let values: [[Double]] = (0..<60).map { (i: Int) -> [Double] in
            [Samples.twoGroups[i % 40], Double(i * 7 % 11), Double(i * 5 % 17)]
        }
        func fit(_ input: Data, _ options: String...) throws -> ModelDocument {
            try Command.run(["fit", "-", "--components", "2", "--json"] + options, input: input).model()
        }
        let text = Data(("a,b,kind,c\n" + values.map { "\($0[0]),\($0[1]),x,\($0[2])\n" }.joined()).utf8)
        let model = try fit(text, "--columns", "a,b,c")
        #expect(model.features == ["a", "b", "c"] && model.dimension == 3 && model.covariances.type.rawValue == "full")
        #expect(try fit(text, "--columns", "1, 2, c") == model)
        // Column after column, and with columns that are left out.
        var columns = try fit(Samples.npy(table: values, fortran: true))
        #expect(columns.features == ["column 1", "column 2", "column 3"])
        columns.features = model.features
        #expect(columns == model)
        let swapped = try fit(text, "--columns", "b,a")
        #expect(swapped.features == ["b", "a"])
    }

    @Test func weightsCountRows() throws {
        let twice = Samples.csv(Samples.twoGroups + Samples.twoGroups[..<10], header: "x")
        let weighted = "x,n\n" + Samples.twoGroups.enumerated().map { "\($1),\($0 < 10 ? 2 : 1)\n" }.joined()
        let options = ["fit", "-", "--components", "2", "--json", "--tolerance", "0", "--iterations", "20"]
        let byRows = try Command.run(options, input: Data(twice.utf8)).model()
        let byWeights = try Command.run(options + ["--weights-column", "n"], input: Data(weighted.utf8)).model()
        #expect(byWeights.features == ["x"] && byWeights.fit?.count == 40)
        #expect(abs(byWeights.fit!.logLikelihood - byRows.fit!.logLikelihood) < 1e-9)
        #expect(abs(byWeights.fit!.bic - byRows.fit!.bic) < 1e-9)
    }

    @Test func precisionCanBeForced() throws {
        let exact = try gmm("fit", Fixture.csv, "--components", "2", "--json").model()
        let single = try gmm("fit", Fixture.csv, "--components", "2", "--json", "--precision", "float32").model()
        #expect(single != exact && abs(single.fit!.logLikelihood - exact.fit!.logLikelihood) < 0.01)
        #expect(
            try gmm("fit", Fixture.npy, "--components", "2", "--precision", "float64").output.contains(
                "data_mixture.npy: 6000 values\n"))
    }

    @Test func float32IsSaid() throws {
        #expect(
            try gmm("fit", Fixture.npy, "--components", "2").output.contains(
                "data_mixture.npy: 6000 values in float32\n"))
    }
}
