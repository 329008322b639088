import Foundation
import Synchronization

/// One line that says how far a long fit has come, overwritten in place and taken away at the end. May be called from
/// any thread.
final class ProgressLine: Sendable {
    private struct State {
        var steps = 0, trials = 0
        var lowestLoss = Double.infinity
        var nextShown = ProgressLine.patience
        var isShown = false
    }

    /// The line appears only after this time, since a user does not wonder about a shorter wait.
    static let patience = Duration.seconds(1)
    /// The time between two updates: faster ones would flicker.
    static let interval = Duration.milliseconds(100)

    private let restarts: Int
    private let mostSteps: Int
    private let elapsed: @Sendable () -> Duration
    private let write: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - restarts: how many there will be.
    ///   - mostSteps: the most that they make together.
    ///   - elapsed: the time since the start.
    ///   - write: puts text on the terminal.
    init(
        restarts: Int, mostSteps: Int, elapsed: @escaping @Sendable () -> Duration,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.restarts = restarts
        self.mostSteps = mostSteps
        self.elapsed = elapsed
        self.write = write
    }

    /// The line on standard error; nil if that is no terminal.
    static func onTerminal(restarts: Int, mostSteps: Int) -> ProgressLine? {
        guard StandardError.isInteractive else { return nil }
        let start = ContinuousClock.now
        return ProgressLine(
            restarts: restarts, mostSteps: mostSteps, elapsed: { ContinuousClock.now - start },
            write: { StandardError.write($0) })
    }

    /// Counts a step of some restart, of which 0 is the start, or takes note of moves that were tried, and updates the line when ``interval`` has passed.
    ///
    /// The steps of all restarts are counted together, since the numbers of restarts that run side by side would
    /// alternate in the line.
    func report(step: Int, trials: Int = 0, loss: Double) {
        let time = elapsed()
        state.withLock { state in
            if trials > 0 { state.trials = trials } else if step > 0 { state.steps += 1 }
            state.lowestLoss = min(state.lowestLoss, loss)
            guard time >= state.nextShown else { return }
            state.nextShown = time + Self.interval
            state.isShown = true
            let place =
                "\(state.steps) of at most \(mostSteps) steps" + (restarts > 1 ? " in \(restarts) restarts" : "")
                + (state.trials > 0 ? ", \(count(state.trials, "move")) tried" : "")
            // Written under the lock, so that two threads' lines do not mix.
            write("\r\u{1B}[Kgmm: \(place), lowest loss \(NumberText.fixed(state.lowestLoss, decimals: 3))")
        }
    }

    /// Leaves the terminal as it was.
    func clear() {
        state.withLock { state in
            if state.isShown { write("\r\u{1B}[K") }
            state.isShown = false
        }
    }
}
