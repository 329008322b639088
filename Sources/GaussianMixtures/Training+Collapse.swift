import RealModule

extension Training {
    /// Places components at the least likely of some random data, as wide as K components that share the data's spread.
    func reseed(_ fallen: [Int], _ next: inout Parameters) throws(MixtureError) -> Bool {
        let data = posterior.pass.data, shape = next.shape
        let densities = try posterior.pass.logDensities(posterior.kernelParameters)
        // Where another component is or was just placed there is nothing to find, and one that equals it would stay there.
        var taken = Set((0..<shape.components).filter { !fallen.contains($0) }.map { next.mean($0) })
        var isChanged = false
        for k in fallen where reseedsLeft > 0 {
            let keys = key.split(2)
            key = keys[0]
            reseedsLeft -= 1
            let candidates = keys[1].uniform(32).map { min(Int($0 * Double(data.count)), data.count - 1) }
            guard let row = candidates.filter({ !taken.contains(data.row($0)) }).min(by: { densities[$0] < densities[$1] }) else { continue }
            next.place(k, at: data.row(row), deviations: summary.deviations.map { $0 * shape.shareOfSpread })
            taken.insert(data.row(row))
            report.atFloor[k] = false
            note(k, .reseeded)
            isChanged = true
        }
        return isChanged
    }

    func prune(_ fallen: [Int], _ next: inout Parameters) throws(MixtureError) -> Bool {
        let kept = (0..<next.shape.components).filter { !fallen.contains($0) }
        guard !kept.isEmpty else { return false }
        for k in fallen.reversed() { note(k, .pruned) }
        try keep(kept, &next)
        return true
    }
}

extension MixtureShape {
    /// Along each feature, the share of the data's deviation that a component of K equal ones has that fill the same volume.
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
        for (d, deviation) in (shape.isScalar ? [deviations.max()!] : deviations).enumerated() {
            factors[start + shape.diagonalIndex(d)] = .log(deviation)
        }
    }

    /// The parameters of some of the components, in the given order.
    func keeping(_ kept: [Int]) -> Parameters {
        let smaller = shape.with(components: kept.count)
        return Parameters(
            smaller, logWeights: ComponentVector(kept.map { logWeights[$0] }), means: ComponentVector(kept.flatMap { mean($0) }),
            factors: shape.isShared
                ? factors
                : ComponentVector(kept.flatMap { k in (0..<shape.factorLength).map { factors[shape.factorStart(k) + $0] } }))
    }

    /// Moves the means of components that coincide along a random direction, by shares of half a standard deviation to either side.
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
        let direction = (0..<dimension).map { a in
            guard shape.isTriangular else { return draws[a] / length * .exp(factors[start + shape.diagonalIndex(a)]) }
            var sum = 0.0
            for e in 0...a { sum += draws[e] / length * (e == a ? .exp(factors[start + triangle(a) + a]) : factors[start + triangle(a) + e]) }
            return sum
        }
        separate(group, along: direction)
    }
}

extension NegativeLogPosterior {
    /// Groups of components that have weight, and whose means and factors agree to a share of their spread, at the parameters that were evaluated last.
    /// O(K²) in general, and O(D²) more for each that do.
    func coincidentComponents(_ parameters: Parameters, within tolerance: Double) -> [[Int]] {
        var groups: [[Int]] = []
        for k in 0..<shape.components where statistics.mass(k) > 0 {
            if let i = groups.firstIndex(where: { coincide($0[0], k, parameters, within: tolerance) }) { groups[i].append(k) } else { groups.append([k]) }
        }
        return groups.filter { $0.count > 1 }
    }

    private func coincide(_ k: Int, _ l: Int, _ parameters: Parameters, within tolerance: Double) -> Bool {
        let dimension = shape.dimension
        for a in 0..<dimension {
            var y = 0.0
            for e in (shape.isTriangular ? 0 : a)...a {
                let entry = kernelParameters.factors[shape.factorStart(k) + (shape.isTriangular ? triangle(a) + e : shape.diagonalIndex(a))]
                y += entry * (parameters.means[l * dimension + e] - parameters.means[k * dimension + e])
            }
            guard abs(y) <= tolerance else { return false }
        }
        guard !shape.isShared else { return true }
        for a in 0..<(shape.isScalar ? 1 : dimension) {
            let diagonal = shape.diagonalIndex(a), i = shape.factorStart(k), j = shape.factorStart(l)
            guard abs(parameters.factors[i + diagonal] - parameters.factors[j + diagonal]) <= tolerance else { return false }
            guard shape.isTriangular else { continue }
            var length = Double.exp(parameters.factors[i + diagonal])
            for e in 0..<a { length = max(length, abs(parameters.factors[i + triangle(a) + e])) }
            for e in 0..<a where abs(parameters.factors[i + triangle(a) + e] - parameters.factors[j + triangle(a) + e]) > tolerance * length { return false }
        }
        return true
    }
}
