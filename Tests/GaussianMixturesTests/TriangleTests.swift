import CKernels
import Testing

@testable import GaussianMixtures

/// The algebra of triangles in C: every kernel gives the bits of the plain loops, whatever its tiles and panels.
struct TriangleTests {
    /// Rows of plain numbers.
    private struct Plain {
        let n: Int
        var entries: [Double]

        init(_ n: Int) {
            self.n = n
            entries = Array(repeating: 0, count: n * n)
        }

        subscript(i: Int, j: Int) -> Double {
            get { entries[i * n + j] }
            set { entries[i * n + j] = newValue }
        }

        /// As C has it, with rubbish above the diagonal if wanted.
        func laidOut(_ pitch: Int, rubbishAbove: Bool = false) -> [Double] {
            var result = [Double](repeating: 0, count: n * pitch)
            for i in 0..<n {
                for j in 0..<n { result[i * pitch + j] = rubbishAbove && j > i ? .nan : self[i, j] }
            }
            return result
        }
    }

    private static func draw(_ n: Int, _ seed: UInt64, _ entry: (Int, Int, Double) -> Double) -> Plain {
        let draws = RandomKey(seed: seed).normal(n * n)
        var matrix = Plain(n)
        for i in 0..<n {
            for j in 0..<n { matrix[i, j] = entry(i, j, draws[i * n + j]) }
        }
        return matrix
    }

    private static func lower(_ n: Int) -> Plain {
        draw(n, 1) { i, j, x in j > i ? 0 : j < i ? x : 1.5 + abs(x) }
    }

    private static func positive(_ n: Int) -> Plain {
        var matrix = draw(n, 2) { i, j, x in i == j ? 2 : 0.3 * x / Double(n).squareRoot() }
        for i in 0..<n {
            for j in 0..<i { matrix[j, i] = matrix[i, j] }
        }
        return matrix
    }

    /// Σ a b in the order of terms, each product rounded.
    private static func sum(_ range: Range<Int>, from start: Double = 0, _ term: (Int) -> (Double, Double)) -> Double {
        var sum = start
        for k in range {
            let (a, b) = term(k)
            let product = a * b
            sum += product
        }
        return sum
    }

    private static let sizes = Array(1...20) + [31, 32, 33, 40, 47, 63, 64, 65, 100]

    private static func pitches(_ n: Int) -> [Int] { [(n + 7) / 8 * 8, (n + 7) / 8 * 8 + 8] }

    private static let kernels = (0..<gmm_kernel_count()).filter(gmm_kernel_available)

    /// Runs C on a matrix of every size and pitch, by every kernel.
    private static func compare(
        _ name: String, _ expected: (Int) -> Plain,
        _ run: (_ kernel: Int, _ n: Int, _ pitch: Int) -> [Double]
    ) {
        for n in sizes {
            let expected = expected(n)
            for pitch in pitches(n) {
                for kernel in kernels {
                    let found = run(kernel, n, pitch), wanted = expected.laidOut(pitch)
                    let differs = found.indices.first { found[$0] != wanted[$0] }
                    #expect(
                        differs == nil,
                        "\(name), \(n) rows \(pitch) apart, kernel \(kernel): entry \(differs.map { ($0 / pitch, $0 % pitch) }!)"
                    )
                }
            }
        }
    }

    @Test func choleskyFactor() {
        Self.compare("Cholesky") { n in
            let a = Self.positive(n)
            var l = Plain(n)
            for i in 0..<n {
                for j in 0...i {
                    var entry = a[i, j]
                    for k in 0..<j {
                        let product = l[i, k] * l[j, k]
                        entry -= product
                    }
                    l[i, j] = i == j ? entry.squareRoot() : entry / l[j, j]
                }
            }
            return l
        } _: { kernel, n, pitch in
            var a = Self.positive(n).laidOut(pitch, rubbishAbove: true)
            let isDefinite = gmm_decompose(kernel, n, pitch, &a)
            #expect(isDefinite)
            return a
        }
    }

    @Test(arguments: [1, 5, 32, 33, 70])
    func notPositiveDefinite(n: Int) {
        for kernel in Self.kernels {
            for row in Set([0, n / 2, n - 1]) {
                for wrong in [-1, 0, Double.nan] {
                    var matrix = Self.positive(n)
                    matrix[row, row] = wrong
                    var a = matrix.laidOut((n + 7) / 8 * 8)
                    let isDefinite = gmm_decompose(kernel, n, (n + 7) / 8 * 8, &a)
                    #expect(!isDefinite, "\(wrong) in row \(row) of \(n)")
                }
            }
        }
    }

    @Test func inverse() {
        Self.compare("inverse") { n in
            let l = Self.lower(n)
            var x = Plain(n)
            for i in 0..<n {
                let unit = 1 / l[i, i].binade
                for k in 0..<i {
                    let factor = l[i, k] * unit
                    for j in 0...k {
                        let product = factor * x[k, j]
                        x[i, j] -= product
                    }
                }
                x[i, i] += unit
                for j in 0...i { x[i, j] /= l[i, i] * unit }
            }
            return x
        } _: { kernel, n, pitch in
            var l = Self.lower(n).laidOut(pitch)
            gmm_invert_triangle(kernel, n, pitch, &l)
            return l
        }
    }

    @Test func products() {
        Self.compare("product of triangles") { n in
            let a = Self.lower(n), b = Self.lower(n)
            var c = Plain(n)
            for i in 0..<n {
                for j in 0...i { c[i, j] = Self.sum(j..<i + 1) { (a[i, $0], b[$0, j]) } }
            }
            return c
        } _: { kernel, n, pitch in
            var c = [Double](repeating: .nan, count: n * pitch)
            let a = Self.lower(n).laidOut(pitch)
            gmm_multiply_triangles(kernel, n, pitch, a, a, &c)
            return c
        }
        Self.compare("product with a transposed triangle") { n in
            let a = Self.lower(n), b = Self.positive(n)
            var c = Plain(n)
            for i in 0..<n {
                for j in 0...i { c[i, j] = Self.sum(i..<n) { (a[$0, i], b[$0, j]) } }
            }
            return c
        } _: { kernel, n, pitch in
            var c = [Double](repeating: .nan, count: n * pitch)
            gmm_multiply_transposed(
                kernel, n, pitch, Self.lower(n).laidOut(pitch), Self.positive(n).laidOut(pitch), &c)
            return c
        }
    }

    @Test func congruence() {
        Self.compare("congruence") { n in
            let a = Self.lower(n), s = Self.positive(n)
            var t = Plain(n), c = Plain(n)
            for i in 0..<n {
                for j in 0..<n { t[i, j] = Self.sum(0..<i + 1) { (a[i, $0], s[$0, j]) } }
            }
            for i in 0..<n {
                for j in 0...i {
                    c[i, j] = Self.sum(0..<i + 1) { (a[i, $0], t[j, $0]) }
                    c[j, i] = c[i, j]
                }
            }
            return c
        } _: { kernel, n, pitch in
            var c = [Double](repeating: .nan, count: n * pitch), scratch = c
            gmm_congruence(
                kernel, n, pitch, Self.lower(n).laidOut(pitch), Self.positive(n).laidOut(pitch), &scratch, &c)
            return c
        }
    }
}
