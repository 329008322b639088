import GaussianMixtures

extension ModelDocument {
    /// What keeps a document from being a mixture, and where.
    struct Fault: Error {
        let path: [any CodingKey]
        let reason: String

        init(_ key: CodingKeys, of fitKey: FitSummary.CodingKeys? = nil, at indices: [Int] = [], _ reason: String) {
            path = [key] + (fitKey.map { [$0] } ?? []) + indices.map { Index(intValue: $0) }
            self.reason = reason
        }
    }

    struct Index: CodingKey {
        let intValue: Int?
        var stringValue: String { intValue.map(String.init) ?? "" }
        init(intValue: Int) { self.intValue = intValue }
        init?(stringValue: String) { nil }
    }

    /// The first fault; nil if there is none.
    func fault() -> Fault? {
        do throws(Fault) {
            try checkWeights()
            try checkMeans()
            try checkCovariances()
            try checkMixture()
            try checkFit()
            return nil
        } catch {
            return error
        }
    }

    private func checkWeights() throws(Fault) {
        guard dimension >= 1 else { throw Fault(.features, "there is no feature; give at least one") }
        guard components >= 1 else { throw Fault(.weights, "there is no component; give at least one") }
        for (k, weight) in weights.enumerated() where !(0...1).contains(weight) {
            throw Fault(.weights, at: [k], "it is \(weight); weights are from 0 to 1")
        }
        let total = weights.reduce(0, +)
        guard abs(total - 1) <= 1e-9 else {
            throw Fault(.weights, "they sum to \(total), not to 1; divide each by their sum")
        }
    }

    private func checkMeans() throws(Fault) {
        try checkCount(means, components, "component", .means)
        for (k, mean) in means.enumerated() {
            try checkCount(mean, dimension, "feature", .means, at: [k])
            for (d, value) in mean.enumerated() where !value.isFinite {
                throw Fault(.means, at: [k, d], "it is \(value); means are finite")
            }
        }
    }

    private func checkCovariances() throws(Fault) {
        switch covariances {
        case .full(let matrices):
            for (k, matrix) in matrices.enumerated() { try checkMatrix(matrix, at: [k]) }
        case .tied(let matrix):
            try checkMatrix(matrix, at: [])
        case .diagonal(let variances):
            for (k, values) in variances.enumerated() {
                for (d, value) in values.enumerated() { try checkVariance(value, at: [k, d]) }
            }
        case .spherical(let variances):
            for (k, value) in variances.enumerated() { try checkVariance(value, at: [k]) }
        }
    }

    private func checkMatrix(_ matrix: [[Double]], at indices: [Int]) throws(Fault) {
        try checkCount(matrix, dimension, "feature", .covariances, at: indices)
        for (i, row) in matrix.enumerated() {
            try checkCount(row, dimension, "feature", .covariances, at: indices + [i])
            try checkVariance(row[i], at: indices + [i, i])
            for j in 0..<i {
                // Other programs write products of matrices, which are symmetric up to rounding.
                guard abs(row[j] - matrix[j][i]) <= 1e-9 * (row[i].squareRoot() * matrix[j][j].squareRoot()) else {
                    throw Fault(
                        .covariances, at: indices + [i, j],
                        "it is \(row[j]) but \(matrix[j][i]) across the diagonal; covariances are symmetric")
                }
            }
        }
    }

    /// The rest, which the mixture checks by itself: how many covariances there are, and that they are positive
    /// definite. Weights and means have been checked, so that only a covariance can be at fault.
    private func checkMixture() throws(Fault) {
        do {
            _ = try GaussianMixture(weights: weights, means: means, covariances: covariances)
        } catch {
            guard case .invalidMixture(let component, let reason) = error else { throw Fault(.covariances, "\(error)") }
            throw Fault(.covariances, at: component.map { [$0] } ?? [], reason)
        }
    }

    private func checkVariance(_ value: Double, at indices: [Int]) throws(Fault) {
        guard value > 0 && value.isFinite else {
            throw Fault(
                .covariances, at: indices,
                "it is \(value); variances are positive and finite, try other units of the data")
        }
    }

    private func checkFit() throws(Fault) {
        guard let fit else { return }
        typealias Keys = FitSummary.CodingKeys
        let numbers: [(Keys, Double?)] = [
            (.logLikelihood, fit.logLikelihood), (.loss, fit.loss), (.bic, fit.bic), (.aic, fit.aic), (.icl, fit.icl),
            (.remainingGain, fit.remainingGain), (.totalWeight, fit.totalWeight),
        ]
        for case (let key, let value?) in numbers where !value.isFinite {
            throw Fault(.fit, of: key, "it is \(value), which JSON cannot hold; give a finite number")
        }
        let counts: [(Keys, Int?, least: Int)] = [
            (.count, fit.count, 1), (.iterations, fit.iterations, 0), (.threads, fit.threads, 1),
            (.bestRestart, fit.bestRestart, 0),
        ]
        for case (let key, let value?, let least) in counts where value < least {
            throw Fault(.fit, of: key, "it is \(value); it is at least \(least)")
        }
        if let weight = fit.totalWeight, weight <= 0 {
            throw Fault(.fit, of: .totalWeight, "it is \(weight); it is positive")
        }
        for (index, restart) in fit.restarts.enumerated() where !(restart.loss.isFinite && restart.iterations >= 0) {
            throw Fault(
                .fit, of: .restarts, at: [index],
                "its loss is \(restart.loss) and its iterations are \(restart.iterations); the loss is finite, the iterations at least 0"
            )
        }
        for (index, restart) in fit.restarts.enumerated()
        where !((restart.remainingGain ?? 0).isFinite && (restart.restart ?? 0) >= 0) {
            throw Fault(
                .fit, of: .restarts, at: [index],
                "its number is \(restart.restart ?? 0) and what it has left to gain \(restart.remainingGain ?? 0); "
                    + "the number is at least 0, the gain finite")
        }
        for (index, event) in (fit.events ?? []).enumerated() where min(event.restart, event.step, event.component) < 0
        {
            throw Fault(
                .fit, of: .events, at: [index],
                "a number in it is negative; restarts, steps and components are counted from 0")
        }
        for (index, contact) in (fit.atFloor ?? []).enumerated()
        where !((0..<components).contains(contact.component) && contact.ownShare >= 0 && contact.ownShare.isFinite) {
            throw Fault(
                .fit, of: .atFloor, at: [index],
                "it is component \(contact.component) with the share \(contact.ownShare); give one of the \(components), and a share of at least 0"
            )
        }
        if let search = fit.search {
            guard search.starts >= 1, search.trials >= 0, search.kept >= 0, search.found >= 1 else {
                throw Fault(.fit, of: .search, at: [], "a count of it is negative, or no start is counted")
            }
        }
        for (index, failed) in (fit.failedRestarts ?? []).enumerated() where failed.restart < 0 {
            throw Fault(.fit, of: .failedRestarts, at: [index], "its number is \(failed.restart); it is at least 0")
        }
    }

    private func checkCount(
        _ array: [some Any], _ expected: Int, _ unit: String, _ key: CodingKeys, at indices: [Int] = []
    ) throws(Fault) {
        guard array.count == expected else {
            throw Fault(key, at: indices, "it has \(array.count) entries; give one per \(unit), \(expected)")
        }
    }
}
