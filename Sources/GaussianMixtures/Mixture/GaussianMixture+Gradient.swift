import RealModule

extension GaussianMixture {
    /// ∇ log p(x) = Σ rₖ Σₖ⁻¹ (μₖ − x), D values per unit of the data.
    ///
    /// - Parameter x: D values.
    /// - Throws: ``MixtureError/dimensionMismatch(data:mixture:)``, ``MixtureError/notFinite(row:)``, or
    ///   ``MixtureError/outOfReach(row:)`` where the log-density overflows; row 0.
    /// - Complexity: O(K D), O(K D²) with full covariances after O(K D³) for their inverse factors.
    public func logDensityGradient(_ x: [Double]) throws(MixtureError) -> [Double] {
        var point = PointDensity(self)
        try point.enter(x, row: 0)
        return point.gradient
    }

    /// ∇∇ᵀ log p(x) = Σ rₖ (gₖ − g)(gₖ − g)ᵀ − Σ rₖ Σₖ⁻¹ with gₖ = Σₖ⁻¹ (μₖ − x) and mean g, the gradient; [D][D], per
    /// squared unit of the data.
    ///
    /// - Parameter x: D values.
    /// - Throws: as ``logDensityGradient(_:)``.
    /// - Complexity: O(K D²), O(K D³) with matrices.
    public func logDensityHessian(_ x: [Double]) throws(MixtureError) -> [[Double]] {
        var point = PointDensity(self)
        try point.enter(x, row: 0)
        var precision = Matrix(dimension: dimension), descent = precision
        point.curvature(precision: &precision, descent: &descent)
        return (0..<dimension).map { i in (0..<dimension).map { -descent[i, $0] } }
    }
}

/// The log-density and its derivatives at one point after another.
struct PointDensity {
    private let kernel: KernelParameters
    /// Σₖ⁻¹ as triangles or diagonals, made when first asked for.
    private var precisions: [Matrix] = []
    private(set) var x: [Double] = []
    private(set) var logDensity = -Double.infinity
    /// rₖ [K]
    private(set) var responsibilities: [Double]
    /// ∇ log p [D]
    private(set) var gradient: [Double]
    /// gₖ = −Pₖᵀ yₖ, K rows of D values, row after row.
    private var pulls: [Double]
    private var y, offset: [Double]

    init(_ mixture: GaussianMixture) {
        kernel = KernelParameters(mixture)
        responsibilities = Array(repeating: 0, count: mixture.components)
        gradient = Array(repeating: 0, count: mixture.dimension)
        pulls = Array(repeating: 0, count: mixture.components * mixture.dimension)
        (y, offset) = (gradient, gradient)
    }

    /// A point that a caller gave.
    mutating func enter(_ x: [Double], row: Int) throws(MixtureError) {
        guard x.count == kernel.shape.dimension else {
            throw .dimensionMismatch(data: x.count, mixture: kernel.shape.dimension)
        }
        guard x.allSatisfy(\.isFinite) else { throw .notFinite(row: row) }
        move(to: x)
        guard logDensity > -.infinity, gradient.allSatisfy(\.isFinite) else { throw .outOfReach(row: row) }
    }

    /// The log-density is −∞, and the rest rubbish, where it overflows.
    mutating func move(to x: [Double]) {
        let shape = kernel.shape, dimension = shape.dimension, layout = shape.factor
        self.x = x
        var largest = -Double.infinity
        for k in 0..<shape.components {
            let start = shape.factorStart(k), mean = k * dimension
            for d in 0..<dimension {
                offset[d] = x[d] - kernel.means[mean + d]
                y[d] = 0
            }
            layout.addProduct(of: kernel.factors, at: start, with: offset, to: &y)
            let square = y.reduce(0) { $0 + $1 * $1 }
            let logJoint = kernel.logNorms[k] + kernel.commonLogNorm - 0.5 * square
            responsibilities[k] = logJoint.isNaN ? -.infinity : logJoint
            largest = max(largest, responsibilities[k])
            for d in 0..<dimension {
                pulls[mean + d] = 0
                y[d] = -y[d]
            }
            pulls.withUnsafeMutableBufferPointer {
                layout.addTransposedProduct(of: kernel.factors, at: start, with: y, to: $0.baseAddress! + mean)
            }
        }
        logDensity = largest
        guard largest > -.infinity else { return }
        var total = 0.0
        for k in responsibilities.indices {
            responsibilities[k] = .exp(responsibilities[k] - largest)
            total += responsibilities[k]
        }
        logDensity += .log(total)
        for i in 0..<dimension { gradient[i] = 0 }
        for k in responsibilities.indices {
            responsibilities[k] /= total
            guard responsibilities[k] > 0 else { continue }
            for i in 0..<dimension { gradient[i] += responsibilities[k] * pulls[k * dimension + i] }
        }
    }

    /// Where the point is: M = Σ rₖ Σₖ⁻¹, and minus the Hessian, M − Σ rₖ (gₖ − g)(gₖ − g)ᵀ.
    mutating func curvature(precision: inout Matrix, descent: inout Matrix) {
        let shape = kernel.shape, dimension = shape.dimension
        if precisions.isEmpty, shape.factor.isTriangle {
            precisions = (0..<shape.factorCount).map(Self.precision(kernel))
        }
        precision.clear()
        for k in 0..<shape.components where responsibilities[k] > 0 {
            for i in 0..<dimension {
                if shape.factor.isTriangle {
                    precision.add(
                        responsibilities[k], timesRow: i, of: precisions[shape.factorIndex(k)], toRow: i,
                        count: dimension)
                } else {
                    let p = kernel.factors[shape.factorStart(k) + shape.factor.diagonalIndex(i)]
                    precision[i, i] += responsibilities[k] * p * p
                }
            }
        }
        descent.copyValues(of: precision)
        for k in 0..<shape.components where responsibilities[k] > 0 {
            for i in 0..<dimension {
                let pull = responsibilities[k] * (pulls[k * dimension + i] - gradient[i])
                for j in 0...i { descent[i, j] -= pull * (pulls[k * dimension + j] - gradient[j]) }
            }
        }
        descent.symmetrise()
    }

    private static func precision(_ kernel: KernelParameters) -> (Int) -> Matrix {
        { factor in
            let dimension = kernel.shape.dimension
            var p = Matrix(dimension: dimension), precision = p
            p.loadTriangle(kernel.factors, at: factor * kernel.shape.factorLength)
            for i in 0..<dimension {
                for a in i..<dimension { precision.add(p[a, i], timesRow: a, of: p, toRow: i, count: a + 1) }
            }
            return precision
        }
    }
}
