import GMMFiles
import GaussianMixtures

/// How some of the rows spread, feature by feature.
struct RowSpread {
    /// How many rows, whatever they weigh.
    private(set) var count = 0
    /// Σ w, and per feature [D] mean, Σ w (x − mean)², and the range.
    private var weight = 0.0
    private var means: [Double]
    private var squares: [Double]
    private var lows: [Double]
    private var highs: [Double]

    init(dimension: Int) {
        means = Array(repeating: 0, count: dimension)
        squares = means
        lows = Array(repeating: .infinity, count: dimension)
        highs = Array(repeating: -.infinity, count: dimension)
    }

    /// [D]
    var variances: [Double] { squares.map { $0 / weight } }

    /// The features that have one value in all rows. Their variance may differ from zero by rounding, so the ranges
    /// decide.
    var constantFeatures: [Int] { lows.indices.filter { lows[$0] == highs[$0] } }

    /// One update of D. H. D. West, Updating mean and variance estimates, CACM 22, 1979.
    mutating func add(_ x: (Int) -> Double, weight w: Double) {
        count += 1
        weight += w
        for d in means.indices {
            let value = x(d), difference = value - means[d]
            means[d] += difference * (w / weight)
            squares[d] += w * difference * (value - means[d])
            lows[d] = min(lows[d], value)
            highs[d] = max(highs[d], value)
        }
    }

    /// The spread of all rows about the means of their own components, as a shared covariance has it.
    static func pooled(_ spreads: [RowSpread]) -> RowSpread {
        let spreads = spreads.filter { $0.count > 0 }
        var pooled = spreads[0]
        for spread in spreads.dropFirst() {
            pooled.count += spread.count
            pooled.weight += spread.weight
            for d in pooled.means.indices {
                pooled.squares[d] += spread.squares[d]
                // A feature is constant in the pool if it is constant in every component.
                if spread.lows[d] < spread.highs[d] {
                    (pooled.lows[d], pooled.highs[d]) = (spread.lows[d], spread.highs[d])
                }
            }
        }
        return pooled
    }
}

extension InputData {
    /// Whether the data are float32.
    var isSingle: Bool { if case .float32 = table.values { true } else { false } }

    /// Calls the closure for every row that has weight, with its weight.
    func forEachRow(_ body: (_ row: Int, _ weight: Double) -> Void) {
        let weights = weights
        for row in 0..<rows {
            let weight = weights?[row] ?? 1
            if weight > 0 { body(row, weight) }
        }
    }

    /// Whether any two rows are the same.
    var hasEqualRows: Bool {
        let weights = weights
        var seen: Set<[Double]> = []
        for row in 0..<rows where weights.map({ $0[row] > 0 }) ?? true {
            if !seen.insert((0..<dimension).map { table[row, $0] }).inserted { return true }
        }
        return false
    }

    /// How all rows spread.
    func spread() -> RowSpread {
        var spread = RowSpread(dimension: dimension)
        forEachRow { row, weight in spread.add({ table[row, $0] }, weight: weight) }
        return spread
    }

    /// How the rows spread that most probably are of each component [K].
    func spreads(of fit: Fit) throws(MixtureError) -> [RowSpread] {
        let labels: [Int]
        switch table.values {
        case .float64(let values):
            labels = try fit.mixture.predict(rowsWithWeight(values), threads: fit.threads, kernel: fit.kernel)
        case .float32(let values):
            labels = try fit.mixture.predict(rowsWithWeight(values), threads: fit.threads, kernel: fit.kernel)
        }
        var spreads = Array(repeating: RowSpread(dimension: dimension), count: fit.mixture.components), next = 0
        forEachRow { row, weight in
            spreads[labels[next]].add({ table[row, $0] }, weight: weight)
            next += 1
        }
        return spreads
    }

    /// The data where they are, or a copy if there are rows of no weight, which may be anything.
    private func rowsWithWeight<Scalar: KernelScalar>(_ values: [Scalar]) throws(MixtureError) -> Dataset<Scalar> {
        guard weights?.contains(0) == true else { return try dataset(values) }
        var copy: [Scalar] = []
        forEachRow { row, _ in
            for d in 0..<dimension { copy.append(values[row * table.rowStride + d * table.columnStride]) }
        }
        return try Dataset(copy, dimension: dimension)
    }

    /// The features that are combinations of those before them in all rows.
    func dependentFeatures() -> [Int] {
        do throws(MixtureError) {
            switch table.values {
            case .float64(let values):
                _ = try NegativeLogPosterior(rowsWithWeight(values), components: 1, covariancePrior: .mclust)
            case .float32(let values):
                _ = try NegativeLogPosterior(rowsWithWeight(values), components: 1, covariancePrior: .mclust)
            }
            return []
        } catch {
            guard case .singularScatter(let features, _) = error else { return [] }
            return features
        }
    }

    /// What `--columns` calls a feature; nil if a comma in its name keeps it from that.
    func selector(_ feature: Int) -> String? {
        if let name = table.columnNames?[feature], !name.isEmpty { return name.contains(",") ? nil : name }
        // The name stands for a position, "x" for the only one.
        let prefix = "column "
        return features[feature].hasPrefix(prefix) ? String(features[feature].dropFirst(prefix.count)) : "1"
    }
}
