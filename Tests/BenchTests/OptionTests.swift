import Foundation
import Testing

/// What gmm-bench says of options that it cannot serve, before it measures anything.
@Suite struct OptionTests {
    @Test(arguments: [
        (["starts", "--rounds", "0"], "--rounds is 0; give a whole number, 1 or more"),
        (["starts", "--threads", "0"], "--threads is 0; give a whole number, 1 or more"),
        (["acceleration", "--seeds", "0"], "--seeds is 0; give a whole number, 1 or more"),
        (
            ["peer", "--data", "x.csv", "--components", "2", "--repeats", "0"],
            "--repeats is 0; give a whole number, 1 or more"
        ),
        (["scaling", "--memory", "0"], "--memory is 0.0; give a number of GiB"),
        (["scaling", "--precision", "float16"], "Please provide one of 'float64' and 'float32'"),
        (["scaling", "--output", "/dev/null/there"], "no folder can be made there; give another"),
        (["--precision", "float16"], "float64, float32 or both"),
        (["--cases", "D2"], "Cases: D1-K1, "),
        (["--dimensions", "0"], "--dimensions takes numbers from 1 to 4096."),
        (["--kernels", "none"], "Choose one of: "),
        (
            ["--json", "/nowhere/run.json"],
            "/nowhere/run.json cannot be written: there is no directory /nowhere/; make it, or give another."
        ),
        (["acceleration", "--json", "/"], "/ cannot be written: it is a directory; give the name of a file in it."),
        (
            ["--plot", "/nowhere/scaling.png"],
            "/nowhere/scaling.png cannot be written: there is no directory /nowhere/; make it"
        ),
        (["--plot", "scaling.gif"], "--plot draws a PNG; give a name that ends in .png."),
        (
            ["--baseline", "/nowhere/run.json"],
            "/nowhere/run.json cannot be opened: No such file or directory; check the path"
        ),
        (["--baseline", InstructionTests.file.path], "this is not what `gmm-bench --json` writes; make it anew."),
        (
            ["acceleration", "--faithful", "/nowhere/faithful.csv"],
            "/nowhere/faithful.csv cannot be opened: No such file or directory; check"
        ),
    ])
    func isRefusedWithAdvice(arguments: [String], advice: String) throws {
        let run = try Benchmark.run(arguments)
        #expect(run.status != 0 && run.output == "" && run.errors.contains(advice), "\(run.output)\(run.errors)")
    }

    @Test func plotWantsGnuplot() throws {
        let run = try Benchmark.run(["--plot", "scaling.png"], environment: ["PATH": "/nowhere"])
        #expect(
            run.status != 0 && run.output == "" && run.errors.contains("apt-get install gnuplot"),
            "\(run.output)\(run.errors)")
    }
}
