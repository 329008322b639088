extension GaussianMixture {
    /// The distribution of A x + b for x of this mixture: tied if this is, else full.
    ///
    /// - Parameters:
    ///   - matrix: A [D′][D], 1 ≤ D′ ≤ D, of full row rank.
    ///   - offset: b [D′], zeros by default.
    /// - Throws: ``MixtureError/invalidOption(name:value:requirement:)`` unless A and b are finite, of these sizes, and
    ///   the rows of A are linearly independent beyond rounding; ``MixtureError/invalidMixture(component:reason:)`` if
    ///   a result overflows.
    /// - Complexity: O(K D D′ (D + D′)): A L is made a triangle, and no covariance is formed.
    public func transformed(by matrix: [[Double]], offset: [Double]? = nil) throws(MixtureError) -> GaussianMixture {
        guard (1...dimension).contains(matrix.count) else {
            throw .invalidOption(
                name: "The number of rows of the matrix", value: "\(matrix.count)",
                requirement: "from 1 to \(dimension)")
        }
        for row in matrix {
            guard row.count == dimension else {
                throw .invalidOption(
                    name: "The number of columns of the matrix", value: "\(row.count)",
                    requirement: "\(dimension) in every row")
            }
            try Self.checkFinite(row, "The entry of the matrix")
        }
        let offset = try checked(offset, count: matrix.count)

        var a = Matrix(dimension: dimension)
        for (i, row) in matrix.enumerated() {
            for (j, entry) in row.enumerated() { a[i, j] = entry }
        }
        var independent = a
        independent.triangularise(rows: matrix.count)
        for (i, row) in matrix.enumerated() {
            // Sizes are compared in units of the row, so that no square under- or overflows.
            let largest = row.reduce(0) { max($0, abs($1)) }
            guard independent[i, i] / largest > Double(dimension) * 4 * .ulpOfOne else {
                throw .invalidOption(
                    name: "Row \(i) of the matrix", value: "\(row)",
                    requirement:
                        "independent of the rows before it; a row that follows from them makes a covariance singular: leave it out"
                )
            }
        }

        var factors: [Double] = []
        for factor in 0..<shape.factorCount {
            var product = Matrix(dimension: dimension), l = product
            for d in 0..<dimension {
                for (e, entry) in factorRow(d, component: factor).enumerated() { l[d, e] = entry }
            }
            for i in 0..<matrix.count {
                for d in 0..<dimension { product.add(a[i, d], timesRow: d, of: l, toRow: i, count: d + 1) }
            }
            product.triangularise(rows: matrix.count)
            factors += Self.packed(product, 0..<matrix.count)
        }
        let means = means.map { mean in
            matrix.indices.map { i in zip(matrix[i], mean).reduce(0) { $0 + $1.0 * $1.1 } + offset[i] }
        }
        return try GaussianMixture(
            MixtureShape(components: components, dimension: matrix.count, covariance: shape.isShared ? .tied : .full),
            weights: weights, means: means,
            factors: factors)
    }

    /// The distribution of sᵈ xᵈ + bᵈ, feature by feature, as under another choice of units. The covariance type stays,
    /// except that a spherical mixture of several features becomes diagonal unless all |sᵈ| are equal.
    ///
    /// - Parameters:
    ///   - scales: s [D], not zero; a negative one reflects.
    ///   - offset: b [D], zeros by default.
    /// - Throws: ``MixtureError/invalidOption(name:value:requirement:)`` unless both are finite and of D values, and s
    ///   has no zero; ``MixtureError/invalidMixture(component:reason:)`` if a result under- or overflows.
    /// - Complexity: O(K D), O(K D²) with full covariances.
    public func scaled(by scales: [Double], offset: [Double]? = nil) throws(MixtureError) -> GaussianMixture {
        guard scales.count == dimension else {
            throw .invalidOption(
                name: "The number of scales", value: "\(scales.count)",
                requirement: "that of the features, \(dimension)")
        }
        try Self.checkFinite(scales, "The scale")
        for scale in scales where scale == 0 {
            throw .invalidOption(
                name: "The scale", value: "0",
                requirement: "other than zero; to drop a feature, take the marginal of the others")
        }
        let offset = try checked(offset, count: dimension)
        let covariance =
            shape.covariance == .spherical && scales.contains { abs($0) != abs(scales[0]) }
            ? .diagonal : shape.covariance
        var factors: [Double] = []
        for factor in 0..<shape.factorCount {
            let start = factor * shape.factorLength
            if shape.factor.isTriangle {
                // Row i by its scale, and column j by the sign of its own, which the square undoes: the diagonal stays
                // positive.
                for i in 0..<dimension {
                    for j in 0...i {
                        factors.append(self.factors[start + triangle(i) + j] * (scales[j] < 0 ? -scales[i] : scales[i]))
                    }
                }
            } else if covariance == .spherical || dimension == 1 {
                factors.append(self.factors[start] * abs(scales[0]))
            } else {
                for d in 0..<dimension {
                    factors.append(self.factors[start + shape.factor.diagonalIndex(d)] * abs(scales[d]))
                }
            }
        }
        return try GaussianMixture(
            MixtureShape(components: components, dimension: dimension, covariance: covariance), weights: weights,
            means: means.map { mean in (0..<dimension).map { mean[$0] * scales[$0] + offset[$0] } }, factors: factors)
    }

    private func checked(_ offset: [Double]?, count: Int) throws(MixtureError) -> [Double] {
        guard let offset else { return Array(repeating: 0, count: count) }
        guard offset.count == count else {
            throw .invalidOption(
                name: "The number of offsets", value: "\(offset.count)",
                requirement: "that of the features of the result, \(count)")
        }
        try Self.checkFinite(offset, "The offset")
        return offset
    }

    private static func checkFinite(_ values: [Double], _ name: String) throws(MixtureError) {
        for value in values where !value.isFinite {
            throw .invalidOption(name: name, value: "\(value)", requirement: "finite")
        }
    }
}
