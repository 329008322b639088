extension Dataset: StatisticsSource {
    public func bounds() throws(MixtureError) -> [(smallest: Double, largest: Double)] {
        let weights = weightsAsDoubles()
        var bounds = Array(repeating: (smallest: Double.infinity, largest: -Double.infinity), count: dimension)
        // Some rows at a time, so that each page of memory is looked at once.
        for start in stride(from: 0, to: count, by: 4096) {
            let rows = start..<min(start + 4096, count), weights = weights.map { Array($0[rows]) }
            for d in 0..<dimension {
                let found = withColumn(d) {
                    Scalar.bounds($0 + start * rowStride, stride: rowStride, count: rows.count, weights: weights)
                }
                do throws(MixtureError) {
                    let (smallest, largest) = try found.get()
                    bounds[d] = (min(bounds[d].smallest, smallest), max(bounds[d].largest, largest))
                } catch {
                    throw error.ofRow { $0 + start }
                }
            }
        }
        return bounds
    }

    public func reader(
        _ shape: MixtureShape, assignment: Assignment, threads: Int, kernel: Kernel
    ) throws(MixtureError) -> any StatisticsReader {
        try Pass(self, shape, assignment: assignment, threads: threads, kernel: kernel)
    }

    public func batchReader(
        _ shape: MixtureShape, size: Int, threads: Int, kernel: Kernel
    ) throws(MixtureError) -> any BatchReader {
        try Batch(of: self, size: size, shape, threads: threads, kernel: kernel)
    }

    public func sample(_ count: Int, key: RandomKey) -> Dataset { sample(count, after: 0, key: key) }

    /// The rows that follow the first `place` in the order of ``sample(_:key:)``, which begins again at its end.
    func sample(_ count: Int, after place: Int, key: RandomKey) -> Dataset {
        guard count < self.count else { return self }
        let order = KeyedPermutation(count: self.count, key: key)
        return rows((0..<count).map { order[(place + $0) % self.count] }.sorted())
    }
}
