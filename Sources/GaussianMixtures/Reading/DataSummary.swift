/// What a fit needs to know of the data before it starts: their mean and spread, and that they can be fitted at all.
struct DataSummary: Sendable, Codable {
    /// [D]
    let mean, variances: [Double]
    /// The packed lower triangle of the scatter Σ w (x − mean) (x − mean)ᵀ, where mclust's prior of a covariance that
    /// is not diagonal needs it.
    let scatter: [Double]?

    /// What is said of data that are only looked at: nothing depends on it.
    init(unitsOf dimension: Int) {
        mean = Array(repeating: 0, count: dimension)
        variances = Array(repeating: 1, count: dimension)
        scatter = nil
    }

    /// Whether it is of so many features.
    func isSound(_ dimension: Int, needsScatter: Bool) -> Bool {
        mean.count == dimension && variances.count == dimension && variances.allSatisfy { $0 > 0 && $0.isFinite }
            && (scatter?.count ?? triangle(dimension)) == triangle(dimension) && (scatter != nil || !needsScatter)
    }

    /// The square roots of the variances [D].
    var deviations: [Double] { variances.map { $0.squareRoot() } }

    /// - Parameter components: how many are to be fitted: so many distinct data there must be, and at least two.
    /// - Throws: ``MixtureError`` for data that are not finite, too few, constant in a feature, or of a spread that
    ///   float64 cannot hold.
    /// - Complexity: O(N D), O(N D²) with the scatter.
    init(
        _ source: some StatisticsSource, components: Int, needsScatter: Bool, threads: Int, kernel: Kernel
    ) throws(MixtureError) {
        let dimension = source.dimension, bounds = try source.bounds()
        var centre: [Double] = [], range: [Double] = []
        for (d, (smallest, largest)) in bounds.enumerated() {
            guard (largest - smallest).isFinite, smallest == largest || (1 / (largest - smallest)).isFinite else {
                throw .spreadNotRepresentable(feature: d, smallest: smallest, largest: largest)
            }
            centre.append(smallest / 2 + largest / 2)
            range.append(largest - smallest)
        }
        let distinct = try source.distinctRows(max(2, components), key: RandomKey(seed: 0)).count
        guard distinct >= max(2, components) else {
            throw .tooFewDistinctData(distinct: distinct, components: components)
        }
        for d in 0..<dimension where range[d] == 0 { throw .constantFeature(feature: d, value: centre[d]) }

        // About the middle in units of the range, then about the mean in units of the deviations, which leaves no
        // cancellation.
        let shape = MixtureShape(valid: 1, dimension, needsScatter ? .full : .diagonal), layout = shape.factor
        let reader = try source.reader(shape, assignment: .soft, threads: threads, kernel: kernel)
        var statistics = Statistics(shape), scale = range, scatter: [Double] = []
        for _ in 0..<2 {
            try reader.read(KernelParameters(shape, means: centre, diagonal: scale.map { 1 / $0 }), into: &statistics)
            let mass = statistics.mass(0), first = statistics.firstMoment(0).map { $0 / mass },
                second = statistics.secondMoment(0)
            scatter = second
            layout.subtract(mass, timesSquareOf: first, from: &scatter)
            for a in 0..<dimension {
                for e in layout.columnsLeftOfDiagonal(a) { scatter[layout.index(a, e)] *= scale[a] * scale[e] }
                scatter[layout.diagonalIndex(a)] *= scale[a] * scale[a]
            }
            for d in 0..<dimension {
                centre[d] += scale[d] * first[d]
                let variance = scatter[layout.diagonalIndex(d)] / mass
                guard (1e-6 * variance).isNormal, variance > 0, variance.isFinite else {
                    throw .spreadNotRepresentable(feature: d, smallest: bounds[d].smallest, largest: bounds[d].largest)
                }
                scale[d] = variance.squareRoot()
            }
        }
        mean = centre
        variances = (0..<dimension).map { scatter[layout.diagonalIndex($0)] / statistics.mass(0) }
        self.scatter = needsScatter ? scatter : nil
    }
}

extension StatisticsSource {
    /// `wanted` rows, no two of one value, in an order that the key decides; or fewer if there are no more. As many are
    /// looked at as it takes: of data with few values, all.
    func distinctRows(_ wanted: Int, key: RandomKey) throws(MixtureError) -> [[Double]] {
        var looked = min(count, 2 * wanted + 16)
        while true {
            let sample = try sample(looked, key: key), order = KeyedPermutation(count: sample.count, key: key)
            var rows: [[Double]] = [], seen: Set<[Double]> = []
            for place in 0..<sample.count where rows.count < wanted {
                let row = sample.row(order[place])
                if seen.insert(row).inserted { rows.append(row) }
            }
            if rows.count == wanted || looked == count { return rows }
            looked = min(count, 8 * looked)
        }
    }
}
