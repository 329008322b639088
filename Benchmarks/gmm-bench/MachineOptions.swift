import ArgumentParser
import Foundation
import GaussianMixtures

/// Kernels and threads to measure.
struct MachineOptions: ParsableArguments {
    @Option(help: "Thread counts, separated by commas (default: 1, 2, 4 … up to the machine's cores).")
    var threads: CommaSeparated<Int>?

    @Option(help: "Kernels, separated by commas (default: all that this processor can run, with --quick the fastest).")
    var kernels: CommaSeparated<String>?

    func validate() throws {
        guard threads?.elements.allSatisfy({ (1...4096).contains($0) }) != false else {
            throw ValidationError("--threads takes numbers from 1 to 4096.")
        }
        _ = try chosenKernels(quick: false)
    }

    var threadCounts: [Int] {
        if let threads { return Set(threads.elements).sorted() }
        let cores = ProcessInfo.processInfo.activeProcessorCount
        return Array(sequence(first: 1) { $0 * 2 < cores ? $0 * 2 : nil }) + (cores > 1 ? [cores] : [])
    }

    func chosenKernels(quick: Bool) throws -> [Kernel] {
        if let kernels {
            let chosen = try kernels.elements.map { try Kernel(named: $0) }
            guard !chosen.contains(.reference) else {
                throw ValidationError("The reference is what kernels are compared with, and not timed.")
            }
            return chosen
        }
        let all = Kernel.available.filter { $0 != .reference }
        return quick ? [all[0]] : all
    }

    var fastest: Kernel { get throws { try chosenKernels(quick: true)[0] } }
}
