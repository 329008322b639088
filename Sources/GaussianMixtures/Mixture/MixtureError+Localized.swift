// Without the rest of Foundation, most of whose size is what it knows of languages and calendars.
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension MixtureError: LocalizedError {
    public var errorDescription: String? { description }
}
