import Foundation
import GaussianMixtures

/// What became of the restarts: how many reached the best loss, which could not be kept and why, and which failed.
struct RestartsText {
    /// Further reasons are counted together.
    private static let most = 3

    private let fit: Fit
    private let input: InputData
    private let training: TrainingOptions

    init(_ fit: Fit, _ input: InputData, _ training: TrainingOptions) {
        self.fit = fit
        self.input = input
        self.training = training
    }

    /// Lines of the table.
    func rows(warmStart: String?) -> [[String]] {
        if let search = fit.search { return [["search", Self.text(search)]] + setAsideRows }
        guard fit.restarts.count > 1 else { return [["restarts", "1" + (warmStart.map { ", from \($0)" } ?? "")]] }
        // Runs that end at the same optimum stop at slightly different distances from it.
        let margin = max(1e-6, 10 * training.tolerance) * fit.totalWeight
        let carriedOn = fit.restarts.count { $0.isCarriedOn }
        let best = fit.restarts.count { $0.setAside == nil && $0.loss <= fit.loss + margin }
        let selection =
            carriedOn == fit.restarts.count
            ? "" : ", of which \(carriedOn) \(carriedOn == 1 ? "was" : "were") carried on"
        var rows = [
            [
                "restarts",
                "\(fit.restarts.count)\(selection), of which \(best) reached the best loss"
                    + (best == 1 ? "; more may find a better one" : ""),
            ]
        ]
        rows += setAsideRows
        let stopped = fit.restarts.count { $0.outcome == .stopped && $0.error == nil }
        if stopped > 0, fit.outcome != .stopped {
            rows.append(["stopped", "\(stopped) by --time-limit, before \(stopped == 1 ? "it" : "they") had converged"])
        }
        if !failures.isEmpty { rows.append(["failed", failures.joined(separator: "; ")]) }
        return rows
    }

    private var setAsideRows: [[String]] { setAside.isEmpty ? [] : [["set aside", setAside.joined(separator: "; ")]] }

    /// How sure one may be that there is no better maximum.
    private static func text(_ search: Fit.Search) -> String {
        let moves =
            search.trials == 0
            ? "no move was worth a trial" : "\(count(search.trials, "move")) tried, \(search.kept) made"
        guard search.starts > 1 else { return "\(moves); one start" }
        return "\(moves); \(search.found) of \(search.starts) starts led to this maximum"
            + (search.found == 1 ? ", so there may be a better one: try --search exhaustive" : "")
    }

    /// Sentences without a full stop.
    var warnings: [String] {
        var warnings =
            failures.isEmpty
            ? []
            : [
                "\(fit.restarts.count { $0.error != nil && $0.error != .stopped }) of \(fit.restarts.count) restarts failed: \(failures.joined(separator: "; "))"
            ]
        // A floor above a component's own spread may have excluded the better fit.
        let better = fit.restarts.filter { $0.setAside == .atFloor && $0.loss < fit.loss }
        let rounding = FloorText.rounding(
            ofShares: Double(input.dimension * fit.mixture.components), dimension: input.dimension)
        let shares = better.map { $0.floorContacts.map(\.ownShare).min() ?? 0 }.filter { $0 > rounding }
        if let least = shares.min() {
            warnings.append(
                "\(count(shares.count, "restart")) of a lower loss \(shares.count == 1 ? "was" : "were") set aside at the variance floor, which is above "
                    + "the spread of the data there; try --reg \(FloorText.floor(below: least))")
        }
        return warnings
    }

    private var setAside: [String] {
        let reasons: [(Fit.SetAside, String)] = [
            (.atFloor, "at the variance floor"), (.fewerComponents, "no better than fewer components"),
            (.diverged, "diverged"),
            (.collapsed, "collapsed"),
        ]
        let notBegun = fit.restarts.count { $0.setAside == .stopped }
        let aside: [String] = reasons.compactMap { reason, text in
            let losses = fit.restarts.filter { $0.setAside == reason }.map(\.loss)
            guard let lowest = losses.min() else { return nil }
            return "\(losses.count) \(text) (lowest loss \(NumberText.fixed(lowest, decimals: 4)))"
        }
        return aside + (notBegun > 0 ? ["\(notBegun) not begun before --time-limit"] : [])
    }

    /// Why some failed, and how many for each reason.
    private var failures: [String] {
        var counts: [(reason: String, count: Int)] = []
        for error in fit.restarts.compactMap(\.error) where error != .stopped {
            if let i = counts.firstIndex(where: { $0.reason == error.briefly }) {
                counts[i].count += 1
            } else {
                counts.append((error.briefly, 1))
            }
        }
        let rest = counts.dropFirst(Self.most).map(\.count).reduce(0, +)
        return counts.prefix(Self.most).map { "\($0.reason) (\($0.count))" }
            + (rest > 0 ? ["other reasons (\(rest))"] : [])
    }
}

extension MixtureError {
    /// Why a start could not be made or evaluated, without the row, so that equal reasons can be counted.
    fileprivate var briefly: String {
        switch self {
        case .outOfReach: "a row lies out of reach of every component of the start"
        case .sumsOverflow: "a sum over the data overflows"
        default: description.trimmingCharacters(in: ["."])
        }
    }
}
