import RealModule

/// A mixture of Gaussians, p(x) = Σₖ πₖ N(x; μₖ, Σₖ), in any number of dimensions.
///
/// A value: it is validated when it is made and never changes. Build one from parameters, or let `fit` find one.
public struct GaussianMixture: Sendable, Codable {
    enum CodingKeys: String, CodingKey { case shape, weights, means, factors, givenCovariances = "covariances" }

    public let shape: MixtureShape
    /// πₖ, K values in [0, 1] that sum to one.
    public let weights: [Double]
    /// μₖ, K rows of D values in the unit of the data.
    public let means: [[Double]]
    /// The Cholesky factors Lₖ, Σₖ = Lₖ Lₖᵀ, as the covariance type has them: full [K] and tied [1] packed lower
    /// triangles, row after row; diagonal [K][D] and spherical [K] standard deviations.
    let factors: [Double]
    /// The covariances that the mixture was made of, whose bits the product of the factors need not give back; nil if
    /// it was made of factors.
    var givenCovariances: Covariances?

    /// A mixture with the given parameters, one entry of each array per component.
    ///
    /// - Parameters:
    ///   - weights: πₖ [K].
    ///   - means: μₖ [K][D].
    ///   - covariances: in the shape of their type. Matrices are symmetric within 1e-9 of their diagonal, and positive
    ///     definite.
    /// - Throws: ``MixtureError/invalidMixture(component:reason:)`` unless the arrays agree on K ≥ 1 and D ≥ 1, weights
    ///   are in [0, 1] and sum to one within 1e-9, means are finite, and covariances are positive definite and finite.
    /// - Complexity: O(K D³)
    public init(weights: [Double], means: [[Double]], covariances: Covariances) throws(MixtureError) {
        let shape = try Self.shape(weights.count, means, covariances.type)
        let factors: [Double]
        switch covariances {
        case .spherical(let variances):
            try Self.check(variances, shape.components, "variances", "component", component: nil)
            for (k, variance) in variances.enumerated() { try Self.check(variance: variance, component: k) }
            factors = variances.map { $0.squareRoot() }
        case .diagonal(let rows):
            try Self.check(rows, shape.components, "rows of variances", "component", component: nil)
            for (k, row) in rows.enumerated() {
                try Self.check(row, shape.dimension, "variances", "feature", component: k)
                for variance in row { try Self.check(variance: variance, component: k) }
            }
            factors = rows.flatMap { $0.map { $0.squareRoot() } }
        case .tied(let matrix):
            factors = try Self.factor(of: matrix, shape.dimension, component: nil)
        case .full(let matrices):
            try Self.check(matrices, shape.components, "covariance matrices", "component", component: nil)
            var all: [Double] = []
            for (k, matrix) in matrices.enumerated() {
                all += try Self.factor(of: matrix, shape.dimension, component: k)
            }
            factors = all
        }
        try self.init(shape, weights: weights, means: means, factors: factors)
        givenCovariances = covariances
    }

    /// A mixture in one dimension, one entry of each array per component, with full covariances.
    ///
    /// - Throws: ``MixtureError/invalidMixture(component:reason:)`` as above, unless standard deviations are positive,
    ///   finite and not subnormal.
    public init(weights: [Double], means: [Double], standardDeviations: [Double]) throws(MixtureError) {
        guard weights.count >= 1, means.count == weights.count, standardDeviations.count == weights.count else {
            throw .invalidMixture(
                component: nil,
                reason:
                    "there are \(weights.count) weights, \(means.count) means and \(standardDeviations.count) standard deviations; "
                    + "give one of each for every component, and at least one component")
        }
        try self.init(
            MixtureShape(components: weights.count), weights: weights, means: means.map { [$0] },
            factors: standardDeviations)
    }

    /// Checks what every mixture must be.
    init(_ shape: MixtureShape, weights: [Double], means: [[Double]], factors: [Double]) throws(MixtureError) {
        for k in weights.indices {
            if !(weights[k] >= 0 && weights[k].isFinite) {
                throw .invalidMixture(
                    component: k, reason: "its weight is \(weights[k]); weights are finite and not negative")
            }
            for mean in means[k] where !mean.isFinite {
                throw .invalidMixture(component: k, reason: "its mean is \(mean); means are finite")
            }
        }
        for factor in 0..<shape.factorCount {
            let start = factor * shape.factorLength
            for d in 0..<shape.factor.diagonalLength {
                let deviation = factors[start + shape.factor.diagonalIndex(d)]
                guard deviation.isNormal, deviation > 0, (1 / deviation).isFinite else {
                    throw .invalidMixture(
                        component: shape.isShared ? nil : factor,
                        reason: "its standard deviation is \(deviation); it must be positive, finite and not subnormal")
                }
            }
            guard factors[start..<start + shape.factorLength].allSatisfy(\.isFinite) else {
                throw .invalidMixture(
                    component: shape.isShared ? nil : factor, reason: "its covariance overflows; rescale the features")
            }
        }
        let total = weights.reduce(0, +)
        guard abs(total - 1) <= 1e-9 else {
            throw .invalidMixture(
                component: nil,
                reason: "the weights sum to \(total), not to 1"
                    + (total > 0 && total.isFinite ? "; divide each by their sum" : "; at least one must be positive"))
        }
        self.shape = shape
        self.weights = weights
        self.means = means
        self.factors = factors
    }

    /// K, the number of components.
    public var components: Int { shape.components }
    /// D, the number of features.
    public var dimension: Int { shape.dimension }

    // MARK: Covariances

    /// Σₖ of all components, as their type has them: those that the mixture was made of, to the last bit, or else L Lᵀ.
    /// O(K D³) if matrices.
    public var covariances: Covariances {
        if let givenCovariances { return givenCovariances }
        let dimension = dimension
        switch shape.covariance {
        case .full: return .full((0..<components).map { covariance($0) })
        case .tied: return .tied(covariance(0))
        case .diagonal:
            return .diagonal(
                (0..<components).map { k in
                    (0..<dimension).map { factors[k * dimension + $0] * factors[k * dimension + $0] }
                })
        case .spherical: return .spherical(factors.map { $0 * $0 })
        }
    }

    /// Σₖ [D][D] of one component, whatever the type. O(D³)
    ///
    /// - Precondition: `component` is in `0..<components`.
    public func covariance(_ component: Int) -> [[Double]] {
        switch givenCovariances {
        case .full(let matrices): return matrices[component]
        case .tied(let matrix): return matrix
        case .diagonal, .spherical, nil: break
        }
        let rows = (0..<dimension).map { factorRow($0, component: component) }
        return rows.indices.map { i in
            rows.indices.map { j in zip(rows[i], rows[j]).reduce(0) { $0 + $1.0 * $1.1 } }
        }
    }

    /// The square roots of the diagonals of the covariances, K rows of D values in the unit of the data. O(K D²)
    public var standardDeviations: [[Double]] {
        (0..<components).map { k in
            (0..<dimension).map { d in
                guard shape.factor.isTriangle else {
                    return factors[shape.factorStart(k) + shape.factor.diagonalIndex(d)]
                }
                // Scaled, so that no square overflows.
                let row = factorRow(d, component: k), largest = row.map { abs($0) }.max()!
                return largest * row.reduce(0) { $0 + ($1 / largest) * ($1 / largest) }.squareRoot()
            }
        }
    }

    /// Row `d` of Lₖ up to its diagonal.
    func factorRow(_ d: Int, component: Int) -> [Double] {
        let start = shape.factorStart(component), layout = shape.factor, stored = layout.columnsLeftOfDiagonal(d)
        return (0..<d).map { stored.contains($0) ? factors[start + layout.index(d, $0)] : 0 }
            + [factors[start + layout.diagonalIndex(d)]]
    }

    // MARK: Checks

    private static func shape(
        _ components: Int, _ means: [[Double]], _ covariance: CovarianceType
    ) throws(MixtureError) -> MixtureShape {
        guard components >= 1, means.count == components, let dimension = means.first?.count, dimension >= 1 else {
            throw .invalidMixture(
                component: nil,
                reason:
                    "there are \(components) weights and \(means.count) means; give one of each for every component, "
                    + "at least one component, and at least one feature")
        }
        for (k, mean) in means.enumerated() where mean.count != dimension {
            throw .invalidMixture(
                component: k, reason: "its mean has \(mean.count) features where the first has \(dimension)")
        }
        return try MixtureShape(components: components, dimension: dimension, covariance: covariance)
    }

    private static func check(
        _ values: [some Any], _ count: Int, _ what: String, _ each: String, component: Int?
    ) throws(MixtureError) {
        guard values.count == count else {
            throw .invalidMixture(
                component: component, reason: "there are \(values.count) \(what); give one for each \(each), \(count)")
        }
    }

    private static func check(variance: Double, component: Int) throws(MixtureError) {
        guard variance > 0, variance.isFinite else {
            throw .invalidMixture(
                component: component, reason: "its variance is \(variance); variances are positive and finite")
        }
    }

    /// The packed triangle L of a matrix L Lᵀ.
    private static func factor(of rows: [[Double]], _ dimension: Int, component: Int?) throws(MixtureError) -> [Double]
    {
        try check(rows, dimension, "rows of the covariance matrix", "feature", component: component)
        for row in rows {
            try check(row, dimension, "columns of the covariance matrix", "feature", component: component)
        }
        guard rows.allSatisfy({ $0.allSatisfy(\.isFinite) }), rows.indices.allSatisfy({ rows[$0][$0] > 0 }) else {
            throw .invalidMixture(
                component: component, reason: "its covariance must be finite, with positive variances on the diagonal")
        }
        // In units of each feature's deviation, so that features of very different units do no harm.
        let deviations = rows.indices.map { rows[$0][$0].squareRoot() }
        var matrix = Matrix(dimension: dimension)
        for i in rows.indices {
            for j in 0...i {
                let unit = deviations[i] * deviations[j]
                guard abs(rows[i][j] - rows[j][i]) <= 1e-9 * unit else {
                    throw .invalidMixture(
                        component: component, reason: "its covariance is not symmetric at row \(i), column \(j)")
                }
                matrix[i, j] = i == j ? 1 : rows[i][j] / deviations[i] / deviations[j]
            }
        }
        let correlations = matrix
        guard matrix.decompose() else {
            throw .invalidMixture(component: component, reason: reasonNotDefinite(correlations, rows))
        }
        return rows.indices.flatMap { i in (0...i).map { matrix[i, $0] * deviations[i] } }
    }
}

/// What keeps a matrix, of which the correlations are given too, from being a covariance.
private func reasonNotDefinite(_ correlations: Matrix, _ rows: [[Double]]) -> String {
    for i in rows.indices {
        for j in 0..<i where abs(correlations[i, j]) > 1 + 1e-9 {
            return
                "its covariance is indefinite: at row \(i), column \(j) it is \(rows[i][j]), more than the variances \(rows[i][i]) and \(rows[j][j]) allow, "
                + "which is at most the root of their product"
        }
    }
    var eigenvalues = correlations, eigenvectors = Matrix(dimension: correlations.dimension)
    eigenvalues.symmetrise()
    eigenvalues.diagonalise(eigenvectors: &eigenvectors)
    let least = rows.indices.reduce(.infinity) { min($0, eigenvalues[$1, $1]) }
    guard least < -1e-9 * Double(rows.count) else {
        return "its covariance is singular: a feature is a combination of others. Leave one out, or add to the diagonal"
    }
    return
        "its covariance is indefinite: some combination of the features would have a negative variance. Check the entries off the diagonal, or add to it"
}

/// Mixtures are equal if their parameters are, whatever they were made of.
extension GaussianMixture: Hashable {
    public static func == (a: GaussianMixture, b: GaussianMixture) -> Bool {
        a.shape == b.shape && a.weights == b.weights && a.means == b.means && a.factors == b.factors
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(shape)
        hasher.combine(weights)
        hasher.combine(means)
        hasher.combine(factors)
    }
}

extension GaussianMixture: CustomStringConvertible {
    /// One line for each component.
    public var description: String {
        let deviations = standardDeviations
        func text(_ row: [Double]) -> String { dimension == 1 ? "\(row[0])" : "\(row)" }
        return (0..<components).map {
            "\($0): weight \(weights[$0]), mean \(text(means[$0])), standard deviation \(text(deviations[$0]))"
        }
        .joined(separator: "\n")
    }
}
