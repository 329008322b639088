import Foundation
import GMMFiles
import Testing

/// Hostile inputs, limits, and outputs that stand for themselves.
@Suite struct FileTests {
    /// Runs a line of shell, in which `$GMM` is the command, in a folder of its own that holds `data.csv`.
    private func shell(_ line: String, _ check: (Outcome, URL) throws -> Void) throws {
        try withTemporaryFolder { folder in
            try Data(Samples.csv(Samples.twoGroups).utf8).write(to: folder.appending(path: "data.csv"))
            let process = Process(), errors = folder.appending(path: "errors"),
                output = folder.appending(path: "output")
            for file in [errors, output] { try Data().write(to: file) }
            process.executableURL = URL(fileURLWithPath: "/bin/bash")
            process.arguments = ["-c", line]
            process.environment = Command.environment(["GMM": Command.executable.path])
            process.currentDirectoryURL = folder
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = try FileHandle(forWritingTo: output)
            process.standardError = try FileHandle(forWritingTo: errors)
            // Dispatch blocks signals in its threads, and a program inherits what is blocked.
            var none = sigset_t(), before = sigset_t()
            sigemptyset(&none)
            pthread_sigmask(SIG_SETMASK, &none, &before)
            try process.run()
            pthread_sigmask(SIG_SETMASK, &before, nil)
            process.waitUntilExit()
            let outcome = Outcome(
                status: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
                errors: try String(contentsOf: errors, encoding: .utf8), wasKilled: process.terminationReason != .exit)
            try check(outcome, folder)
        }
    }

    private static let endless: [(String, Int32, String)] = {
        var lines: [(String, Int32, String)] = [
            ("$GMM fit /dev/zero --components 1", 65, "not text"),
            ("truncate -s 4T sparse; $GMM fit sparse --components 1", 65, "not text"),
        ]
        #if !DEBUG
        // Without optimisation these read for minutes.
        lines += [
            ("(ulimit -v 400000; yes 1,2 | $GMM fit - --components 1 --header no)", 71, "of memory"),
            ("(ulimit -v 1000000; tr '\\0' 1 < /dev/zero | $GMM fit - --components 1)", 65, "no end within"),
            ("$GMM fit data.csv --components 1 --warm-start /dev/zero", 65, "more than"),
        ]
        #endif
        return lines
    }()

    @Test(arguments: endless)
    func inputsWithoutEnd(line: String, status: Int32, words: String) throws {
        try shell(line) { outcome, _ in
            #expect(outcome.status == status && !outcome.wasKilled)
            #expect(outcome.errors.hasPrefix("gmm: ") && outcome.errors.contains(words), "\(outcome.errors)")
        }
    }

    @Test func notesComeOnStandardError() throws {
        let outcome = try gmm("fit", "-", "--components", "1", "--columns", "1", input: "1,\u{1B}[31mred\n2,b\n\n4,c\n")
        #expect(outcome.status == 0)
        #expect(
            outcome.errors.contains("gmm: note: standard input, line 1: the row is read as data")
                && !outcome.errors.contains("\u{1B}"))
        #expect(outcome.errors.contains("gmm: note: standard input, line 3: a blank line"))
        let named = try gmm(
            "fit", "-", "--components", "1", "--header", "yes", input: "a\u{1B}[31m\u{7},2\n1,1\n2,3\n4,1\n")
        #expect(
            named.status == 0 && named.errors == "" && named.output.contains("a\\u{1B}[31m\\u{07}")
                && !named.output.contains("\u{1B}"))
        #expect(try gmm("fit", "-", "--components", "1", "--header", "maybe", input: "1\n2\n").status == 64)
        #expect(
            try gmm("fit", "-", "--components", "1", "--comment", "%", input: "% a\n1\n%\n2\n").output.contains(
                "column a: 2 values"))
    }

    @Test func everyOutputIsTried() throws {
        try shell(
            "ln -s /dev/full f.html; $GMM fit data.csv --components 2 --output /dev/full --history h.csv --animate f.html"
        ) { outcome, folder in
            #expect(outcome.status == 74 && outcome.output.contains("log-likelihood"))
            let lines = outcome.errors.split(separator: "\n")
            #expect(lines.count { $0.hasPrefix("gmm: ") && $0.contains("No space left") } == 2)
            let history = try String(contentsOf: folder.appending(path: "h.csv"), encoding: .utf8)
            #expect(history.hasPrefix("step,loss"))
        }
        try shell("$GMM fit data.csv --components 2 --output m.json > /dev/full") { outcome, folder in
            #expect(
                outcome.status == 74 && FileManager.default.fileExists(atPath: folder.appending(path: "m.json").path))
        }
    }

    @Test func standardOutputKeepsItsOrder() throws {
        try shell("echo first; $GMM fit data.csv --components 2 --output /dev/stdout; echo last") { outcome, _ in
            let model = try #require(outcome.output.range(of: "\"weights\"")),
                report = try #require(outcome.output.range(of: "log-likelihood  "))
            #expect(outcome.output.hasPrefix("first\n{") && outcome.output.hasSuffix("last\n"))
            #expect(model.lowerBound < report.lowerBound)
        }
        for line in ["> same", "2> same", ">> same"] {
            try shell(
                "touch same; ln -s same link; $GMM fit data.csv --components 2 --output link \(line); s=$?; cat same >&2; exit $s"
            ) { outcome, _ in
                #expect(outcome.status == 64 && outcome.errors.contains("--output would take the place of link"))
            }
        }
    }

    @Test(
        .enabled(if: access("/dev/full", W_OK) == 0),
        arguments: ["help", "--version", "", "fit --help", "info", "help fit"])
    func answersAreChecked(arguments: String) throws {
        try shell("$GMM \(arguments) > /dev/full") { outcome, _ in
            #expect(outcome.status == 74 && outcome.errors.contains("standard output cannot be written: No space left"))
        }
        try shell("$GMM \(arguments)") { outcome, _ in #expect(outcome.status == 0 && outcome.errors == "") }
    }

    /// Before the fit, and not by a failed allocation on the way.
    @Test func aFitThatMemoryCannotHoldIsRefused() throws {
        let wide =
            "seq 1 20 | awk '{ for (i = 1; i <= 300; i++) printf \"%s%f\", (i > 1 ? \",\" : \"\"), sin(i * $1 * $1); print \"\" }' > wide.csv"
        try shell("\(wide); ulimit -v 3000000; $GMM fit wide.csv --header no --components 400 --iterations 1") {
            outcome, _ in
            #expect(
                outcome.status == 71 && !outcome.wasKilled && outcome.errors.contains("of memory"), "\(outcome.errors)")
        }
        try shell(
            "\(wide); ulimit -v 3000000; $GMM fit wide.csv --header no --components 3 --covariance diagonal --iterations 1"
        ) { outcome, _ in
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
    }

    @Test func aLimitOfSizeIsSaid() throws {
        try shell("ulimit -f 1; $GMM fit data.csv --components 2 --tolerance 0 --iterations 200 --history h.csv") {
            outcome, folder in
            #expect(
                outcome.status == 74 && !outcome.wasKilled
                    && outcome.errors.contains("File too large; raise the limit (ulimit -f)"))
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            #expect(names == ["data.csv", "errors", "output"])
        }
    }

    /// The signal comes when a file is there under its temporary name.
    @Test(arguments: ["INT", "TERM", "HUP", "QUIT"]) func signalsLeaveNothing(signal: String) throws {
        let line = """
            $GMM fit data.csv --components 2 --tolerance 0 --iterations 5000 --method adam --history h.csv > /dev/null & p=$!
            while ! compgen -G '.gmm-*.tmp' > /dev/null && kill -0 $p; do :; done
            kill -\(signal) $p; wait $p; s=$?; ls -A; exit $s
            """
        try shell("set -m; ulimit -c 0\n" + line) { outcome, _ in
            #expect(outcome.status > 128)
            #expect(!outcome.output.contains(".tmp"), "\(outcome.output)")
        }
    }

    @Test(.enabled(if: hasGnuplot)) func aTemporaryFolderThatCannotBeIsNamed() throws {
        let line = "TMPDIR=/proc/nowhere $GMM fit data.csv --components 2 --plot p.png"
        try shell(line) { outcome, _ in
            #expect(
                outcome.status == 73 && outcome.errors.contains("/proc/nowhere/") && outcome.errors.contains("TMPDIR"))
        }
    }
}
