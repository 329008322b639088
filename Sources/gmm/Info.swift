import ArgumentParser
import Foundation
import GaussianMixtures

struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says what this program and this machine can do.",
        discussion: "The environment variable GMM_KERNEL chooses the kernel wherever --kernel does not.")

    func run() throws {
        let active = try Kernel.active()
        let kernels = Kernel.available.map { $0 == active ? "\($0) (active)" : $0.name }
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let lines = TextTable.aligned(
            [
                ["version", version],
                ["kernels", kernels.joined(separator: ", ")],
                ["threads", "\(cores), one a core, run by \(Kernel.threading)"],
            ], numeric: [])
        try StandardOutput.write(lines)
    }
}
