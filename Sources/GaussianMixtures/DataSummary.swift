/// What a fit needs to know of the data before it starts: their mean and spread, and that they can be fitted at all.
struct DataSummary: Sendable {
    /// [D]
    let mean, variances: [Double]
    /// The packed lower triangle of the scatter Σ w (x − mean) (x − mean)ᵀ, where mclust's prior of a covariance that is not diagonal needs it.
    let scatter: [Double]?

    /// What is said of data that are only looked at: nothing depends on it.
    init(unitsOf dimension: Int) {
        mean = Array(repeating: 0, count: dimension)
        variances = Array(repeating: 1, count: dimension)
        scatter = nil
    }

    /// The square roots of the variances [D].
    var deviations: [Double] { variances.map { $0.squareRoot() } }

    /// - Parameter components: how many are to be fitted: so many distinct data there must be, and at least two.
    /// - Throws: ``MixtureError`` for data that are not finite, too few, constant in a feature, or of a spread that float64 cannot hold.
    /// - Complexity: O(N D), O(N D²) with the scatter.
    init<Scalar>(
        _ data: Dataset<Scalar>, components: Int, needsScatter: Bool, threads: Int, kernel: Kernel
    ) throws(MixtureError) {
        let dimension = data.dimension
        var centre: [Double] = [], range: [Double] = [], ends: [(low: Double, high: Double)] = []
        for d in 0..<dimension {
            let (low, high) = try Self.range(data, feature: d)
            guard (high - low).isFinite, low == high || (1 / (high - low)).isFinite else {
                throw .spreadNotRepresentable(feature: d, smallest: low, largest: high)
            }
            centre.append(low / 2 + high / 2)
            range.append(high - low)
            ends.append((low, high))
        }
        try Self.checkDistinct(data, components: components)
        for d in 0..<dimension where range[d] == 0 { throw .constantFeature(feature: d, value: centre[d]) }

        // About the middle in units of the range, then about the mean in units of the deviations, which leaves no cancellation.
        let shape = MixtureShape(valid: 1, dimension, needsScatter ? .full : .diagonal)
        let pass = try Pass(data, shape, threads: threads, kernel: kernel)
        var statistics = Statistics(shape), scale = range, scatter: [Double] = []
        for _ in 0..<2 {
            try pass.read(KernelParameters(shape, means: centre, diagonal: scale.map { 1 / $0 }), into: &statistics)
            let mass = statistics.mass(0), first = statistics.firstMoment(0).map { $0 / mass }, second = statistics.secondMoment(0)
            scatter = second
            if shape.isTriangular {
                for a in 0..<dimension {
                    for e in 0...a { scatter[triangle(a) + e] = (second[triangle(a) + e] - mass * first[a] * first[e]) * scale[a] * scale[e] }
                }
            } else {
                for d in 0..<dimension { scatter[d] = (second[d] - mass * first[d] * first[d]) * scale[d] * scale[d] }
            }
            for d in 0..<dimension {
                centre[d] += scale[d] * first[d]
                let variance = scatter[shape.diagonalIndex(d)] / mass
                guard (1e-6 * variance).isNormal, variance > 0, variance.isFinite else {
                    throw .spreadNotRepresentable(feature: d, smallest: ends[d].low, largest: ends[d].high)
                }
                scale[d] = variance.squareRoot()
            }
        }
        mean = centre
        variances = (0..<dimension).map { scatter[shape.diagonalIndex($0)] / statistics.mass(0) }
        self.scatter = needsScatter ? scatter : nil
    }

    /// The smallest and the largest value of a feature, of data that have weight.
    private static func range<Scalar>(_ data: Dataset<Scalar>, feature: Int) throws(MixtureError) -> (Double, Double) {
        let values = data.doubles(feature: feature), weights = data.weightsAsDoubles()
        var low = Double.infinity, high = -Double.infinity
        for i in values.indices {
            let x = values[i]
            guard x.isFinite else { throw .notFinite(row: i) }
            if let weights, weights[i] <= 0 { continue }
            if x < low { low = x }
            if x > high { high = x }
        }
        return (low, high)
    }

    private static func checkDistinct<Scalar>(_ data: Dataset<Scalar>, components: Int) throws(MixtureError) {
        var found: Set<[Double]> = []
        for i in 0..<data.count where data.weight(i) > 0 {
            found.insert(data.row(i))
            if found.count >= max(2, components) { return }
        }
        throw .tooFewDistinctData(distinct: found.count, components: components)
    }
}
