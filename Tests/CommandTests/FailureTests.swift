import Foundation
import Testing

/// Every way to fail has its exit status and says what to do, and none loses what was there.
@Suite struct FailureTests {
    // MARK: 64, usage

    @Test(arguments: [
        (["fit"], "<DATA>"),
        (["fit", "DATA"], "--components"),
        (["fit", "DATA", "--components"], "--components"),
        (["fit", "DATA", "--components", "two"], "'two' is invalid for '--components"),
        (["fit", "DATA", "--components", "0"], "--components is 0; give a number from 1"),
        (["fit", "DATA", "--components", "-2"], "--components is -2; give a number from 1"),
        (["fit", "DATA", "--components", "2", "--method", "newton"], "'em', 'adam' or 'lbfgs'"),
        (
            ["fit", "DATA", "--components", "2", "--learning-rate", "0.1"],
            "--learning-rate is Adam's; add --method adam"
        ),
        (
            ["fit", "DATA", "--components", "2", "--method", "lbfgs", "--batch", "10"],
            "--batch is Adam's; add --method adam"
        ),
        (["fit", "DATA", "--components", "2", "--method", "adam", "--batch", "0"], "--batch is 0; give at least 1"),
        (
            ["fit", "DATA", "--components", "2", "--method", "adam", "--acceleration", "none"],
            "leave it out, or --method adam"
        ),
        (["fit", "DATA", "--components", "2", "--acceleration", "fast"], "'fast' is invalid for '--acceleration"),
        (["fit", "DATA", "--components", "2", "--covariance", "round"], "'round' is invalid for '--covariance"),
        (
            ["fit", "DATA", "--components", "2", "--init", "guess"],
            "'kmeans', 'kmeans++', 'random', 'random-from-data' or 'standard-normal'"
        ),
        (["fit", "DATA", "--components", "2", "--collapse", "merge"], "'hold', 'reseed' or 'prune'"),
        (["fit", "DATA", "--components", "2", "--prior", "flat"], "'none' and 'mclust'"),
        (["fit", "DATA", "--components", "2", "--precision", "float16"], "'float64' and 'float32'"),
        (["fit", "DATA", "--components", "2", "--reg", "-1"], "--reg is -1.0; give 0 or a small share"),
        (["fit", "DATA", "--components", "2", "--reg", "1"], "--reg is 1.0; give 0 or a small share"),
        (["fit", "DATA", "--components", "2", "--column", "a", "--columns", "a,b"], "give all in --columns"),
        (["fit", "DATA", "--components", "2", "--columns", "a,"], "with a comma between them"),
        (["fit", "DATA", "--components", "2", "--keep", "2"], "add --short-runs"),
        (["fit", "DATA", "--components", "2", "--short-runs", "5"], "add them, such as --restarts 32"),
        (["fit", "DATA", "--components", "2", "--short-runs", "0", "--restarts", "4"], "--short-runs is 0"),
        (
            ["fit", "DATA", "--components", "2", "--short-runs", "5", "--restarts", "4", "--keep", "5"],
            "--keep is 5; give a number from 1 to"
        ),
        (["fit", "DATA", "--components", "2", "--warm-start", "m.json", "--init", "random"], "--init asks for others"),
        (
            ["fit", "DATA", "--components", "2", "--warm-start", "m.json", "--restarts", "2"],
            "--restarts asks for others"
        ),
        (
            ["fit", "DATA", "--components", "2", "--method", "adam", "--learning-rate", "0"],
            "--learning-rate is 0.0; give a positive number"
        ),
        (
            ["fit", "DATA", "--components", "2", "--method", "adam", "--learning-rate", "nan"],
            "--learning-rate is nan; give a positive number"
        ),
        (["fit", "DATA", "--components", "2", "--iterations", "-1"], "--iterations is -1"),
        (["fit", "DATA", "--components", "2", "--tolerance", "-1e-8"], "--tolerance is -1e-08"),
        (["fit", "DATA", "--components", "2", "--tolerance", "inf"], "--tolerance is inf"),
        (["fit", "DATA", "--components", "2", "--restarts", "0"], "--restarts is 0"),
        (["fit", "DATA", "--components", "2", "--seed", "-1"], "'-1' is invalid for '--seed"),
        (
            ["fit", "DATA", "--components", "2", "--weight-concentration", "0.5"],
            "--weight-concentration is 0.5; give 1 or more"
        ),
        (["fit", "DATA", "--components", "2", "--threads", "0"], "--threads is 0; give a number from 1 to 4096"),
        (
            ["fit", "DATA", "--components", "2", "--kernel", "abacus"],
            "--kernel: There is no kernel \"abacus\" on this machine. Choose one of: "
        ),
        (["fit", "DATA", "--components", "2", "--plot", "fit.svg"], "ends in .png"),
        (["fit", "DATA", "--components", "2", "--animate", "training.mp4"], "ends in .gif or .html"),
        (["fit", "DATA", "--components", "2", "--output", "-"], "--json"),
        (
            ["fit", "DATA", "--components", "2", "--output", "same", "--history", "./same"],
            "--output and --history would write the same file"
        ),
        (["fit", "DATA", "--components", "2", "--history", "DATA"], "--history would overwrite the data"),
        (["fit", "DATA", "--components", "2", "--ouput", "model.json"], "Did you mean '--output'?"),
        (["train"], "Unexpected argument 'train'"),
    ])
    func usage(arguments: [String], advice: String) throws {
        try withTemporaryFolder { folder in
            let data = folder.appending(path: "data.csv"), content = Samples.csv(Samples.twoGroups)
            try Data(content.utf8).write(to: data)
            let outcome = try Command.run(arguments.map { $0 == "DATA" ? data.path : $0 })
            expectFailure(outcome, 64, advice)
            #expect(try String(contentsOf: data, encoding: .utf8) == content)
        }
    }

    @Test func anUnknownKernelInTheEnvironment() throws {
        for arguments in [["info"], ["fit", Fixture.csv, "--components", "2"]] {
            expectFailure(
                try Command.run(arguments, environment: ["GMM_KERNEL": "abacus"]), 64,
                "GMM_KERNEL: There is no kernel \"abacus\"")
        }
    }

    // MARK: 65, data

    @Test(arguments: [
        ("x\n1\n2\nthree\n4\n", [], "line 4, column 1 (\"x\"): \"three\" is not a number"),
        ("1,2\n\n3\n", ["--column", "1"], "line 3, column 2: the row has 1 field where the first has 2"),
        ("a,b\n1,2\n3,\n", ["--column", "b"], "line 3, column 2 (\"b\"): the field is empty"),
        ("1\nnan\n", [], "line 2, column 1: \"nan\" is not a finite number"),
        ("1\n1e400\n", [], "line 2, column 1: \"1e400\" is too large for float64"),
        (
            "a,b\n1,2\n3,x\n", [],
            "line 3, column 2 (\"b\"): \"x\" is not a number; correct it, or name the columns that hold numbers"
        ),
        ("a,b\n1,2\n", ["--columns", "b,c"], "no column \"c\". The columns are: a, b"),
        ("a,b\n1,2\n", ["--columns", "b,2"], "the column \"2\" is asked for twice"),
        ("a,b\n1,7\n2,7\n3,7\n", [], "column \"b\" is 7.0 in all rows"),
        ("1,7\n2,7\n3,7\n", [], "column \"column 2\" is 7.0 in all rows"),
        ("a,b\n1,1e-170\n2,2e-170\n3,1e-170\n", [], "column \"b\" runs from "),
        ("a,w\n1,1\n2,-1\n3,1\n", ["--weights-column", "w"], "column \"w\": the weight of datum 2 of 3 is -1.0"),
        ("a,w\n1,0\n2,0\n3,0\n", ["--weights-column", "w"], "column \"w\": the weights do not serve: all are zero"),
        ("a,w\n1,0\n", ["--weights-column", "v"], "no column \"v\". The columns are: a, w"),
        ("a,w\n1,0\n", ["--weights-column", "w", "--column", "w"], "cannot be data and their weights at once"),
        ("1\n1e39\n2\n", ["--precision", "float32"], "line 2, column 1: \"1e39\" is too large for float32"),
        ("a,b\n1,2\n", ["--column", "c"], "no column \"c\". The columns are: a, b"),
        ("", [], "the file is empty"),
        ("5\n5\n5\n", [], "All data are equal, so their variance is zero and no Gaussian fits them"),
        ("1e-170\n2e-170\n", [], "Rescale it"),
    ])
    func brokenData(content: String, options: [String], complaint: String) throws {
        try withTemporaryFolder { folder in
            let data = folder.appending(path: "data.csv")
            try Data(content.utf8).write(to: data)
            let fromFile = try Command.run(["fit", data.path, "--components", "2"] + options)
            expectFailure(fromFile, 65, complaint)
            #expect(fromFile.errors.hasPrefix("gmm: \(data.path)"))
            let fromInput = try Command.run(["fit", "-", "--components", "2"] + options, input: Data(content.utf8))
            expectFailure(fromInput, 65, complaint)
            #expect(fromInput.errors.hasPrefix("gmm: standard input"))
        }
    }

    @Test func aBrokenArrayNamesItsRow() throws {
        let bytes = Samples.npy([1, 2, .infinity, 4], type: "<f8")
        expectFailure(
            try Command.run(["fit", "-", "--components", "2"], input: bytes), 65,
            "standard input, row 3, column 1: the value is inf")
        expectFailure(try Command.run(["fit", "-", "--components", "2"], input: bytes.dropLast()), 65, "cut off")
    }

    @Test func aLearningRateThatDivergesIsSaid() throws {
        let outcome = try gmm("fit", Fixture.csv, "--components", "2", "--method", "adam", "--learning-rate", "1e300")
        expectFailure(
            outcome, 65, "training left the range of float64 at step 1. Try --learning-rate 0.05 or --method em.")
    }

    // MARK: 66, no input

    @Test func noInput() throws {
        expectFailure(
            try gmm("fit", "/nowhere/data.csv", "--components", "2"), 66, "/nowhere/data.csv cannot be opened")
        expectFailure(try gmm("fit", Fixture.folder.path, "--components", "2"), 66, "it is a directory")
    }

    // MARK: 69, no gnuplot

    @Test func withoutGnuplotTheRestIsThere() throws {
        try withTemporaryFolder { folder in
            let names = ["model.json", "history.csv", "fit.png"], files = names.map { folder.appending(path: $0) }
            try Data("old".utf8).write(to: files[2])
            let outcome = try gmm(
                "fit", "-", "--components", "2", "--output", files[0].path, "--history", files[1].path, "--plot",
                files[2].path,
                input: Samples.csv(Samples.twoGroups), environment: ["PATH": "/nowhere"])
            #expect(outcome.status == 69)
            #expect(outcome.errors.hasPrefix("gmm: gnuplot") && outcome.errors.contains("apt-get install gnuplot-nox"))
            #expect(outcome.output.contains("log-likelihood"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == names.sorted())
            #expect(try String(contentsOf: files[2], encoding: .utf8) == "old")
        }
    }

    // MARK: 73, cannot create

    @Test(arguments: ["--output", "--history", "--plot", "--animate"])
    func anOutputThatCannotBeIsFoundFirst(option: String) throws {
        try withTemporaryFolder { folder in
            let name = ["--plot": "a.png", "--animate": "a.gif"][option, default: "a"]
            // The data are broken: to be told of the output first shows that no fit was made for nothing.
            let missing = try gmm(
                "fit", "-", "--components", "2", option, folder.appending(path: "none/\(name)").path, input: "x y z")
            expectFailure(missing, 73, "there is no directory")
            let taken = folder.appending(path: name)
            try FileManager.default.createDirectory(at: taken, withIntermediateDirectories: false)
            expectFailure(
                try gmm("fit", "-", "--components", "2", option, taken.path, input: "x y z"), 73, "it is a directory")
        }
    }

    @Test func aDemoNeedsADirectory() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "file")
            try Data("old".utf8).write(to: file)
            for path in [file.path, file.appending(path: "deeper").path] {
                expectFailure(try gmm("demo", "--output", path), 73, "\(path) cannot be written")
            }
            #expect(try String(contentsOf: file, encoding: .utf8) == "old")
        }
    }

    // MARK: 74, input and output

    #if os(Linux)
    @Test func aFullDiskIsNoticed() throws {
        let arguments = ["fit", "-", "--components", "2"], input = Data(Samples.csv(Samples.twoGroups).utf8)
        let table = try Command.run(
            arguments, input: input, output: FileHandle(forWritingTo: URL(filePath: "/dev/full")))
        expectFailure(table, 74, "standard output cannot be written")
        let model = try Command.run(arguments + ["--output", "/dev/full"], input: input)
        #expect(model.status == 74 && model.errors.hasPrefix("gmm: /dev/full: writing failed"))
        #expect(model.output.contains("log-likelihood"), "the fit is not lost")
    }
    #endif

    @Test func aReaderThatLeavesIsNoFailure() throws {
        try withTemporaryFolder { folder in
            let model = folder.appending(path: "model.json"), pipe = Pipe()
            try pipe.fileHandleForReading.close()
            for arguments in [["fit", "-", "--components", "2", "--output", model.path], ["--help"], ["info"]] {
                let outcome = try Command.run(
                    arguments, input: Data(Samples.csv(Samples.twoGroups).utf8), output: pipe.fileHandleForWriting)
                #expect(outcome.status == 0 && !outcome.wasKilled && outcome.errors == "")
            }
            #expect(FileManager.default.fileExists(atPath: model.path))
        }
    }

    // MARK: What was there

    @Test func aFailedFitLeavesOldFiles() throws {
        try withTemporaryFolder { folder in
            let files = ["model.json", "history.csv", "fit.png", "training.html"].map { folder.appending(path: $0) }
            for file in files { try Data("old".utf8).write(to: file) }
            let outcome = try gmm(
                "fit", "-", "--components", "5", "--output", files[0].path, "--history", files[1].path, "--plot",
                files[2].path,
                "--animate", files[3].path, input: "1\n2\n3\n")
            expectFailure(outcome, 65, "Try fewer components")
            for file in files { #expect(try String(contentsOf: file, encoding: .utf8) == "old") }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == files.count)
        }
    }

    private func expectFailure(
        _ outcome: Outcome, _ status: Int32, _ text: String, _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(outcome.status == status && !outcome.wasKilled, sourceLocation: location)
        #expect(outcome.errors.hasPrefix("gmm: ") && outcome.errors.contains(text), sourceLocation: location)
        #expect(
            outcome.errors.components(separatedBy: "gmm: ").count == 2 || status == 64, "one message",
            sourceLocation: location)
        #expect(outcome.output == "", sourceLocation: location)
    }
}
