import CKernels
import Foundation
import Testing

import GaussianMixtures

/// The contract at the head of CKernels/exp_log.inc.h.
struct ElementaryFunctionTests {
    #if arch(x86_64)
    typealias Wide = Float80
    #else
    typealias Wide = Double
    #endif

    static let cKernels = (0..<gmm_kernel_count()).filter(gmm_kernel_available)

    @Test(arguments: cKernels)
    func exponential(kernel: Int) {
        // Uniform over the whole domain, then dense near zero, where responsibilities are large.
        let float64: [Double] = points(from: 0, to: -708) + points(from: 0, to: -1) + [-0.0, -1e-300, -1e-17]
        expect("exp", at: float64, apply(gmm_exp, kernel, GMM_FLOAT64, float64), isWithin: 1.2, kernel) { exp(Wide($0)) }
        let float32: [Float] = points(from: 0, to: -87) + points(from: 0, to: -1) + [-0.0, -1e-30, -1e-8]
        expect("exp", at: float32, apply(gmm_exp, kernel, GMM_FLOAT32, float32), isWithin: 1.2, kernel) { exp(Double($0)) }
    }

    @Test(arguments: cKernels)
    func logarithm(kernel: Int) {
        let float64: [Double] = points(from: 1, to: 9) + points(from: 1, to: 1 + 0x1p-33) + (0...1000).map { pow(2, Double($0)) }
        expect("log", at: float64, apply(gmm_log, kernel, GMM_FLOAT64, float64), isWithin: 0.9, kernel) { log(Wide($0)) }
        let float32: [Float] = points(from: 1, to: 9) + points(from: 1, to: 1 + 0x1p-7) + (0...120).map { powf(2, Float($0)) }
        expect("log", at: float32, apply(gmm_log, kernel, GMM_FLOAT32, float32), isWithin: 0.9, kernel) { log(Double($0)) }
    }

    @Test(arguments: cKernels)
    func exactAndBeyond(kernel: Int) {
        #expect(apply(gmm_exp, kernel, GMM_FLOAT64, [0, -0.0, -708.001, -1e4, -1e308, -.infinity] as [Double]) == [1, 1, 0, 0, 0, 0])
        #expect(apply(gmm_exp, kernel, GMM_FLOAT32, [0, -0.0, -87.001, -1e4, -1e38, -.infinity] as [Float]) == [1, 1, 0, 0, 0, 0])
        #expect(apply(gmm_log, kernel, GMM_FLOAT64, [1] as [Double]) == [0])
        #expect(apply(gmm_log, kernel, GMM_FLOAT32, [1] as [Float]) == [0])
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/sollya"), "Sollya is not installed"))
    func constantsAreWhatTheirScriptMakes() throws {
        let kernels = Notebook.folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "CKernels")
        let process = Process(), output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/sollya")
        process.arguments = [kernels.appending(path: "constants.sollya").path]
        process.standardOutput = output
        try process.run()
        let made = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(String(decoding: made, as: UTF8.self) == String(decoding: try Data(contentsOf: kernels.appending(path: "constants.h")), as: UTF8.self))
    }

    private func points<Scalar: KernelScalar>(from first: Scalar, to last: Scalar) -> [Scalar] {
        (0...300_000).map { first + (last - first) * (Scalar($0) / 300_000) }
    }

    private func apply<Scalar: KernelScalar>(
        _ function: (Int, gmm_precision, UnsafeRawPointer?, UnsafeMutableRawPointer?, Int) -> Void, _ kernel: Int, _ precision: gmm_precision,
        _ x: [Scalar]
    ) -> [Scalar] {
        var result = [Scalar](repeating: .nan, count: x.count)
        x.withUnsafeBytes { x in
            result.withUnsafeMutableBytes { function(kernel, precision, x.baseAddress, $0.baseAddress, x.count / MemoryLayout<Scalar>.stride) }
        }
        return result
    }

    /// Expects every result to be within so many units of the last place of the exact value, and prints the worst.
    private func expect<Scalar: KernelScalar, Exact: BinaryFloatingPoint>(
        _ name: String, at x: [Scalar], _ results: [Scalar], isWithin limit: Double, _ kernel: Int, exact: (Scalar) -> Exact
    ) {
        var worst = (ulps: 0.0, x: x[0])
        for (x, result) in zip(x, results) {
            let exact = exact(x), ulp = Exact(Scalar(exact).ulp)
            let error = exact == 0 ? (result == 0 ? 0 : .infinity) : Double(abs(Exact(result) - exact) / ulp)
            if !(error <= worst.ulps) { worst = (error, x) }
        }
        print(name, String(cString: gmm_kernel_name(kernel)), "\(Scalar.self): at most", worst.ulps, "ulp, at", worst.x)
        #expect(worst.ulps <= limit, "\(name) of \(worst.x)")
    }
}
