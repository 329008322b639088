import RealModule

extension Training {
    /// Places components of the point that is tried at the least likely of some random data, as wide as K components
    /// that share the data's spread.
    func reseed(_ fallen: [Int]) throws(MixtureError) -> Bool {
        let shape = current.shape
        // Where another component is or was just placed there is nothing to find, and one that equals it would stay
        // there.
        var taken = Set((0..<shape.components).filter { !fallen.contains($0) }.map { trial.parameters.mean($0) })
        var isChanged = false
        for k in fallen where ledger.reseedsLeft > 0 {
            let keys = ledger.key.split(2)
            ledger.key = keys[0]
            ledger.reseedsLeft -= 1
            guard
                let row = try source.leastLikelyRow(
                    current.kernelParameters, of: 32, except: taken, kernel: kernel, key: keys[1])
            else { continue }
            trial.parameters.place(k, at: row, deviations: summary.deviations.map { $0 * shape.shareOfSpread })
            taken.insert(row)
            report.atFloor[k] = false
            note(k, .reseeded)
            isChanged = true
        }
        return isChanged
    }

    func prune(_ fallen: [Int]) throws(MixtureError) -> Bool {
        let kept = (0..<current.shape.components).filter { !fallen.contains($0) }
        guard !kept.isEmpty else { return false }
        for k in fallen.reversed() { note(k, .pruned) }
        try keep(kept)
        return true
    }

    /// Groups of components that have weight, and whose means and factors agree to a share of their spread. O(K²) in
    /// general, and O(D²) more for each that do.
    func coincidentComponents(within tolerance: Double) -> [[Int]] {
        var groups: [[Int]] = []
        for k in 0..<current.shape.components where current.statistics.mass(k) > 0 {
            if let i = groups.firstIndex(where: { current.coincide($0[0], k, within: tolerance) }) {
                groups[i].append(k)
            } else {
                groups.append([k])
            }
        }
        return groups.filter { $0.count > 1 }
    }
}

extension StatisticsSource {
    /// Of some rows that the key draws, the least likely one that is none of `taken`.
    fileprivate func leastLikelyRow(
        _ parameters: KernelParameters, of count: Int, except taken: Set<[Double]>, kernel: Kernel, key: RandomKey
    ) throws(MixtureError) -> [Double]? {
        let sample = try sample(count, key: key)
        let densities = try Pass(sample, parameters.shape, threads: 1, kernel: kernel).logDensities(parameters)
        let candidates = densities.indices.filter { !taken.contains(sample.row($0)) }
        return candidates.min { densities[$0] < densities[$1] }.map { sample.row($0) }
    }
}

extension MixtureShape {
    /// Along each feature, the share of the data's deviation that a component of K equal ones has that fill the same
    /// volume.
    var shareOfSpread: Double { .pow(Double(components), -1 / Double(dimension)) }
}

extension Parameters {
    func mean(_ k: Int) -> [Double] { Array(means[k * shape.dimension..<(k + 1) * shape.dimension]) }

    /// Puts component k at a place, with a share of 1/K, without correlation unless the factor is shared, which stays.
    fileprivate mutating func place(_ k: Int, at x: [Double], deviations: [Double]) {
        for (d, value) in x.enumerated() { means[k * shape.dimension + d] = value }
        let others = softmax((0..<shape.components).map { $0 == k ? -.infinity : logWeights[$0] })
        let share = 1 / Double(shape.components)
        for j in 0..<shape.components { logWeights[j] = j == k ? .log(share) : .log((1 - share) * others[j]) }
        guard !shape.isShared else { return }
        let start = shape.factorStart(k)
        for i in start..<start + shape.factorLength { factors[i] = 0 }
        // One number for all features is the largest of theirs.
        for (d, deviation) in (shape.factor.kind == .scalar ? [deviations.max()!] : deviations).enumerated() {
            factors[start + shape.factor.diagonalIndex(d)] = .log(deviation)
        }
    }

    /// The parameters of some of the components, in the given order.
    func keeping(_ kept: [Int]) -> Parameters {
        let smaller = shape.with(components: kept.count)
        return Parameters(
            smaller, logWeights: ComponentVector(kept.map { logWeights[$0] }),
            means: ComponentVector(kept.flatMap { mean($0) }),
            factors: shape.isShared
                ? factors
                : ComponentVector(
                    kept.flatMap { k in (0..<shape.factorLength).map { factors[shape.factorStart(k) + $0] } }))
    }

    /// Moves the means of components that coincide along a random direction, by shares of half a standard deviation to
    /// either side.
    fileprivate mutating func separate(_ group: [Int], along direction: [Double]) {
        let dimension = shape.dimension
        for (place, k) in group.enumerated() {
            let share = Double(place) / Double(group.count - 1) - 0.5
            for a in 0..<dimension { means[k * dimension + a] += share * direction[a] }
        }
    }

    mutating func moveApart(_ group: [Int], key: RandomKey) {
        let dimension = shape.dimension, start = shape.factorStart(group[0])
        let draws = key.normal(dimension), length = draws.reduce(0) { $0 + $1 * $1 }.squareRoot()
        var direction = [Double](repeating: 0, count: dimension)
        shape.factor.addProduct(
            of: factors, at: start, diagonal: { .exp($0) }, with: draws.map { $0 / length }, to: &direction)
        separate(group, along: direction)
    }
}

extension Evaluation {
    fileprivate func coincide(_ k: Int, _ l: Int, within tolerance: Double) -> Bool {
        let dimension = shape.dimension, layout = shape.factor, i = shape.factorStart(k), j = shape.factorStart(l)
        var y = [Double](repeating: 0, count: dimension)
        let difference = (0..<dimension).map {
            parameters.means[l * dimension + $0] - parameters.means[k * dimension + $0]
        }
        layout.addProduct(of: kernelParameters.factors, at: i, with: difference, to: &y)
        guard y.allSatisfy({ abs($0) <= tolerance }) else { return false }
        guard !shape.isShared else { return true }
        let factors = parameters.factors
        for a in 0..<layout.diagonalLength {
            let diagonal = layout.diagonalIndex(a), row = layout.columnsLeftOfDiagonal(a).map { layout.index(a, $0) }
            guard abs(factors[i + diagonal] - factors[j + diagonal]) <= tolerance else { return false }
            let length = row.reduce(.exp(factors[i + diagonal])) { max($0, abs(factors[i + $1])) }
            for e in row where abs(factors[i + e] - factors[j + e]) > tolerance * length { return false }
        }
        return true
    }
}
