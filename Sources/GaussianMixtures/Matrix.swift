/// A square matrix whose rows are SIMD vectors, for the D × D algebra of one component: everything runs along rows.
///
/// Lanes beyond D are zero. Triangles are lower ones with zeros above the diagonal.
struct Matrix: Sendable {
    let dimension: Int
    private let width: Int
    private var vectors: [SIMD8<Double>]

    init(dimension: Int) {
        self.dimension = dimension
        width = (dimension + 7) / 8
        vectors = Array(repeating: .zero, count: dimension * width)
    }

    subscript(i: Int, j: Int) -> Double {
        get { vectors[i * width + j >> 3][j & 7] }
        set { vectors[i * width + j >> 3][j & 7] = newValue }
    }

    mutating func clear() {
        for i in vectors.indices { vectors[i] = .zero }
    }

    /// Takes over the entries of a matrix of the same size. Assignment would share their storage, and the next change would copy it.
    mutating func copyValues(of other: borrowing Matrix) {
        for i in vectors.indices { vectors[i] = other.vectors[i] }
    }

    mutating func scaleRow(_ i: Int, by factor: Double) {
        for v in 0..<width { vectors[i * width + v] *= factor }
    }

    mutating func scale(by factor: Double) {
        for i in vectors.indices { vectors[i] *= factor }
    }

    /// Row i · row j of another matrix over the first `count` columns, rounded up to whole vectors.
    func dot(_ i: Int, _ other: borrowing Matrix, _ j: Int, count: Int) -> Double {
        var sum = SIMD8<Double>.zero
        for v in 0..<(count + 7) / 8 { sum += vectors[i * width + v] * other.vectors[j * width + v] }
        return sum.sum()
    }

    /// Adds `factor` times row j of another matrix to row i, over the first `count` columns, rounded up to whole vectors.
    mutating func add(_ factor: Double, timesRow j: Int, of other: borrowing Matrix, toRow i: Int, count: Int) {
        for v in 0..<(count + 7) / 8 { vectors[i * width + v] += factor * other.vectors[j * width + v] }
    }

    // MARK: Packed lower triangles, row after row

    mutating func loadTriangle(_ packed: ComponentVector, at start: Int) {
        var index = start
        for i in 0..<dimension {
            for v in 0..<width { vectors[i * width + v] = .zero }
            for j in 0...i {
                self[i, j] = packed[index]
                index += 1
            }
        }
    }

    func storeTriangle(into packed: inout ComponentVector, at start: Int) {
        var index = start
        for i in 0..<dimension {
            for j in 0...i {
                packed[index] = self[i, j]
                index += 1
            }
        }
    }

    /// Copies the lower triangle to the upper one.
    mutating func symmetrise() {
        for i in 0..<dimension {
            for j in 0..<i { self[j, i] = self[i, j] }
        }
    }

    // MARK: Triangular algebra, O(D³)

    /// Replaces a symmetric matrix, of which the lower triangle is read, by L with A = L Lᵀ. False, with rubbish left, if A is not
    /// positive definite.
    mutating func decompose() -> Bool {
        for i in 0..<dimension {
            for j in i + 1..<max(i + 1, width * 8) { self[i, j] = 0 }
            for j in 0..<i {
                let entry = self[i, j]
                self[i, j] = 0
                // Row i has zeros from column j on, so that whole vectors may be multiplied.
                self[i, j] = (entry - dotBefore(i, j)) / self[j, j]
            }
            let entry = self[i, i]
            self[i, i] = 0
            let pivot = entry - dotBefore(i, i)
            guard pivot > 0, pivot.isFinite else { return false }
            self[i, i] = pivot.squareRoot()
        }
        return true
    }

    /// Row i · row j over columns before j. Row i may still hold entries of the matrix from column j + 1 on, which row j meets with zeros.
    private func dotBefore(_ i: Int, _ j: Int) -> Double {
        var sum = SIMD8<Double>.zero
        for v in 0..<(j + 7) / 8 { sum += vectors[i * width + v] * vectors[j * width + v] }
        return sum.sum()
    }

    /// Becomes the inverse of a triangle.
    mutating func setInverse(ofTriangle l: borrowing Matrix) {
        for i in 0..<dimension {
            for v in 0..<width { vectors[i * width + v] = .zero }
            for j in 0..<i {
                let factor = l[i, j]
                for v in 0...j / 8 { vectors[i * width + v] -= factor * vectors[j * width + v] }
            }
            self[i, i] += 1
            let pivot = l[i, i]
            for v in 0...i / 8 { vectors[i * width + v] /= pivot }
        }
    }

    /// Becomes the product of two triangles.
    mutating func setProduct(ofTriangles a: borrowing Matrix, _ b: borrowing Matrix) {
        for i in 0..<dimension {
            for v in 0..<width { vectors[i * width + v] = .zero }
            for j in 0...i { add(a[i, j], timesRow: j, of: b, toRow: i, count: j + 1) }
        }
    }

    /// Becomes A S Aᵀ of a triangle A and a symmetric matrix S, both triangles; `scratch` is overwritten.
    mutating func setCongruence(ofTriangle a: borrowing Matrix, symmetric s: borrowing Matrix, scratch: inout Matrix) {
        for i in 0..<dimension {
            for v in 0..<width { scratch.vectors[i * width + v] = .zero }
            for j in 0...i { scratch.add(a[i, j], timesRow: j, of: s, toRow: i, count: dimension) }
        }
        for i in 0..<dimension {
            for j in 0...i {
                let entry = scratch.dot(i, a, j, count: j + 1)
                self[i, j] = entry
                self[j, i] = entry
            }
        }
    }

    // MARK: Eigenvalues

    /// Leaves the eigenvalues of a symmetric matrix on its diagonal, and puts the eigenvectors into the rows of the other, by cyclic Jacobi
    /// rotations (G. H. Golub and C. F. Van Loan, Matrix Computations, 8.5), which are accurate for small eigenvalues too. O(D³) a sweep,
    /// some ten sweeps.
    mutating func diagonalise(eigenvectors q: inout Matrix) {
        q.clear()
        for i in 0..<dimension { q[i, i] = 1 }
        for _ in 0..<60 {
            var off = 0.0, diagonal = 0.0
            for i in 0..<dimension {
                diagonal += self[i, i] * self[i, i]
                for j in 0..<i { off += self[i, j] * self[i, j] }
            }
            if !(off > 1e-34 * diagonal) { return }
            for p in 0..<dimension {
                for r in p + 1..<max(p + 1, dimension) where self[p, r] != 0 {
                    let theta = (self[r, r] - self[p, p]) / (2 * self[p, r])
                    let t = (theta >= 0 ? 1.0 : -1.0) / (abs(theta) + (theta * theta + 1).squareRoot())
                    let c = 1 / (t * t + 1).squareRoot(), s = t * c
                    rotateRows(p, r, c, s)
                    for i in 0..<dimension {
                        let x = self[i, p], y = self[i, r]
                        self[i, p] = c * x - s * y
                        self[i, r] = s * x + c * y
                    }
                    q.rotateRows(p, r, c, s)
                }
            }
        }
    }

    private mutating func rotateRows(_ p: Int, _ r: Int, _ c: Double, _ s: Double) {
        for v in 0..<width {
            let x = vectors[p * width + v], y = vectors[r * width + v]
            vectors[p * width + v] = c * x - s * y
            vectors[r * width + v] = s * x + c * y
        }
    }
}
