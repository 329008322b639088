import GaussianMixtures

/// Data from K overlapping components, and fits that always start at the same place.
struct FixedProblem {
    let data: Dataset<Double>
    let components: Int

    init(count: Int, dimension: Int, components: Int) {
        let distance = dimension == 1 ? 5.0 : 2
        let means = RandomKey(seed: 7).normal(components * dimension).map { distance * $0 }
        let mixture = try! GaussianMixture(
            weights: Array(repeating: 1 / Double(components), count: components),
            means: (0..<components).map { k in (0..<dimension).map { means[k * dimension + $0] } },
            covariances: .spherical((0..<components).map { 1 + 0.3 * Double($0) }))
        data = try! Dataset(mixture.samples(count, key: RandomKey(seed: 8)).flatMap { $0 }, dimension: dimension)
        self.components = components
    }

    func fit(
        covariance: CovarianceType = .full, method: Method = .em(), tolerance: Double = 1e-8, iterations: Int = 1000,
        historyStride: Int = 1,
        kernel: Kernel? = nil
    ) throws -> Fit {
        try GaussianMixture.fit(
            data, components: components, covariance: covariance, method: method, initialisation: .kMeansPlusPlus,
            key: RandomKey(seed: 9),
            tolerance: tolerance, iterations: iterations, historyStride: historyStride, threads: 1, kernel: kernel)
    }
}
