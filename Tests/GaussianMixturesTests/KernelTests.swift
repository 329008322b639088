import CKernels
import Foundation
import GMMReference
import GaussianMixtures
import Testing

/// What a kernel does at the edges, which kernel runs, and that its fast path is taken.
struct KernelTests {
    static let kernels = Kernel.available
    static let pair = try! GaussianMixture(weights: [0.25, 0.75], means: [-2, 5], standardDeviations: [1.1, 2])

    // MARK: Choice

    @Test func kernelsAreListedFastestFirst() throws {
        #expect(Self.kernels.last == .reference)
        #expect(Self.kernels.contains { $0.name == "baseline" })
        #if arch(x86_64)
        let order = ["avx512", "avx2", "baseline", "reference"]
        #expect(Self.kernels.map(\.name) == order.filter { name in Self.kernels.contains { $0.name == name } })
        #endif
        for kernel in Self.kernels { #expect(try Kernel(named: kernel.name) == kernel) }
    }

    @Test func unknownKernelAdvises() {
        let available = Self.kernels.map(\.name)
        #expect(throws: MixtureError.kernelUnavailable(name: "mmx", available: available)) { try Kernel(named: "mmx") }
        #expect(
            MixtureError.kernelUnavailable(name: "mmx", available: available).description.contains(
                "baseline, reference"))
    }

    /// The report comes from inside each instruction set's own code, not from the choice.
    @Test(arguments: kernels)
    func theChosenKernelRuns(kernel: Kernel) throws {
        let fit = try GaussianMixture.fit(
            Notebook.data.prefix(300).map { $0 }, components: 2, iterations: 2, kernel: kernel)
        #expect(fit.kernel == kernel)
    }

    /// A `target` attribute that is lost leaves correct scalar code. So look at the instructions: each kernel's
    /// log-sum-exp must multiply and add its own width of vector, and call nothing.
    @Test(
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: "/usr/bin/objdump"),
            "objdump (Debian: binutils) is not installed"))
    func vectorInstructionsAreInTheProgram() throws {
        #if os(Linux) && (arch(x86_64) || arch(arm64))
        #if arch(x86_64)
        let wanted = [
            ("baseline", "f64", #"\smulpd .*%xmm"#), ("baseline", "f32", #"\smulps .*%xmm"#),
            ("avx2", "f64", #"\svfn?m(add|sub)\d+pd .*%ymm"#), ("avx2", "f32", #"\svfn?m(add|sub)\d+ps .*%ymm"#),
            ("avx512", "f64", #"\svfn?m(add|sub)\d+pd .*%zmm"#), ("avx512", "f32", #"\svfn?m(add|sub)\d+ps .*%zmm"#),
        ]
        #else
        let wanted = [("baseline", "f64", #"\sfml[as]\s+v\d+\.2d"#), ("baseline", "f32", #"\sfml[as]\s+v\d+\.4s"#)]
        #endif
        let assembly = try disassembly()
        for (kernel, precision, wanted) in wanted {
            let body = assembly.filter { $0.key.hasSuffix("_\(kernel)_\(precision)") }.values.joined()
            let regex = try Regex(wanted)
            // exp alone has six in float32 and thirteen in float64, unrolled or not.
            #expect(body.matches(of: regex).count >= 6, "\(kernel) \(precision)")
            #expect(try !body.contains(Regex("<_*expf?(@plt)?>")), "\(kernel) \(precision)")
        }
        #endif
    }

    /// The instructions of the kernels' functions by name, from the program that runs this test.
    private func disassembly() throws -> [String: String] {
        let process = Process(), output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/objdump")
        process.arguments = [
            "--disassemble", "--no-show-raw-insn", "/proc/\(ProcessInfo.processInfo.processIdentifier)/exe",
        ]
        process.standardOutput = output
        try process.run()
        var functions: [String: String] = [:], current: String?
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        for line in text.split(separator: "\n") {
            if line.hasSuffix(">:"), let start = line.firstIndex(of: "<") {
                let name = String(line[line.index(after: start)...].dropLast(2))
                current = name.hasSuffix("_f64") || name.hasSuffix("_f32") ? name : nil
            } else if let current {
                functions[current, default: ""] += line + "\n"
            }
        }
        process.waitUntilExit()
        return functions
    }

    // MARK: The same bits

    @Test(arguments: kernels.filter { $0 != .reference })
    func theSameBitsAtAnyThreadCountAndEveryTime(kernel: Kernel) throws {
        let data = RandomKey(seed: 3).normal(160_000),
            first = try Self.pair.statistics(data, threads: 1, kernel: kernel)
        for threads in [1, 2, 3, 8] {
            for _ in 0..<5 { #expect(try Self.pair.statistics(data, threads: threads, kernel: kernel) == first) }
        }
        let densities = try Self.pair.logDensity(data, threads: 1, kernel: kernel)
        #expect(try Self.pair.logDensity(data, threads: 3, kernel: kernel) == densities)
    }

    // MARK: Layout

    @Test(arguments: kernels)
    func everyCountAroundVectorsAndBlocks(kernel: Kernel) throws {
        let data = RandomKey(seed: 4).normal(1100)
        for count in Array(1...70) + [127, 128, 129, 511, 512, 513, 1023, 1024, 1025] {
            let part = Array(data.prefix(count))
            let sums = try Self.pair.statistics(part, kernel: kernel),
                expected = try Self.pair.statistics(part, kernel: .reference)
            #expect(agree(sums.logLikelihood, expected.logLikelihood, 1e-13))
            #expect(agree(sums.mass(0) + sums.mass(1), Double(count), 1e-13))
            #expect(sums.totalWeight == Double(count))
        }
    }

    @Test(arguments: kernels)
    func unalignedStridedAndReversedDataAreTheSameData(kernel: Kernel) throws {
        let data = RandomKey(seed: 5).normal(700), expected = try Self.pair.statistics(data, kernel: kernel)
        for stride in [1, 2, 3, 7] {
            for offset in 0..<min(stride, 2) + 1 {
                // NaN between the data shows if anything else is read.
                var table = [Double](repeating: .nan, count: offset + stride * data.count)
                for i in data.indices { table[offset + i * stride] = data[i] }
                let dataset = try Dataset(table, offset: offset, rowStride: stride, count: data.count)
                #expect(try Self.pair.statistics(dataset, kernel: kernel) == expected)
            }
        }
        let reversed = try Dataset(Array(data.reversed()), offset: data.count - 1, rowStride: -1)
        #expect(try Self.pair.statistics(reversed, kernel: kernel) == expected)
        let floats = data.map(Float.init), everySecond = try Dataset(floats.flatMap { [$0, .nan] }, rowStride: 2)
        #expect(try Self.pair.statistics(everySecond, kernel: kernel) == Self.pair.statistics(floats, kernel: kernel))
    }

    @Test func anEmptyPassIsZero() {
        for kernel in 0..<gmm_kernel_count() where gmm_kernel_available(kernel) {
            let parameters = [0.0]
            var pass = gmm_pass(), sums = [Double](repeating: .nan, count: 4)
            (pass.dimension, pass.components, pass.workers) = (1, 1, 1)
            let workspace = UnsafeMutableRawPointer.allocate(byteCount: gmm_workspace_size(&pass), alignment: 128)
            defer { workspace.deallocate() }
            parameters.withUnsafeBufferPointer {
                pass.values = UnsafeRawPointer($0.baseAddress)
                (pass.log_norms, pass.means, pass.factors) = ($0.baseAddress, $0.baseAddress, $0.baseAddress)
                (pass.row_stride, pass.column_stride, pass.kernel, pass.workspace) = (1, 1, kernel, workspace)
                gmm_begin(&pass)
                gmm_work(&pass, 0)
                let result = gmm_finish(&pass, &sums)
                #expect(result.status == GMM_OK && result.kernel == -1)
            }
            #expect(sums == [0, 0, 0, 0])
        }
    }

    /// A component that has run away, P = 0 and no weight, leaves the sums of the other as they are.
    @Test func factorOfZero() {
        let data = RandomKey(seed: 3).normal(700)
        for kernel in 0..<gmm_kernel_count() where gmm_kernel_available(kernel) {
            var sums = [Double](repeating: .nan, count: 7)
            var pass = gmm_pass()
            (pass.count, pass.dimension, pass.components, pass.workers, pass.kernel) = (data.count, 1, 2, 1, kernel)
            (pass.row_stride, pass.column_stride) = (1, 1)
            let workspace = UnsafeMutableRawPointer.allocate(byteCount: gmm_workspace_size(&pass), alignment: 128)
            defer { workspace.deallocate() }
            pass.workspace = workspace
            let parameters: [Double] = [-0.5 * log(2 * Double.pi), -Double.infinity, 0, 0, 1, 0]
            let status = data.withUnsafeBufferPointer { data in
                parameters.withUnsafeBufferPointer {
                    pass.values = UnsafeRawPointer(data.baseAddress)
                    (pass.log_norms, pass.means, pass.factors) = (
                        $0.baseAddress, $0.baseAddress! + 2, $0.baseAddress! + 4
                    )
                    gmm_begin(&pass)
                    gmm_work(&pass, 0)
                    return gmm_finish(&pass, &sums).status
                }
            }
            #expect(status == GMM_OK)
            #expect(sums[1] == 700 && sums[2] == 0 && sums[4] == 0 && sums[6] == 0)
            #expect(agree(sums[3], data.reduce(0, +), 1e-12) && agree(sums[5], data.reduce(0) { $0 + $1 * $1 }, 1e-12))
        }
    }

    // MARK: Extremes

    @Test(arguments: kernels)
    func aFarDatumHasAFiniteLogDensity(kernel: Kernel) throws {
        for far in [1e3, 1e10, 1e100, 1e150, -1e150] {
            let density = try Self.pair.logDensity([far], kernel: kernel)[0]
            // The second component, being wider, holds all of it: −½ (x/2)² dominates.
            #expect(
                agree(density, log(0.75) - log(2) - 0.5 * log(2 * .pi) - 0.5 * ((far - 5) / 2) * ((far - 5) / 2), 1e-14)
            )
            #expect(try Self.pair.responsibilities([far], kernel: kernel) == [0, 1])
            let sums = try Self.pair.statistics([0, 1, far], kernel: kernel)
            #expect(sums.logLikelihood.isFinite && sums.secondMoment(1)[0].isFinite && sums.secondMoment(0)[0] < 10)
        }
        for beyond in [1e200, -1e308, 1.7e308] {
            #expect(throws: MixtureError.outOfReach(row: 2)) {
                try Self.pair.statistics([0, 1, beyond], kernel: kernel)
            }
            #expect(throws: MixtureError.outOfReach(row: 0)) { try Self.pair.logDensity([beyond], kernel: kernel) }
        }
        // In reach of one component, but not of the other, whose residual overflows.
        let narrow = try GaussianMixture(weights: [0.5, 0.5], means: [0, 0], standardDeviations: [1e-200, 1e150])
        #expect(throws: MixtureError.outOfReach(row: 1)) { try narrow.statistics([0, 1e150], kernel: kernel) }
    }

    @Test(arguments: kernels.filter { $0 != .reference })
    func float32ReachesAsFarAsItCan(kernel: Kernel) throws {
        let density = try Self.pair.logDensity([Float(1e18)], kernel: kernel)[0]
        #expect(agree(Double(density), -0.125e36, 1e-6))
        #expect(throws: MixtureError.outOfReach(row: 1)) { try Self.pair.logDensity([0, Float(1e25)], kernel: kernel) }
    }

    @Test(arguments: kernels)
    func aComponentOfWeightZeroIsNotThere(kernel: Kernel) throws {
        let data = RandomKey(seed: 6).normal(100)
        let three = try GaussianMixture(weights: [0.25, 0, 0.75], means: [-2, 0, 5], standardDeviations: [1.1, 1, 2])
        let with = try three.statistics(data, kernel: kernel), without = try Self.pair.statistics(data, kernel: kernel)
        #expect(with.logLikelihood == without.logLikelihood && with.mass(1) == 0 && with.secondMoment(1)[0] == 0)
        #expect(with.mass(0) == without.mass(0) && with.secondMoment(2)[0] == without.secondMoment(1)[0])
        #expect(try three.predict(data, kernel: kernel).allSatisfy { $0 != 1 })
    }

    @Test(arguments: kernels)
    func weightsCountData(kernel: Kernel) throws {
        let data = RandomKey(seed: 7).normal(333)
        let twice = try Self.pair.statistics(data + data, kernel: kernel)
        let weighted = try Self.pair.statistics(Dataset(data, weights: data.map { _ in 2 }), kernel: kernel)
        // Every third datum counts for nothing, wherever it is.
        let holes = data.indices.map { $0 % 3 == 0 ? 0.0 : 1.0 }
        let ignored = try Self.pair.statistics(
            Dataset(data.indices.map { holes[$0] == 0 ? 1e3 : data[$0] }, weights: holes), kernel: kernel)
        let left = try Self.pair.statistics(data.indices.filter { holes[$0] == 1 }.map { data[$0] }, kernel: kernel)
        for (a, b) in [(twice, weighted), (ignored, left)] {
            #expect(a.totalWeight == b.totalWeight && agree(a.logLikelihood, b.logLikelihood, 1e-13))
            for k in 0..<2 {
                #expect(agree(a.mass(k), b.mass(k), 1e-12) && agree(a.secondMoment(k)[0], b.secondMoment(k)[0], 1e-12))
            }
        }
    }

    @Test(arguments: kernels)
    func theFirstBadRowIsNamed(kernel: Kernel) throws {
        for count in [1, 9, 70, 20_000] {
            for row in Set([0, count / 2, count - 1]) {
                for bad in [Double.nan, .infinity, -.infinity] {
                    var data = [Double](repeating: 1, count: count)
                    data[row] = bad
                    data[count - 1] = row == count - 1 ? bad : .nan
                    #expect(throws: MixtureError.notFinite(row: row)) {
                        try Self.pair.statistics(data, threads: 3, kernel: kernel)
                    }
                    #expect(throws: MixtureError.notFinite(row: row)) {
                        try Self.pair.predict(data, threads: 3, kernel: kernel)
                    }
                    let floats = data.map(Float.init)
                    #expect(throws: MixtureError.notFinite(row: row)) {
                        try Self.pair.logDensity(floats, kernel: kernel)
                    }
                }
            }
        }
    }
}
