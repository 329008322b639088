import Foundation
import Synchronization
import Testing

@testable import gmm

@Suite struct ProgressTests {
    /// Stands for a terminal and a clock.
    private final class Terminal: Sendable {
        let text = Mutex("")
        let time = Mutex(Duration.zero)

        func line(restarts: Int) -> ProgressLine {
            ProgressLine(
                restarts: restarts, mostSteps: 50 * restarts, elapsed: { self.time.withLock { $0 } },
                write: { text in self.text.withLock { $0 += text } })
        }
        func advance(to time: Duration) { self.time.withLock { $0 = time } }
        var shown: [String] { text.withLock { $0.components(separatedBy: "\r\u{1B}[K") } }
    }

    @Test func shortWorkShowsNothing() {
        let terminal = Terminal(), line = terminal.line(restarts: 1)
        for step in 0...50 { line.report(step: step, loss: 1) }
        terminal.advance(to: .milliseconds(999))
        line.report(step: 50, loss: 1)
        line.clear()
        #expect(terminal.shown == [""])
    }

    @Test func longWorkIsShownAtMostTenTimesASecondAndClearedAtTheEnd() {
        let terminal = Terminal(), line = terminal.line(restarts: 2)
        line.report(step: 0, loss: 7)
        for millisecond in 1...1250 {
            terminal.advance(to: .milliseconds(millisecond))
            if millisecond % 50 == 0 { line.report(step: millisecond / 50, loss: 5000 / Double(millisecond)) }
        }
        line.report(step: 26, loss: 1)
        line.clear()
        line.clear()
        #expect(
            terminal.shown == [
                "", "gmm: 20 of at most 100 steps in 2 restarts, lowest loss 5.000",
                "gmm: 22 of at most 100 steps in 2 restarts, lowest loss 4.545",
                "gmm: 24 of at most 100 steps in 2 restarts, lowest loss 4.167", "",
            ])
    }

    @Test func linesOfSeveralThreadsDoNotMix() {
        let terminal = Terminal(), line = terminal.line(restarts: 1)
        DispatchQueue.concurrentPerform(iterations: 2000) { step in
            terminal.time.withLock { $0 += .milliseconds(10) }
            line.report(step: step, loss: 1)
        }
        #expect(terminal.shown.count > 100)
        #expect(
            terminal.shown.dropFirst().allSatisfy {
                $0.wholeMatch(of: /gmm: \d+ of at most 50 steps, lowest loss 1\.000/) != nil
            })
    }

    /// The whole way: a fit that never ends, watched through a pseudo-terminal until it says so.
    @Test func aTerminalIsShownTheProgress() throws {
        var (master, slave) = (Int32(-1), Int32(-1))
        try #require(openpty(&master, &slave, nil, nil, nil) == 0)
        defer { close(master) }
        let process = Process()
        process.executableURL = Command.executable
        process.arguments = [
            "fit", Fixture.csv, "--components", "2", "--iterations", "1000000000", "--tolerance", "0", "--threads", "1",
        ]
        process.environment = Command.environment(["TERM": "xterm"])
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle(fileDescriptor: slave, closeOnDealloc: true)
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        defer {
            kill(process.processIdentifier, SIGKILL)
            ended.wait()
        }

        var shown: [UInt8] = []
        let deadline = ContinuousClock.now + .seconds(30)
        while !String(decoding: shown, as: UTF8.self).contains("lowest loss"), ContinuousClock.now < deadline {
            var event = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            guard poll(&event, 1, 500) > 0 else { continue }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = read(master, &buffer, buffer.count)
            if count > 0 { shown += buffer[..<count] }
        }
        #expect(String(decoding: shown, as: UTF8.self).hasPrefix("\r\u{1B}[Kgmm: "))
        #expect(String(decoding: shown, as: UTF8.self).contains(" of at most 1000000000 steps, lowest loss 14590."))
    }
}
