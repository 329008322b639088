import CAllocations
import GaussianMixtures
import Testing

/// Training allocates its memory once: 420 iterations allocate as often as 20.
@Suite struct AllocationTests {
    struct Setting: Sendable, CustomTestStringConvertible {
        let dimension: Int
        let covariance: CovarianceType
        let method: Method
        var testDescription: String { "\(covariance) in \(dimension) dimensions, \(method)" }
    }

    static let settings: [Setting] =
        (Acceleration.allCases.map { .em(acceleration: $0) } + [.adam(), .adam(batch: 100), .lbfgs()] as [Method])
        .flatMap { method in
            [(1, CovarianceType.full), (3, .full), (3, .tied), (3, .diagonal), (3, .spherical)].map {
                Setting(dimension: $0.0, covariance: $0.1, method: method)
            }
        }

    #if DEBUG
    static let reason: Comment? =
        "Swift's unoptimised code makes temporary arrays and boxes where optimised code makes none"
    #else
    static let reason: Comment? =
        allocations_are_counted()
        ? nil : "allocations can be counted with glibc on Linux alone, and not under AddressSanitizer"
    #endif

    @Test(.enabled(if: reason == nil, reason), arguments: settings)
    func iterationsDoNotAllocate(setting: Setting) throws {
        let problem = FixedProblem(count: 600, dimension: setting.dimension, components: 3)
        func allocations(iterations: Int) throws -> (count: Int, made: Int) {
            let before = allocations_of_this_thread()
            let fit = try problem.fit(
                covariance: setting.covariance, method: setting.method, tolerance: 0, iterations: iterations,
                historyStride: 1000,
                kernel: Kernel.available[0])
            return (allocations_of_this_thread() - before, fit.iterations)
        }
        // What is made when it is first wanted.
        _ = try allocations(iterations: 2)
        let short = try allocations(iterations: 20), long = try allocations(iterations: 420)
        #expect(short.count > 0, "nothing is counted")
        #expect(short.made == 20 && long.made == 420, "a run ended early")
        // The start may take one more or fewer each time: a Swift array's capacity is all of the piece that malloc had
        // free, and with it how often an array grows while it is filled. So what is ruled out is an allocation in every
        // fortieth iteration.
        #expect(abs(long.count - short.count) < 10, "\(short.count) in 20 iterations, \(long.count) in 420")
    }
}
