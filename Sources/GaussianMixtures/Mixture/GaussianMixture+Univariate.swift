import RealModule

// The distribution function and its inverse, in one dimension. Weights are divided by their sum, so that the function
// ends at one.
extension GaussianMixture {
    /// F(x) = P(X ≤ x) = Σ πₖ Φ((x − μₖ)/σₖ).
    ///
    /// Relative error at most 1e-14 where F ≥ 1e-300: the argument of erfc is corrected for its rounding, which the
    /// tail would magnify by its square.
    ///
    /// - Parameter x: may be infinite.
    /// - Throws: ``MixtureError/dimensionMismatch(data:mixture:)`` unless D = 1, ``MixtureError/notFinite(row:)`` for
    ///   NaN.
    /// - Complexity: O(K), and so for ``survival(_:)``.
    public func cumulativeDistribution(_ x: Double) throws(MixtureError) -> Double {
        try lowerTail(isReflected: false).checked(x)
    }

    /// P(X > x) = 1 − F(x), to the same relative accuracy in the upper tail.
    ///
    /// - Throws: as ``cumulativeDistribution(_:)``.
    public func survival(_ x: Double) throws(MixtureError) -> Double { try lowerTail(isReflected: true).checked(-x) }

    /// The x with F(x) = p, to the last place as far as F and p determine it; −∞ for p = 0 and ∞ for p = 1.
    ///
    /// Newton's method on log F (log of the upper tail for p > ½), which is concave for one Gaussian, inside a bracket
    /// that is halved where it fails to shrink fast (W. H. Press et al., Numerical Recipes, 9.4).
    ///
    /// - Parameter p: for p near 1, ``upperQuantile(_:)`` can be told more exactly.
    /// - Throws: ``MixtureError/dimensionMismatch(data:mixture:)`` unless D = 1,
    ///   ``MixtureError/invalidOption(name:value:requirement:)`` unless 0 ≤ p ≤ 1.
    /// - Complexity: O(K) for each of some ten to at most 130 steps.
    public func quantile(_ p: Double) throws(MixtureError) -> Double {
        let lower = try lowerTail(isReflected: false), upper = try lowerTail(isReflected: true)
        try Self.check(p)
        return p <= 0.5 ? lower.quantile(p) : -upper.quantile(1 - p)
    }

    /// The x with P(X > x) = q; ∞ for q = 0 and −∞ for q = 1.
    ///
    /// - Throws: as ``quantile(_:)``.
    public func upperQuantile(_ q: Double) throws(MixtureError) -> Double {
        let lower = try lowerTail(isReflected: false), upper = try lowerTail(isReflected: true)
        try Self.check(q)
        return q <= 0.5 ? -upper.quantile(q) : lower.quantile(1 - q)
    }

    private func lowerTail(isReflected: Bool) throws(MixtureError) -> LowerTail {
        guard dimension == 1 else { throw .dimensionMismatch(data: 1, mixture: dimension) }
        let total = weights.reduce(0, +), positive = weights.indices.filter { weights[$0] > 0 }
        return LowerTail(
            weights: positive.map { weights[$0] / total },
            means: positive.map { isReflected ? -means[$0][0] : means[$0][0] },
            deviations: positive.map { factors[shape.factorStart($0)] })
    }

    private static func check(_ p: Double) throws(MixtureError) {
        guard p >= 0, p <= 1 else {
            throw .invalidOption(name: "The probability", value: "\(p)", requirement: "from 0 to 1")
        }
    }
}

/// F of a mixture with positive weights, and its inverse up to the median; the upper tail is that of the reflected
/// mixture.
private struct LowerTail {
    let weights, means, deviations: [Double]

    func checked(_ x: Double) throws(MixtureError) -> Double {
        guard !x.isNaN else { throw .notFinite(row: 0) }
        // The sum may round to just above one.
        return min(1, at(x).probability)
    }

    func at(_ x: Double) -> (probability: Double, density: Double) {
        // 1/√2 = high + low.
        let high = 0.5.squareRoot(), low = -4.833646656726457e-17
        var probability = 0.0, density = 0.0
        for k in weights.indices {
            let mean = means[k], deviation = deviations[k]
            let residual = x - mean, z = residual / deviation
            guard abs(z) < 60 else {
                if z > 0 { probability += weights[k] }
                continue
            }
            // x − μ = residual + lost exactly (D. E. Knuth, The Art of Computer Programming, 4.2.2); what is left over
            // from each later rounding is had by fused multiplication. Φ(z) = ½ erfc(−z/√2), to first order in what
            // z/√2 lost.
            let part = residual - x, lost = (x - (residual - part)) + (-mean - part)
            let argument = -z * high, lostByQuotient = (residual.addingProduct(-z, deviation) + lost) / deviation
            let lostByProduct = argument.addingProduct(z, high), bell = Double.exp(-argument * argument)
            let lostByAll = lostByProduct + z * low + lostByQuotient * high
            probability += weights[k] * (0.5 * .erfc(argument) + lostByAll * bell / Double.pi.squareRoot())
            density += weights[k] * bell / (deviation * (2 * .pi).squareRoot())
        }
        return (probability, density)
    }

    /// - Precondition: 0 ≤ p ≤ ½
    func quantile(_ p: Double) -> Double {
        guard p > 0 else { return -.infinity }
        // Φ(−z) ≤ ½ exp(−z²/2) bounds the quantile of each component, and those of all that of the mixture. The margin
        // covers rounding.
        let reach = max(0, -2 * Double.log(2 * p)).squareRoot() + 0.01
        var low = Double.infinity, high = -low
        for k in weights.indices {
            low = max(-.greatestFiniteMagnitude, min(low, means[k] - reach * deviations[k]))
            high = min(.greatestFiniteMagnitude, max(high, means[k] + 0.01 * deviations[k]))
        }
        var x = 0.5 * low + 0.5 * high, last = Double.infinity
        for iteration in 0..<130 {
            let (probability, density) = at(x)
            if probability == p { return x }
            if probability < p { low = x } else { high = x }
            let excess = (probability - p) / p
            let ratio = abs(excess) < 0.5 ? Double.log(onePlus: excess) : .log(probability) - .log(p)
            var step = -ratio * probability / density, next = x + step
            if next == x { return x }
            if !(low < next && next < high) || !(abs(step) <= 0.5 * last) || iteration >= 64 {
                // Halving the count of the numbers in between ends, whatever their magnitudes.
                let (first, last) = (Self.index(low), Self.index(high))
                next = iteration < 64 ? 0.5 * low + 0.5 * high : Self.number((first & last) + (first ^ last) >> 1)
                step = next - x
                if !(low < next && next < high) { return x }
            }
            last = abs(step)
            x = next
        }
        return x
    }

    /// Numbers its doubles in ascending order, and back.
    private static func index(_ x: Double) -> Int64 {
        let bits = Int64(bitPattern: x.bitPattern)
        return bits < 0 ? .min &- bits : bits
    }

    private static func number(_ index: Int64) -> Double {
        Double(bitPattern: UInt64(bitPattern: index < 0 ? .min &- index : index))
    }
}
