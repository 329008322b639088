import Foundation
import Testing

@testable import GMMFiles

@Suite struct ReadingTests {
    @Test func formatIsRecognisedByContent() throws {
        try withDirectory { directory in
            let path = directory + "/data.csv"
            try AtomicFile.write(NPYTests.file(NPYTests.header("<f8", "(6,)")), to: path)
            #expect(try NumericTable.read(path, columns: ["1"]).values == .float64(NPYTests.values))
        }
    }

    @Test func standardInput() throws {
        try withDirectory { directory in
            let npy = NPYTests.file(NPYTests.header("<f8", "(6,)"))
            for (bytes, values) in [(Array("x\n1\n2\n".utf8), [1.0, 2]), (npy, NPYTests.values)] {
                let path = directory + "/input"
                try AtomicFile.write(bytes, to: path)
                let (saved, input) = (dup(STDIN_FILENO), open(path, O_RDONLY))
                dup2(input, STDIN_FILENO)
                defer {
                    dup2(saved, STDIN_FILENO)
                    close(saved)
                    close(input)
                }
                #expect(try NumericTable.read("-").values == .float64(values))
            }
        }
        #expect("\(FileError.malformed(path: "-", location: nil, reason: "x"))" == "standard input: x.")
    }

    @Test func largerThanTheSizeReported() throws {
        // The kernel reports size 0 for files in /proc, and a pipe has none.
        #expect(try !readBytes("/proc/self/maps").isEmpty)
    }

    @Test func filesThatCannotBeOpened() throws {
        try withDirectory { directory in
            let missing = fileError { try NumericTable.read(directory + "/missing.csv") }
            #expect(missing?.exitCode == 66)
            #expect(missing?.localizedDescription.contains("missing.csv cannot be opened: No such file") == true)
            #expect(fileError { try NumericTable.read(directory) }?.exitCode == 66)
        }
    }
}
