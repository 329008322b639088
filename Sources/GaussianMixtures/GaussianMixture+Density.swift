import RealModule

extension GaussianMixture {
    /// log πₖ + log N(x; μₖ, σₖ²): the log weight plus the log-density of one component at one datum (the notebook's `loglike_one_component`).
    ///
    /// - Precondition: `component` is in `0..<components`.
    public func logJointDensity(_ x: Double, component: Int) -> Double {
        let y = (x - means[component]) / standardDeviations[component]
        return .log(weights[component]) - .log(standardDeviations[component]) - halfLogTwoPi - 0.5 * y * y
    }

    /// log p(xᵢ), N values (the notebook's `loglike_across_components`). O(N K).
    ///
    /// - Parameters:
    ///   - threads: the most that run at once; by default as many as the machine has cores. The result does not depend on them.
    ///   - kernel: ``Kernel/automatic()`` by default.
    /// - Throws: ``MixtureError``
    public func logDensity<Scalar>(
        _ data: some Observations<Scalar>, threads: Int? = nil, kernel: Kernel? = nil
    ) throws(MixtureError) -> [Scalar] {
        try pass(data, threads, kernel).logDensities(KernelParameters(self))
    }

    /// rᵢₖ = πₖ N(xᵢ; μₖ, σₖ²) / p(xᵢ), N rows of K values that sum to one, row after row. O(N K).
    ///
    /// - Throws: ``MixtureError``
    public func responsibilities<Scalar>(
        _ data: some Observations<Scalar>, threads: Int? = nil, kernel: Kernel? = nil
    ) throws(MixtureError) -> [Scalar] {
        try pass(data, threads, kernel).responsibilities(KernelParameters(self))
    }

    /// The most probable component of each datum, the first of equals, N values in `0..<components`. O(N K).
    ///
    /// - Throws: ``MixtureError``
    public func predict(_ data: some Observations, threads: Int? = nil, kernel: Kernel? = nil) throws(MixtureError) -> [Int] {
        try pass(data, threads, kernel).labels(KernelParameters(self)).map(Int.init)
    }

    /// Σ wᵢ log p(xᵢ) (the notebook's `mixture_loglike`). O(N K).
    ///
    /// - Throws: ``MixtureError``
    public func logLikelihood(_ data: some Observations, threads: Int? = nil, kernel: Kernel? = nil) throws(MixtureError) -> Double {
        try statistics(data, threads: threads, kernel: kernel).logLikelihood
    }

    /// The additive statistics of the data under this mixture. O(N K).
    ///
    /// - Throws: ``MixtureError``
    public func statistics(_ data: some Observations, threads: Int? = nil, kernel: Kernel? = nil) throws(MixtureError) -> Statistics {
        var statistics = Statistics(components: components)
        try pass(data, threads, kernel).read(KernelParameters(self), into: &statistics)
        return statistics
    }

    private func pass<Scalar>(
        _ data: some Observations<Scalar>, _ threads: Int?, _ kernel: Kernel?
    ) throws(MixtureError) -> Pass<Scalar> {
        try Pass(data.dataset(), components: components, threads: threadCount(threads), kernel: Kernel.chosen(kernel))
    }

    /// `count` independent draws, from streams of `key`. O(count · log K).
    public func sample(_ count: Int, key: RandomKey) -> [Double] {
        let keys = key.split(2)
        var cumulative: [Double] = []
        for weight in weights { cumulative.append((cumulative.last ?? 0) + weight) }
        return zip(keys[0].uniform(count), keys[1].normal(count)).map { uniform, normal in
            let target = uniform * cumulative[components - 1]
            var low = 0, high = components - 1
            while low < high {
                let middle = (low + high) / 2
                if cumulative[middle] > target { high = middle } else { low = middle + 1 }
            }
            return means[low] + standardDeviations[low] * normal
        }
    }
}
