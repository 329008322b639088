import CKernels
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The code that reads the data: one of the C kernels that this processor can run, or the plain Swift reference.
///
/// Every kernel gives the same result within rounding, and each gives the same bits for any number of threads.
public struct Kernel: Sendable, Hashable, Codable, CustomStringConvertible {
    enum CodingKeys: String, CodingKey { case name }

    /// "avx512", "avx2", "baseline" (SSE2 or NEON, whatever the compiler's default target has) or "reference".
    public let name: String
    /// Its number in C, nil for the reference.
    let index: Int?

    public var description: String { name }

    /// `GMMReference`: scalar, compensated sums, one thread, float64 whatever the data. Slow; for checking.
    public static let reference = Kernel(name: "reference", index: nil)

    /// The kernels of this build that this processor can run, fastest first; ``reference`` is the last.
    public static var available: [Kernel] {
        (0..<gmm_kernel_count()).reversed().filter(gmm_kernel_available).map { Kernel(index: $0) } + [reference]
    }

    init(index: Int) {
        self.init(name: String(cString: gmm_kernel_name(index)), index: index)
    }

    private init(name: String, index: Int?) {
        self.name = name
        self.index = index
    }

    /// The available kernel of that name.
    ///
    /// - Throws: ``MixtureError/kernelUnavailable(name:available:)``
    public init(named name: String) throws(MixtureError) {
        let available = Kernel.available
        guard let kernel = available.first(where: { $0.name == name }) else {
            throw .kernelUnavailable(name: name, available: available.map(\.name))
        }
        self = kernel
    }

    /// The kernel that runs when none is asked for: the one that the environment variable `GMM_KERNEL` names, else the
    /// fastest.
    ///
    /// - Throws: ``MixtureError/kernelUnavailable(name:available:)`` if `GMM_KERNEL` names none that is available.
    public static func automatic() throws(MixtureError) -> Kernel {
        if let name = ProcessInfo.processInfo.environment["GMM_KERNEL"], !name.isEmpty {
            return try Kernel(named: name)
        }
        return available[0]
    }

    static func chosen(_ requested: Kernel?) throws(MixtureError) -> Kernel {
        if let requested { return requested }
        return try automatic()
    }

    /// What runs a pass on several threads: "OpenMP" or "Dispatch", by the package's trait.
    public static var threading: String { gmm_openmp() ? "OpenMP" : "Dispatch" }
}
