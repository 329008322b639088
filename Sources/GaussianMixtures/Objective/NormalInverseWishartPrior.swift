import RealModule

/// A conjugate prior on means and covariances: μₖ | Σₖ ~ N(m, Σₖ/κ), Σₖ ~ inverse Wishart(ν, Λ).
///
/// For diagonal and spherical covariances each variance has the inverse gamma distribution (ν/2, λ/2) instead. The
/// form, and the default, are those of C. Fraley and A. E. Raftery, Bayesian regularization for normal mixture
/// estimation and model-based clustering, J. Classif. 24 (2007).
public enum NormalInverseWishartPrior: Sendable, Hashable, Codable {
    /// mclust's default: m the mean of the data, κ = 0.01, ν = D + 2, Λ = K^(−2/D) times the covariance of the data, or
    /// for diagonal and spherical covariances times the mean of the features' variances.
    case mclust
    /// m [D], κ > 0, ν > D − 1, and Λ [D][D], symmetric and positive definite, of which diagonal covariances take the
    /// diagonal and spherical ones the mean of it.
    case given(mean: [Double], shrinkage: Double, degreesOfFreedom: Double, scale: [[Double]])
}

/// A prior resolved for data and a shape: pseudo-statistics, as if so many more data had been seen.
///
/// Minus the log prior has the form of minus a log-likelihood, so EM and gradients take their sums with what this adds
/// to them and need no other change: to the mass that a mean has, κ; to the mass that a scale has, ``scaleMass``; to
/// the first moment, κ y; to the second, κ y yᵀ + P Λ Pᵀ, where y = P (m − μ).
struct CovariancePrior: Sendable {
    let mean: [Double]
    let shrinkage: Double
    /// What is added to the mass of a component in the update of its scale; in that of the one scale if tied, once.
    let scaleMass: Double
    /// Λ: triangular shapes all of it, others its diagonal or its one number.
    let scale: [Double]
    private let degrees: Double
    private let logNormaliser: Double

    /// The same prior, which depends neither on the number of components nor on the data any more.
    func given(_ shape: MixtureShape) -> NormalInverseWishartPrior {
        let layout = shape.factor
        let rows = (0..<shape.dimension).map { a in
            (0..<shape.dimension).map { e in
                let (high, low) = (max(a, e), min(a, e))
                return a == e || layout.isTriangle ? scale[layout.index(high, low)] : 0
            }
        }
        return .given(mean: mean, shrinkage: shrinkage, degreesOfFreedom: degrees, scale: rows)
    }

    /// Nil without a prior.
    ///
    /// - Throws: ``MixtureError/invalidOption(name:value:requirement:)``,
    ///   ``MixtureError/invalidMixture(component:reason:)`` for a given scale, and
    ///   ``MixtureError/singularScatter(features:dimension:)``.
    init?(
        _ prior: NormalInverseWishartPrior?, _ shape: MixtureShape, _ data: DataSummary?, totalWeight: Double
    ) throws(MixtureError) {
        guard let prior, let data else { return nil }
        let dimension = shape.dimension, d = Double(dimension), components = Double(shape.components)
        var matrix: [Double]
        switch prior {
        case .mclust:
            mean = data.mean
            shrinkage = 0.01
            degrees = d + 2
            // Covariances of samples, whose denominator is one less.
            let correction = totalWeight > 1 ? totalWeight / (totalWeight - 1) : 1,
                part = correction * .pow(components, -2 / d)
            if shape.factor.isTriangle {
                guard let scatter = data.scatter else {
                    preconditionFailure("the scatter is taken where a prior needs it")
                }
                matrix = scatter.map { $0 / totalWeight * part }
            } else {
                let average = data.variances.reduce(0, +) / d * part
                matrix = Array(repeating: average, count: shape.factor.length)
            }
        case .given(let givenMean, let givenShrinkage, let givenDegrees, let givenScale):
            guard givenMean.count == dimension, givenMean.allSatisfy(\.isFinite) else {
                throw .invalidOption(
                    name: "The prior's mean", value: "\(givenMean)",
                    requirement: "\(dimension) finite numbers, one a feature")
            }
            guard givenShrinkage > 0, givenShrinkage.isFinite else {
                throw .invalidOption(
                    name: "The prior's shrinkage", value: "\(givenShrinkage)", requirement: "positive and finite")
            }
            guard givenDegrees > d - 1, givenDegrees.isFinite else {
                throw .invalidOption(
                    name: "The prior's degrees of freedom", value: "\(givenDegrees)",
                    requirement: "above D − 1 = \(dimension - 1)")
            }
            // The checks of a covariance are those of Λ.
            _ = try GaussianMixture(weights: [1], means: [givenMean], covariances: .full([givenScale]))
            mean = givenMean
            shrinkage = givenShrinkage
            degrees = givenDegrees
            if shape.factor.isTriangle {
                matrix = (0..<dimension).flatMap { a in (0...a).map { givenScale[a][$0] } }
            } else {
                matrix = (0..<dimension).map { givenScale[$0][$0] }
                if shape.factor.kind == .scalar { matrix = [matrix.reduce(0, +) / d] }
            }
        }
        scale = matrix
        // Densities of as many scales as there are, and of as many means. Each mean's density has |Σ| too.
        let meansPerScale = shape.isShared ? components : 1
        let meanConstant = components * d * (0.5 * .log(shrinkage) - halfLogTwoPi)
        if shape.factor.isTriangle {
            scaleMass = degrees + d + 1 + meansPerScale
            var triangle = Matrix(dimension: dimension)
            triangle.loadTriangle(ComponentVector(matrix), at: 0)
            let isDefinite = triangle.decompose()
            // Where the decomposition broke off, the diagonal is 0.
            if case .mclust = prior,
                (0..<dimension).contains(where: {
                    Self.isNothing(triangle[$0, $0] * triangle[$0, $0], of: matrix, $0, dimension)
                })
            {
                throw .singularScatter(features: Self.dependentFeatures(of: matrix, dimension), dimension: dimension)
            }
            guard isDefinite else {
                throw .invalidOption(
                    name: "The prior's scale", value: "singular to rounding", requirement: "positive definite")
            }
            var logDeterminant = 0.0, logGamma = d * (d - 1) / 4 * .log(.pi)
            for i in 0..<dimension {
                logDeterminant += 2 * .log(triangle[i, i])
                logGamma += .logGamma(degrees / 2 - Double(i) / 2)
            }
            logNormaliser =
                meanConstant
                + Double(shape.factorCount) * (degrees / 2 * logDeterminant - degrees * d / 2 * .log(2) - logGamma)
        } else {
            // An inverse gamma's density has σ^−(ν + 2); a scalar scale stands for the determinants of all D features
            // of the means.
            scaleMass = degrees + 2 + meansPerScale * Double(shape.factor.featuresPerEntry)
            let half = degrees / 2, each = matrix.map { half * .log($0 / 2) - .logGamma(half) }.reduce(0, +)
            logNormaliser = meanConstant + Double(shape.factorCount) * each
        }
    }

    /// Whether a pivot, the part of a feature's variance that those before it leave unexplained, is nothing but the
    /// rounding of sums over data.
    private static func isNothing(_ pivot: Double, of packed: [Double], _ feature: Int, _ dimension: Int) -> Bool {
        !(pivot > Double(dimension) * 0x1p-46 * packed[triangle(feature) + feature])
    }

    /// The features that are combinations of those before them: a Cholesky decomposition that passes over them. O(D³)
    private static func dependentFeatures(of packed: [Double], _ dimension: Int) -> [Int] {
        var kept: [Int] = [], dependent: [Int] = [], factor = packed
        for i in 0..<dimension {
            let row = triangle(i)
            var pivot = factor[row + i]
            for (place, j) in kept.enumerated() {
                var entry = factor[row + j]
                for e in kept[..<place] { entry -= factor[row + e] * factor[triangle(j) + e] }
                factor[row + j] = entry / factor[triangle(j) + j]
                pivot -= factor[row + j] * factor[row + j]
            }
            if isNothing(pivot, of: packed, i, dimension) {
                dependent.append(i)
            } else {
                factor[row + i] = pivot.squareRoot()
                kept.append(i)
            }
        }
        return dependent
    }

    /// The log prior density, given the sum over scales of log σ or log |L| each times its mass, and the sum of the
    /// second pseudo-moments' traces.
    func logDensity(weightedLogScales: Double, trace: Double) -> Double {
        logNormaliser - weightedLogScales - 0.5 * trace
    }
}
