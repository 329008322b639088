import RealModule

extension GaussianMixture {
    /// log πₖ + log N(x; μₖ, Σₖ): the log weight plus the log-density of one component at one datum (the notebook's
    /// `loglike_one_component`). O(D), O(D²) with full covariances.
    ///
    /// - Precondition: `component` is in `0..<components`, and x has D features.
    public func logJointDensity(_ x: [Double], component: Int) -> Double {
        precondition(x.count == dimension, "a datum of \(x.count) features under a mixture of \(dimension)")
        var square = 0.0, logDeterminant = 0.0
        for y in whitened(x, component: component) { square += y * y }
        for d in 0..<dimension {
            logDeterminant += .log(factors[shape.factorStart(component) + shape.factor.diagonalIndex(d)])
        }
        return .log(weights[component]) - logDeterminant - Double(dimension) * halfLogTwoPi - 0.5 * square
    }

    /// The same in one dimension.
    public func logJointDensity(_ x: Double, component: Int) -> Double { logJointDensity([x], component: component) }

    /// Lₖ⁻¹ (x − μₖ), by substitution.
    func whitened(_ x: [Double], component: Int) -> [Double] {
        var y: [Double] = []
        for d in 0..<dimension {
            let row = factorRow(d, component: component)
            var residual = x[d] - means[component][d]
            for e in 0..<d { residual -= row[e] * y[e] }
            y.append(residual / row[d])
        }
        return y
    }

    /// log p(xᵢ), N values (the notebook's `loglike_across_components`). O(N K D), O(N K D²) with full covariances, and
    /// so for all below.
    ///
    /// - Parameters:
    ///   - data: N data in D dimensions.
    ///   - threads: the most that run at once; by default as many as the machine has cores. The result does not depend
    ///     on them.
    ///   - kernel: ``Kernel/automatic()`` by default.
    /// - Throws: ``MixtureError``
    public func logDensity<Scalar>(
        _ data: some Observations<Scalar>, threads: Int? = nil, kernel: Kernel? = nil
    ) throws(MixtureError) -> [Scalar] {
        try pass(data, threads, kernel).logDensities(KernelParameters(self))
    }

    /// rᵢₖ = πₖ N(xᵢ; μₖ, Σₖ) / p(xᵢ), N rows of K values that sum to one, row after row.
    ///
    /// - Throws: ``MixtureError``
    public func responsibilities<Scalar>(
        _ data: some Observations<Scalar>, threads: Int? = nil, kernel: Kernel? = nil
    ) throws(MixtureError) -> [Scalar] {
        try pass(data, threads, kernel).responsibilities(KernelParameters(self))
    }

    /// The most probable component of each datum, the first of equals, N values in `0..<components`.
    ///
    /// - Throws: ``MixtureError``
    public func predict(
        _ data: some Observations, threads: Int? = nil, kernel: Kernel? = nil
    ) throws(MixtureError) -> [Int] {
        try pass(data, threads, kernel).labels(KernelParameters(self)).map(Int.init)
    }

    /// Σ wᵢ log p(xᵢ) (the notebook's `mixture_loglike`).
    ///
    /// - Throws: ``MixtureError``
    public func logLikelihood(
        _ data: some Observations, threads: Int? = nil, kernel: Kernel? = nil
    ) throws(MixtureError) -> Double {
        try statistics(data, threads: threads, kernel: kernel).logLikelihood
    }

    /// The mean of log p(xᵢ) over the data, by their weights.
    ///
    /// - Throws: ``MixtureError``
    public func score(
        _ data: some Observations, threads: Int? = nil, kernel: Kernel? = nil
    ) throws(MixtureError) -> Double {
        let statistics = try statistics(data, threads: threads, kernel: kernel)
        return statistics.logLikelihood / statistics.totalWeight
    }

    /// The additive statistics of the data under this mixture.
    ///
    /// - Throws: ``MixtureError``
    public func statistics(
        _ data: some Observations, threads: Int? = nil, kernel: Kernel? = nil
    ) throws(MixtureError) -> Statistics {
        var statistics = Statistics(shape)
        try pass(data, threads, kernel).read(KernelParameters(self), into: &statistics)
        return statistics
    }

    private func pass<Scalar>(
        _ data: some Observations<Scalar>, _ threads: Int?, _ kernel: Kernel?
    ) throws(MixtureError) -> Pass<Scalar> {
        try Pass(data.dataset(), shape, threads: threadCount(threads), kernel: Kernel.chosen(kernel))
    }

    // MARK: Criteria

    /// −2 ℓ + p log W of the data; smaller is better (G. Schwarz, 1978).
    ///
    /// - Throws: ``MixtureError``
    public func bic(
        _ data: some Observations, threads: Int? = nil, kernel: Kernel? = nil
    ) throws(MixtureError) -> Double {
        let statistics = try statistics(data, threads: threads, kernel: kernel)
        return bic(statistics.logLikelihood, totalWeight: statistics.totalWeight)
    }

    func bic(_ logLikelihood: Double, totalWeight: Double) -> Double {
        -2 * logLikelihood + Double(shape.freeParameters) * .log(totalWeight)
    }

    /// −2 ℓ + 2 p of the data; smaller is better (H. Akaike, 1974).
    ///
    /// - Throws: ``MixtureError``
    public func aic(
        _ data: some Observations, threads: Int? = nil, kernel: Kernel? = nil
    ) throws(MixtureError) -> Double {
        aic(try logLikelihood(data, threads: threads, kernel: kernel))
    }

    func aic(_ logLikelihood: Double) -> Double { -2 * logLikelihood + 2 * Double(shape.freeParameters) }

    /// BIC with the likelihood of the data and of their most probable components together; smaller is better (C.
    /// Biernacki, G. Celeux and G. Govaert, Assessing a mixture model for clustering with the integrated completed
    /// likelihood, IEEE PAMI 22, 2000).
    ///
    /// - Throws: ``MixtureError``
    public func icl(
        _ data: some Observations, threads: Int? = nil, kernel: Kernel? = nil
    ) throws(MixtureError) -> Double {
        try icl(data.dataset(), threads: threadCount(threads), kernel: Kernel.chosen(kernel))
    }

    /// Σ w log maxₖ (πₖ N) is what a hard pass sums.
    func icl(_ source: some StatisticsSource, threads: Int, kernel: Kernel) throws(MixtureError) -> Double {
        let reader = try source.reader(shape, assignment: .hard, threads: threads, kernel: kernel)
        var statistics = reader.emptyStatistics()
        try reader.read(KernelParameters(self), into: &statistics)
        return bic(statistics.logLikelihood, totalWeight: statistics.totalWeight)
    }

    // MARK: Sampling

    /// `count` independent draws in one dimension, from streams of `key`. O(count · log K).
    ///
    /// - Precondition: D = 1; ``samples(_:key:)`` serves any.
    public func sample(_ count: Int, key: RandomKey) -> [Double] {
        precondition(dimension == 1, "samples(_:key:) draws rows of \(dimension) features")
        return samples(count, key: key).map { $0[0] }
    }

    /// `count` independent draws, rows of D features, from streams of `key`. O(count · (log K + D)), O(count · (log K +
    /// D²)) with full covariances.
    public func samples(_ count: Int, key: RandomKey) -> [[Double]] {
        let keys = key.split(2)
        var cumulative: [Double] = []
        for weight in weights { cumulative.append((cumulative.last ?? 0) + weight) }
        let rows = (0..<components).map { k in (0..<dimension).map { factorRow($0, component: k) } }
        let normals = keys[1].normal(count * dimension)
        return keys[0].uniform(count).enumerated().map { i, uniform in
            let target = uniform * cumulative[components - 1]
            var low = 0, high = components - 1
            while low < high {
                let middle = (low + high) / 2
                if cumulative[middle] > target { high = middle } else { low = middle + 1 }
            }
            return (0..<dimension).map { d in
                var x = means[low][d]
                for e in 0...d { x += rows[low][d][e] * normals[i * dimension + e] }
                return x
            }
        }
    }
}
