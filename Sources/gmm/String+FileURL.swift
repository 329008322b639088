import Foundation

extension String {
    /// The file at this path.
    var fileURL: URL { URL(fileURLWithPath: self) }
}
