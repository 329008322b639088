import Foundation
import GMMReference
import Testing

@testable import GaussianMixtures

/// The algebra of one component's matrices, on matrices of every kind, against the bounds that its docstrings state.
struct MatrixTests {
    static let dimensions = [1, 2, 3, 5, 8, 9, 16, 33, 64]
    private static let u = 0x1p-53

    /// x 2ⁿ
    private static func scaled(_ x: Double, _ n: Int) -> Double { Double(sign: .plus, exponent: n, significand: x) }

    /// Σ xₖ yₖ with an error of two roundings.
    private static func dot(_ x: some Sequence<Double>, _ y: some Sequence<Double>) -> Double {
        var sum = CompensatedSum()
        for (x, y) in zip(x, y) {
            let product = x * y
            sum += product
            sum += (-product).addingProduct(x, y)
        }
        return sum.value
    }

    private static func symmetric(_ dimension: Int, _ entry: (Int, Int) -> Double) -> Matrix {
        var a = Matrix(dimension: dimension)
        for i in 0..<dimension {
            for j in 0...i {
                a[i, j] = entry(i, j)
                a[j, i] = a[i, j]
            }
        }
        return a
    }

    // MARK: Eigenvalues

    enum Kind: String, CaseIterable, Sendable {
        case ordinary, gradedDown, gradedUp, scattered, huge, tiny, subnormal, nearlyTridiagonal, hollow, repeated,
            nearlyRepeated, zero, diagonal
        case rankOne, gradedRankOne, rareCategories

        func matrix(_ dimension: Int) -> Matrix {
            let draws = RandomKey(seed: UInt64(dimension)).normal(dimension * dimension),
                last = Double(max(1, dimension - 1))
            func draw(_ i: Int, _ j: Int) -> Double { draws[i * dimension + j] }
            // From 1 to the square root of the least normal number.
            func grade(_ i: Int) -> Double { exp2(-511 * Double(i) / last) }
            return symmetric(dimension) { i, j in
                switch self {
                case .ordinary: draw(i, j)
                case .gradedDown: draw(i, j) * grade(i) * grade(j)
                case .gradedUp: draw(i, j) * grade(dimension - 1 - i) * grade(dimension - 1 - j)
                case .scattered: draw(i, j) * exp2(-1022 * abs(draw(j, i)).truncatingRemainder(dividingBy: 1))
                case .huge: draw(i, j) * 1e300
                case .tiny: draw(i, j) * 1e-300
                case .subnormal: (8 * draw(i, j)).rounded() * .leastNonzeroMagnitude
                // Row j is the one that is reflected.
                case .nearlyTridiagonal: draw(i, j) * (i <= j + 1 ? 1 : [1e-9, 1e-80, 1e-155, 1e-158, 1e-300][j % 5])
                case .hollow: i == j + 1 ? [1, 1e-140, 1e-170, 1e-300, 0x1p-1070][j % 5] : 0
                case .repeated: (i == j ? 1 : 0) - 2 / Double(dimension)
                case .nearlyRepeated: (i == j ? 1 : 0) + 1e-14 * draw(i, j)
                case .zero: 0
                case .diagonal: i == j ? draw(i, i) : 0
                case .rankOne: draw(i, 0) * draw(j, 0)
                case .gradedRankOne: draw(i, 0) * grade(i) * draw(j, 0) * grade(j)
                // Of zeros and ones of which most occur nowhere, as a component that has let go of most data sees them.
                case .rareCategories: (i == j ? grade(i) : 0) - grade(i) * grade(j) / last
                }
            }
        }
    }

    /// ‖A V − V Λ‖ and ‖V Vᵀ − I‖ over their bounds.
    private static func eigenRatios(_ a: Matrix) -> (residual: Double, orthogonality: Double) {
        let dimension = a.dimension
        var values = a, v = Matrix(dimension: dimension), unit = a
        let hasConverged = values.diagonalise(eigenvectors: &v)
        #expect(hasConverged)
        let largest = (0..<dimension).map { a.largestMagnitude(inRow: $0) }.max()!,
            exponent = largest > 0 ? largest.exponent : 0
        for i in 0..<dimension { unit.scaleRow(i, byPowerOfTwo: -exponent) }
        var residual = 0.0, skewness = 0.0, square = 0.0
        for e in 0..<dimension {
            let value = scaled(values[e, e], -exponent)
            for i in 0..<dimension {
                let difference = v.dot(e, unit, i, count: dimension) - value * v[e, i],
                    inner = v.dot(e, v, i, count: dimension) - (i == e ? 1 : 0)
                residual += difference * difference
                skewness += inner * inner
                square += unit[e, i] * unit[e, i]
            }
        }
        let bound = 16 * Double(dimension) * u, least = Double(dimension).squareRoot() * scaled(1, -1075 - exponent)
        let allowed = bound * square.squareRoot() + least
        return (residual == 0 ? 0 : residual.squareRoot() / allowed, skewness.squareRoot() / bound)
    }

    @Test(arguments: Kind.allCases)
    func eigenvaluesAndVectors(kind: Kind) {
        var worst = 0.0
        for dimension in Self.dimensions {
            let (residual, orthogonality) = Self.eigenRatios(kind.matrix(dimension))
            #expect(
                residual <= 1 && orthogonality <= 1,
                "\(kind) in \(dimension) dimensions: \(residual), \(orthogonality) of the bound")
            worst = max(worst, residual, orthogonality)
        }
        print("eigenvalues, \(kind): at most \(String(format: "%.3f", worst)) of the bound")
    }

    #if DEBUG
    static let areLargeSlow = true
    #else
    static let areLargeSlow = false
    #endif

    @Test(
        .disabled(if: areLargeSlow, "minutes without optimisation"), arguments: [128, 512],
        [Kind.ordinary, .gradedDown, .gradedUp, .scattered])
    func largeEigenvaluesAndVectors(dimension: Int, kind: Kind) {
        let (residual, orthogonality) = Self.eigenRatios(kind.matrix(dimension))
        #expect(residual <= 1 && orthogonality <= 1, "\(residual), \(orthogonality) of the bound")
    }

    @Test func eigenvaluesOfSpecialMatrices() {
        let cases: [(entries: [Double], eigenvalues: [Double])] = [
            ([3, 0, 0, 0, 1, 0, 0, 0, 2], [1.0, 2, 3]), ([2, 1, 1, 1, 2, 1, 1, 1, 2], [1, 1, 4]),
            ([0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0]),
            // A row that is all but tridiagonal: the eigenvalues are 1 and 1 ± 2⁻²⁷.
            ([1, 0x1p-27, 0, 0x1p-27, 1, 0, 0, 0, 1], [1 - 0x1p-27, 1, 1 + 0x1p-27]),
            ([1, 0, 0x1p-27, 0, 1, 0, 0x1p-27, 0, 1], [1 - 0x1p-27, 1, 1 + 0x1p-27]),
            ([0, 0x1p-600, 0, 0x1p-600, 0, 0, 0, 0, 1], [-0x1p-600, 0x1p-600, 1]),
        ]
        for (entries, expected) in cases {
            for exponent in [0, -1000, 1000] {
                var a = Matrix(dimension: 3), q = a
                for i in 0..<9 { a[i / 3, i % 3] = Self.scaled(entries[i], exponent) }
                a.diagonalise(eigenvectors: &q)
                for (mine, value) in zip((0..<3).map { a[$0, $0] }.sorted(), expected) {
                    #expect(
                        abs(Self.scaled(mine, -exponent) - value) <= 24 * Self.u * expected[2],
                        "\(mine) for \(value), times 2^\(exponent)")
                }
            }
        }
    }

    @Test(arguments: dimensions)
    func whatHasNoEigenvaluesIsSaid(dimension: Int) {
        for entry in [Double.nan, .infinity, -.infinity] {
            for (i, j) in [(0, 0), (dimension - 1, 0), (dimension - 1, dimension - 1)] {
                var a = Kind.ordinary.matrix(dimension), q = a
                a[i, j] = entry
                a[j, i] = entry
                let hasConverged = a.diagonalise(eigenvectors: &q)
                #expect(!hasConverged)
            }
        }
        var largest = Self.symmetric(dimension) { _, _ in .greatestFiniteMagnitude }, q = largest
        let isRepresentable = largest.diagonalise(eigenvectors: &q)
        #expect(isRepresentable == (dimension == 1))
    }

    // MARK: Triangles

    /// Powers of two as units of the rows of a positive definite matrix.
    enum Grading: String, CaseIterable, Sendable {
        case none, down, up, random, least, largest

        func exponents(_ dimension: Int) -> [Int] {
            let draws = RandomKey(seed: 5).uniform(dimension)
            return (0..<dimension).map { i in
                let place = Double(i) / Double(max(1, dimension - 1))
                switch self {
                case .none: return 0
                case .down: return 505 - Int(1010 * place)
                case .up: return -505 + Int(1010 * place)
                case .random: return -505 + Int(1010 * draws[i])
                case .least: return -532
                case .largest: return 505
                }
            }
        }

        /// A random matrix whose diagonal outweighs its rows, of small whole numbers, so that it is positive definite
        /// in subnormal numbers too.
        func matrix(_ dimension: Int, seed: UInt64 = 2) -> Matrix {
            let draws = RandomKey(seed: seed).uniform(dimension * dimension), exponents = exponents(dimension)
            return symmetric(dimension) { i, j in
                scaled(
                    i == j ? Double(dimension) : (3 * draws[i * dimension + j]).rounded(.down) - 1,
                    exponents[i] + exponents[j])
            }
        }
    }

    @Test(arguments: Grading.allCases)
    func triangles(grading: Grading) {
        var worst = (factor: 0.0, inverse: 0.0, congruence: 0.0)
        for dimension in Self.dimensions {
            let a = grading.matrix(dimension), exponents = grading.exponents(dimension), n = Double(dimension),
                all = 0..<dimension
            var l = a, p = Matrix(dimension: dimension), identity = p, room = p
            let isDefinite = l.decompose()
            #expect(isDefinite)
            p.setInverse(ofTriangle: l)
            identity.setCongruence(ofTriangle: p, symmetric: a, scratch: &room)
            // All in the rows' units.
            let s = all.map { i in all.map { Self.scaled(a[i, $0], -exponents[i] - exponents[$0]) } }
            let factor = all.map { i in all.map { Self.scaled(l[i, $0], -exponents[i]) } }
            let inverse = all.map { i in all.map { Self.scaled(p[i, $0], exponents[$0]) } },
                inverseColumns = all.map { j in inverse.map { $0[j] } }
            let half = all.map { i in all.map { Self.dot(inverse[i], s[$0]) } }
            let sizes = all.map { i in all.map { Self.dot(inverse[i].map(abs), s[$0].map(abs)) } }
            for i in all {
                for j in all {
                    let difference = abs(Self.dot(factor[i] + [s[i][j]], factor[j] + [-1]))
                    worst.factor = max(worst.factor, difference / ((n + 3) * Self.u * (s[i][i] * s[j][j]).squareRoot()))
                    let residual = abs(Self.dot(factor[i] + [i == j ? 1 : 0], inverseColumns[j] + [-1]))
                    if residual > 0 {
                        let size = Self.dot(factor[i].map(abs), inverseColumns[j].map(abs))
                        worst.inverse = max(worst.inverse, residual / ((n + 2) * Self.u * size))
                    }
                    // A sum of D products, and one of D of those; the reference rounds once between.
                    let error = abs(identity[i, j] - Self.dot(half[i], inverse[j])),
                        size = Self.dot(sizes[i], inverse[j].map(abs))
                    worst.congruence = max(worst.congruence, error / ((2 * n + 2) * Self.u * size))
                }
            }
        }
        #expect(worst.factor <= 1 && worst.inverse <= 1 && worst.congruence <= 1)
        print(
            "triangles, \(grading): at most",
            [worst.factor, worst.inverse, worst.congruence].map { String(format: "%.3f", $0) }, "of the bounds")
    }

    /// Never true, and never a trap.
    @Test(arguments: dimensions, Grading.allCases)
    func whatIsNotDefiniteIsSaid(dimension: Int, grading: Grading) {
        let definite = grading.matrix(dimension), last = dimension - 1, exponents = grading.exponents(dimension)
        func isRefused(_ change: (inout Matrix) -> Void) -> Bool {
            var a = definite
            change(&a)
            return !a.decompose()
        }
        for i in Set([0, dimension / 2, last]) {
            for entry in [0, -definite[i, i], -Double.leastNonzeroMagnitude, .nan, .infinity, -.infinity] {
                #expect(isRefused { $0[i, i] = entry }, "\(entry) at \(i)")
            }
        }
        if dimension > 1 {
            let geometric = Self.scaled(Double(dimension), exponents[last] + exponents[0])
            for entry in [Double.infinity, .nan, geometric * 1.5, -geometric * 1.5, .greatestFiniteMagnitude] {
                #expect(isRefused { $0[last, 0] = entry }, "\(entry)")
            }
            // Singular, without a rounding on the way.
            #expect(
                isRefused { $0 = Self.symmetric(dimension) { i, j in Self.scaled(1, exponents[i] + exponents[j]) } })
        }
        #expect(isRefused { $0.clear() })
    }

    // MARK: Householder triangles

    @Test(arguments: dimensions)
    func triangularisation(dimension: Int) {
        let draws = RandomKey(seed: 3).normal(dimension * dimension), count = max(1, dimension * 2 / 3)
        // Entries from the diagonal on that are as nothing beside those before them; some have squares that underflow.
        for tail in [1, 1e-9, 1e-80, 1e-155, 1e-158, 1e-300] {
            for grading in Grading.allCases {
                let exponents = grading.exponents(dimension)
                var l = Matrix(dimension: dimension)
                for i in 0..<count {
                    for j in 0..<dimension { l[i, j] = draws[i * dimension + j] * (j < max(i, 1) ? 1 : tail) }
                    l.scaleRow(i, byPowerOfTwo: exponents[i])
                }
                // In each row's unit.
                func rows() -> [[Double]] {
                    (0..<count).map { i in (0..<dimension).map { Self.scaled(l[i, $0], -exponents[i]) } }
                }
                let a = rows()
                l.triangularise(rows: count)
                let triangle = rows()
                for i in 0..<count {
                    #expect(triangle[i][i] >= 0 && triangle[i][(i + 1)...].allSatisfy { $0 == 0 })
                    for j in 0...i {
                        let size = (Self.dot(a[i], a[i]) * Self.dot(a[j], a[j])).squareRoot(),
                            bound = 8 * Double(dimension) * Self.u * size
                        let error = abs(Self.dot(a[i] + triangle[i], a[j] + triangle[j].map { -$0 }))
                        #expect(
                            error <= bound,
                            "\(error / bound) of the bound, rows \(i) and \(j), tail \(tail), \(grading)")
                    }
                }
            }
        }
    }
}
