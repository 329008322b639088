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
    /// Of all rows [D].
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

    /// Another type of covariance, if one has spread enough in all of these components; none is known of where there
    /// are no such.
    func covariance(for own: [RowSpread]) -> String? {
        guard input.dimension > 1, !own.isEmpty else { return nil }
        // A margin, since other components than these may come out.
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

    /// A matrix's diagonal, where nothing is known of a component but how much weight it held: no column has a value
    /// that so much weight could all have.
    func diagonal(mass: Double) -> String? {
        guard model.covariance.isMatrix, input.dimension > 1, mass > 1 else { return nil }
        let isTied = (0..<input.dimension).contains { feature in
            var weights: [Double: Double] = [:]
            input.forEachRow { row, weight in weights[input.table[row, feature], default: 0] += weight }
            return weights.values.contains { $0 >= mass * (1 - 1e-9) }
        }
        return isTied ? nil : "--covariance diagonal"
    }

    /// The prior that keeps components from collapsing, if its scale is positive definite and above the floor for a
    /// component of so much weight.
    func prior(mass: Double) -> String? {
        guard model.prior == .none, !isFlat else { return nil }
        let dimension = Double(input.dimension)
        let share = pow(Double(model.components), -2 / dimension) / (mass + 2 * dimension + 4)
        return share > 10 * model.reg ? "--prior mclust" : nil
    }

    /// What always helps matrices of rows that have no spread in some direction.
    var diagonalWithFewer: String { "--covariance diagonal" + (model.components > 1 ? " with fewer --components" : "") }

    /// Why all rows together have no spread in some direction; nil if they have.
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

    /// The columns that are left without those that are combinations of others, where that is to blame: for components
    /// of so many rows at least, which have no other column that is equal in them.
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
