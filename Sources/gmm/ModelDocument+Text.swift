import Foundation
import GMMFiles

extension ModelDocument {
    /// The JSON text.
    ///
    /// - Throws: ``Failure`` if float64 cannot hold a variance, the square of a standard deviation that it can.
    func text(path: String) throws(Failure) -> Data {
        do {
            return try encoded()
        } catch EncodingError.invalidValue(_, let context) {
            throw Failure("\(path): the model cannot be written as JSON, \(context.debugDescription). Rescale the data.", exitCode: EX_DATAERR)
        } catch {
            throw Failure(error)
        }
    }
}
