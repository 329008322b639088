/// What one thread makes of one component after another: its moments, with what priors add to them, and room for the
/// algebra of its factor. Memory is allocated once.
final class ComponentWorker {
    let factor: any FactorAlgebra
    /// What the mean is divided by, and what the scale is divided by.
    var meanMass = 0.0, scaleMass = 0.0
    /// f [D]
    let first: UnsafeMutablePointer<Double>
    /// P (m − μ) for the prior's mean m [D]
    let priorResidual: UnsafeMutablePointer<Double>
    private let offset: UnsafeMutablePointer<Double>
    private let layout: FactorLayout

    init(_ layout: FactorLayout) {
        self.layout = layout
        factor = layout.makeAlgebra()
        first = .allocate(capacity: 3 * layout.dimension)
        first.initialize(repeating: 0, count: 3 * layout.dimension)
        priorResidual = first + layout.dimension
        offset = priorResidual + layout.dimension
    }

    deinit { first.deallocate() }

    func loadFirstMoment(_ sums: [Double], at start: Int, times multiplicity: Double) {
        for d in 0..<layout.dimension { first[d] = sums[start + d] * multiplicity }
    }

    /// Makes ``priorResidual`` for component `k`.
    func whiten(_ mean: [Double], _ kernel: KernelParameters, _ k: Int) {
        for d in 0..<layout.dimension {
            offset[d] = mean[d] - kernel.means[k * layout.dimension + d]
            priorResidual[d] = 0
        }
        layout.addProduct(of: kernel.factors, at: kernel.shape.factorStart(k), with: offset, to: priorResidual)
    }

    /// Stores −Pᵀ f.
    func storeMeanGradient(into gradient: UnsafeMutablePointer<Double>, _ p: ComponentVector, at start: Int) {
        for d in 0..<layout.dimension { gradient[d] = 0 }
        layout.addTransposedProduct(of: p, at: start, with: first, to: gradient)
        for d in 0..<layout.dimension { gradient[d] = -gradient[d] }
    }

    /// Multiplies by L Lᵀ in place.
    func multiplyByCovariance(_ v: UnsafeMutablePointer<Double>, _ parameters: ComponentVector, at start: Int) {
        for d in 0..<layout.dimension { offset[d] = 0 }
        layout.addTransposedProduct(of: parameters, at: start, diagonal: { .exp($0) }, with: v, to: offset)
        for d in 0..<layout.dimension { v[d] = 0 }
        layout.addProduct(of: parameters, at: start, diagonal: { .exp($0) }, with: offset, to: v)
    }

    /// Divides f by the mass, δ, takes δ's part from the second moment, and moves a mean by L δ. A component without
    /// mass and without a prior keeps its mean.
    func moveMean(_ mean: UnsafeMutablePointer<Double>, _ parameters: ComponentVector, at start: Int) {
        for d in 0..<layout.dimension { first[d] = meanMass > 0 ? first[d] / meanMass : 0 }
        factor.addSquare(of: first, times: -meanMass)
        for d in 0..<layout.dimension { offset[d] = 0 }
        layout.addProduct(of: parameters, at: start, diagonal: { .exp($0) }, with: first, to: offset)
        for d in 0..<layout.dimension { mean[d] += offset[d] }
    }
}

/// The workers of a shape. What one makes of a component depends on that component alone, so results have the same bits
/// at any number of threads.
final class ComponentWorkers {
    private let workers: [ComponentWorker]
    private var values: [Double]

    /// - Parameter threads: the most that work at once. With one factor for all components one does.
    init(_ shape: MixtureShape, threads: Int) {
        let d = Double(shape.dimension), ofComponent = shape.factor.isTriangle ? d * d * d / 6 : 16 * d
        // Fewer multiplications than these take no longer than to wait for another thread.
        let worthwhile = Double(shape.components) * ofComponent / 262_144
        let count = shape.isShared ? 1 : max(1, min(threads, shape.components, Int(min(worthwhile, 4096))))
        workers = (0..<count).map { _ in ComponentWorker(shape.factor) }
        values = Array(repeating: 0, count: shape.components)
    }

    var first: ComponentWorker { workers[0] }

    /// Calls `body` for each of 0 ..< `count`, at most K, without allocation but for the threads where there are
    /// several.
    func forEach(_ count: Int, _ body: (Int, ComponentWorker) -> Void) {
        guard workers.count > 1 else {
            for k in 0..<count { body(k, workers[0]) }
            return
        }
        ThreadBudget.shared.withWorkers(upTo: workers.count) { granted in
            runTeam(granted) { worker in
                for k in count * worker / granted..<count * (worker + 1) / granted { body(k, workers[worker]) }
            }
        }
    }

    /// The sum of what `body` returns for each, in their order.
    func sum(_ count: Int, _ body: (Int, ComponentWorker) -> Double) -> Double {
        values.withUnsafeMutableBufferPointer { values in
            forEach(count) { values[$0] = body($0, $1) }
        }
        return values.prefix(count).reduce(0, +)
    }
}
