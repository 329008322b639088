import GaussianMixtures

/// The notebook that this package comes from: Eric J. Ma's dl-workshop (MIT), commit 0c7df44, notebook
/// 04-gaussian-clustering/01-intro-gaussian-clustering with the module src/dl_workshop/gaussian_mixture.py.
struct Notebook {
    static let seed: UInt64 = 100
    static let steps = 1000
    static let learningRate = 0.5
    static let weightConcentration = 2.0

    /// The figures that the page prints; JAX computed them in float32.
    static let printedLossAtTruth = 14590.578
    static let printedLossAtStart = 36641.8
    static let printedLossAtEnd = 14590.415

    /// What the data are drawn from.
    let truth: GaussianMixture
    let data: [Double]

    init() throws(MixtureError) {
        truth = try GaussianMixture(weights: [1.0 / 6, 5.0 / 6], means: [-2, 5], standardDeviations: [1.1, 2])
        // float32 draws, as JAX makes them by default.
        let keys = RandomKey(seed: Self.seed).split()
        let left = keys[0].normal(1000, as: Float.self).map { 1.1 * $0 - 2 }
        let right = keys[1].normal(5000, as: Float.self).map { 2 * $0 + 5 }
        data = (left + right).map(Double.init)
    }

    /// The notebook's training: one thread, a tolerance of zero so that all steps are made, and every step kept.
    func train(_ kernel: Kernel) throws(MixtureError) -> Fit {
        let key = RandomKey(seed: Self.seed)
        return try GaussianMixture.fit(
            data, components: 2, method: .adam(learningRate: Self.learningRate, standardized: false),
            initialisation: .standardNormal, key: key,
            weightConcentration: Self.weightConcentration, tolerance: 0, iterations: Self.steps, endpoint: .last,
            threads: 1, kernel: kernel)
    }

    func loss(_ mixture: GaussianMixture) throws(MixtureError) -> Double {
        try NegativeLogPosterior(data, components: 2, weightConcentration: Self.weightConcentration).loss(
            Parameters(mixture))
    }
}
