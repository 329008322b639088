import CKernels
import Foundation
import GaussianMixtures

struct Times {
    /// Seconds.
    let median: Double
    /// The distance of the quartiles as a share of the median.
    let spread: Double

    init(_ seconds: [Double]) {
        let sorted = seconds.sorted()
        median = sorted[sorted.count / 2]
        spread = (sorted[(3 * sorted.count) / 4] - sorted[sorted.count / 4]) / median
    }
}

/// Runs every task once a round, so that what disturbs the machine disturbs all alike; the first round only warms up.
func interleavedTimes(rounds: Int, _ tasks: [() throws -> Void]) throws -> [Times] {
    var seconds = Array(repeating: [Double](), count: tasks.count)
    for round in 0...rounds {
        for (i, task) in tasks.enumerated() {
            let time = try ContinuousClock().measure(task)
            if round > 0 { seconds[i].append(time / .seconds(1)) }
        }
    }
    return seconds.map(Times.init)
}

/// What no kernel can be faster than: a kernel's own vector exp and nothing else, on numbers that stay in the first-level cache.
final class ExponentialLimit<Scalar: KernelScalar> {
    static var count: Int { 1 << 20 }
    private let kernel: Int
    private let arguments: [Scalar]
    private var results: [Scalar]

    init(kernel: Kernel) {
        self.kernel = (0..<gmm_kernel_count()).first { String(cString: gmm_kernel_name($0)) == kernel.name }!
        arguments = (0..<1024).map { -20 * Scalar($0) / 1024 }
        results = arguments
    }

    func run() {
        let precision = Scalar.isFloat32 ? GMM_FLOAT32 : GMM_FLOAT64
        arguments.withUnsafeBytes { arguments in
            results.withUnsafeMutableBytes { results in
                for _ in 0..<Self.count / 1024 { gmm_exp(kernel, precision, arguments.baseAddress, results.baseAddress, 1024) }
            }
        }
    }
}

func machineName() -> String {
    #if os(Linux)
    let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
    if let name = lines.first(where: { $0.hasPrefix("model name") })?.split(separator: ":").last {
        return name.trimmingCharacters(in: .whitespaces)
    }
    #else
    var name = [CChar](repeating: 0, count: 256), size = 256
    if sysctlbyname("machdep.cpu.brand_string", &name, &size, nil, 0) == 0 { return String(cString: name) }
    #endif
    return "unknown processor"
}

var buildConfiguration: String {
    #if DEBUG
    "debug"
    #else
    "release"
    #endif
}
