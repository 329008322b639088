extension Matrix {
    /// Replaces the first `count` rows, A, by the lower triangle L with L Lᵀ = A Aᵀ and a diagonal that is not
    /// negative, by Householder reflections from the right (G. H. Golub and C. F. Van Loan, Matrix Computations, 5.2).
    /// The Cholesky factor of A Aᵀ would square the condition number. O(count² D), without allocation.
    ///
    /// Each row stays accurate in its own unit: with u = 2⁻⁵³, |A Aᵀ − L Lᵀ|ᵢⱼ ≤ 8 D u ‖aᵢ‖ ‖aⱼ‖, a the rows.
    mutating func triangularise(rows count: Int) {
        let reflector = dimension, exponents = dimension + 1
        for i in 0..<count {
            let largest = largestMagnitude(inRow: i)
            self[exponents, i] = largest > 0 ? Double(largest.exponent) : 0
            scaleRow(i, byPowerOfTwo: -Int(self[exponents, i]))
        }
        for i in 0..<count {
            for j in 0..<dimension { self[reflector, j] = j > i ? self[i, j] : 0 }
            // A row that ends at the diagonal is left alone to the last bit.
            if largestMagnitude(inRow: reflector) > 0 {
                self[reflector, i] = self[i, i]
                // A reflection knows no unit. The square of the vector's own may underflow, and the reciprocal of that
                // overflow.
                let exponent = largestMagnitude(inRow: reflector).exponent
                scaleRow(reflector, byPowerOfTwo: -exponent)
                let norm = dot(reflector, reflector, count: dimension).squareRoot(), pivot = self[reflector, i]
                self[reflector, i] = pivot + (pivot < 0 ? -norm : norm)
                let scale = 2 / dot(reflector, reflector, count: dimension)
                for j in i..<count { add(-scale * dot(j, reflector, count: dimension), timesRow: reflector, toRow: j) }
                self[i, i] = Double(sign: pivot < 0 ? .plus : .minus, exponent: exponent, significand: norm)
            }
            for j in i + 1..<max(i + 1, dimension) { self[i, j] = 0 }
            if self[i, i] < 0 {
                for j in i..<count { self[j, i] = -self[j, i] }
            }
        }
        for i in 0..<count { scaleRow(i, byPowerOfTwo: Int(self[exponents, i])) }
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
