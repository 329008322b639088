import RealModule

extension GaussianMixture {
    /// A mean over samples.
    public struct Estimate: Sendable, Hashable {
        public let value: Double
        /// s / √N: the deviation of ``value`` from run to run.
        public let standardError: Double
    }

    /// The differential entropy −∫ p log p in nats, estimated by −log p at samples; there is no closed form.
    ///
    /// - Parameters:
    ///   - samples: N from 2 to 10⁹, 10 000 by default. The standard error falls as 1/√N.
    ///   - key: of the samples; seed 0 by default.
    ///   - threads: the most that run at once; by default as many as the machine has cores. The result does not depend
    ///     on them.
    /// - Throws: ``MixtureError/invalidOption(name:value:requirement:)``
    /// - Complexity: O(N K D), O(N K D²) with full covariances. Memory does not grow with N.
    public func entropy(
        samples: Int = 10_000, key: RandomKey = RandomKey(seed: 0), threads: Int? = nil
    ) throws(MixtureError) -> Estimate {
        try estimate(samples, key) { data throws(MixtureError) in try logDensity(data, threads: threads).map { -$0 } }
    }

    /// The Kullback–Leibler divergence ∫ p log(p/q) in nats of this mixture p from another, q, estimated at samples of
    /// p (J. R. Hershey and P. A. Olsen, Approximating the Kullback Leibler divergence between Gaussian mixture models,
    /// ICASSP 2007). Not symmetric. It is never negative, but an estimate may be within its standard error.
    ///
    /// - Parameters:
    ///   - other: q, of the same D.
    ///   - samples, key, threads: as for ``entropy(samples:key:threads:)``.
    /// - Throws: ``MixtureError/dimensionMismatch(data:mixture:)`` if D differs,
    ///   ``MixtureError/invalidOption(name:value:requirement:)``, and ``MixtureError/outOfReach(row:)`` if q is so far
    ///   away that its log-density overflows at a sample.
    /// - Complexity: as ``entropy(samples:key:threads:)``, for both.
    public func divergence(
        from other: GaussianMixture, samples: Int = 10_000, key: RandomKey = RandomKey(seed: 0), threads: Int? = nil
    ) throws(MixtureError) -> Estimate {
        guard other.dimension == dimension else { throw .dimensionMismatch(data: dimension, mixture: other.dimension) }
        return try estimate(samples, key) { data throws(MixtureError) in
            zip(try logDensity(data, threads: threads), try other.logDensity(data, threads: threads)).map { $0 - $1 }
        }
    }

    /// The mean of a function of samples, a batch at a time.
    private func estimate(
        _ samples: Int, _ key: RandomKey, _ values: (Dataset<Double>) throws(MixtureError) -> [Double]
    ) throws(MixtureError) -> Estimate {
        guard (2...1_000_000_000).contains(samples) else {
            throw .invalidOption(
                name: "The number of samples", value: "\(samples)", requirement: "from 2 to 1000000000")
        }
        let batch = max(1, min(65_536, 4_194_304 / dimension)), keys = key.split((samples + batch - 1) / batch)
        var count = 0.0, mean = 0.0, squares = 0.0
        for (i, key) in keys.enumerated() {
            let rows = self.samples(min(batch, samples - i * batch), key: key)
            for value in try values(Dataset(rows.flatMap { $0 }, dimension: dimension)) {
                // B. P. Welford, Note on a method for calculating corrected sums of squares and products, Technometrics
                // 4, 1962.
                count += 1
                let difference = value - mean
                mean += difference / count
                squares += difference * (value - mean)
            }
        }
        return Estimate(value: mean, standardError: (squares / (count - 1) / count).squareRoot())
    }
}
