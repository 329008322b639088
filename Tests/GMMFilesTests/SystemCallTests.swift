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
        #expect(
            retrying { () -> Int in
                calls += 1; errno = EACCES; return -1
            } == -1 && calls == 1)
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

    @Test func everyByteIsRead() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        for length in [0, 1, 999, 1000, 1001, 2000] {
            var buffer = [UInt8](repeating: 255, count: length), calls = 0, next = 0
            let (count, code) = buffer.withUnsafeMutableBytes { buffer in
                readAll(into: buffer, from: -1) { _, start, count in
                    calls += 1
                    guard calls % 3 != 0 else { errno = EINTR; return -1 }
                    let part = bytes[next..<min(bytes.count, next + min(count, calls % 17 + 1))]
                    UnsafeMutableRawBufferPointer(start: start, count: count).copyBytes(from: part)
                    next = part.endIndex
                    return part.count
                }
            }
            #expect(code == 0 && count == min(length, bytes.count) && buffer.prefix(count) == bytes.prefix(count))
            #expect(buffer.dropFirst(count).allSatisfy { $0 == 255 })
        }
    }

    @Test func whatWasReadBeforeAnErrorIsCounted() {
        var buffer = [UInt8](repeating: 0, count: 10), calls = 0
        let (count, code) = buffer.withUnsafeMutableBytes { buffer in
            readAll(into: buffer, from: -1) { _, _, _ in
                calls += 1
                if calls == 1 { return 4 }
                errno = EIO
                return -1
            }
        }
        #expect(count == 4 && code == EIO)
    }

    /// Darwin takes no more than INT_MAX at once. No byte of these is touched.
    @Test func noCallIsAskedForMoreThanTheSystemTakes() {
        let start = UnsafeMutableRawPointer(bitPattern: 1 << 20)!
        for size in [1, 1 << 30, Int(Int32.max), Int(Int32.max) + 1, 5 << 30] {
            var counts: [Int] = []
            func take(_ count: Int) -> Int {
                counts.append(count)
                return count <= Int(Int32.max)
                    ? count
                    : {
                        errno = EINVAL; return -1
                    }()
            }
            let (count, code) = readAll(into: UnsafeMutableRawBufferPointer(start: start, count: size), from: -1) {
                take($2)
            }
            #expect(count == size && code == 0 && counts.reduce(0, +) == size)
            counts = []
            #expect(
                writeAll(UnsafeRawBufferPointer(start: start, count: size), to: -1) { take($2) } == 0
                    && counts.reduce(0, +) == size)
        }
    }

    @Test func nothingWrittenIsAnError() {
        #expect([1, 2].withUnsafeBytes { writeAll($0, to: -1) { _, _, _ in 0 } } == EIO)
        #expect(
            [1, 2].withUnsafeBytes {
                writeAll($0, to: -1) { _, _, _ in
                    errno = ENOSPC; return -1
                }
            } == ENOSPC)
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
                guard truncate(path, off_t(content.count + 8 << 40)) == 0 || truncate(path, off_t(1 << 40)) == 0 else {
                    continue
                }
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
                directory + "/" + String(repeating: "a", count: 300),
                directory + "/" + String(repeating: "a/", count: 3000), directory + "/circle",
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
