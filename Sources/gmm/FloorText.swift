import Foundation
import GaussianMixtures

/// What is said of components that ended at the variance floor, as sentences without a full stop: which they are, why,
/// and what helps.
///
/// There are two causes. The floor is a share of the variance over all rows, so an outlier or the distance between
/// groups may raise it above the spread that a group has by itself: then a lower floor is the remedy. Or the rows of a
/// component have no spread in some direction: then the likelihood grows for as long as the floor lets it, and another
/// model is the remedy.
struct FloorText {
    /// Further components are counted and not described.
    private static let most = 4

    private let fit: Fit
    private let input: InputData
    private let reg: Double
    private let remedies: Remedies
    /// The rows of each component.
    private let spreads: [RowSpread]

    /// - Complexity: a pass over the data.
    init(_ fit: Fit, _ input: InputData, _ model: ModelOptions) throws(MixtureError) {
        self.fit = fit
        self.input = input
        reg = model.reg
        remedies = Remedies(input, model)
        spreads = try input.spreads(of: fit)
    }

    var lines: [String] {
        let isShared = fit.mixture.shape.covariance == .tied
        // A shared covariance is reported once, although every component touches the floor with it.
        let contacts = isShared ? Array(fit.floorContacts.prefix(1)) : fit.floorContacts
        var narrow: [(text: String, share: Double)] = [], flat: [(text: String, own: RowSpread)] = []
        for contact in contacts {
            let own = isShared ? RowSpread.pooled(spreads) : spreads[contact.component]
            let name = isShared ? "the covariance that all components share" : "component \(contact.component + 1)"
            switch Self.cause(contact, own, remedies.shares(own), reg, rounding: Self.rounding(own, remedies)) {
            case .narrow(let feature, let share):
                narrow.append(("\(name) (\(deviations(contact.component, own, feature, share)))", share))
            case .flat(let features):
                flat.append((isShared && remedies.reason != nil ? name : "\(name) (\(flatness(own, features)))", own))
            }
        }
        var lines: [String] = []
        let fewer = remedies.fewerComponents
        if let least = narrow.map(\.share).min() {
            lines.append(
                "\(Self.list(narrow.map(\.text))) \(narrow.count == 1 ? "is" : "are") held at the variance floor, which is a share of the variance "
                    + "over all rows, and so is raised by an outlier or by the distance between groups; try --reg \(Self.floor(below: least))"
                    + (fewer.map { ", or \($0) if \(narrow.count == 1 ? "this is no group" : "these are no groups")" }
                        ?? ""))
        }
        if !flat.isEmpty {
            let mass = contacts.map { fit.mixture.weights[$0.component] * fit.totalWeight }.max()!
            let canPrune = fewer != nil && !isShared && contacts.count < fit.mixture.components
            var advice = [
                fewer,
                remedies.otherColumns(
                    rows: flat.map { Double($0.own.count) }.min()!, constant: flat.flatMap(\.own.constantFeatures)),
                remedies.covariance(for: flat.map(\.own)), canPrune ? "--collapse prune" : nil,
                remedies.prior(mass: mass),
            ].compactMap { $0 }
            if advice.isEmpty { advice = [remedies.diagonalWithFewer] }
            lines.append(
                "\(Self.list(flat.map(\.text))) ended at the variance floor, where the likelihood says how low the floor is and little else"
                    + (remedies.reason.map { "; \($0)" } ?? "") + "; try \(advice.alternatives())")
        }
        return lines
    }

    /// The power of ten for `--reg` that is below this share, so that the floor no longer holds it.
    static func floor(below share: Double) -> String { "1e\(Int(log10(share / 10).rounded(.down)))" }

    /// The least share that eigenvalues of a matrix can tell from zero. `sum` is of the shares along the features.
    static func rounding(ofShares sum: Double, dimension: Int) -> Double {
        dimension > 1 ? Double(dimension) * 0x1p-50 * sum : 0
    }

    private static func rounding(_ own: RowSpread, _ remedies: Remedies) -> Double {
        let shares = remedies.shares(own)
        return rounding(ofShares: shares.reduce(0, +), dimension: shares.count)
    }

    private enum Cause {
        /// The data spread less than the floor along this feature, or if it is nil along a mixture of features.
        case narrow(feature: Int?, share: Double)
        /// The data do not spread along these features, or if there are none along a mixture of features.
        case flat(features: [Int])
    }

    private static func cause(
        _ contact: Fit.FloorContact, _ own: RowSpread, _ shares: [Double], _ reg: Double, rounding: Double
    ) -> Cause {
        let constant = own.constantFeatures
        if !constant.isEmpty || own.count < 2 { return .flat(features: constant) }
        if let d = shares.indices.min(by: { shares[$0] < shares[$1] }), shares[d] < reg {
            return .narrow(
                feature: d, share: contact.ownShare > rounding ? min(shares[d], contact.ownShare) : shares[d])
        }
        return contact.ownShare > rounding && own.count > shares.count
            ? .narrow(feature: nil, share: contact.ownShare) : .flat(features: [])
    }

    /// The standard deviation at which a component is held, and the one that its own rows have.
    private func deviations(_ component: Int, _ own: RowSpread, _ feature: Int?, _ share: Double) -> String {
        guard let feature else {
            return
                "in a direction that mixes columns its own data have the share \(NumberText.rough(share)) of the variance, "
                + "and the floor is \(NumberText.short(reg))"
        }
        let place = input.dimension > 1 ? "column \"\(input.features[feature])\", " : ""
        return "\(place)standard deviation \(NumberText.short(fit.mixture.standardDeviations[component][feature])) "
            + "where its own data have \(NumberText.short(own.variances[feature].squareRoot()))"
    }

    /// Why the rows of a component have no spread in some direction.
    private func flatness(_ own: RowSpread, _ features: [Int]) -> String {
        let dimension = input.dimension, names = features.map { "\"\(input.features[$0])\"" }
        if own.count < 2 { return own.count == 1 ? "a single row" : "no row" }
        if features.count == dimension { return "\(own.count) equal rows" }
        if !features.isEmpty {
            return "\(own.count) rows that are equal in column\(features.count == 1 ? "" : "s") \(Self.list(names))"
        }
        return own.count <= dimension
            ? "\(own.count) rows, no more than the \(dimension) columns"
            : "\(own.count) rows in which a column is a combination of others"
    }

    private static func list(_ texts: [String]) -> String {
        let rest = texts.count - most
        return (rest > 0 ? texts.prefix(most) + ["\(rest) more"] : texts).alternatives("and")
    }
}
