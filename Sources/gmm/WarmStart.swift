import Foundation
import GMMFiles
import GaussianMixtures

/// A model as the start of another fit.
enum WarmStart {
    /// - Throws: ``FileError`` if the model cannot be read, ``Failure`` if it is of another shape or of other features
    ///   than the fit.
    static func read(_ path: String, for input: InputData, _ model: ModelOptions) throws -> Initialisation {
        let document = try ModelDocument.read(path), mixture = try document.mixture()
        func refuse(_ reason: String) -> Failure { Failure("--warm-start: \(path) \(reason).", exitCode: EX_USAGE) }

        // Names are compared where there are any.
        let isNamed = input.table.columnNames != nil
        guard document.dimension == input.dimension, !isNamed || document.features == input.features else {
            let names = document.features.joined(separator: ","),
                canBeChosen = isNamed && document.features.allSatisfy { !$0.contains(",") }
            throw refuse(
                "is of the features \(names), and the data of \(input.features.joined(separator: ",")); choose the same, in the same order"
                    + (canBeChosen ? ", with --columns \(names)" : ""))
        }
        guard mixture.components == model.components else {
            throw refuse(
                "has \(mixture.components) components; give --components \(mixture.components), or another model")
        }
        guard mixture.shape.covariance == model.covariance else {
            throw refuse(
                "has \(mixture.shape.covariance) covariances; give --covariance \(mixture.shape.covariance), or another model"
            )
        }
        return .mixture(mixture)
    }
}
