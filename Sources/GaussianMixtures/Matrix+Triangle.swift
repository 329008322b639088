extension Matrix {
    /// Replaces the first `count` rows, A, by the lower triangle L with L Lᵀ = A Aᵀ and a diagonal that is not negative, by Householder reflections
    /// from the right (G. H. Golub and C. F. Van Loan, Matrix Computations, 5.2). The Cholesky factor of A Aᵀ would square the condition number.
    /// Each row stays accurate in its own unit. O(count² D)
    mutating func triangularise(rows count: Int) {
        let units = (0..<count).map { row in
            let largest = (0..<dimension).reduce(0) { max($0, abs(self[row, $1])) }
            return largest > 0 && largest.isFinite ? Double(sign: .plus, exponent: max(largest.exponent, -1022), significand: 1) : 1
        }
        for i in 0..<count { scaleRow(i, by: 1 / units[i]) }
        var reflector = Matrix(dimension: dimension)
        for i in 0..<count {
            let pivot = self[i, i]
            var tail = 0.0
            for j in i + 1..<max(i + 1, dimension) {
                tail += self[i, j] * self[i, j]
                reflector[0, j] = self[i, j]
            }
            // A row that ends at the diagonal is left alone to the last bit.
            if tail > 0 {
                let norm = (pivot * pivot + tail).squareRoot(), head = pivot + (pivot < 0 ? -norm : norm)
                reflector[0, i] = head
                let scale = 2 / (head * head + tail)
                for j in i..<count {
                    add(-scale * dot(j, reflector, 0, count: dimension), timesRow: 0, of: reflector, toRow: j, count: dimension)
                }
                self[i, i] = pivot < 0 ? norm : -norm
            }
            reflector[0, i] = 0
            for j in i + 1..<max(i + 1, dimension) { self[i, j] = 0 }
            if self[i, i] < 0 {
                for j in i..<count { self[j, i] = -self[j, i] }
            }
        }
        for i in 0..<count { scaleRow(i, by: units[i]) }
    }

    /// Replaces b by L⁻¹ b for a triangle L. O(D²)
    func solveTriangle(_ b: inout [Double]) {
        for i in 0..<dimension {
            for j in 0..<i { b[i] -= self[i, j] * b[j] }
            b[i] /= self[i, i]
        }
    }

    /// Replaces b by L⁻ᵀ b for a triangle L. O(D²)
    func solveTransposedTriangle(_ b: inout [Double]) {
        for i in (0..<dimension).reversed() {
            b[i] /= self[i, i]
            for j in 0..<i { b[j] -= self[i, j] * b[i] }
        }
    }
}
