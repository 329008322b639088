import Foundation
import Synchronization
import Testing

@testable import GaussianMixtures

/// A fit that is told to stop returns what it has reached, and says so.
struct InterruptionTests {
    /// More steps than any test waits for.
    private static func endless(restarts: Int = 1) -> FitOptions {
        var options = FitOptions(components: 3)
        options.method = .adam(learningRate: 1e-3)
        options.tolerance = 0
        options.iterations = 1_000_000_000
        options.historyStride = 1_000_000
        options.search = .restarts(restarts)
        return options
    }

    @Test(arguments: [.em(), .em(acceleration: .none), .lbfgs(), .adam(), .adam(batch: 50)] as [Method])
    func progressStopsAFit(method: Method) throws {
        let fit = try GaussianMixture.fit(
            Problems.draws, components: 3, method: method, initialisation: .random, tolerance: 0
        ) { $0.step < 7 }
        #expect(fit.outcome == .stopped && fit.iterations >= 7 && fit.iterations < 1000)
        #expect(fit.loss.isFinite && fit.loss <= fit.history.losses[0] && !fit.converged)
        #expect(try agree(NegativeLogPosterior(Problems.draws, components: 3).loss(fit.parameters), fit.loss, 1e-12))
    }

    @Test func progressKnowsTheWhole() throws {
        let last = Mutex<[Int: Int]>([:])
        let fit = try GaussianMixture.fit(Problems.draws, components: 2, search: .restarts(3)) { progress in
            #expect(
                progress.restarts == 3 && progress.iterations == 1000 && progress.parameters.shape.components == 2
                    && progress.loss.isFinite)
            last.withLock { $0[progress.restart] = progress.step }
            return true
        }
        #expect(
            last.withLock { $0 }
                == Dictionary(uniqueKeysWithValues: fit.restarts.enumerated().map { ($0, $1.iterations) }))
    }

    @Test func theTimeLimitEndsAFitWithWhatItReached() throws {
        for limit in [Duration.zero, .milliseconds(200)] {
            var options = Self.endless(restarts: 40)
            options.timeLimit = limit
            options.threads = 2
            let fit = try GaussianMixture.fit(Problems.draws, options)
            #expect(fit.outcome == .stopped && fit.loss.isFinite)
            #expect(fit.restarts[0].outcome == .stopped && fit.restarts[0].error == nil)
            // Those that there was no time for are no reason to fail.
            #expect(
                fit.restarts[39].setAside == .stopped && fit.restarts[39].error == .stopped
                    && fit.restarts[39].loss == .infinity)
        }
    }

    /// Cancelled by its own progress: a test that waited for a thread to cancel it would let it run for long.
    @Test(arguments: [1, 4])
    func cancellationIsSeenOnAllThreads(restarts: Int) async throws {
        let running = Running()
        let task = Task {
            try await GaussianMixture.fit(Problems.draws, Self.endless(restarts: restarts)) { running.cancel(at: $0) }
        }
        running.task.withLock { $0 = task }
        let fit = try await task.value
        #expect(fit.outcome == .stopped && fit.loss.isFinite && fit.restarts.allSatisfy { $0.outcome == .stopped })
    }

    @Test func aFitThatBlocksATaskSeesItsCancellation() async throws {
        let running = Running()
        func fitBlocking() throws -> Fit {
            try GaussianMixture.fit(Problems.draws, Self.endless(restarts: 3)) { running.cancel(at: $0) }
        }
        let task = Task.detached { try fitBlocking() }
        running.task.withLock { $0 = task }
        #expect(try await task.value.outcome == .stopped)
    }

    private final class Running: Sendable {
        let task = Mutex<Task<Fit, any Error>?>(nil)

        func cancel(at progress: Fit.Progress) -> Bool {
            if progress.step >= 10 { task.withLock { $0?.cancel() } }
            return true
        }
    }

    @Test func aFittingIsWatchedAndStopped() async throws {
        let stopped = GaussianMixture.fitting(Problems.draws, Self.endless())
        stopped.stop()
        for await _ in stopped.progress {}
        #expect(try await stopped.fit.outcome == .stopped)

        let fitting = GaussianMixture.fitting(Problems.draws, FitOptions(components: 3))
        var last = -1, trials = 0
        for await progress in fitting.progress {
            // While moves are tried the steps stand still.
            #expect(progress.step > last || progress.trials >= trials && progress.step == last)
            (last, trials) = (progress.step, progress.trials)
        }
        let fit = try await fitting.fit
        #expect(fit.converged && last == fit.iterations, "the newest is kept for who reads late")
        let other = GaussianMixture.fitting([[Double]](), FitOptions(components: 2))
        for await _ in other.progress { Issue.record("there is nothing to fit") }
        await #expect(throws: MixtureError.noData) { try await other.fit }
    }

    @Test func anAsyncFitIsTheSame() async throws {
        var options = FitOptions(components: 3)
        options.search = .restarts(3)
        let fit = try await GaussianMixture.fit(Problems.draws, options)
        let blocking = try GaussianMixture.fit(Problems.draws, components: 3, search: .restarts(3))
        #expect(fit.mixture == blocking.mixture && fit.history == blocking.history)
    }
}
