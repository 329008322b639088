import CBenchmarks
import Foundation
import GaussianMixtures

/// Where and with what something was measured.
struct Machine: Codable {
    var processor = processorName()
    var cores = ProcessInfo.processInfo.activeProcessorCount
    var memory = ProcessInfo.processInfo.physicalMemory
    var system = ProcessInfo.processInfo.operatingSystemVersionString
    var kernels = Kernel.available.map(\.name)
    var threading = Kernel.threading
    /// The version of clang, which is part of Swift's toolchain.
    var compiler = String(cString: limit_compiler())
    var flags =
        limit_is_optimized()
        ? "release; instruction set chosen at run time, no -march, no -ffast-math" : "debug: times mean nothing"
    var date = ISO8601DateFormatter().string(from: Date())

    var text: String {
        """
        \(processor), \(cores) cores, \(memory >> 30) GiB; \(system); \(date)
        \(compiler)
        kernels \(kernels.joined(separator: ", ")); \(threading); \(flags)
        """
    }

    private static func processorName() -> String {
        #if os(Linux)
        let name = processorName(cpuinfo: (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? "")
        #else
        var bytes = [UInt8](repeating: 0, count: 256), size = bytes.count
        let isKnown = sysctlbyname("machdep.cpu.brand_string", &bytes, &size, nil, 0) == 0
        let name = isKnown ? String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) : nil
        #endif
        return name ?? "unknown processor"
    }

    /// What Linux says of the first processor; nil if that is nothing.
    static func processorName(cpuinfo: String) -> String? {
        let lines = cpuinfo.split(separator: "\n")
        func field(_ name: String) -> String? {
            lines.first { $0.hasPrefix(name) }?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
        }
        if let name = field("model name") {
            // On virtual machines the name may lack the model.
            guard let family = field("cpu family"), let model = field("model\t") else { return name }
            return "\(name) (family \(family), model \(model))"
        }
        // arm64 has only numbers. The names are those of util-linux, sys-utils/lscpu-arm.c.
        guard let implementer = field("CPU implementer"), let part = field("CPU part") else { return nil }
        let names = [
            "0x41 0xd03": "Arm Cortex-A53", "0x41 0xd07": "Arm Cortex-A57", "0x41 0xd08": "Arm Cortex-A72",
            "0x41 0xd0b": "Arm Cortex-A76",
            "0x41 0xd0c": "Arm Neoverse N1", "0x41 0xd40": "Arm Neoverse V1", "0x41 0xd49": "Arm Neoverse N2",
            "0x41 0xd4f": "Arm Neoverse V2",
            "0xc0 0xac3": "Ampere-1",
        ]
        let number = "implementer \(implementer), part \(part)"
        return names["\(implementer) \(part)"].map { "\($0) (\(number))" } ?? "arm64 processor (\(number))"
    }
}
