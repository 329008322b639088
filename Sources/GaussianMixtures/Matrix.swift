/// A square matrix whose rows are SIMD vectors, for the D × D algebra of one component: everything runs along rows.
///
/// Lanes beyond D are zero. Triangles are lower ones with zeros above the diagonal.
struct Matrix: Sendable {
    let dimension: Int
    private let width: Int
    /// D rows, and two for ``diagonalise(eigenvectors:)`` to work in.
    private var vectors: [SIMD8<Double>]

    init(dimension: Int) {
        self.dimension = dimension
        width = (dimension + 7) / 8
        vectors = Array(repeating: .zero, count: (dimension + 2) * width)
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

    /// Row i · row j over the first `count` columns, rounded up to whole vectors.
    func dot(_ i: Int, _ j: Int, count: Int) -> Double {
        var sum = SIMD8<Double>.zero
        for v in 0..<(count + 7) / 8 { sum += vectors[i * width + v] * vectors[j * width + v] }
        return sum.sum()
    }

    /// Adds `factor` times row j of another matrix to row i, over the first `count` columns, rounded up to whole vectors.
    mutating func add(_ factor: Double, timesRow j: Int, of other: borrowing Matrix, toRow i: Int, count: Int) {
        for v in 0..<(count + 7) / 8 { vectors[i * width + v] += factor * other.vectors[j * width + v] }
    }

    /// The same with a row of its own. (Given as `other`, the matrix would be copied first.)
    mutating func add(_ factor: Double, timesRow j: Int, toRow i: Int) {
        for v in 0..<width { vectors[i * width + v] += factor * vectors[j * width + v] }
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

    /// Takes over a symmetric matrix from its packed lower triangle.
    mutating func loadSymmetric(_ packed: [Double]) {
        var index = 0
        for i in 0..<dimension {
            for j in 0...i {
                self[i, j] = packed[index]
                self[j, i] = packed[index]
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
                // What row i still holds of the matrix from column j + 1 on, row j meets with zeros.
                self[i, j] = (entry - dot(i, j, count: j)) / self[j, j]
            }
            let entry = self[i, i]
            self[i, i] = 0
            let pivot = entry - dot(i, i, count: i)
            guard pivot > 0, pivot.isFinite else { return false }
            self[i, i] = pivot.squareRoot()
        }
        return true
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

    /// Leaves the eigenvalues of a symmetric matrix on its diagonal, and puts the eigenvectors into the rows of the other: by Householder
    /// reflections to a tridiagonal matrix, and of that by QL with implicit shifts (G. H. Golub and C. F. Van Loan, Matrix Computations, 8.3).
    /// Errors are some roundings of the largest eigenvalue. O(D³)
    mutating func diagonalise(eigenvectors r: inout Matrix) {
        r.clear()
        for i in 0..<dimension { r[i, i] = 1 }
        guard dimension > 1 else { return }
        reduceToTridiagonal(reflecting: &r)
        let d = dimension, e = dimension + 1
        for i in 0..<dimension {
            self[d, i] = self[i, i]
            self[e, i] = i + 1 < dimension ? self[i + 1, i] : 0
        }
        for l in 0..<dimension {
            // Two or three are the rule.
            for _ in 0..<60 {
                var m = l
                while m < dimension - 1, abs(self[e, m]) > 0x1p-53 * (abs(self[d, m]) + abs(self[d, m + 1])) { m += 1 }
                if m == l { break }
                step(from: m, to: l, rotating: &r)
            }
        }
        for i in 0..<dimension { self[i, i] = self[d, i] }
    }

    /// H A H … for reflections H, until only the diagonal and its neighbours are left, and H … times `r`.
    private mutating func reduceToTridiagonal(reflecting r: inout Matrix) {
        let v = dimension, w = dimension + 1
        for k in 0..<max(0, dimension - 2) {
            for i in 0..<width { vectors[v * width + i] = vectors[k * width + i] }
            for j in 0...k { self[v, j] = 0 }
            let norm = dot(v, v, count: dimension).squareRoot()
            let head = self[v, k + 1]
            guard norm > abs(head) else { continue }
            let alpha = head > 0 ? -norm : norm
            self[v, k + 1] = head - alpha
            let tau = 2 / dot(v, v, count: dimension)
            for i in 0..<width { vectors[w * width + i] = .zero }
            for i in k + 1..<dimension { self[w, i] = tau * dot(i, v, count: dimension) }
            let half = 0.5 * tau * dot(v, w, count: dimension)
            for i in 0..<width { vectors[w * width + i] -= half * vectors[v * width + i] }
            for i in k + 1..<dimension {
                let vi = self[v, i], wi = self[w, i]
                for j in 0..<width { vectors[i * width + j] -= vi * vectors[w * width + j] + wi * vectors[v * width + j] }
            }
            self[k, k + 1] = alpha
            self[k + 1, k] = alpha
            // vᵀ R, in the other's room.
            for i in 0..<width { r.vectors[v * width + i] = .zero }
            for i in k + 1..<dimension { r.add(self[v, i], timesRow: i, toRow: v) }
            for i in k + 1..<dimension { r.add(-tau * self[v, i], timesRow: v, toRow: i) }
        }
    }

    /// One QL step with an implicit shift on rows l … m of the tridiagonal matrix whose diagonals are in the last two rows.
    private mutating func step(from m: Int, to l: Int, rotating r: inout Matrix) {
        let d = dimension, e = dimension + 1
        var g = (self[d, l + 1] - self[d, l]) / (2 * self[e, l])
        let root = (g * g + 1).squareRoot()
        g = self[d, m] - self[d, l] + self[e, l] / (g + (g < 0 ? -root : root))
        var s = 1.0, c = 1.0, p = 0.0
        for i in (l..<m).reversed() {
            let f = s * self[e, i], b = c * self[e, i]
            let length = (f * f + g * g).squareRoot()
            self[e, i + 1] = length
            if length == 0 {
                self[d, i + 1] -= p
                self[e, m] = 0
                return
            }
            s = f / length
            c = g / length
            g = self[d, i + 1] - p
            let t = (self[d, i] - g) * s + 2 * c * b
            p = s * t
            self[d, i + 1] = g + p
            g = c * t - b
            r.rotateRows(i, i + 1, c, s)
        }
        self[d, l] -= p
        self[e, l] = g
        self[e, m] = 0
    }

    private mutating func rotateRows(_ p: Int, _ r: Int, _ c: Double, _ s: Double) {
        for v in 0..<width {
            let x = vectors[p * width + v], y = vectors[r * width + v]
            vectors[p * width + v] = c * x - s * y
            vectors[r * width + v] = s * x + c * y
        }
    }
}
