import Foundation
import GaussianMixtures

extension Kernel {
    /// The kernel of that name, or without a name the one that runs by default.
    ///
    /// - Throws: ``Failure`` that says whether the option or the environment is at fault.
    static func active(named name: String? = nil) throws(Failure) -> Kernel {
        do {
            return if let name { try Kernel(named: name) } else { try Kernel.automatic() }
        } catch {
            throw Failure("\(name == nil ? "GMM_KERNEL" : "--kernel"): \(error)", exitCode: error.exitCode)
        }
    }
}
