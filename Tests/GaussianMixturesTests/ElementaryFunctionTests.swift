import CKernels
import Foundation
import Testing

import GaussianMixtures

/// The contract at the head of CKernels/exp_log.inc.h.
struct ElementaryFunctionTests {
    static let cKernels = (0..<gmm_kernel_count()).filter(gmm_kernel_available)

    @Test(arguments: cKernels)
    func exponential(kernel: Int) {
        // Uniform over the whole domain, then dense near zero, where responsibilities are large.
        let float64: [Double] = points(from: 0, to: -708) + points(from: 0, to: -1) + [-0.0, -1e-300, -1e-17]
        expect(
            "exp", at: float64, apply(gmm_exp, kernel, GMM_FLOAT64, float64), isWithin: 1.2, kernel,
            exact: DoubleDouble.exponential)
        let float32: [Float] = points(from: 0, to: -87) + points(from: 0, to: -1) + [-0.0, -1e-30, -1e-8]
        expect("exp", at: float32, apply(gmm_exp, kernel, GMM_FLOAT32, float32), isWithin: 1.2, kernel) {
            DoubleDouble(exp(Double($0)))
        }
    }

    @Test(arguments: cKernels)
    func logarithm(kernel: Int) {
        let float64: [Double] =
            points(from: 1, to: 9) + points(from: 1, to: 1 + 0x1p-33) + (0...1000).map { pow(2, Double($0)) }
        expect(
            "log", at: float64, apply(gmm_log, kernel, GMM_FLOAT64, float64), isWithin: 0.9, kernel,
            exact: DoubleDouble.logarithm)
        let float32: [Float] =
            points(from: 1, to: 9) + points(from: 1, to: 1 + 0x1p-7) + (0...120).map { powf(2, Float($0)) }
        expect("log", at: float32, apply(gmm_log, kernel, GMM_FLOAT32, float32), isWithin: 0.9, kernel) {
            DoubleDouble(log(Double($0)))
        }
    }

    @Test(arguments: cKernels)
    func exactAndBeyond(kernel: Int) {
        #expect(
            apply(gmm_exp, kernel, GMM_FLOAT64, [0, -0.0, -708.001, -1e4, -1e308, -.infinity] as [Double]) == [
                1, 1, 0, 0, 0, 0,
            ])
        #expect(
            apply(gmm_exp, kernel, GMM_FLOAT32, [0, -0.0, -87.001, -1e4, -1e38, -.infinity] as [Float]) == [
                1, 1, 0, 0, 0, 0,
            ])
        #expect(apply(gmm_log, kernel, GMM_FLOAT64, [1] as [Double]) == [0])
        #expect(apply(gmm_log, kernel, GMM_FLOAT32, [1] as [Float]) == [0])
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/sollya"), "Sollya is not installed"))
    func constantsAreWhatTheirScriptMakes() throws {
        let kernels = Notebook.folder.deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
            .appending(path: "CKernels")
        let process = Process(), output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/sollya")
        process.arguments = [kernels.appending(path: "constants.sollya").path]
        process.standardOutput = output
        try process.run()
        let made = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(
            String(decoding: made, as: UTF8.self)
                == String(decoding: try Data(contentsOf: kernels.appending(path: "constants.h")), as: UTF8.self))
    }

    private func points<Scalar: KernelScalar>(from first: Scalar, to last: Scalar) -> [Scalar] {
        (0...300_000).map { first + (last - first) * (Scalar($0) / 300_000) }
    }

    private func apply<Scalar: KernelScalar>(
        _ function: (Int, gmm_precision, UnsafeRawPointer?, UnsafeMutableRawPointer?, Int) -> Void, _ kernel: Int,
        _ precision: gmm_precision,
        _ x: [Scalar]
    ) -> [Scalar] {
        var result = [Scalar](repeating: .nan, count: x.count)
        x.withUnsafeBytes { x in
            result.withUnsafeMutableBytes {
                function(kernel, precision, x.baseAddress, $0.baseAddress, x.count / MemoryLayout<Scalar>.stride)
            }
        }
        return result
    }

    /// Expects every result to be within so many units of the last place of the exact value, and prints the worst.
    private func expect<Scalar: KernelScalar>(
        _ name: String, at x: [Scalar], _ results: [Scalar], isWithin limit: Double, _ kernel: Int,
        exact: (Scalar) -> DoubleDouble
    ) {
        var worst = (ulps: 0.0, x: x[0])
        for (x, result) in zip(x, results) {
            let exact = exact(x), error = exact.high == 0 ? (result == 0 ? 0 : .infinity) : exact.error(of: result)
            if !(error <= worst.ulps) { worst = (error, x) }
        }
        print(name, String(cString: gmm_kernel_name(kernel)), "\(Scalar.self): at most", worst.ulps, "ulp, at", worst.x)
        #expect(worst.ulps <= limit, "\(name) of \(worst.x)")
    }
}

/// The functions that measure the kernels'.
struct DoubleDoubleTests {
    @Test func errorsAreInUnitsOfTheLastPlace() {
        #expect(DoubleDouble(1).error(of: 1 + 2 * Double.ulpOfOne) == 2)
        #expect(DoubleDouble(high: 1, low: 0x1p-60).error(of: 1.0) == 0x1p-8)
        #expect(DoubleDouble(high: 1.5, low: 0, exponent: -1022).error(of: 0x1.8000000000001p-1022) == 1)
        #expect(DoubleDouble(1).error(of: Float(1).nextUp) == 1)
    }

    /// e^-1 and log 2 to 106 bits, and laws, which hold everywhere.
    @Test func knownValuesAndLaws() {
        func difference(_ a: DoubleDouble, _ b: DoubleDouble) -> Double {
            let difference = a.rescaled(to: b.exponent) - b
            return difference.high + difference.low
        }
        #expect(
            abs(
                difference(
                    DoubleDouble.exponential(-1), DoubleDouble(high: 0x1.78b56362cef38p-2, low: -0x1.ca8a4270fadf5p-57))
            ) < 0x1p-70)
        #expect(abs(difference(DoubleDouble.logarithm(2), .log2)) < 0x1p-70)
        var key = 0.5
        for _ in 0..<1000 {
            key = (key * 997 + 0.123).truncatingRemainder(dividingBy: 1)
            let x = -300 * key, square = DoubleDouble.exponential(2 * x)
            #expect(
                abs(difference(DoubleDouble.exponential(x) * DoubleDouble.exponential(x), square)) < 0x1p-70
                    * square.high)
            #expect(
                abs(
                    difference(
                        DoubleDouble.logarithm(1 + key), DoubleDouble.logarithm((1 + key) * 4) - DoubleDouble.log2 * 2))
                    < 0x1p-70)
        }
    }

    #if arch(x86_64)
    @Test func theyAgreeWithFloat80() {
        var worst = (ofExponential: 0.0 as Float80, ofLogarithm: 0.0 as Float80)
        for i in 0..<20_000 {
            let part = Double(i) / 20_000
            for x in [-708 * part, -part, -0x1p-30 * part] {
                let exact = DoubleDouble.exponential(x), wide = exp(Float80(x))
                let value = Float80(
                    sign: .plus, exponent: exact.exponent, significand: Float80(exact.high) + Float80(exact.low))
                worst.ofExponential = max(worst.ofExponential, abs(value - wide) / wide.ulp)
            }
            for x in [
                1 + 8 * part, 1 + part * 0x1p-7, 1 + part * 0x1p-18, 1 + part * 0x1p-33,
                pow(2, (1000 * part).rounded()),
            ] {
                let exact = DoubleDouble.logarithm(x), wide = log(Float80(x)),
                    value = Float80(exact.high) + Float80(exact.low)
                worst.ofLogarithm = max(worst.ofLogarithm, abs(value - wide) / wide.ulp)
            }
        }
        #expect(worst.ofExponential <= 2 && worst.ofLogarithm <= 2)
    }
    #endif
}
