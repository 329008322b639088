import CKernels
import RealModule

/// A square matrix whose rows are SIMD vectors, for the D × D algebra of one component: everything runs along rows.
/// What takes O(D³) and is called in every step runs in C, with the same bits on every processor.
///
/// Lanes beyond D are zero. Triangles are lower ones with zeros above the diagonal.
struct Matrix: Sendable {
    let dimension: Int
    private let width: Int
    /// D rows, and two for the algebra to work in.
    private var vectors: [SIMD8<Double>]

    init(dimension: Int) {
        self.dimension = dimension
        let width = (dimension + 7) / 8
        // Rows that lie a power of two apart share few sets of the first-level cache.
        self.width = width < 8 ? width : width | 1
        vectors = Array(repeating: .zero, count: (dimension + 2) * self.width)
    }

    /// Every kernel gives the same bits.
    private static let fastest = Kernel.available[0].index!

    private var pitch: Int { 8 * width }

    private func withEntries(_ body: (UnsafePointer<Double>) -> Void) {
        vectors.withUnsafeBytes { body($0.assumingMemoryBound(to: Double.self).baseAddress!) }
    }

    /// Gives `body` the entries, the dimension and the pitch of rows.
    private mutating func withMutableEntries<Result>(
        _ body: (UnsafeMutablePointer<Double>, Int, Int) -> Result
    ) -> Result {
        let dimension = dimension, pitch = pitch
        return vectors.withUnsafeMutableBytes {
            body($0.assumingMemoryBound(to: Double.self).baseAddress!, dimension, pitch)
        }
    }

    subscript(i: Int, j: Int) -> Double {
        get { vectors[i * width + j >> 3][j & 7] }
        set { vectors[i * width + j >> 3][j & 7] = newValue }
    }

    mutating func clear() {
        for i in vectors.indices { vectors[i] = .zero }
    }

    /// Takes over the entries of a matrix of the same size. Assignment would share their storage, and the next change
    /// would copy it.
    mutating func copyValues(of other: borrowing Matrix) {
        for i in vectors.indices { vectors[i] = other.vectors[i] }
    }

    mutating func setIdentity() {
        clear()
        for d in 0..<dimension { self[d, d] = 1 }
    }

    mutating func add(_ other: borrowing Matrix) {
        for i in vectors.indices { vectors[i] += other.vectors[i] }
    }

    mutating func scaleRow(_ i: Int, by factor: Double) {
        for v in 0..<width { vectors[i * width + v] *= factor }
    }

    mutating func scale(by factor: Double) {
        for i in vectors.indices { vectors[i] *= factor }
    }

    /// Multiplies row i by 2ⁿ, in two halves, as 2ⁿ itself need not be a number of float64.
    mutating func scaleRow(_ i: Int, byPowerOfTwo n: Int) {
        let half = Double(sign: .plus, exponent: n / 2, significand: 1),
            rest = Double(sign: .plus, exponent: n - n / 2, significand: 1)
        for v in 0..<width { vectors[i * width + v] = vectors[i * width + v] * half * rest }
    }

    /// The largest magnitude in row i; NaN if an entry is not finite.
    func largestMagnitude(inRow i: Int) -> Double {
        var largest = SIMD8<Double>.zero, probe = SIMD8<Double>.zero
        for v in 0..<width {
            let x = vectors[i * width + v]
            probe += 0 * x
            largest.replace(with: x, where: x .> largest)
            largest.replace(with: -x, where: -x .> largest)
        }
        return probe.sum() == 0 ? largest.max() : .nan
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

    /// Adds `factor` times row j of another matrix to row i, over the first `count` columns, rounded up to whole
    /// vectors.
    mutating func add(_ factor: Double, timesRow j: Int, of other: borrowing Matrix, toRow i: Int, count: Int) {
        for v in 0..<(count + 7) / 8 { vectors[i * width + v] += factor * other.vectors[j * width + v] }
    }

    /// The same with a row of its own. (Given as `other`, the matrix would be copied first.)
    mutating func add(_ factor: Double, timesRow j: Int, toRow i: Int) {
        for v in 0..<width { vectors[i * width + v] += factor * vectors[j * width + v] }
    }

    // MARK: Packed lower triangles, row after row

    mutating func loadTriangle(_ packed: borrowing ComponentVector, at start: Int) {
        packed.vectors.withUnsafeBytes {
            let packed = $0.assumingMemoryBound(to: Double.self).baseAddress! + start
            loadTriangle(packed)
        }
    }

    mutating func loadTriangle(_ packed: UnsafePointer<Double>) {
        withMutableEntries { entries, dimension, pitch in
            for i in 0..<dimension {
                let row = entries + i * pitch
                row.update(from: packed + triangle(i), count: i + 1)
                (row + i + 1).update(repeating: 0, count: pitch - i - 1)
            }
        }
    }

    func storeTriangle(into packed: inout ComponentVector, at start: Int) {
        packed.vectors.withUnsafeMutableBytes {
            let packed = $0.assumingMemoryBound(to: Double.self).baseAddress! + start
            storeTriangle(into: packed)
        }
    }

    func storeTriangle(into packed: UnsafeMutablePointer<Double>) {
        withEntries {
            for i in 0..<dimension { (packed + triangle(i)).update(from: $0 + i * pitch, count: i + 1) }
        }
    }

    /// L of log-Cholesky parameters, which begin at `start`.
    mutating func loadFactor(_ parameters: borrowing ComponentVector, at start: Int) {
        loadTriangle(parameters, at: start)
        for d in 0..<dimension { self[d, d] = .exp(self[d, d]) }
    }

    mutating func loadFactor(_ parameters: UnsafePointer<Double>) {
        loadTriangle(parameters)
        for d in 0..<dimension { self[d, d] = .exp(self[d, d]) }
    }

    /// Stores L as log-Cholesky parameters.
    func storeFactor(into parameters: UnsafeMutablePointer<Double>) {
        storeTriangle(into: parameters)
        for d in 0..<dimension { parameters[triangle(d) + d] = .log(self[d, d]) }
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

    /// Adds a multiple of v vᵀ to the lower triangle.
    mutating func addTriangle(ofSquare v: UnsafePointer<Double>, times factor: Double) {
        withMutableEntries { entries, dimension, pitch in
            for a in 0..<dimension {
                let scaled = factor * v[a], row = entries + a * pitch
                for e in 0...a { row[e] += scaled * v[e] }
            }
        }
    }

    /// Σ (aᵢⱼ sⱼ)²
    func squaredNorm(columnsTimes scales: borrowing ComponentVector) -> Double {
        var sum = SIMD8<Double>.zero
        for i in 0..<dimension {
            for v in scales.vectors.indices {
                let entries = vectors[i * width + v] * scales.vectors[v]
                sum += entries * entries
            }
        }
        return sum.sum()
    }

    /// Copies the lower triangle to the upper one.
    mutating func symmetrise() {
        for i in 0..<dimension {
            for j in 0..<i { self[j, i] = self[i, j] }
        }
    }

    // MARK: Triangular algebra, O(D³)

    /// Replaces a symmetric matrix, of which the lower triangle is read, by L with A = L Lᵀ. False, with rubbish left,
    /// if A is not positive definite, or not finite. O(D³)
    ///
    /// With u = 2⁻⁵³, |A − L Lᵀ|ᵢⱼ ≤ (D + 3) u √(aᵢᵢ aⱼⱼ) for every entry, however different the units of rows are (J.
    /// W. Demmel, On floating point errors in Cholesky, LAPACK Working Note 14, 1989). A matrix is surely told from a
    /// singular one if, scaled to a unit diagonal, its least eigenvalue is above D (D + 3) u; nearer than that to
    /// singular, either answer may come.
    mutating func decompose() -> Bool {
        let unit = dimension
        var least = Double.infinity
        for i in 0..<dimension {
            guard self[i, i] > 0, self[i, i].isFinite else { return false }
            least = min(least, self[i, i])
        }
        // Below this, digits of products would underflow. Powers of two that bring the diagonal to 1 … 4 change no
        // digit.
        let isScaled = least < 0x1p-900
        if isScaled {
            for i in 0..<dimension {
                self[unit, i] = Double(sign: .plus, exponent: -(self[i, i].exponent >> 1), significand: 1)
                for j in 0...i { self[i, j] = self[i, j] * self[unit, i] * self[unit, j] }
            }
        }
        let isDefinite = withMutableEntries { gmm_decompose(Self.fastest, $1, $2, $0) }
        guard isDefinite else { return false }
        for i in 0..<dimension where isScaled { scaleRow(i, by: 1 / self[unit, i]) }
        return true
    }

    /// Becomes the inverse of a triangle, whose diagonal must have reciprocals in float64. O(D³)
    ///
    /// With u = 2⁻⁵³, |L L⁻¹ − I|ᵢⱼ ≤ (D + 2) u (|L| |L⁻¹|)ᵢⱼ for every entry, however different the units of rows are
    /// (N. J. Higham, Accuracy and Stability of Numerical Algorithms, 14.2).
    mutating func setInverse(ofTriangle l: borrowing Matrix) {
        copyValues(of: l)
        withMutableEntries { gmm_invert_triangle(Self.fastest, $1, $2, $0) }
    }

    /// Becomes the product of two triangles. O(D³)
    mutating func setProduct(ofTriangles a: borrowing Matrix, _ b: borrowing Matrix) {
        withMutableEntries { result, dimension, pitch in
            a.withEntries { a in
                b.withEntries { gmm_multiply_triangles(Self.fastest, dimension, pitch, a, $0, result) }
            }
        }
    }

    /// Becomes the lower triangle of Aᵀ B of a triangle A. O(D³)
    mutating func setProduct(ofTransposedTriangle a: borrowing Matrix, _ b: borrowing Matrix) {
        withMutableEntries { result, dimension, pitch in
            a.withEntries { a in
                b.withEntries { gmm_multiply_transposed(Self.fastest, dimension, pitch, a, $0, result) }
            }
        }
    }

    /// Becomes A S Aᵀ of a triangle A and a symmetric matrix S, both triangles; `scratch` is overwritten. O(D³)
    mutating func setCongruence(ofTriangle a: borrowing Matrix, symmetric s: borrowing Matrix, scratch: inout Matrix) {
        withMutableEntries { result, dimension, pitch in
            scratch.withMutableEntries { scratch, _, _ in
                a.withEntries { a in
                    s.withEntries { gmm_congruence(Self.fastest, dimension, pitch, a, $0, scratch, result) }
                }
            }
        }
    }

    // MARK: Eigenvalues

    /// Leaves the eigenvalues of a symmetric matrix on its diagonal, and puts the eigenvectors into the rows of the
    /// other: by Householder reflections to a tridiagonal matrix, and of that by QL with implicit shifts (G. H. Golub
    /// and C. F. Van Loan, Matrix Computations, 8.3). O(D³)
    ///
    /// With u = 2⁻⁵³ and eigenvectors V, ‖A V − V Λ‖ ≤ 16 D u ‖A‖ and ‖V Vᵀ − I‖ ≤ 16 D u in the Frobenius norm, so
    /// eigenvalues are right to some roundings of the largest. The D stands for D reflections and two or three sweeps
    /// of rotations for an eigenvalue, each an orthogonal transformation that errs by some u (N. J. Higham, Accuracy
    /// and Stability of Numerical Algorithms, 19.3 and 19.6); of 10⁶ random, graded and singular matrices none came
    /// above half the bounds. Entries of any size may stand side by side. An eigenvalue below the least normal number
    /// is rounded to a subnormal one.
    ///
    /// Returns false, with rubbish left, if an entry or an eigenvalue is not a finite number. If QL did not converge in
    /// its many steps, the answer would be false too; no such matrix is known.
    ///
    /// Jacobi's method would find small eigenvalues of a graded matrix to more digits (J. W. Demmel and K. Veselić,
    /// 1992), but those who call this use no eigenvalue below 10⁻¹⁴ of the largest, and it takes 12 times as long at D
    /// = 64 and 29 times at D = 512. LAPACK would be a second system library, whose results have other bits on another
    /// processor or with other threads.
    @discardableResult
    mutating func diagonalise(eigenvectors r: inout Matrix) -> Bool {
        r.clear()
        for i in 0..<dimension { r[i, i] = 1 }
        var largest = 0.0
        for i in 0..<dimension {
            let magnitude = largestMagnitude(inRow: i)
            guard magnitude.isFinite else { return false }
            largest = max(largest, magnitude)
        }
        guard largest > 0 else { return true }
        // With a largest entry from 1 to 2 nothing overflows, and what underflows cannot be seen beside it.
        let exponent = largest.exponent
        for i in 0..<dimension { scaleRow(i, byPowerOfTwo: -exponent) }
        reduceToTridiagonal(reflecting: &r)
        guard diagonaliseTridiagonal(rotating: &r) else { return false }
        for i in 0..<dimension {
            self[i, i] = Double(sign: .plus, exponent: exponent, significand: self[dimension, i])
            guard self[i, i].isFinite else { return false }
        }
        return true
    }

    /// H A H … for reflections H, until only the diagonal and its neighbours are left, and H … times `r`.
    private mutating func reduceToTridiagonal(reflecting r: inout Matrix) {
        let v = dimension, w = dimension + 1
        for k in 0..<max(0, dimension - 2) {
            for i in 0..<width { vectors[v * width + i] = vectors[k * width + i] }
            for j in 0...k + 1 { self[v, j] = 0 }
            let tail = largestMagnitude(inRow: v), head = self[k, k + 1]
            guard tail > 0 else { continue }
            // A reflection knows no unit. The square of the vector's own may underflow, and the reciprocal of that
            // overflow.
            let exponent = max(tail, abs(head)).exponent
            self[v, k + 1] = head
            scaleRow(v, byPowerOfTwo: -exponent)
            let norm = dot(v, v, count: dimension).squareRoot(), alpha = head > 0 ? -norm : norm
            self[v, k + 1] -= alpha
            let tau = 2 / dot(v, v, count: dimension)
            for i in 0..<width { vectors[w * width + i] = .zero }
            for i in k + 1..<dimension { self[w, i] = tau * dot(i, v, count: dimension) }
            let half = 0.5 * tau * dot(v, w, count: dimension)
            for i in 0..<width { vectors[w * width + i] -= half * vectors[v * width + i] }
            for i in k + 1..<dimension {
                let vi = self[v, i], wi = self[w, i]
                for j in 0..<width {
                    vectors[i * width + j] -= vi * vectors[w * width + j] + wi * vectors[v * width + j]
                }
            }
            self[k + 1, k] = Double(sign: .plus, exponent: exponent, significand: alpha)
            // vᵀ R, in a spare row of the other.
            for i in 0..<width { r.vectors[v * width + i] = .zero }
            for i in k + 1..<dimension { r.add(self[v, i], timesRow: i, toRow: v) }
            for i in k + 1..<dimension { r.add(-tau * self[v, i], timesRow: v, toRow: i) }
        }
    }

    /// Leaves the eigenvalues of a tridiagonal matrix in row `dimension`; false if QL does not converge.
    private mutating func diagonaliseTridiagonal(rotating r: inout Matrix) -> Bool {
        let d = dimension, e = dimension + 1
        for i in 0..<dimension {
            self[d, i] = self[i, i]
            self[e, i] = i + 1 < dimension ? self[i + 1, i] : 0
        }
        // Two or three steps for an eigenvalue are the rule; this many is LAPACK's limit.
        var steps = 30 * dimension
        for l in 0..<dimension {
            while true {
                var m = l
                // Without the least, products of neighbours underflow, a rotation is lost, and the steps go round for
                // ever.
                while m < dimension - 1, abs(self[e, m]) > 0x1p-53 * (abs(self[d, m]) + abs(self[d, m + 1])) + 0x1p-500
                { m += 1 }
                if m == l { break }
                guard steps > 0 else { return false }
                steps -= 1
                step(from: m, to: l, rotating: &r)
            }
        }
        return true
    }

    /// One QL step with an implicit shift on rows l … m of the tridiagonal matrix whose diagonals are in the last two
    /// rows.
    private mutating func step(from m: Int, to l: Int, rotating r: inout Matrix) {
        let d = dimension, e = dimension + 1
        // At most 2⁵² since e was not negligible.
        var g = (self[d, l + 1] - self[d, l]) / (2 * self[e, l])
        let root = (g * g + 1).squareRoot()
        g = self[d, m] - self[d, l] + self[e, l] / (g + (g < 0 ? -root : root))
        var s = 1.0, c = 1.0, p = 0.0
        for i in (l..<m).reversed() {
            let f = s * self[e, i], b = c * self[e, i]
            let length = Self.length(f, g)
            self[e, i + 1] = length
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

    /// √(f² + g²) of numbers whose squares do not overflow; they may underflow. (`hypot` of the C library has other
    /// bits on other machines.)
    private static func length(_ f: Double, _ g: Double) -> Double {
        let square = f * f + g * g
        if square > 0x1p-900 { return square.squareRoot() }
        let x = f * 0x1p600, y = g * 0x1p600
        return (x * x + y * y).squareRoot() * 0x1p-600
    }

    private mutating func rotateRows(_ p: Int, _ r: Int, _ c: Double, _ s: Double) {
        for v in 0..<width {
            let x = vectors[p * width + v], y = vectors[r * width + v]
            vectors[p * width + v] = c * x - s * y
            vectors[r * width + v] = s * x + c * y
        }
    }
}
