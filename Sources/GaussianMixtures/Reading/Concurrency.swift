import CKernels
import Dispatch
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
import Synchronization

/// The threads that a call may use: `requested`, or by default as many as the machine has cores; at most four a core.
/// More only wait for each other, each takes memory for its stack, and the result has the same bits.
func threadCount(_ requested: Int?) throws(MixtureError) -> Int {
    let threads = requested ?? ThreadBudget.shared.processors
    guard (1...4096).contains(threads) else {
        throw .invalidOption(name: "The number of threads", value: "\(threads)", requirement: "a number from 1 to 4096")
    }
    return min(threads, 4 * ThreadBudget.shared.processors)
}

/// The machine's cores, shared among the passes that run at once in this process: those of fits that know nothing of
/// each other too.
///
/// A result does not depend on the workers of a pass, so a pass can do with fewer than it was allowed.
final class ThreadBudget: Sendable {
    static let shared = ThreadBudget(processors: ProcessInfo.processInfo.activeProcessorCount)

    private struct Load {
        var passes = 0, workers = 0
    }

    let processors: Int
    private let load = Mutex(Load())

    init(processors: Int) {
        self.processors = processors
    }

    /// Runs a pass with as many workers as the system has threads for, at most `wanted` and at least one: with what
    /// other passes leave of the cores, or with an equal share of them if that is more, so that a pass that came first
    /// does not keep the others at one worker.
    func withWorkers(upTo wanted: Int, _ pass: (Int) -> Void) {
        // A pass alone may have more workers than there are cores.
        let total = max(processors, wanted)
        let granted = load.withLock {
            $0.passes += 1
            let granted = max(1, min(wanted, max(total - $0.workers, total / $0.passes)))
            $0.workers += granted
            return granted
        }
        pass(gmm_team(granted))
        load.withLock {
            $0.passes -= 1
            $0.workers -= granted
        }
    }
}

/// Maps elements side by side on at most `threads` threads; the results are in order.
func concurrentMap<Element: Sendable, Result: Sendable>(
    _ elements: [Element], threads: Int, _ transform: @Sendable (Element) throws(MixtureError) -> Result
) -> [Swift.Result<Result, MixtureError>] {
    var results = [Swift.Result<Result, MixtureError>?](repeating: nil, count: elements.count)
    results.withUnsafeMutableBufferPointer { results in
        // Each item writes an entry that no other touches.
        concurrentForEach(elements.count, threads: threads) { i in
            do throws(MixtureError) {
                results[i] = .success(try transform(elements[i]))
            } catch {
                results[i] = .failure(error)
            }
        }
    }
    return results.map { $0! }
}

/// Calls `body` for each of 0 ..< `count`, on this thread and on as many others as there are, at most `threads` in all.
private func concurrentForEach(_ count: Int, threads: Int, _ body: (Int) -> Void) {
    withCFunction(body) { gmm_for_each(count, threads, $0, $1) }
}

/// Calls `body` for each of 0 ..< `workers`, as many as a ``ThreadBudget`` granted, on threads that are kept.
func runTeam(_ workers: Int, _ body: (Int) -> Void) {
    if gmm_openmp() {
        withCFunction(body) { gmm_run_team(workers, $0, $1) }
    } else {
        // Each call works on what no other touches.
        nonisolated(unsafe) let body = body
        DispatchQueue.concurrentPerform(iterations: workers) { body($0) }
    }
}

/// Gives `call` a closure as C knows it: a function and a pointer, which is to the closure and ends with the call.
private func withCFunction(
    _ body: (Int) -> Void,
    _ call: (@convention(c) (UnsafeMutableRawPointer?, Int) -> Void, UnsafeMutableRawPointer) -> Void
) {
    withoutActuallyEscaping(body) { body in
        withUnsafePointer(to: body) {
            let function: @convention(c) (UnsafeMutableRawPointer?, Int) -> Void = { body, i in
                body!.assumingMemoryBound(to: ((Int) -> Void).self).pointee(i)
            }
            call(function, UnsafeMutableRawPointer(mutating: $0))
        }
    }
}
