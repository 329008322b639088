/// What can go wrong with data, options or parameters. Every description says what is wrong, where, and what to try.
///
/// Rows and components count from zero, as Swift's arrays do.
public enum MixtureError: Error, Hashable, Sendable {
    /// There is not one datum.
    case noData
    /// A datum is NaN or infinite.
    case notFinite(row: Int)
    /// A data weight is negative, NaN or infinite.
    case invalidDataWeight(row: Int)
    /// The data weights are not as many as the data, or sum to zero or to infinity.
    case invalidDataWeights(reason: String)
    /// A datum is so far from every component that its log-density overflows the precision of the data.
    case outOfReach(row: Int)
    /// A sum over the data overflows float64.
    case sumsOverflow
    /// Training left the range of float64 at a step, in every restart.
    case diverged(step: Int, method: Method)
    /// Without a variance floor, the covariance of a component became singular at a step, in every restart. `mass` is
    /// the weight of the data that it held.
    case collapsed(component: Int, step: Int, mass: Double, dimension: Int)
    /// The data hold fewer distinct values than there are components to find.
    case tooFewDistinctData(distinct: Int, components: Int)
    /// The spread of a feature cannot be held in float64: it overflows, or its unit is too small.
    case spreadNotRepresentable(feature: Int, smallest: Double, largest: Double)
    /// A feature has the same value in all data, and so no variance.
    case constantFeature(feature: Int, value: Double)
    /// The scatter of the data, from which a prior takes its scale, is singular: to rounding, these features are
    /// combinations of those before them.
    case singularScatter(features: [Int], dimension: Int)
    /// A row has another number of features than the first.
    case raggedData(row: Int, count: Int, expected: Int)
    /// The data have another dimension than the mixture.
    case dimensionMismatch(data: Int, mixture: Int)
    /// An option is outside its range.
    case invalidOption(name: String, value: String, requirement: String)
    /// The parameters do not make a mixture. `component` is the one at fault where it is one alone.
    case invalidMixture(component: Int?, reason: String)
    /// The kernel is unknown, or this processor cannot run it.
    case kernelUnavailable(name: String, available: [String])
    /// The scratch memory of a pass could not be had.
    case outOfMemory(bytes: Int)
    /// The fit was stopped, or came to its time limit, before a restart was begun.
    case stopped
    /// A state of training, as it was decoded, does not fit together.
    case brokenState
    /// A part of a data set does not begin and end at its borders.
    case invalidPart(firstRow: Int, count: Int, wholeCount: Int, border: Int)
    /// Parts are of other data sets or shapes, or have rows in common.
    case partsDoNotFit
    /// A state of training belongs to other data.
    case otherData(count: Int, dimension: Int, totalWeight: Double)
}

extension MixtureError {
    /// The same error of other rows.
    func ofRow(_ row: (Int) -> Int) -> MixtureError {
        switch self {
        case .notFinite(let i): .notFinite(row: row(i))
        case .invalidDataWeight(let i): .invalidDataWeight(row: row(i))
        case .outOfReach(let i): .outOfReach(row: row(i))
        default: self
        }
    }
}

extension MixtureError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noData:
            "There are no data. Give at least one datum."
        case .notFinite(let row):
            "Datum \(row) (counted from 0) is NaN or infinite. Remove it, or replace it with a finite value."
        case .invalidDataWeight(let row):
            "The weight of datum \(row) (counted from 0) is negative, NaN or infinite. Weights are finite and not negative; 0 ignores a datum."
        case .invalidDataWeights(let reason):
            "The data weights do not serve: \(reason)."
        case .outOfReach(let row):
            "Datum \(row) (counted from 0) lies so far from every component that its log-density overflows. "
                + "Remove the outlier, rescale the data, or, if they are float32, pass them as float64."
        case .sumsOverflow:
            "A sum over the data overflows float64. Rescale the data, or divide their weights by the largest."
        case .diverged(let step, let method):
            "Training left the range of float64 at step \(step). Try "
                + (method.isAdam ? "a smaller learning rate, " : "")
                + "another start, or data scaled to a spread near one."
        case .collapsed(let component, let step, let mass, let dimension):
            "Component \(component) (counted from 0) collapsed at step \(step): there is no variance floor, and its covariance became singular on data of weight "
                + "\(mass)" + (dimension > 1 ? " in \(dimension) features" : "")
                + ". A variance floor, such as 1e-6, holds it."
        case .tooFewDistinctData(let distinct, let components):
            distinct == 1
                ? "All data are equal, so their variance is zero and no Gaussian fits them. Give data with at least two distinct values."
                : "\(components) components need at least \(components) distinct data, and there are \(distinct). "
                    + "Try fewer components, or more data."
        case .spreadNotRepresentable(let feature, let smallest, let largest):
            "Feature \(feature) (counted from 0) runs from \(smallest) to \(largest), a spread whose square float64 cannot hold. Rescale it."
        case .constantFeature(let feature, let value):
            "Feature \(feature) (counted from 0) is \(value) in all data, so its variance is zero and no Gaussian fits it. Leave it out."
        case .singularScatter(let features, let dimension):
            "The prior takes its scale from the scatter of the data, which is singular: "
                + (features.count == 1
                    ? "feature \(features[0]) is a combination" : "features \(features) are combinations")
                + " (counted from 0) of those before, as happens always where there are no more data than features, here \(dimension). "
                + "Leave \(features.count == 1 ? "it" : "them") out, or take diagonal or spherical covariances."
        case .raggedData(let row, let count, let expected):
            "Row \(row) (counted from 0) has \(count) features where the first has \(expected). Give rows of one length."
        case .dimensionMismatch(let data, let mixture):
            "The data have \(data) features, and the mixture has \(mixture). Choose the same features in both."
        case .invalidOption(let name, let value, let requirement):
            "\(name) is \(value); it must be \(requirement)."
        case .invalidMixture(let component, let reason):
            if let component {
                "Component \(component) (counted from 0) is not valid: \(reason)."
            } else {
                "This is not a mixture: \(reason)."
            }
        case .kernelUnavailable(let name, let available):
            "There is no kernel \"\(name)\" on this machine. Choose one of: \(available.joined(separator: ", "))."
        case .outOfMemory(let bytes):
            "\(bytes) bytes of scratch memory could not be had. Use fewer threads or fewer components."
        case .stopped:
            "The fit was stopped before this restart was begun. Give it more time, or fewer restarts."
        case .brokenState:
            "The parts of the training's state do not fit together. Decode what a state was encoded to, by the same version of this package."
        case .invalidPart(let firstRow, let count, let wholeCount, let border):
            "Rows \(firstRow) ..< \(firstRow) + \(count) of \(wholeCount) are no part. Begin at a multiple of \(border), and end at one or at the last row."
        case .partsDoNotFit:
            "The parts do not make up one data set: they are of other data or another mixture's shape, or a row is in two. Read each row once."
        case .otherData(let count, let dimension, let totalWeight):
            "The run was begun on \(count) data of \(dimension) features and weight \(totalWeight), and these are others. Go on with the same data."
        }
    }
}
