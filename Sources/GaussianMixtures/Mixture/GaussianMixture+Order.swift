import RealModule

extension GaussianMixture {
    // MARK: Order of the components

    /// The same mixture with its components in another order: component k of the result is `order[k]` of this.
    ///
    /// - Throws: ``MixtureError/invalidOption(name:value:requirement:)`` unless `order` has each of 0 ..< K once.
    /// - Complexity: O(K D), O(K D²) with full covariances.
    public func reordered(_ order: [Int]) throws(MixtureError) -> GaussianMixture {
        guard order.sorted() == Array(0..<components) else {
            throw .invalidOption(
                name: "The order", value: "\(order)", requirement: "each of 0 to \(components - 1) once")
        }
        let factors =
            shape.isShared
            ? factors
            : order.flatMap { self.factors[shape.factorStart($0)..<shape.factorStart($0) + shape.factorLength] }
        var mixture = try GaussianMixture(
            shape, weights: order.map { weights[$0] }, means: order.map { means[$0] }, factors: factors)
        mixture.givenCovariances = givenCovariances?.reordered(order)
        return mixture
    }

    /// The components by falling weight; equals stay in their order. O(K log K), and the copy.
    public func sortedByWeight() -> GaussianMixture { sorted { weights[$0] > weights[$1] } }

    /// The components by rising mean in one feature, the first by default; equals stay in their order.
    ///
    /// - Throws: ``MixtureError/invalidOption(name:value:requirement:)`` for a feature outside 0 ..< D.
    public func sorted(byFeature feature: Int = 0) throws(MixtureError) -> GaussianMixture {
        try check([feature])
        return sorted { means[$0][feature] < means[$1][feature] }
    }

    private func sorted(by precedes: (Int, Int) -> Bool) -> GaussianMixture {
        // A permutation of what is valid is valid; should its weights' sum round across the bound, it stays as it is.
        (try? reordered((0..<components).sorted(by: precedes))) ?? self
    }

    // MARK: Comparison

    /// Which component of another mixture corresponds to each of this: `other.reordered(matching)` is the other in this
    /// order.
    ///
    /// The assignment with the least sum of Bhattacharyya distances (A. Bhattacharyya, On a measure of divergence
    /// between two statistical populations, 1943), ⅛ δᵀ Σ⁻¹ δ + ½ log(|Σ| / √(|Σ₁| |Σ₂|)) with Σ = ½ (Σ₁ + Σ₂), plus
    /// (√π₁ − √π₂)² for the weights.
    ///
    /// - Throws: ``MixtureError/dimensionMismatch(data:mixture:)`` if D differs,
    ///   ``MixtureError/invalidOption(name:value:requirement:)`` if K does.
    /// - Complexity: O(K² D² + K³), with matrices O(K² D³ + K³).
    public func matching(_ other: GaussianMixture) throws(MixtureError) -> [Int] {
        guard other.dimension == dimension else { throw .dimensionMismatch(data: other.dimension, mixture: dimension) }
        guard other.components == components else {
            throw .invalidOption(
                name: "The other number of components", value: "\(other.components)",
                requirement: "\(components), as here")
        }
        let comparison = ComponentComparison(self, other)
        return leastAssignment(
            (0..<components).map { k in
                (0..<components).map { l in
                    let weight = weights[k].squareRoot() - other.weights[l].squareRoot(),
                        distance = comparison.bhattacharyyaDistance(k, l)
                    // What is not below this is as good as infinitely far, and sums of it do not overflow.
                    return (distance < 1e15 ? distance : 1e15) + weight * weight
                }
            })
    }

    /// Whether another mixture is this one up to the order of its components, each parameter within `tolerance`: there
    /// is a matching of the components in which weights differ by no more than that times the larger, means by that
    /// many standard deviations in every whitened coordinate L⁻¹ (μ′ − μ), and covariances by that in every entry of
    /// L⁻¹ Σ′ L⁻ᵀ − I, seen from either side. Covariance types may differ.
    ///
    /// - Parameter tolerance: 1e-9 by default.
    /// - Returns: false if K or D differs, too.
    /// - Complexity: O(K² D² + K³), with matrices O(D³) more for each component and for each pair whose weights and
    ///   means agree.
    public func isEquivalent(to other: GaussianMixture, tolerance: Double = 1e-9) -> Bool {
        guard other.dimension == dimension, other.components == components else { return false }
        let there = ComponentComparison(self, other), back = ComponentComparison(other, self)
        // Assigned by the count of pairs that differ: none if there is a matching at all.
        let differs = (0..<components).map { k in
            (0..<components).map { l in
                let weight = abs(weights[k] - other.weights[l]) <= tolerance * max(weights[k], other.weights[l])
                return weight && there.agree(k, l, tolerance) && back.agree(l, k, tolerance) ? 0.0 : 1
            }
        }
        return leastAssignment(differs).enumerated().allSatisfy { differs[$0][$1] == 0 }
    }
}

/// Components of one mixture in the natural units of those of another.
private struct ComponentComparison {
    private let a, b: GaussianMixture
    /// Lₖ⁻¹ of a and Lₗ of b if either has matrices.
    private var inverses: [Matrix] = [], factors: [Matrix] = []

    init(_ a: GaussianMixture, _ b: GaussianMixture) {
        self.a = a
        self.b = b
        guard a.shape.factor.isTriangle || b.shape.factor.isTriangle else { return }
        inverses = (0..<a.shape.factorCount).map { k in
            var inverse = Matrix(dimension: a.dimension)
            inverse.setInverse(ofTriangle: Self.factor(a, k))
            return inverse
        }
        factors = (0..<b.shape.factorCount).map { Self.factor(b, $0) }
    }

    private static func factor(_ mixture: GaussianMixture, _ k: Int) -> Matrix {
        var factor = Matrix(dimension: mixture.dimension)
        for d in 0..<mixture.dimension {
            for (e, entry) in mixture.factorRow(d, component: k).enumerated() { factor[d, e] = entry }
        }
        return factor
    }

    /// σ′/σ of a feature, of mixtures without matrices.
    private func ratio(_ k: Int, _ l: Int, _ d: Int) -> Double {
        b.factors[b.shape.factorStart(l) + b.shape.factor.diagonalIndex(d)]
            / a.factors[a.shape.factorStart(k) + a.shape.factor.diagonalIndex(d)]
    }

    /// W = Lₖ⁻¹ Lₗ, and W Wᵀ.
    private func relative(_ k: Int, _ l: Int) -> (factor: Matrix, covariance: Matrix) {
        var factor = Matrix(dimension: a.dimension), covariance = factor
        factor.setProduct(ofTriangles: inverses[a.shape.factorIndex(k)], factors[b.shape.factorIndex(l)])
        for i in 0..<a.dimension {
            for j in 0...i {
                covariance[i, j] = factor.dot(i, factor, j, count: j + 1)
                covariance[j, i] = covariance[i, j]
            }
        }
        return (factor, covariance)
    }

    func agree(_ k: Int, _ l: Int, _ tolerance: Double) -> Bool {
        guard a.whitened(b.means[l], component: k).allSatisfy({ abs($0) <= tolerance }) else { return false }
        guard !inverses.isEmpty else {
            return (0..<a.dimension).allSatisfy { abs(ratio(k, l, $0) * ratio(k, l, $0) - 1) <= tolerance }
        }
        let covariance = relative(k, l).covariance
        return (0..<a.dimension).allSatisfy { i in
            (0...i).allSatisfy { abs(covariance[i, $0] - (i == $0 ? 1 : 0)) <= tolerance }
        }
    }

    func bhattacharyyaDistance(_ k: Int, _ l: Int) -> Double {
        var offset = a.whitened(b.means[l], component: k), distance = 0.0
        guard !inverses.isEmpty else {
            for d in 0..<a.dimension {
                let ratio = ratio(k, l, d), variance = 0.5 * (1 + ratio * ratio)
                distance += 0.125 * offset[d] * offset[d] / variance + 0.5 * .log(variance / ratio)
            }
            return distance
        }
        // In the coordinates where Σ₁ = I, half of I + W Wᵀ is never near singular.
        let relative = relative(k, l)
        var mean = relative.covariance
        for d in 0..<a.dimension { mean[d, d] += 1 }
        mean.scale(by: 0.5)
        guard mean.decompose() else { return .infinity }
        mean.solveTriangle(&offset)
        for d in 0..<a.dimension {
            distance += 0.125 * offset[d] * offset[d] + .log(mean[d, d]) - 0.5 * .log(relative.factor[d, d])
        }
        return distance
    }
}

/// The column of each row in the assignment of least total cost, by the Hungarian method with shortest augmenting paths
/// (R. Jonker and A. Volgenant, A shortest augmenting path algorithm for dense and sparse linear assignment problems,
/// Computing 38, 1987). O(K³)
///
/// - Precondition: a square of finite costs.
func leastAssignment(_ costs: [[Double]]) -> [Int] {
    let n = costs.count
    // Row `n` is the one being assigned from, column `n` the place where its path starts.
    var rowPotentials = Array(repeating: 0.0, count: n), columnPotentials = Array(repeating: 0.0, count: n + 1)
    var rows = [Int?](repeating: nil, count: n + 1), previous = Array(repeating: n, count: n)
    for row in 0..<n {
        var column = n, least = Array(repeating: Double.infinity, count: n),
            isReached = Array(repeating: false, count: n + 1)
        rows[n] = row
        while let current = rows[column] {
            isReached[column] = true
            var next = n, step = Double.infinity
            for j in 0..<n where !isReached[j] {
                let reduced = costs[current][j] - rowPotentials[current] - columnPotentials[j]
                if reduced < least[j] {
                    least[j] = reduced
                    previous[j] = column
                }
                if least[j] < step {
                    step = least[j]
                    next = j
                }
            }
            for j in 0...n {
                if isReached[j] {
                    rowPotentials[rows[j]!] += step
                    columnPotentials[j] -= step
                } else {
                    least[j] -= step
                }
            }
            column = next
        }
        while column != n {
            rows[column] = rows[previous[column]]
            column = previous[column]
        }
    }
    var columns = Array(repeating: 0, count: n)
    for j in 0..<n { columns[rows[j]!] = j }
    return columns
}
