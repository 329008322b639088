/// The sums of one component, or of all that share a factor, while a gradient or an EM step is made of them; and room
/// for D × D algebra.
struct ComponentScratch {
    /// What the mean is divided by, and what the scale is divided by.
    var meanMass = 0.0, scaleMass = 0.0
    /// f [D]
    var first: [Double]
    /// S of triangular shapes, its lower triangle; of others its diagonal, or its trace alone.
    var second: Matrix
    var diagonal: [Double]
    /// P (m − μ) for the prior's mean m [D]
    private(set) var priorResidual: [Double]
    private let shape: MixtureShape
    private var offset: [Double]
    var triangle, inverse, product: Matrix
    var room: Matrix

    init(_ shape: MixtureShape) {
        self.shape = shape
        let zeros = [Double](repeating: 0, count: shape.dimension)
        (first, priorResidual, offset) = (zeros, zeros, zeros)
        diagonal = shape.isScalar ? [0] : zeros
        second = Matrix(dimension: shape.isTriangular ? shape.dimension : 0)
        (triangle, inverse, product, room) = (second, second, second, second)
    }

    // MARK: Moments

    mutating func takeFirstMoment(_ statistics: borrowing Statistics, _ k: Int, _ multiplicity: Double) {
        let start = statistics.firstStart(k)
        for d in 0..<shape.dimension { first[d] = statistics.sums[start + d] * multiplicity }
    }

    mutating func takeSecondMoment(_ statistics: borrowing Statistics, _ k: Int, _ multiplicity: Double) {
        let start = statistics.secondStart(k)
        if shape.isTriangular {
            var index = start
            for a in 0..<shape.dimension {
                for e in 0...a {
                    second[a, e] = statistics.sums[index] * multiplicity
                    index += 1
                }
            }
        } else {
            for i in diagonal.indices { diagonal[i] = statistics.sums[start + i] * multiplicity }
        }
    }

    // MARK: Priors

    mutating func takePriorResidual(_ prior: CovariancePrior, _ kernel: borrowing KernelParameters, _ k: Int) {
        Self.whiten(prior.mean, kernel, k, into: &priorResidual)
    }

    /// Adds κ y yᵀ.
    mutating func addPriorResidual(_ shrinkage: Double) {
        addOuterProduct(shrinkage, priorResidual)
    }

    /// Adds P Λ Pᵀ.
    mutating func addPriorScale(_ prior: CovariancePrior, _ kernel: borrowing KernelParameters, _ factor: Int) {
        let start = factor * shape.factorLength
        guard shape.isTriangular else {
            for i in diagonal.indices {
                diagonal[i] += prior.scale[i] * kernel.factors[start + i] * kernel.factors[start + i]
            }
            return
        }
        takePriorScale(prior, kernel, factor)
        for a in 0..<shape.dimension { second.add(1, timesRow: a, of: triangle, toRow: a, count: shape.dimension) }
    }

    mutating func traceOfPriorScale(
        _ prior: CovariancePrior, _ kernel: borrowing KernelParameters, _ factor: Int
    ) -> Double {
        guard shape.isTriangular else {
            let start = factor * shape.factorLength
            return diagonal.indices.reduce(0) {
                $0 + prior.scale[$1] * kernel.factors[start + $1] * kernel.factors[start + $1]
            }
        }
        takePriorScale(prior, kernel, factor)
        return (0..<shape.dimension).reduce(0) { $0 + triangle[$1, $1] }
    }

    /// Makes ``triangle`` P Λ Pᵀ.
    private mutating func takePriorScale(_ prior: CovariancePrior, _ kernel: borrowing KernelParameters, _ factor: Int)
    {
        inverse.loadTriangle(kernel.factors, at: factor * shape.factorLength)
        product.loadSymmetric(prior.scale)
        triangle.setCongruence(ofTriangle: inverse, symmetric: product, scratch: &room)
    }

    // MARK: Algebra

    /// Adds `factor` times v vᵀ to the second moment.
    mutating func addOuterProduct(_ factor: Double, _ v: [Double]) {
        if shape.isTriangular {
            for a in 0..<shape.dimension {
                let scaled = factor * v[a]
                for e in 0..<shape.dimension { second[a, e] += scaled * v[e] }
            }
        } else {
            for d in 0..<shape.dimension { diagonal[shape.diagonalIndex(d)] += factor * v[d] * v[d] }
        }
    }

    /// P (x − μₖ)
    private static func whiten(
        _ x: [Double], _ kernel: borrowing KernelParameters, _ k: Int, into result: inout [Double]
    ) {
        let shape = kernel.shape
        let dimension = shape.dimension, start = shape.factorStart(k), mean = k * dimension
        for a in 0..<dimension {
            var y = 0.0
            if shape.isTriangular {
                let row = start + a * (a + 1) / 2
                for e in 0...a { y += kernel.factors[row + e] * (x[e] - kernel.means[mean + e]) }
            } else {
                y = kernel.factors[start + shape.diagonalIndex(a)] * (x[a] - kernel.means[mean + a])
            }
            result[a] = y
        }
    }

    /// Stores −Pᵀ f.
    mutating func storePulledBackFirstMoment(
        into gradient: inout ComponentVector, at index: Int, _ kernel: borrowing KernelParameters, _ k: Int
    ) {
        let dimension = shape.dimension, start = shape.factorStart(k)
        guard shape.isTriangular else {
            for d in 0..<dimension { gradient[index + d] = -kernel.factors[start + shape.diagonalIndex(d)] * first[d] }
            return
        }
        for d in 0..<dimension { gradient[index + d] = 0 }
        for a in 0..<dimension {
            let row = start + a * (a + 1) / 2
            for e in 0...a { gradient[index + e] -= kernel.factors[row + e] * first[a] }
        }
    }

    /// Stores −lower[Pᵀ (S − m I)], by log-Cholesky factors.
    mutating func storeTriangularGradient(
        into gradient: inout Parameters, _ kernel: borrowing KernelParameters, _ parameters: borrowing Parameters,
        _ factor: Int
    ) {
        let dimension = shape.dimension
        second.symmetrise()
        for d in 0..<dimension { second[d, d] -= scaleMass }
        inverse.loadTriangle(kernel.factors, at: factor * shape.factorLength)
        product.clear()
        for i in 0..<dimension {
            for a in i..<dimension { product.add(-inverse[a, i], timesRow: a, of: second, toRow: i, count: i + 1) }
        }
        product.storeTriangle(into: &gradient.factors, at: factor * shape.factorLength)
        for d in 0..<dimension {
            let index = factor * shape.factorLength + shape.diagonalIndex(d)
            gradient.factors[index] *= .exp(parameters.factors[index])
        }
    }

    /// Multiplies by L Lᵀ in place.
    mutating func multiplyByCovariance(
        _ v: inout ComponentVector, at index: Int, _ parameters: borrowing Parameters, _ k: Int
    ) {
        let dimension = shape.dimension, start = shape.factorStart(k)
        guard shape.isTriangular else {
            for d in 0..<dimension { v[index + d] *= .exp(2 * parameters.factors[start + shape.diagonalIndex(d)]) }
            return
        }
        func entry(_ a: Int, _ e: Int) -> Double {
            let value = parameters.factors[start + a * (a + 1) / 2 + e]
            return a == e ? .exp(value) : value
        }
        for e in 0..<dimension {
            offset[e] = 0
            for a in e..<dimension { offset[e] += entry(a, e) * v[index + a] }
        }
        for a in 0..<dimension {
            v[index + a] = 0
            for e in 0...a { v[index + a] += entry(a, e) * offset[e] }
        }
    }

    /// Takes a gradient by a log-Cholesky factor to one by the factor of a change L (I + M), divides it by m, on the
    /// diagonal by 2 m, and takes it back.
    mutating func preconditionTriangle(
        _ v: inout ComponentVector, _ parameters: borrowing Parameters, _ factor: Int, _ mass: Double
    ) {
        let dimension = shape.dimension, start = factor * shape.factorLength
        triangle.loadFactor(parameters, factor)
        second.loadTriangle(v, at: start)
        for d in 0..<dimension { second[d, d] /= triangle[d, d] }
        // lower[Lᵀ G]
        product.clear()
        for i in 0..<dimension {
            for a in i..<dimension {
                product.add(triangle[a, i] / mass, timesRow: a, of: second, toRow: i, count: i + 1)
            }
        }
        for i in 0..<dimension {
            product[i, i] *= 0.5
            for j in i + 1..<max(i + 1, dimension) { product[i, j] = 0 }
        }
        second.setProduct(ofTriangles: triangle, product)
        second.storeTriangle(into: &v, at: start)
        for d in 0..<dimension { v[start + shape.diagonalIndex(d)] /= triangle[d, d] }
    }
}
