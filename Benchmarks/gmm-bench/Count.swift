import ArgumentParser
import CBenchmarks
import GaussianMixtures

/// Fixed work whose instructions valgrind's callgrind counts for the tests.
struct Count: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs fixed passes under the eyes of callgrind.",
        discussion: """
            valgrind --tool=callgrind --dump-before=limit_mark gmm-bench count writes two profiles for each line that this prints after the first, \
            which names the compiler: of making a pass ready and of running it. A line holds the pass's name and its datum and component pairs.
            """)

    /// The kernels that valgrind can run: it knows no AVX-512.
    static let kernels = ["baseline", "avx2"]
    static let shapes: [(name: String, shape: ProblemShape)] = [
        ("D1-K4", ProblemShape(count: 0, dimension: 1, components: 4)),
        ("D8-K4-full", ProblemShape(count: 0, dimension: 8, components: 4)),
        ("D16-K8-full-apart", ProblemShape(count: 0, dimension: 16, components: 8, distance: 40)),
        ("D8-K4-tied", ProblemShape(count: 0, dimension: 8, components: 4, covariance: .tied)),
        ("D8-K4-diagonal", ProblemShape(count: 0, dimension: 8, components: 4, covariance: .diagonal)),
        ("D8-K4-spherical", ProblemShape(count: 0, dimension: 8, components: 4, covariance: .spherical)),
    ]

    func run() {
        // "21" of "Clang 21.0.0 (…)".
        say("clang \(String(cString: limit_compiler()).drop { !$0.isNumber }.prefix { $0.isNumber })")
        for kernel in Kernel.available where Self.kernels.contains(kernel.name) {
            for (name, shape) in Self.shapes {
                count(Double.self, "\(kernel) float64 \(name)", shape, kernel)
                count(Float.self, "\(kernel) float32 \(name)", shape, kernel)
            }
        }
    }

    /// Counts two sizes, since their difference is the work of whole blocks alone.
    private func count<Scalar: KernelScalar>(_: Scalar.Type, _ name: String, _ shape: ProblemShape, _ kernel: Kernel) {
        for count in [2048, 4096] {
            var shape = shape
            shape.count = count
            let pass = KernelPass(Problem<Scalar>(shape), kernel: kernel, threads: 1)
            say("\(name) \(count * shape.components)")
            limit_mark()
            pass.run()
            limit_mark()
        }
    }
}
