import Foundation

extension Reference {
    /// One component in D dimensions: cₖ = log πₖ + log|Pₖ| − (D/2) log 2π, μₖ [D], and Pₖ = Lₖ⁻¹ for a covariance Lₖ
    /// Lₖᵀ.
    ///
    /// P is packed by the rows of its lower triangle, D (D + 1)/2 values; that of a diagonal or spherical covariance is
    /// diagonal.
    public struct MultivariateComponent {
        public var logNorm: Double
        public var mean, factor: [Double]

        public init(logNorm: Double, mean: [Double], factor: [Double]) {
            self.logNorm = logNorm
            self.mean = mean
            self.factor = factor
        }
    }

    /// y = P (x − μ)
    public static func residual(_ x: [Double], _ component: MultivariateComponent) -> [Double] {
        x.indices.map { a in
            var y = CompensatedSum()
            for e in 0...a { y += component.factor[a * (a + 1) / 2 + e] * (x[e] - component.mean[e]) }
            return y.value
        }
    }

    /// ℓₖ = cₖ − ½ ‖y‖²
    public static func logJointDensity(_ residual: [Double], _ component: MultivariateComponent) -> Double {
        var square = CompensatedSum()
        for y in residual { square += y * y }
        return component.logNorm - 0.5 * square.value
    }

    /// rₖ of a hard assignment: one for the most probable component, zero for the others; n equals have 1/n each.
    public static func hardResponsibilities(_ joint: [Double]) -> [Double] {
        let largest = joint.max()!, equals = Double(joint.count { $0 == largest })
        return joint.map { $0 == largest ? 1 / equals : 0 }
    }

    /// The most probable component, the first of equals: with equal log-norms, the nearest centre.
    public static func label(_ joint: [Double]) -> Int { joint.firstIndex(of: joint.max()!)! }

    public struct MultivariateStatistics {
        /// Σ wᵢ sᵢ
        public var logLikelihood: Double
        /// Σ wᵢ rᵢₖ [K], Σ wᵢ rᵢₖ yᵢₖ [K][D], and the packed lower triangles of Σ wᵢ rᵢₖ yᵢₖ yᵢₖᵀ [K][D (D + 1)/2].
        public var mass: [Double]
        public var firstMoment, secondMoment: [[Double]]
        /// Σₖ Σᵢ wᵢ rᵢₖ yᵢₖ yᵢₖᵀ, what a shared covariance needs of them: D (D + 1)/2 values.
        public var pooledSecondMoment: [Double] {
            secondMoment[0].indices.map { i in
                var sum = CompensatedSum()
                for moment in secondMoment { sum += moment[i] }
                return sum.value
            }
        }
    }

    /// The additive statistics of N data in D dimensions under the mixture; `weights` default to one. `hard` assigns
    /// each datum to its most probable component, and takes s = log Σ exp ℓ over the equals alone.
    public static func statistics(
        _ data: [[Double]], weights: [Double]? = nil, _ mixture: [MultivariateComponent], hard: Bool = false
    ) -> MultivariateStatistics {
        let zeros = mixture.map { $0.mean.map { _ in CompensatedSum() } }
        var logLikelihood = CompensatedSum()
        var mass = mixture.map { _ in CompensatedSum() }, firstMoment = zeros
        var secondMoment = mixture.map { $0.factor.map { _ in CompensatedSum() } }
        for (i, x) in data.enumerated() {
            let weight = weights?[i] ?? 1
            let residuals = mixture.map { residual(x, $0) }
            let joint = zip(residuals, mixture).map { logJointDensity($0, $1) }
            let largest = joint.max()!, logDensity = logSumExp(hard ? joint.filter { $0 == largest } : joint)
            let responsibility = hard ? hardResponsibilities(joint) : softmax(joint)
            logLikelihood += weight * logDensity
            for k in mixture.indices {
                let share = weight * responsibility[k], y = residuals[k]
                guard share > 0 else { continue }
                mass[k] += share
                for a in y.indices {
                    firstMoment[k][a] += share * y[a]
                    for e in 0...a { secondMoment[k][a * (a + 1) / 2 + e] += share * y[a] * y[e] }
                }
            }
        }
        return MultivariateStatistics(
            logLikelihood: logLikelihood.value, mass: mass.map(\.value),
            firstMoment: firstMoment.map { $0.map(\.value) },
            secondMoment: secondMoment.map { $0.map(\.value) })
    }
}
