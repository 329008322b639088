import Foundation

/// The mathematics of a one-dimensional mixture, one formula a function: scalar, float64, compensated sums.
///
/// This is the oracle that the fast kernels are tested against, and it can be chosen as a kernel. It knows nothing of
/// them. Inputs are taken as they are: the callers validate.
public enum Reference {
    /// One component as the kernels take it: cₖ = log πₖ + log Pₖ − ½ log 2π, μₖ, and Pₖ = 1/σₖ.
    public struct Component {
        public var logNorm, mean, precision: Double

        public init(logNorm: Double, mean: Double, precision: Double) {
            self.logNorm = logNorm
            self.mean = mean
            self.precision = precision
        }

        public init(weight: Double, mean: Double, standardDeviation: Double) {
            self.init(
                logNorm: log(weight) - log(standardDeviation) - 0.5 * log(2 * .pi), mean: mean,
                precision: 1 / standardDeviation)
        }
    }

    // MARK: One datum

    /// y = P (x − μ), the whitened residual.
    public static func residual(_ x: Double, _ component: Component) -> Double {
        component.precision * (x - component.mean)
    }

    /// ℓₖ = cₖ − ½ y², the log weight plus the log-density of one component (the notebook's `loglike_one_component`).
    public static func logJointDensity(_ x: Double, _ component: Component) -> Double {
        let y = residual(x, component)
        return component.logNorm - 0.5 * y * y
    }

    /// log Σ exp vₖ without overflow.
    public static func logSumExp(_ values: [Double]) -> Double {
        guard let largest = values.max(), largest > -.infinity else { return -.infinity }
        var sum = CompensatedSum()
        for value in values { sum += exp(value - largest) }
        return largest + log(sum.value)
    }

    /// s = log Σₖ exp ℓₖ, the log-density of the mixture (`loglike_across_components`).
    public static func logDensity(_ x: Double, _ mixture: [Component]) -> Double {
        logSumExp(mixture.map { logJointDensity(x, $0) })
    }

    /// rₖ = exp(ℓₖ − s), K values that sum to one.
    public static func responsibilities(_ x: Double, _ mixture: [Component]) -> [Double] {
        softmax(mixture.map { logJointDensity(x, $0) })
    }

    // MARK: All data

    /// Σ wᵢ sᵢ (`mixture_loglike`).
    public static func logLikelihood(_ data: [Double], weights: [Double]? = nil, _ mixture: [Component]) -> Double {
        statistics(data, weights: weights, mixture).logLikelihood
    }

    public struct Statistics {
        /// Σ wᵢ sᵢ
        public var logLikelihood: Double
        /// Σ wᵢ rᵢₖ, Σ wᵢ rᵢₖ yᵢₖ and Σ wᵢ rᵢₖ yᵢₖ², K values each.
        public var mass, firstMoment, secondMoment: [Double]
    }

    /// The additive statistics of the data under the mixture; `weights` default to one.
    public static func statistics(_ data: [Double], weights: [Double]? = nil, _ mixture: [Component]) -> Statistics {
        var logLikelihood = CompensatedSum()
        var mass = mixture.map { _ in CompensatedSum() }, firstMoment = mass, secondMoment = mass
        for (i, x) in data.enumerated() {
            let weight = weights?[i] ?? 1
            logLikelihood += weight * logDensity(x, mixture)
            for (k, responsibility) in responsibilities(x, mixture).enumerated() where responsibility > 0 {
                let y = residual(x, mixture[k])
                mass[k] += weight * responsibility
                firstMoment[k] += weight * responsibility * y
                secondMoment[k] += weight * responsibility * y * y
            }
        }
        return Statistics(
            logLikelihood: logLikelihood.value, mass: mass.map(\.value), firstMoment: firstMoment.map(\.value),
            secondMoment: secondMoment.map(\.value))
    }

    // MARK: Weights

    /// πₖ = exp aₖ / Σ exp a (`normalize_weights`).
    ///
    /// The largest is subtracted, and the sum divided by: subtracting log Σ exp a from an a of 10¹⁶ or more would lose
    /// the logarithm of the sum.
    public static func softmax(_ logWeights: [Double]) -> [Double] {
        let largest = logWeights.max()!, exponentials = logWeights.map { exp($0 - largest) }
        var sum = CompensatedSum()
        for exponential in exponentials { sum += exponential }
        return exponentials.map { $0 / sum.value }
    }
}
