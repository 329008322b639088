import Foundation
import GaussianMixtures

/// What helps a covariance that comes to the variance floor, or without one collapses, since the data of its component
/// do not spread in every direction.
///
/// Each piece of advice is given only where these data and options let it be followed.
struct Remedies {
    /// Whether even all rows together leave a matrix singular.
    private let isFlat: Bool
    /// The features that are combinations of those before them in all rows, where that is to blame.
    private let dependent: [Int]
    private let input: InputData
    private let model: ModelOptions
    /// How many rows have weight.
    private let rows: Int
    /// The variance of each feature over all rows [D].
    private let variances: [Double]

    init(_ input: InputData, _ model: ModelOptions) {
        self.input = input
        self.model = model
        let spread = input.spread()
        rows = spread.count
        variances = spread.variances
        let needsSpread = input.dimension > 1 && model.covariance.isMatrix, isShort = rows <= input.dimension
        dependent = needsSpread && !isShort ? input.dependentFeatures() : []
        isFlat = needsSpread && (isShort || !dependent.isEmpty)
    }

    /// A component's own variance of each feature, as a share of that over all rows [D].
    func shares(_ own: RowSpread) -> [Double] { zip(own.variances, variances).map { $0 / $1 } }

    /// Fewer components do not help where even all rows together have no spread in some direction.
    var fewerComponents: String? { model.components > 1 && !isFlat ? "fewer --components" : nil }

    /// Another type of covariance under which all of these components have enough spread; nil if there is none, or no
    /// component.
    func covariance(for own: [RowSpread]) -> String? {
        guard input.dimension > 1, !own.isEmpty else { return nil }
        // The margin allows for a new fit whose components differ from these.
        let least = 10 * model.reg
        if model.covariance.isMatrix,
            own.allSatisfy({ $0.constantFeatures.isEmpty && shares($0).allSatisfy { $0 > least } })
        {
            return "--covariance diagonal"
        }
        let widest = variances.max()!, dimension = Double(input.dimension)
        // A spherical component may yet close in on rows that are equal.
        guard model.covariance != .spherical,
            own.allSatisfy({ $0.variances.reduce(0, +) / dimension > least * widest }), !input.hasEqualRows
        else {
            return nil
        }
        return "--covariance spherical"
    }

    /// Diagonal covariances, for a component of which only the weight is known. They help unless some column has one
    /// value in rows of as much weight, since all rows of the component could then share that value.
    func diagonal(mass: Double) -> String? {
        guard model.covariance.isMatrix, input.dimension > 1, mass > 1 else { return nil }
        let isTied = (0..<input.dimension).contains { feature in
            var weights: [Double: Double] = [:]
            input.forEachRow { row, weight in weights[input.table[row, feature], default: 0] += weight }
            return weights.values.contains { $0 >= mass * (1 - 1e-9) }
        }
        return isTied ? nil : "--covariance diagonal"
    }

    /// The prior that keeps components from collapsing, if its scale is positive definite, and above the floor in a
    /// component of this weight.
    func prior(mass: Double) -> String? {
        guard model.prior == .none, !isFlat else { return nil }
        let dimension = Double(input.dimension)
        let share = pow(Double(model.components), -2 / dimension) / (mass + 2 * dimension + 4)
        return share > 10 * model.reg ? "--prior mclust" : nil
    }

    /// The advice that always helps where the rows of a matrix have no spread in some direction.
    var diagonalWithFewer: String { "--covariance diagonal" + (model.components > 1 ? " with fewer --components" : "") }

    /// Why all rows together have no spread in some direction; nil if they spread in every direction.
    var reason: String? {
        guard isFlat else { return nil }
        if rows <= input.dimension { return "the \(rows) rows are no more than the \(input.dimension) columns" }
        let names =
            dependent.prefix(4).map { "\"\(input.features[$0])\"" }
            + (dependent.count > 4 ? ["\(dependent.count - 4) more"] : [])
        return dependent.count == 1
            ? "column \(names[0]) is a combination of those before it in all rows"
            : "columns \(names.alternatives("and")) are combinations of those before them in all rows"
    }

    /// The columns that are no combinations of others; nil unless leaving the others out helps.
    ///
    /// - Parameters:
    ///   - least: how many rows each component has at least: they must be more than the columns that are left.
    ///   - constant: the columns that are equal in all rows of a component, which must all be left out too.
    func otherColumns(rows least: Double = .infinity, constant: [Int] = []) -> String? {
        let kept = (0..<input.dimension).filter { !dependent.contains($0) }
        guard !dependent.isEmpty, least > Double(kept.count), constant.allSatisfy({ dependent.contains($0) }) else {
            return nil
        }
        let names = kept.compactMap { input.selector($0) }, list = names.joined(separator: ",")
        return names.count == kept.count && list.count <= 60
            ? "--columns \(list)"
            : "--columns without the \(dependent.count == 1 ? "column that is a combination" : "columns that are combinations")"
    }
}

extension CovarianceType {
    /// Whether features may be correlated.
    var isMatrix: Bool { self == .full || self == .tied }
}

extension [String] {
    /// "a", "a or b", "a, b or c".
    func alternatives(_ conjunction: String = "or") -> String {
        count < 2 ? joined() : dropLast().joined(separator: ", ") + " \(conjunction) " + last!
    }
}
