import RealModule

/// One component in place of two, and two in place of one, with the mean and the covariance of what they replace.
extension Parameters {
    /// Component `k` becomes the Gaussian that has the mean and the covariance of `k` and `l` together, and their weight.
    mutating func merge(_ k: Int, _ l: Int) {
        let dimension = shape.dimension, layout = shape.factor
        let logWeight = logSumExp([logWeights[k], logWeights[l]])
        let share = logWeight > -.infinity ? Double.exp(logWeights[k] - logWeight) : 0.5, other = 1 - share
        let offset = (0..<dimension).map { means[l * dimension + $0] - means[k * dimension + $0] }
        logWeights[k] = logWeight
        for d in 0..<dimension { means[k * dimension + d] += other * offset[d] }
        guard !shape.isShared else { return }
        let start = shape.factorStart(k), second = shape.factorStart(l)
        guard layout.isTriangle else {
            for i in 0..<layout.length {
                let between =
                    layout.kind == .scalar
                    ? offset.reduce(0) { $0 + $1 * $1 } / Double(dimension) : offset[i] * offset[i]
                let variance =
                    share * .exp(2 * factors[start + i]) + other * .exp(2 * factors[second + i])
                    + share * other * between
                factors[start + i] = 0.5 * .log(variance)
            }
            return
        }
        var a = Matrix(dimension: dimension), b = a, sum = a
        a.loadFactor(factors, at: start)
        b.loadFactor(factors, at: second)
        for i in 0..<dimension {
            for j in 0...i {
                sum[i, j] =
                    share * a.dot(i, j, count: j + 1) + other * b.dot(i, j, count: j + 1)
                    + share * other * offset[i] * offset[j]
            }
        }
        // Where rounding leaves no covariance, the larger one stays.
        if sum.decompose() { factors.withPointer { sum.storeFactor(into: $0 + start) } }
    }

    /// Components `k` and `l` become the halves of `k` to both sides of its mean, along a direction of its own
    /// coordinates, of length one.
    mutating func split(_ k: Int, into l: Int, along direction: [Double]) {
        let dimension = shape.dimension, layout = shape.factor, start = shape.factorStart(k)
        // Half of a Gaussian has its mean at √(2/π) deviations, and the rest of the variance.
        let distance = 0.8, left = 1 - distance * distance
        var offset = [Double](repeating: 0, count: dimension)
        layout.addProduct(of: factors, at: start, diagonal: { .exp($0) }, with: direction, to: &offset)
        logWeights[k] -= .log(2)
        logWeights[l] = logWeights[k]
        for d in 0..<dimension {
            let mean = means[k * dimension + d]
            means[k * dimension + d] = mean - distance * offset[d]
            means[l * dimension + d] = mean + distance * offset[d]
        }
        guard !shape.isShared else { return }
        switch layout.kind {
        case .scalar: factors[start] += 0.5 * .log(1 - (1 - left) / Double(dimension))
        case .diagonal:
            for d in 0..<dimension {
                factors[start + d] += 0.5 * .log(1 - (1 - left) * direction[d] * direction[d])
            }
        case .triangle:
            var factor = Matrix(dimension: dimension), rest = factor, product = factor
            factor.loadFactor(factors, at: start)
            rest.setIdentity()
            for i in 0..<dimension {
                for j in 0...i { rest[i, j] -= (1 - left) * direction[i] * direction[j] }
            }
            guard rest.decompose() else { break }
            product.setProduct(ofTriangles: factor, rest)
            factors.withPointer { product.storeFactor(into: $0 + start) }
        }
        copyFactor(of: k, to: l)
    }

    /// Component `l` becomes a small one at a place within `k`, which keeps most of its weight.
    mutating func bear(_ l: Int, within k: Int, at place: [Double]) {
        let dimension = shape.dimension
        logWeights[l] = logWeights[k] + .log(0.2)
        logWeights[k] += .log(0.8)
        for d in 0..<dimension { means[l * dimension + d] = place[d] }
        guard !shape.isShared else { return }
        copyFactor(of: k, to: l)
        let layout = shape.factor, start = shape.factorStart(l)
        for a in 0..<dimension {
            for e in layout.columnsLeftOfDiagonal(a) { factors[start + layout.index(a, e)] *= 0.4 }
        }
        for d in 0..<layout.diagonalLength { factors[start + layout.diagonalIndex(d)] += .log(0.4) }
    }

    /// Component `k` gets the mean and the factor of a component of a mixture of any number of them; a factor that all
    /// share stays.
    mutating func copyMeanAndFactor(to k: Int, of other: Parameters, _ l: Int) {
        let dimension = shape.dimension
        for d in 0..<dimension { means[k * dimension + d] = other.means[l * dimension + d] }
        guard !shape.isShared else { return }
        for i in 0..<shape.factorLength {
            factors[shape.factorStart(k) + i] = other.factors[shape.factorStart(l) + i]
        }
    }

    private mutating func copyFactor(of k: Int, to l: Int) {
        guard !shape.isShared, k != l else { return }
        for i in 0..<shape.factorLength { factors[shape.factorStart(l) + i] = factors[shape.factorStart(k) + i] }
    }
}
