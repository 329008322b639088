import Foundation
import Synchronization
import Testing

@testable import GaussianMixtures

/// How threads are shared out. That results do not depend on it is tested with the kernels.
struct ConcurrencyTests {
    /// The workers of passes that run inside each other, as if at once.
    private func workers(_ budget: ThreadBudget, wanted: [Int]) -> [Int] {
        guard let first = wanted.first else { return [] }
        var granted: [Int] = []
        budget.withWorkers(upTo: first) { granted = [$0] + workers(budget, wanted: Array(wanted.dropFirst())) }
        return granted
    }

    @Test func passesShareTheCores() {
        let budget = ThreadBudget(processors: 4)
        #expect(workers(budget, wanted: [4]) == [4])
        #expect(workers(budget, wanted: [8]) == [8], "one alone may have more than there are cores")
        #expect(workers(budget, wanted: [1, 4]) == [1, 3], "what the first leaves")
        #expect(
            workers(budget, wanted: [4, 4, 4]) == [4, 2, 1], "an equal share of all, though the first has taken all")
        #expect(workers(budget, wanted: [2, 2, 2]) == [2, 2, 1])
        let many = workers(budget, wanted: Array(repeating: 4, count: 20))
        #expect(many.allSatisfy { $0 >= 1 } && many[4...].allSatisfy { $0 == 1 })
        #expect(workers(budget, wanted: [4]) == [4], "all are given back")
    }

    @Test func fitsAtOnceTakeNoMoreThanTheCores() throws {
        let budget = ThreadBudget(processors: 2), sum = Mutex(0), largest = Mutex(0)
        let results = concurrentMap(Array(0..<400), threads: 16) { _ in
            var count = 0
            budget.withWorkers(upTo: 2) { granted in
                count = granted
                let now = sum.withLock {
                    $0 += granted; return $0
                }
                largest.withLock { $0 = max($0, now) }
                usleep(100)
                sum.withLock { $0 -= granted }
            }
            return count
        }
        let counts = try results.map { try $0.get() }
        // Each of 16 has one, and the first one or two.
        #expect(counts.allSatisfy { (1...2).contains($0) } && largest.withLock { $0 } <= 18)
    }

    @Test func threadsAreBoundedByTheCores() throws {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        #expect(try threadCount(nil) == cores && threadCount(1) == 1 && threadCount(4096) == min(4096, 4 * cores))
        for threads in [0, -1, 4097] { #expect(throws: MixtureError.self) { try threadCount(threads) } }
    }

    @Test(arguments: [1, 2, 3, 16])
    func mapsKeepTheirOrder(threads: Int) throws {
        for count in [0, 1, 2, 7, 100] {
            let tripled = try concurrentMap(Array(0..<count), threads: threads) { 3 * $0 }.map { try $0.get() }
            #expect(tripled == (0..<count).map { 3 * $0 })
        }
        let results = concurrentMap(Array(0..<100), threads: threads) { i throws(MixtureError) in
            guard i < 5 else { throw .notFinite(row: i) }
        }
        for (i, result) in results.enumerated() {
            if i < 5 {
                #expect(throws: Never.self) { try result.get() }
            } else {
                #expect(throws: MixtureError.notFinite(row: i)) { try result.get() }
            }
        }
    }
}
