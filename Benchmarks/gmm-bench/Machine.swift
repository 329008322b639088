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
    /// clang's, which belongs to Swift.
    var compiler = String(cString: limit_compiler())
    var flags = limit_is_optimized() ? "release; instruction set chosen at run time, no -march, no -ffast-math" : "debug: times mean nothing"
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
        let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
        func field(_ name: String) -> String? {
            lines.first { $0.hasPrefix(name) }?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
        }
        if let name = field("model name") {
            // Virtual machines leave the model's name out of it.
            guard let family = field("cpu family"), let model = field("model\t") else { return name }
            return "\(name) (family \(family), model \(model))"
        }
        #else
        var name = [CChar](repeating: 0, count: 256), size = 256
        if sysctlbyname("machdep.cpu.brand_string", &name, &size, nil, 0) == 0 { return String(cString: name) }
        #endif
        return "unknown processor"
    }
}
