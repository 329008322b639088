import Foundation
import Testing

@testable import GaussianMixtures

/// The algebra of one component's matrices.
struct MatrixTests {
    /// A random symmetric matrix whose eigenvalues spread over the given orders of magnitude.
    private func symmetric(_ dimension: Int, seed: UInt64 = 1, positive: Bool = true) -> Matrix {
        let draws = RandomKey(seed: seed).normal(dimension * dimension)
        var a = Matrix(dimension: dimension)
        for i in 0..<dimension {
            for j in 0..<dimension {
                for k in 0..<dimension where positive { a[i, j] += draws[i * dimension + k] * draws[j * dimension + k] / Double(dimension) }
                if !positive { a[i, j] = draws[min(i, j) * dimension + max(i, j)] }
            }
        }
        return a
    }

    static let dimensions = Array(1...10) + [16, 17, 31, 64]

    @Test(arguments: dimensions)
    func eigenvaluesAndVectors(dimension: Int) {
        for positive in [true, false] {
            let a = symmetric(dimension, positive: positive)
            var values = a, q = Matrix(dimension: dimension)
            values.diagonalise(eigenvectors: &q)
            let size = (0..<dimension).map { abs(values[$0, $0]) }.max()!, bound = 1e-14 * size * Double(dimension)
            for i in 0..<dimension {
                for j in 0..<dimension {
                    #expect(abs(q.dot(i, q, j, count: dimension) - (i == j ? 1 : 0)) < 1e-14 * Double(dimension))
                    let product = (0..<dimension).reduce(0) { $0 + values[$1, $1] * q[$1, i] * q[$1, j] }
                    #expect(abs(product - a[i, j]) < bound, "\(i), \(j)")
                }
            }
        }
    }

    @Test func eigenvaluesOfSpecialMatrices() {
        for (entries, expected) in [([3.0, 0, 0, 0, 1, 0, 0, 0, 2], [1.0, 2, 3]), ([2, 1, 1, 1, 2, 1, 1, 1, 2], [1, 1, 4]), ([0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0])] {
            var a = Matrix(dimension: 3), q = a
            for i in 0..<9 { a[i / 3, i % 3] = entries[i] }
            a.diagonalise(eigenvectors: &q)
            for (mine, value) in zip((0..<3).map { a[$0, $0] }.sorted(), expected) { #expect(abs(mine - value) < 1e-14) }
        }
    }

    @Test(arguments: dimensions)
    func triangles(dimension: Int) {
        let a = symmetric(dimension, seed: 2)
        var l = a, inverse = Matrix(dimension: dimension), product = inverse, room = inverse
        for i in 0..<dimension { l[i, i] += 0.1 }
        let shifted = l
        let isDefinite = l.decompose()
        #expect(isDefinite)
        inverse.setInverse(ofTriangle: l)
        product.setProduct(ofTriangles: l, inverse)
        for i in 0..<dimension {
            for j in 0..<dimension {
                #expect(abs(l.dot(i, l, j, count: dimension) - shifted[i, j]) < 1e-13 * Double(dimension))
                #expect(abs(product[i, j] - (i == j ? 1 : 0)) < 1e-11)
            }
        }
        // P A Pᵀ = I
        product.setCongruence(ofTriangle: inverse, symmetric: shifted, scratch: &room)
        for i in 0..<dimension { for j in 0..<dimension { #expect(abs(product[i, j] - (i == j ? 1 : 0)) < 1e-11) } }
        var indefinite = shifted
        indefinite[dimension - 1, dimension - 1] = -1
        let isIndefinite = !indefinite.decompose()
        #expect(isIndefinite)
    }
}
