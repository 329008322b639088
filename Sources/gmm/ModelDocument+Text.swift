import Foundation
import GMMFiles

extension ModelDocument {
    /// The JSON text of a fit, which was found to be a mixture that JSON can hold.
    func text(path: String) throws(Failure) -> Data {
        do {
            return try encoded()
        } catch {
            throw Failure("\(path): the model cannot be written as JSON, \(error).", exitCode: EX_DATAERR)
        }
    }
}
