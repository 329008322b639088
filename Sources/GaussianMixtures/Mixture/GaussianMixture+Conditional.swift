import RealModule

extension GaussianMixture {
    // MARK: Moments

    /// Σ πₖ μₖ, the mean of the whole mixture, D values in the unit of the data. O(K D)
    public var mean: [Double] {
        let total = weights.reduce(0, +)
        return (0..<dimension).map { d in (0..<components).reduce(0) { $0 + weights[$1] / total * means[$1][d] } }
    }

    /// Σ πₖ (Σₖ + (μₖ − m)(μₖ − m)ᵀ) for the ``mean`` m: the covariance [D][D] of the whole mixture, in squared units
    /// of the data. O(K D³)
    public var covariance: [[Double]] {
        let mean = mean, total = weights.reduce(0, +)
        var result =
            shape.isShared ? covariance(0) : Array(repeating: Array(repeating: 0, count: dimension), count: dimension)
        for k in 0..<components {
            let weight = weights[k] / total, within = shape.isShared ? nil : covariance(k)
            for i in 0..<dimension {
                for j in 0..<dimension {
                    result[i][j] += weight * ((within?[i][j] ?? 0) + (means[k][i] - mean[i]) * (means[k][j] - mean[j]))
                }
            }
        }
        return result
    }

    // MARK: Some of the features

    /// The mixture of the chosen features alone, in the order given, of the same covariance type.
    ///
    /// - Parameter features: D′ of them, counted from 0.
    /// - Throws: ``MixtureError/invalidOption(name:value:requirement:)`` unless the features are distinct, of this
    ///   mixture, and at least one.
    /// - Complexity: O(K D′), O(K D D′²) with matrices: their rows of L are made a triangle again, and no covariance is
    ///   formed.
    public func marginal(_ features: [Int]) throws(MixtureError) -> GaussianMixture {
        try check(features)
        guard !features.isEmpty else {
            throw .invalidOption(name: "The number of features", value: "0", requirement: "at least 1")
        }
        var factors: [Double] = []
        for factor in 0..<shape.factorCount { factors += self.factor(features, factor, keeping: 0..<features.count) }
        return try GaussianMixture(
            MixtureShape(components: components, dimension: features.count, covariance: shape.covariance),
            weights: weights,
            means: means.map { mean in features.map { mean[$0] } }, factors: factors)
    }

    /// The mixture of the remaining features, in their order, given the values of some; of the same covariance type.
    /// Its ``mean`` is Gaussian-mixture regression (Z. Ghahramani and M. I. Jordan, Supervised learning from incomplete
    /// data via an EM approach, NIPS 6, 1994).
    ///
    /// With the features given first, L = [A 0; B C] and y = A⁻¹ (x − μ_given): a component keeps its C, gets the mean
    /// μ_rest + B y, and its weight is multiplied by its density of x. Weights are logarithms until they are divided by
    /// their sum, so values may be far from all components; beyond 10⁸ deviations the squares round, and components of
    /// equal covariance are told apart no more.
    ///
    /// - Parameters:
    ///   - features: those that are known, counted from 0, fewer than D; none changes nothing.
    ///   - values: one for each of these features, in the unit of the data.
    /// - Throws: ``MixtureError/invalidOption(name:value:requirement:)`` unless the features are distinct and of this
    ///   mixture, one at least is left, and each has a finite value; ``MixtureError/outOfReach(row:)``, row 0, for
    ///   values where the log-density overflows under every component.
    /// - Complexity: O(K D), O(K D³) with full covariances, O(D³ + K D²) with tied ones.
    public func conditional(on features: [Int], values: [Double]) throws(MixtureError) -> GaussianMixture {
        try check(features)
        guard values.count == features.count else {
            throw .invalidOption(
                name: "The number of values", value: "\(values.count)",
                requirement: "that of the features given, \(features.count)")
        }
        for value in values where !value.isFinite {
            throw .invalidOption(name: "The value given", value: "\(value)", requirement: "finite")
        }
        let given = Set(features), rest = (0..<dimension).filter { !given.contains($0) }, order = features + rest
        guard !rest.isEmpty else {
            throw .invalidOption(
                name: "The number of features given", value: "\(features.count)",
                requirement: "below \(dimension), so that one is left")
        }
        guard !features.isEmpty else { return self }

        var logJoints: [Double] = [], means: [[Double]] = [], factors: [Double] = [], triangle = Matrix(dimension: 0)
        for k in 0..<components {
            if k == 0 || !shape.isShared {
                if shape.factor.isTriangle {
                    triangle = self.triangle(order, k)
                    factors += Self.packed(triangle, features.count..<dimension)
                } else {
                    factors += factor(order, k, keeping: features.count..<dimension)
                }
            }
            var logJoint = Double.log(weights[k]), y: [Double] = []
            for (i, d) in features.enumerated() {
                var residual = values[i] - self.means[k][d]
                if shape.factor.isTriangle {
                    for j in 0..<i { residual -= triangle[i, j] * y[j] }
                }
                let deviation =
                    shape.factor.isTriangle
                    ? triangle[i, i] : self.factors[shape.factorStart(k) + shape.factor.diagonalIndex(d)]
                y.append(residual / deviation)
                logJoint -= .log(deviation) + 0.5 * y[i] * y[i]
            }
            if logJoint.isNaN { logJoint = -.infinity }
            // A component out of reach gets the weight zero, and keeps a mean that would overflow.
            let mean = rest.indices.map { i in
                shape.factor.isTriangle
                    ? y.indices.reduce(self.means[k][rest[i]]) { $0 + triangle[features.count + i, $1] * y[$1] }
                    : self.means[k][rest[i]]
            }
            means.append(logJoint > -.infinity || mean.allSatisfy(\.isFinite) ? mean : rest.map { self.means[k][$0] })
            logJoints.append(logJoint)
        }
        let largest = logJoints.max()!
        guard largest > -.infinity else { throw .outOfReach(row: 0) }
        let masses = logJoints.map { Double.exp($0 - largest) }, total = masses.reduce(0, +)
        return try GaussianMixture(
            MixtureShape(components: components, dimension: rest.count, covariance: shape.covariance),
            weights: masses.map { $0 / total },
            means: means, factors: factors)
    }

    /// The same for values by feature: `conditional(on: [0: 1.5, 2: -3])`.
    ///
    /// - Throws: as ``conditional(on:values:)``.
    public func conditional(on values: [Int: Double]) throws(MixtureError) -> GaussianMixture {
        let features = values.keys.sorted()
        return try conditional(on: features, values: features.map { values[$0]! })
    }

    // MARK: Factors

    func check(_ features: [Int]) throws(MixtureError) {
        for feature in features where !(0..<dimension).contains(feature) {
            throw .invalidOption(name: "The feature", value: "\(feature)", requirement: "from 0 to \(dimension - 1)")
        }
        guard Set(features).count == features.count else {
            throw .invalidOption(name: "The list of features", value: "\(features)", requirement: "without repetition")
        }
    }

    /// The triangle of the chosen features of a triangular factor, in the first rows of a D × D matrix.
    private func triangle(_ features: [Int], _ factor: Int) -> Matrix {
        var matrix = Matrix(dimension: dimension)
        for (i, d) in features.enumerated() {
            for (j, entry) in factorRow(d, component: factor).enumerated() { matrix[i, j] = entry }
        }
        matrix.triangularise(rows: features.count)
        return matrix
    }

    /// The factor of the chosen features; with matrices that of those in `range` given the ones before it.
    private func factor(_ features: [Int], _ factor: Int, keeping range: Range<Int>) -> [Double] {
        if shape.factor.isTriangle { return Self.packed(triangle(features, factor), range) }
        let start = factor * shape.factorLength
        return shape.factor.kind == .scalar ? [factors[start]] : range.map { factors[start + features[$0]] }
    }

    static func packed(_ triangle: borrowing Matrix, _ range: Range<Int>) -> [Double] {
        var packed: [Double] = []
        for i in range {
            for j in range.lowerBound...i { packed.append(triangle[i, j]) }
        }
        return packed
    }
}
