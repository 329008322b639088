/// Parameters as vectors, for extrapolation and quasi-Newton steps. None of these allocates.
extension Parameters {
    /// The size of a change that matters in each entry: 1 for log weights and log deviations, the features' deviations
    /// for the rest, so that lengths and steps do not depend on units.
    static func scale(_ shape: MixtureShape, deviations: [Double]) -> Parameters {
        var scale = Parameters(zerosFor: shape)
        scale.logWeights = ComponentVector(repeating: 1, count: scale.logWeights.count)
        scale.factors = ComponentVector(repeating: 1, count: scale.factors.count)
        for i in scale.means.indices { scale.means[i] = deviations[i % shape.dimension] }
        let layout = shape.factor
        for factor in 0..<shape.factorCount {
            for a in 0..<shape.dimension {
                for e in layout.columnsLeftOfDiagonal(a) {
                    scale.factors[factor * layout.length + layout.index(a, e)] = deviations[a]
                }
            }
        }
        return scale
    }

    /// Zeros that share no storage: copies of one would be told apart, which allocates, when they are first written.
    static func zeros(_ shape: MixtureShape, count: Int) -> [Parameters] {
        (0..<count).map { _ in Parameters(zerosFor: shape) }
    }

    /// Σ a b
    static func dot(_ a: borrowing Parameters, _ b: borrowing Parameters) -> Double {
        GaussianMixtures.dot(a.logWeights, b.logWeights) + GaussianMixtures.dot(a.means, b.means)
            + GaussianMixtures.dot(a.factors, b.factors)
    }

    /// Σ |a b|
    static func dotOfMagnitudes(_ a: borrowing Parameters, _ b: borrowing Parameters) -> Double {
        GaussianMixtures.dotOfMagnitudes(a.logWeights, b.logWeights)
            + GaussianMixtures.dotOfMagnitudes(a.means, b.means)
            + GaussianMixtures.dotOfMagnitudes(a.factors, b.factors)
    }

    /// Σ a b / scale²
    static func dot(_ a: borrowing Parameters, _ b: borrowing Parameters, scale: borrowing Parameters) -> Double {
        dotQuotient(a.logWeights, b.logWeights, scale.logWeights) + dotQuotient(a.means, b.means, scale.means)
            + dotQuotient(a.factors, b.factors, scale.factors)
    }

    /// The multiple of this direction, at most 1, that changes no log weight and no log deviation by more than 2, and
    /// no mean by more than two of the features' deviations: farther off, no model of the loss from here holds.
    func longestStep(scale: borrowing Parameters) -> Double {
        let largest = max(
            largestQuotient(logWeights, scale.logWeights), largestQuotient(means, scale.means),
            largestQuotient(factors, scale.factors))
        return largest > 2 ? 2 / largest : 1
    }

    /// Becomes a − b, 0 where that is no number, as for log weights of −∞.
    mutating func setDifference(_ a: borrowing Parameters, _ b: borrowing Parameters) {
        GaussianMixtures.setDifference(&logWeights, a.logWeights, b.logWeights)
        GaussianMixtures.setDifference(&means, a.means, b.means)
        GaussianMixtures.setDifference(&factors, a.factors, b.factors)
    }

    mutating func add(_ factor: Double, times other: borrowing Parameters) {
        for i in logWeights.vectors.indices { logWeights.vectors[i] += factor * other.logWeights.vectors[i] }
        for i in means.vectors.indices { means.vectors[i] += factor * other.means.vectors[i] }
        for i in factors.vectors.indices { factors.vectors[i] += factor * other.factors.vectors[i] }
    }

    mutating func multiply(by factor: Double) {
        for i in logWeights.vectors.indices { logWeights.vectors[i] *= factor }
        for i in means.vectors.indices { means.vectors[i] *= factor }
        for i in factors.vectors.indices { factors.vectors[i] *= factor }
    }
}

private func dot(_ a: borrowing ComponentVector, _ b: borrowing ComponentVector) -> Double {
    var sum = SIMD8<Double>.zero
    for i in a.vectors.indices { sum += a.vectors[i] * b.vectors[i] }
    return sum.sum()
}

private func dotOfMagnitudes(_ a: borrowing ComponentVector, _ b: borrowing ComponentVector) -> Double {
    var sum = SIMD8<Double>.zero
    for i in a.vectors.indices {
        let product = a.vectors[i] * b.vectors[i]
        sum += pointwiseMax(product, -product)
    }
    return sum.sum()
}

private func dotQuotient(
    _ a: borrowing ComponentVector, _ b: borrowing ComponentVector, _ scale: borrowing ComponentVector
) -> Double {
    var sum = SIMD8<Double>.zero
    for i in a.vectors.indices {
        // Lanes beyond the last number are 0/0 otherwise.
        let unit = scale.vectors[i].replacing(with: 1, where: scale.vectors[i] .== 0)
        sum += (a.vectors[i] / unit) * (b.vectors[i] / unit)
    }
    return sum.sum()
}

private func largestQuotient(_ a: borrowing ComponentVector, _ scale: borrowing ComponentVector) -> Double {
    var largest = SIMD8<Double>.zero
    for i in a.vectors.indices {
        let unit = scale.vectors[i].replacing(with: 1, where: scale.vectors[i] .== 0), quotient = a.vectors[i] / unit
        largest = pointwiseMax(largest, pointwiseMax(quotient, -quotient))
    }
    return largest.max()
}

private func setDifference(
    _ result: inout ComponentVector, _ a: borrowing ComponentVector, _ b: borrowing ComponentVector
) {
    for i in a.vectors.indices {
        let difference = a.vectors[i] - b.vectors[i]
        // x − x is 0 for finite x alone.
        result.vectors[i] = SIMD8.zero.replacing(with: difference, where: (difference - difference) .== 0)
    }
}
