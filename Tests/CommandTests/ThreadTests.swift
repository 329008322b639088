import Foundation
import Testing

/// Where the system has no threads to give, or the environment speaks to another program's OpenMP, the same bits come
/// out as on one thread.
@Suite struct ThreadTests {
    /// Four features of three groups: enough for several chunks, and several workers.
    private static let input = Data(
        (0..<6000).map { i in
            (0..<4).map { "\(sin(Double(i * (2 * $0 + 3))) + Double(i % 3 * ($0 + 1)))" }.joined(separator: ",")
        }.joined(separator: "\n").utf8)

    private static func fit(
        _ arguments: String..., limits: String? = nil, environment: [String: String] = [:]
    ) throws -> Outcome {
        try Command.run(
            ["fit", "-", "--components", "3", "--iterations", "5", "--tolerance", "0", "--json"] + arguments,
            input: input, environment: environment,
            limits: limits)
    }

    private static func isAsOnOneThread(_ outcome: Outcome, restarts: Int = 1) throws -> Bool {
        try outcome.model().withoutThreads == fit("--threads", "1", "--restarts", "\(restarts)").model().withoutThreads
    }

    /// Nil where a process of the tests' user can be kept from making threads. The root user cannot, but what it starts
    /// as another can.
    private static let reason: Comment? = {
        // A shell that cannot make another process ends with 2.
        let outcome = try? Command.run([], limits: "ulimit -u 1; exec sh -c '(true); exit 43'")
        return outcome?.status == 2 ? nil : "the number of threads cannot be limited here"
    }()

    @Test(.enabled(if: reason == nil, reason), arguments: [1, 2, 3, 5])
    func fewThreads(most: Int) throws {
        let limits = "ulimit -u \(most)"
        #expect(try Self.isAsOnOneThread(Self.fit(limits: limits)))
        #expect(try Self.isAsOnOneThread(Self.fit("--threads", "8", limits: limits)))
        #expect(try Self.isAsOnOneThread(Self.fit("--restarts", "4", limits: limits), restarts: 4))
        #expect(try Self.isAsOnOneThread(Self.fit("--restarts", "2", "--threads", "8", limits: limits), restarts: 2))
    }

    #if os(Linux)
    static let isLinux = true
    #else
    static let isLinux = false
    #endif

    /// KiB of addresses, in which not all threads' stacks have room.
    @Test(
        .enabled(if: isLinux, "memory is limited by address space on Linux alone"),
        arguments: [250_000, 400_000, 1_000_000, 2_000_000])
    func littleMemory(kibibytes: Int) throws {
        #expect(try Self.isAsOnOneThread(Self.fit("--threads", "4096", limits: "ulimit -v \(kibibytes)")))
    }

    @Test func openMPOfOtherPrograms() throws {
        for environment in [
            ["OMP_STACKSIZE": "100G"], ["KMP_STACKSIZE": "100G"], ["GOMP_STACKSIZE": "100G"],
            ["OMP_NUM_THREADS": "-5", "OMP_PLACES": "nowhere", "KMP_AFFINITY": "nowhere", "OMP_DISPLAY_ENV": "TRUE"],
        ] {
            #expect(try Self.isAsOnOneThread(Self.fit("--threads", "4", environment: environment)), "\(environment)")
        }
    }
}
