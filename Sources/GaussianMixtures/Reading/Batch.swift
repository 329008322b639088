/// Reads some rows of a data set, which are copied one behind the other; other rows each time.
final class Batch<Scalar: KernelScalar>: BatchReader {
    private let source: Dataset<Scalar>
    private let rows: Rows
    private let pass: Pass<Scalar>

    private final class Rows {
        let values: UnsafeMutablePointer<Scalar>

        init(valueCount: Int) {
            values = .allocate(capacity: valueCount)
            values.initialize(repeating: 0, count: valueCount)
        }

        deinit { values.deallocate() }
    }

    init(
        of source: Dataset<Scalar>, size: Int, _ shape: MixtureShape, threads: Int, kernel: Kernel
    ) throws(MixtureError) {
        guard (1...source.count).contains(size) else {
            throw .invalidOption(
                name: "The batch", value: "\(size)", requirement: "from 1 to the number of data, \(source.count)")
        }
        self.source = source
        rows = Rows(valueCount: size * source.dimension)
        pass = try Pass(
            Dataset(
                rows: rows.values, owner: rows, count: size, dimension: source.dimension,
                hasWeights: source.weights != nil), shape,
            threads: threads, kernel: kernel)
    }

    func load(_ order: KeyedPermutation, from start: Int) -> Double {
        precondition(order.count == source.count && start >= 0 && start <= source.count - pass.data.count)
        source.copyRows(pass.data.count, to: rows.values) { order[start + $0] }
        if let weights = source.weights { pass.data.setWeights { weights[order[start + $0]] } }
        return pass.data.totalWeight
    }

    var unitRoundoff: Double { pass.unitRoundoff }
    var kernelThatRan: Kernel? { pass.kernelThatRan }
    func emptyStatistics() -> Statistics { pass.emptyStatistics() }

    func read(_ parameters: borrowing KernelParameters, into statistics: inout Statistics) throws(MixtureError) {
        try pass.read(parameters, into: &statistics)
    }
}
