import Foundation
import Testing

@testable import GMMFiles

@Suite struct AtomicFileTests {
    private func content(_ path: String) throws -> String { String(decoding: try readBytes(path), as: UTF8.self) }
    private func names(_ directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    }
    private func mode(_ path: String) throws -> Int {
        (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue ?? -1
    }

    @Test func writesAndReplaces() throws {
        try withDirectory { directory in
            let path = directory + "/a.txt"
            try AtomicFile.write("one".utf8, to: path)
            let reference = directory + "/reference"
            close(open(reference, O_WRONLY | O_CREAT, 0o666))
            #expect(try mode(path) == mode(reference))
            chmod(path, 0o640)
            let long = String(repeating: "0123456789", count: 50_000)
            try AtomicFile.write(to: path) { file throws(FileError) in
                for start in 0..<50 { try file.append(long.utf8.dropFirst(start * 10_000).prefix(10_000)) }
            }
            #expect(try content(path) == long)
            #expect(try mode(path) == 0o640)
            #expect(try names(directory) == ["a.txt", "reference"])
        }
    }

    @Test func oldFileStaysOnFailure() throws {
        try withDirectory { directory in
            let path = directory + "/a.txt"
            try AtomicFile.write("old".utf8, to: path)
            let error = fileError {
                try AtomicFile.write(to: path) { file throws(FileError) in
                    try file.append(repeatElement(0, count: 200_000))
                    throw .inputOutput(path: path, reason: "half-way")
                }
            }
            #expect(error == .inputOutput(path: path, reason: "half-way"))
            #expect(try content(path) == "old")
            #expect(try names(directory) == ["a.txt"])
        }
    }

    @Test func symbolicLinkIsFollowed() throws {
        try withDirectory { directory in
            try AtomicFile.write("old".utf8, to: directory + "/a.txt")
            symlink("a.txt", directory + "/link")
            try AtomicFile.write("new".utf8, to: directory + "/link")
            #expect(try content(directory + "/a.txt") == "new")
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: directory + "/link") == "a.txt")
        }
    }

    @Test func relativePath() throws {
        let name = "gmm-files-\(UUID().uuidString)"
        defer { unlink(name) }
        try AtomicFile.write("here".utf8, to: name)
        #expect(try content(name) == "here")
    }

    @Test func whatCannotBeCreated() throws {
        try withDirectory { directory in
            try AtomicFile.write("".utf8, to: directory + "/file")
            for path in [directory + "/none/a.txt", directory + "/file/a.txt", directory, ""] {
                let error = fileError { try AtomicFile.write("x".utf8, to: path) }
                #expect(error?.exitCode == 73, "\(path)")
            }
            #expect(try names(directory) == ["file"])
        }
    }

    @Test(.enabled(if: geteuid() != 0, "root may write everything"))
    func whatMayNotBeWritten() throws {
        try withDirectory { directory in
            let path = directory + "/a.txt"
            try AtomicFile.write("old".utf8, to: path)
            chmod(path, 0o444)
            #expect(fileError { try AtomicFile.write("new".utf8, to: path) }?.exitCode == 73)
            chmod(directory, 0o555)
            defer { chmod(directory, 0o755) }
            #expect(fileError { try AtomicFile.write("new".utf8, to: directory + "/b.txt") }?.exitCode == 73)
        }
    }

    @Test func devicesAndPipes() throws {
        try AtomicFile.write("x".utf8, to: "/dev/null")
        var status = stat()
        #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)

        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        try AtomicFile.write("piped".utf8, to: "/dev/fd/\(ends[1])")
        close(ends[1])
        #expect(try content("/dev/fd/\(ends[0])") == "piped")
        close(ends[0])
    }

    @Test(.enabled(if: access("/dev/full", W_OK) == 0, "there is no /dev/full here"))
    func fullDisk() {
        let error = fileError { try AtomicFile.write("x".utf8, to: "/dev/full") }
        #expect(error?.exitCode == 74)
        #expect(error.map { "\($0)" }?.contains("No space left") == true)
    }
}
