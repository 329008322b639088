import Foundation
import GMMFiles
import Testing

@testable import GMMPlots

@Suite struct FailureTests {
    @Test func exitCodes() {
        #expect(PlotError.file(.cannotCreate(path: "", reason: "")).exitCode == 73)
        #expect(PlotError.gnuplotMissing.exitCode == 69)
        #expect(PlotError.gnuplotFailed(status: 1, output: "").exitCode == 74)
        #expect(PlotError.nothingToDraw(reason: "").exitCode == 74)
    }

    @Test func aMissingGnuplotAdvisesAndKeepsTheOldPicture() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("fit.png")
            try Data("old".utf8).write(to: url)
            let error = #expect(throws: PlotError.self) {
                try Plots.draw(to: url, searchPath: folder.path + "::/nowhere") { "plot x" }
            }
            #expect(error == .gnuplotMissing)
            for command in ["apt-get install gnuplot-nox", "dnf install gnuplot", "brew install gnuplot"] {
                #expect(error?.description.contains(command) == true)
            }
            #expect(try String(contentsOf: url, encoding: .utf8) == "old")
        }
    }

    @Test(.enabled(if: hasGnuplot, "gnuplot is not installed"))
    func gnuplotsComplaintIsPassedOn() throws {
        let error = #expect(throws: PlotError.self) {
            try Gnuplot().picture("set terminal pngcairo\nplot nonsense(x)\n")
        }
        #expect(error?.description.contains("undefined function: nonsense") == true)
    }

    @Test func aFailingGnuplotKeepsTheOldPictureHoweverMuchItSays() throws {
        try withTemporaryFolder { folder in
            // Writes half a picture and more to both outputs than any pipe holds, then fails.
            let program = """
                #!/bin/sh
                printf half > picture
                i=0; while [ $i -lt 4000 ]; do echo "line $i of many, long enough to fill what a pipe can hold"; i=$((i+1)); done
                i=0; while [ $i -lt 4000 ]; do echo "complaint $i, long enough to fill what a pipe can hold" >&2; i=$((i+1)); done
                exit 3
                """
            let gnuplot = folder.appendingPathComponent("gnuplot")
            try Data(program.utf8).write(to: gnuplot)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: gnuplot.path)
            let url = folder.appendingPathComponent("fit.png")
            try Data("old".utf8).write(to: url)
            let script = String(repeating: "# a long script\n", count: 20_000)
            let error = #expect(throws: PlotError.self) { try Plots.draw(to: url, searchPath: folder.path) { script } }
            guard case .gnuplotFailed(status: 3, let output) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(output.hasSuffix("complaint 3999, long enough to fill what a pipe can hold"))
            #expect(output.split(separator: "\n").count == 6)
            #expect(try String(contentsOf: url, encoding: .utf8) == "old")
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["fit.png", "gnuplot"])
        }
    }

    @Test func gnuplotRunsInTheCLocale() throws {
        try withTemporaryFolder { folder in
            let gnuplot = folder.appendingPathComponent("gnuplot"), url = folder.appendingPathComponent("fit.png")
            try Data("#!/bin/sh\nprintf %s \"$LC_ALL\" > picture\n".utf8).write(to: gnuplot)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: gnuplot.path)
            try Plots.draw(to: url, searchPath: folder.path) { "" }
            #expect(try String(contentsOf: url, encoding: .utf8) == "C")
        }
    }

    @Test func aMissingFolderIsAnError() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("none/training.html")
            let error = #expect(throws: PlotError.self) {
                try Plots.trainingPage(frames: Samples.frames(2), data: [1, 2], to: url)
            }
            #expect(error?.exitCode == 73)
            #expect(error?.description.contains("there is no directory") == true)
        }
    }

    @Test func aFolderIsNoFile() throws {
        try withTemporaryFolder { folder in
            #expect(
                throws: PlotError.file(
                    .cannotCreate(path: folder.path, reason: "it is a directory; give the name of a file in it"))
            ) {
                try Plots.trainingPage(frames: Samples.frames(2), data: [1, 2], to: folder)
            }
        }
    }

    @Test func anOldPageSurvivesNothingToDraw() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("training.html")
            try Data("old".utf8).write(to: url)
            let error = #expect(throws: PlotError.self) { try Plots.trainingPage(frames: [], data: [1, 2], to: url) }
            #expect(error == .nothingToDraw(reason: "there is no mixture"))
            #expect(try String(contentsOf: url, encoding: .utf8) == "old")
        }
    }

    @Test func aLinkStaysAndADeviceIsWrittenTo() throws {
        try withTemporaryFolder { folder in
            let (file, link) = (folder.appendingPathComponent("file"), folder.appendingPathComponent("link"))
            try Data("old".utf8).write(to: file)
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
            try Destination.put(Array("new".utf8), at: link)
            #expect(try String(contentsOf: file, encoding: .utf8) == "new")
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == file.path)
            let device = folder.appendingPathComponent("device")
            try FileManager.default.createSymbolicLink(
                at: device, withDestinationURL: URL(fileURLWithPath: "/dev/null"))
            try Destination.put(Array("new".utf8), at: device)
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: device.path) == "/dev/null")
        }
    }

    @Test(.enabled(if: geteuid() != 0, "root may write anywhere"))
    func aFolderThatMayNotBeWrittenIsAnError() throws {
        try withTemporaryFolder { folder in
            try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder.path)
            let error = #expect(throws: PlotError.self) {
                try Plots.trainingPage(
                    frames: Samples.frames(2), data: [1, 2], to: folder.appendingPathComponent("a.html"))
            }
            #expect(error?.exitCode == 73)
        }
    }
}
