/// How one factor of a covariance is stored: L of Σ = L Lᵀ, its inverse, or a gradient by it.
struct FactorLayout: Sendable, Hashable {
    enum Kind: Sendable {
        /// A packed lower triangle, row after row.
        case triangle
        case diagonal
        /// One number that stands for the whole diagonal.
        case scalar
    }

    let kind: Kind
    /// D
    let dimension: Int

    var isTriangle: Bool { kind == .triangle }

    /// How many numbers a factor has.
    var length: Int {
        switch kind {
        case .triangle: triangle(dimension)
        case .diagonal: dimension
        case .scalar: 1
        }
    }

    /// How many numbers its diagonal has.
    var diagonalLength: Int { kind == .scalar ? 1 : dimension }

    /// How many features each of these stands for.
    var featuresPerEntry: Int { kind == .scalar ? dimension : 1 }

    /// The columns left of the diagonal that row `a` has.
    func columnsLeftOfDiagonal(_ a: Int) -> Range<Int> { isTriangle ? 0..<a : a..<a }

    /// The place of row a, column e ≤ a.
    func index(_ a: Int, _ e: Int) -> Int {
        switch kind {
        case .triangle: triangle(a) + e
        case .diagonal: a
        case .scalar: 0
        }
    }

    func diagonalIndex(_ d: Int) -> Int { index(d, d) }

    // MARK: Products with vectors, O(length)

    /// Adds F v to `result`, F's diagonal being a function of what is stored.
    @inline(__always)
    func addProduct(
        of factors: ComponentVector, at start: Int, diagonal: (Double) -> Double = { $0 },
        with v: UnsafePointer<Double>, to result: UnsafeMutablePointer<Double>
    ) {
        for a in 0..<dimension {
            var sum = 0.0
            for e in columnsLeftOfDiagonal(a) { sum += factors[start + index(a, e)] * v[e] }
            result[a] += sum + diagonal(factors[start + diagonalIndex(a)]) * v[a]
        }
    }

    /// Adds Fᵀ v to `result`.
    @inline(__always)
    func addTransposedProduct(
        of factors: ComponentVector, at start: Int, diagonal: (Double) -> Double = { $0 },
        with v: UnsafePointer<Double>, to result: UnsafeMutablePointer<Double>
    ) {
        for a in 0..<dimension {
            for e in columnsLeftOfDiagonal(a) { result[e] += factors[start + index(a, e)] * v[a] }
            result[a] += diagonal(factors[start + diagonalIndex(a)]) * v[a]
        }
    }

    /// Subtracts a multiple of v vᵀ from a symmetric matrix that is stored alike; one number is its trace.
    func subtract(_ factor: Double, timesSquareOf v: [Double], from matrix: inout [Double]) {
        for a in 0..<dimension {
            for e in columnsLeftOfDiagonal(a) { matrix[index(a, e)] -= factor * v[a] * v[e] }
            matrix[diagonalIndex(a)] -= factor * v[a] * v[a]
        }
    }
}

/// 1 + … + n, the length of a packed triangle of n rows.
func triangle(_ n: Int) -> Int { n * (n + 1) / 2 }
