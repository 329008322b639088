import RealModule

/// k-means (S. P. Lloyd, 1982) in a unit for each feature: on data as they are, the feature with the largest numbers
/// would decide alone.
struct KMeans<Scalar: KernelScalar> {
    private let shape: MixtureShape
    /// [D]
    private let deviations: [Double]
    /// What distances are measured in [D]: the deviations, or the spread within clusters of each feature alone.
    private var unit: [Double]
    private let threads: Int
    private let interruption: Interruption
    /// The moments by the nearest centre, first ones alone and all.
    private let nearest, clusters: Pass<Scalar>
    /// [K][D]
    private var centres: [Double] = []

    init(
        _ data: Dataset<Scalar>, _ shape: MixtureShape, _ summary: DataSummary, threads: Int, kernel: Kernel,
        interruption: Interruption
    ) throws(MixtureError) {
        self.shape = shape
        self.interruption = interruption
        self.threads = threads
        deviations = summary.deviations
        unit = deviations
        let diagonal = MixtureShape(valid: shape.components, shape.dimension, .diagonal)
        nearest = try Pass(data, diagonal, assignment: .nearest, threads: threads, kernel: kernel)
        // Whitened by the features' deviations alone: what one matrix or one number for all is made of is taken apart.
        let covariance: CovarianceType =
            switch shape.covariance {
            case .full, .tied: .full
            case .diagonal, .spherical: .diagonal
            }
        let kept = MixtureShape(valid: shape.components, shape.dimension, covariance)
        clusters = try Pass(data, kept, assignment: .hard, threads: threads, kernel: kernel)
    }

    private var scales: [Double] { unit.map { 1 / $0 } }

    mutating func start(from centres: [[Double]]) throws(MixtureError) {
        guard centres.count == shape.components, centres.allSatisfy({ $0.count == shape.dimension }) else {
            throw .invalidMixture(
                component: nil,
                reason:
                    "there are \(centres.count) means to start from; give \(shape.components) of \(shape.dimension) features each"
            )
        }
        self.centres = centres.flatMap { $0 }
    }

    /// Refined clusters, from centres that are drawn `trials` times, each time from `count` other rows: the parameters
    /// that the data are likeliest under, as `reader` has it. The least sum of squares would favour round clusters,
    /// which components need not be.
    mutating func likeliest(
        of trials: Int, drawingFrom count: Int, _ reader: any StatisticsReader, key: RandomKey, rowsKey: RandomKey
    ) throws(MixtureError) -> Parameters {
        let data = clusters.data
        var distances: Pass<Scalar>?
        var kernelParameters = KernelParameters(shape), statistics = Statistics(shape)
        let workers = ComponentWorkers(shape, threads: threads)
        var best: (parameters: Parameters, logLikelihood: Double)?
        // A feature that tells clusters apart has a deviation that is mostly the distance between them, and in units of
        // it seems no wider than noise. So every other trial measures each feature by what is left of its spread within
        // clusters.
        let within =
            trials > 1 && shape.dimension > 1
            ? data.spreadWithinClusters(min(shape.components, 8), deviations) : deviations
        for (trial, key) in key.split(trials).enumerated() {
            unit = trial + 1 < trials ? deviations : within
            if distances == nil || count < data.count {
                distances = try self.distances(in: data.sample(count, after: trial * count, key: rowsKey))
            }
            try seed(from: distances!, key: key)
            try refine()
            let parameters = try parameters()
            if trials == 1 { return parameters }
            kernelParameters.update(from: parameters, workers)
            try reader.read(kernelParameters, into: &statistics)
            if best == nil || statistics.logLikelihood > best!.logLikelihood {
                best = (parameters, statistics.logLikelihood)
            }
            if interruption.isDue { break }
        }
        return best!.parameters
    }

    /// The distances of data from one point, for ``seed(from:key:)``.
    func distances(in data: Dataset<Scalar>) throws(MixtureError) -> Pass<Scalar> {
        try Pass(
            data, MixtureShape(valid: 1, shape.dimension, .diagonal), assignment: .nearest, threads: threads,
            kernel: nearest.kernel)
    }

    /// Draws centres from the data, each with a probability that grows with the square of its distance from the nearest
    /// one before: of some candidates, the one that leaves the least sum of squares (greedy k-means++, as in Arthur and
    /// Vassilvitskii's experiments).
    mutating func seed(from distances: Pass<Scalar>, key: RandomKey) throws(MixtureError) {
        let candidates = shape.components < 3 ? 1 : 2 + Int(Double.log(Double(shape.components)))
        let draws = key.uniform(candidates * shape.components)
        let data = distances.data, weights = data.weightsAsDoubles()
        var squares = weights ?? Array(repeating: 1, count: data.count)
        centres = []
        for k in 0..<shape.components {
            var cumulative: [Double] = []
            cumulative.reserveCapacity(squares.count)
            var total = 0.0
            for square in squares {
                total += square
                cumulative.append(total)
            }
            var best: (row: Int, squares: [Double], sum: Double)?
            for c in 0..<(k == 0 || interruption.isDue ? 1 : candidates) {
                let row = cumulative.firstIndex(above: draws[k * candidates + c] * total)
                let logDensities = try distances.logDensities(
                    KernelParameters(distances.shape, means: data.row(row), diagonal: scales))
                let (left, sum) = remaining(squares, logDensities.map { Double($0) }, weights, isFirst: k == 0)
                if best == nil || sum < best!.sum { best = (row, left, sum) }
            }
            centres += data.row(best!.row)
            squares = best!.squares
        }
    }

    /// Squares of distances to the nearest centre once there is another, from which log densities are −½ of the squares
    /// away.
    private func remaining(
        _ squares: [Double], _ logDensities: [Double], _ weights: [Double]?, isFirst: Bool
    ) -> (squares: [Double], sum: Double) {
        var left = squares, sum = 0.0
        for i in left.indices {
            let square = -2 * logDensities[i] * (weights?[i] ?? 1)
            if isFirst || square < left[i] { left[i] = max(square, 0) }
            sum += left[i]
        }
        return (left, sum)
    }

    /// Moves centres to the means of their clusters until the sum of squares falls by less than a thousandth; a centre
    /// without data stays.
    mutating func refine() throws(MixtureError) {
        var statistics = nearest.emptyStatistics(), before = Double.infinity
        for _ in 0..<30 where !interruption.isDue {
            try nearest.read(KernelParameters(nearest.shape, means: centres, diagonal: scales), into: &statistics)
            let squares = -2 * statistics.logLikelihood
            guard squares < 0.999 * before else { return }
            before = squares
            for k in 0..<shape.components where statistics.mass(k) > 0 {
                for (d, first) in statistics.firstMoment(k).enumerated() {
                    centres[k * shape.dimension + d] += unit[d] * first / statistics.mass(k)
                }
            }
        }
    }

    /// A component for each cluster: its share, its mean, and its covariance, drawn towards the one within all clusters
    /// as if by D + 2 more data, so that small clusters are not flat.
    func parameters() throws(MixtureError) -> Parameters {
        let kept = clusters.shape
        var statistics = Statistics(kept)
        try clusters.read(KernelParameters(kept, means: centres, diagonal: scales), into: &statistics)
        let dimension = shape.dimension, layout = kept.factor,
            datum = statistics.totalWeight / Double(clusters.data.count)

        var within = [Double](repeating: 0, count: kept.factorLength), scatters: [[Double]] = []
        for k in 0..<shape.components {
            let mass = statistics.mass(k)
            var scatter = statistics.secondMoment(k)
            if mass > 0 {
                layout.subtract(mass, timesSquareOf: statistics.firstMoment(k).map { $0 / mass }, from: &scatter)
            }
            scatters.append(scatter)
            for i in within.indices { within[i] += scatter[i] / statistics.totalWeight }
        }
        // No direction is flatter than a thousandth of the data's spread, where that is above the floor.
        for d in 0..<layout.diagonalLength {
            within[layout.diagonalIndex(d)] += 1e-6 * (deviations[d] / unit[d]) * (deviations[d] / unit[d])
        }

        var parameters = Parameters(zerosFor: shape)
        let prior = Double(dimension + 2) * datum
        var matrix = Matrix(dimension: shape.factor.isTriangle ? dimension : 0)
        for k in 0..<shape.components {
            let mass = statistics.mass(k)
            parameters.logWeights[k] = .log(max(mass, datum) / statistics.totalWeight)
            for (d, first) in statistics.firstMoment(k).enumerated() {
                parameters.means[k * dimension + d] =
                    centres[k * dimension + d] + (mass > 0 ? unit[d] * first / mass : 0)
            }
            if shape.isShared, k > 0 { continue }
            let covariance =
                shape.isShared
                ? within : within.indices.map { (scatters[k][$0] + prior * within[$0]) / (mass + prior) }
            let start = shape.factorStart(k)
            if shape.factor.isTriangle {
                for a in 0..<dimension {
                    for e in 0...a { matrix[a, e] = covariance[triangle(a) + e] }
                }
                if !matrix.decompose() {
                    matrix.clear()
                    for d in 0..<dimension { matrix[d, d] = covariance[triangle(d) + d].squareRoot() }
                }
                for d in 0..<dimension { matrix.scaleRow(d, by: unit[d]) }
                parameters.factors.withPointer { matrix.storeFactor(into: $0 + start) }
            } else {
                let logDeviations = (0..<dimension).map { .log(unit[$0]) + 0.5 * .log(covariance[$0]) }
                // One number for all features has their mean variance.
                let meanVariance = logDeviations.map { .exp(2 * $0) }.reduce(0, +) / Double(dimension)
                let values = shape.factor.kind == .scalar && dimension > 1 ? [0.5 * .log(meanVariance)] : logDeviations
                for (i, value) in values.enumerated() { parameters.factors[start + i] = value }
            }
        }
        return parameters
    }
}

extension Dataset {
    /// Of each feature, the root of the mean square about the nearest of k centres, k-means on that feature alone, but
    /// no less than a hundredth of its deviation. Of at most two thousand rows, evenly apart. O(D n log n)
    fileprivate func spreadWithinClusters(_ k: Int, _ deviations: [Double]) -> [Double] {
        let stride = (count + 1999) / 2000, rows = Array(Swift.stride(from: 0, to: count, by: stride))
        return deviations.indices.map { d in
            let values = rows.map { (value: self[$0, d], weight: weight($0)) }.sorted { $0.value < $1.value }
            return max(
                0.01 * deviations[d],
                deviations[d] * rootMeanSquareAboutCentres(values.map { ($0.value / deviations[d], $0.weight) }, k))
        }
    }
}

/// Lloyd's iterations from equal shares of ascending values.
private func rootMeanSquareAboutCentres(_ values: [(value: Double, weight: Double)], _ k: Int) -> Double {
    // About one of them, so that the sums cancel little.
    let origin = values[values.count / 2].value
    var sums: [(weight: Double, first: Double, second: Double)] = [(0, 0, 0)]
    for (value, weight) in values {
        let x = value - origin, last = sums.last!
        sums.append((last.weight + weight, last.first + weight * x, last.second + weight * x * x))
    }
    var borders = (0...k).map { $0 * values.count / k }, squares = Double.infinity
    for _ in 0..<20 {
        var centres: [Double] = [], left = 0.0
        for (low, high) in zip(borders, borders.dropFirst()) {
            let weight = sums[high].weight - sums[low].weight, first = sums[high].first - sums[low].first
            centres.append(weight > 0 ? first / weight : (centres.last ?? 0))
            if weight > 0 { left += max(0, sums[high].second - sums[low].second - first * first / weight) }
        }
        guard left < 0.999 * squares else { break }
        squares = left
        for j in 1..<max(k, 1) {
            let middle = origin + 0.5 * (centres[j - 1] + centres[j])
            borders[j] = values.partitioningIndex { $0.value > middle }
        }
    }
    return (squares / sums.last!.weight).squareRoot()
}

extension Array {
    /// The first index for which a predicate holds that holds for all behind it.
    fileprivate func partitioningIndex(_ belongsBehind: (Element) -> Bool) -> Int {
        var low = 0, high = count
        while low < high {
            let middle = (low + high) / 2
            if belongsBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension [Double] {
    /// Of ascending numbers, the first above a value, or the last that is above the one before it.
    fileprivate func firstIndex(above value: Double) -> Int {
        var low = 0, high = count - 1
        while low < high {
            let middle = (low + high) / 2
            if self[middle] > value { high = middle } else { low = middle + 1 }
        }
        while low > 0, self[low] == self[low - 1] { low -= 1 }
        return low
    }
}
