import Foundation
import Testing

@testable import GMMFiles

/// What the operating system may answer, and files that are not what they say.
@Suite struct SystemCallTests {
    @Test func interruptedCallsAreMadeAgain() {
        var calls = 0
        let result = retrying { () -> Int32 in
            calls += 1
            errno = calls < 5 ? EINTR : EACCES
            return calls < 5 ? -1 : 7
        }
        #expect(result == 7 && calls == 5)
        calls = 0
        #expect(retrying { () -> Int in calls += 1; errno = EACCES; return -1 } == -1 && calls == 1)
    }

    @Test func everyByteIsWritten() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        var written: [UInt8] = [], calls = 0
        let code = bytes.withUnsafeBytes { bytes in
            writeAll(bytes, to: -1) { _, start, count in
                calls += 1
                guard calls % 3 != 0 else { errno = EINTR; return -1 }
                let part = min(count, calls % 17 + 1)
                written += UnsafeRawBufferPointer(start: start, count: part)
                return part
            }
        }
        #expect(code == 0 && written == bytes)
    }

    @Test func nothingWrittenIsAnError() {
        #expect([1, 2].withUnsafeBytes { writeAll($0, to: -1) { _, _, _ in 0 } } == EIO)
        #expect([1, 2].withUnsafeBytes { writeAll($0, to: -1) { _, _, _ in errno = ENOSPC; return -1 } } == ENOSPC)
    }

    /// A pipe holds 64 KiB; a slow reader must get all the same what is more.
    @Test(.timeLimit(.minutes(1))) func aPipeThatDoesNotBlock() async {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let (readEnd, writeEnd) = (ends[0], ends[1])
        _ = fcntl(writeEnd, F_SETFL, fcntl(writeEnd, F_GETFL) | O_NONBLOCK)
        let bytes = (0..<500_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        async let received = Task.detached { () -> [UInt8] in
            try? await Task.sleep(for: .milliseconds(50))
            return (try? readBytes("/dev/fd/\(readEnd)")) ?? []
        }.value
        let code = await Task.detached { bytes.withUnsafeBytes { writeAll($0, to: writeEnd) } }.value
        close(writeEnd)
        #expect(code == 0)
        #expect(await received == bytes)
        close(readEnd)
    }

    @Test func sizesAreNotTrusted() throws {
        try withDirectory { directory in
            let path = directory + "/sparse"
            for content in [Array("x\n".utf8), NPYTests.file(NPYTests.header("<f8", "(1099511627776,)"), values: [])] {
                try AtomicFile.write(content, to: path)
                guard truncate(path, off_t(content.count + 8 << 40)) == 0 || truncate(path, off_t(1 << 40)) == 0 else { continue }
                let error = fileError { try NumericTable.read(path) }
                #expect(error?.exitCode == 65 || error?.exitCode == 71)
            }
            #expect(fileError { try NumericTable.read("/dev/zero") }?.exitCode == 65)
            #expect(fileError { try readBytes("/dev/zero", limit: 1 << 20) }?.exitCode == 65)
        }
    }

    @Test func memoryIsAskedForFirst() {
        var few: [Double] = []
        #expect(throws: Never.self) { try Memory.makeRoom(for: 100, in: &few, path: "x") }
        #expect(few.capacity >= 100)
        for count in [Int.max / 16, Int.max] {
            #expect(fileError { try Memory.check(count, of: UInt8.self, path: "x", of: "the table") }?.exitCode == 71)
        }
    }

    @Test func outputsThatCannotBeAreFoundBefore() throws {
        try withDirectory { directory in
            symlink("circle", directory + "/circle")
            for path in [
                directory + "/" + String(repeating: "a", count: 300), directory + "/" + String(repeating: "a/", count: 3000), directory + "/circle",
                directory, directory + "/none/a", "/proc/gmm.json",
            ] {
                #expect(fileError { try OutputCheck.check(path) }?.exitCode == 73, "\(path.suffix(20))")
            }
            try AtomicFile.write("old".utf8, to: directory + "/file")
            for path in [directory + "/new", directory + "/file", "/dev/null", "/dev/fd/1"] {
                #expect(throws: Never.self) { try OutputCheck.check(path) }
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory).sorted() == ["circle", "file"])
        }
    }
}
