import Foundation
import GMMFiles

extension ModelDocument {
    /// The JSON text of a fit. It was checked after training, so a failure here is unexpected.
    func text(path: String) throws(Failure) -> Data {
        do {
            return try encoded()
        } catch {
            throw Failure("\(path): the model cannot be written as JSON, \(error).", exitCode: EX_DATAERR)
        }
    }
}
