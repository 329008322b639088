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
        options.restarts = restarts
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
        let fit = try GaussianMixture.fit(Problems.draws, components: 2, restarts: 3) { progress in
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

    @Test(.timeLimit(.minutes(5)), arguments: [1, 4])
    func cancellationIsSeenOnAllThreads(restarts: Int) async throws {
        let steps = Atomic(0)
        let task = Task {
            try await GaussianMixture.fit(Problems.draws, Self.endless(restarts: restarts)) { _ in
                steps.add(1, ordering: .relaxed)
                return true
            }
        }
        while steps.load(ordering: .relaxed) < 10 { try await Task.sleep(for: .milliseconds(1)) }
        task.cancel()
        let fit = try await task.value
        #expect(fit.outcome == .stopped && fit.loss.isFinite)
    }

    @Test(.timeLimit(.minutes(5)))
    func aFitThatBlocksATaskSeesItsCancellation() async throws {
        let steps = Atomic(0)
        func fitBlocking() throws -> Fit {
            try GaussianMixture.fit(Problems.draws, Self.endless(restarts: 3)) { _ in
                steps.add(1, ordering: .relaxed)
                return true
            }
        }
        let task = Task.detached { try fitBlocking() }
        while steps.load(ordering: .relaxed) < 10 { try await Task.sleep(for: .milliseconds(1)) }
        task.cancel()
        #expect(try await task.value.outcome == .stopped)
    }

    @Test(.timeLimit(.minutes(5)))
    func aFittingIsWatchedAndStopped() async throws {
        let fitting = GaussianMixture.fitting(Problems.draws, Self.endless())
        var seen = 0, last = -1
        for await progress in fitting.progress {
            #expect(progress.step > last)
            last = progress.step
            seen += 1
            if seen == 5 { fitting.stop() }
        }
        let fit = try await fitting.fit
        #expect(seen >= 5 && fit.outcome == .stopped && fit.iterations >= last)
        let other = GaussianMixture.fitting([[Double]](), FitOptions(components: 2))
        for await _ in other.progress { Issue.record("there is nothing to fit") }
        await #expect(throws: MixtureError.noData) { try await other.fit }
    }

    @Test func anAsyncFitIsTheSame() async throws {
        var options = FitOptions(components: 3)
        options.restarts = 3
        let fit = try await GaussianMixture.fit(Problems.draws, options)
        let blocking = try GaussianMixture.fit(Problems.draws, components: 3, restarts: 3)
        #expect(fit.mixture == blocking.mixture && fit.history == blocking.history)
    }
}
