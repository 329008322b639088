extension Training {
    func runAdam() throws(MixtureError) {
        guard case .adam(let learningRate, let batchSize, let isStandardized, let beta1, let beta2, let epsilon) = options.method else { return }
        func optimizer() throws(MixtureError) -> Adam {
            let scale = isStandardized ? Parameters.scale(parameters.shape, deviations: summary.deviations) : nil
            return try Adam(parameters.shape, learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, scale: scale)
        }
        var adam = try optimizer(), gradient = Parameters(zerosFor: parameters.shape), next = parameters, jumpsSeen = jumps
        var batches = try batchSize.flatMap { size throws(MixtureError) in
            size < posterior.pass.data.count ? try Batches(posterior, size: size, key: batchKey) : nil
        }
        while true {
            if jumps != jumpsSeen {
                jumpsSeen = jumps
                adam = try optimizer()
                if gradient.shape != parameters.shape { gradient = Parameters(zerosFor: parameters.shape) }
                next = parameters
                try batches?.restart(posterior)
            }
            if options.tolerance > 0 { look(needsModel: true) }
            if isLast() {
                guard outcome == .converged, try separateCoincident() else { return }
                continue
            }
            next.copyValues(of: parameters)
            if batches == nil {
                posterior.takeGradient(at: parameters, into: &gradient)
                adam.step(&next, gradient: gradient)
            } else {
                // As many batches as make up the data: the loss is that of all data, which takes a pass, so it is known once in so many steps.
                let isFinite = try batches!.sweep(&next, &adam, floor: floor, stepsLeft: options.iterations - step)
                advance(by: batches!.stepsOfLastSweep - 1)
                guard isFinite else { return try end(.diverged) }
            }
            hold(&next)
            reportHeld()
            if try attendToCollapse(&next) {
                try acceptAcrossEvent(next)
                if outcome == .diverged { return }
                continue
            }
            guard let loss = evaluate(next) else { return try end(.diverged) }
            accept(next, loss: loss)
        }
    }
}

/// Batches of data, drawn without replacement until all have been, and the posterior that reads them.
struct Batches<Scalar: KernelScalar> {
    private let size: Int
    private var key: RandomKey
    private var data: Dataset<Scalar>
    private var batch: NegativeLogPosterior<Scalar>
    private var gradient: Parameters
    private var touching: [Bool]
    private(set) var stepsOfLastSweep = 0

    init(_ posterior: NegativeLogPosterior<Scalar>, size: Int, key: RandomKey) throws(MixtureError) {
        self.size = size
        self.key = key
        data = posterior.pass.data
        batch = try posterior.reading(data.rows(0..<size))
        gradient = Parameters(zerosFor: posterior.shape)
        touching = Array(repeating: false, count: posterior.shape.components)
    }

    /// Goes on with a posterior of another shape.
    mutating func restart(_ posterior: NegativeLogPosterior<Scalar>) throws(MixtureError) {
        batch = try posterior.reading(data.rows(0..<size))
        gradient = Parameters(zerosFor: posterior.shape)
        touching = Array(repeating: false, count: posterior.shape.components)
    }

    /// Makes a step for each batch of all data, or as many as are left; false if the parameters leave the range of float64.
    mutating func sweep(
        _ parameters: inout Parameters, _ adam: inout Adam, floor: VarianceFloor, stepsLeft: Int
    ) throws(MixtureError) -> Bool {
        let keys = key.split(2)
        key = keys[0]
        let order = keys[1].permutation(data.count)
        stepsOfLastSweep = 0
        for start in stride(from: 0, through: data.count - size, by: size) where stepsOfLastSweep < stepsLeft {
            let rows = data.rows(order[start..<start + size])
            stepsOfLastSweep += 1
            guard rows.totalWeight > 0 else { continue }
            batch.pass.replaceData(rows)
            batch.multiplicity = data.totalWeight / rows.totalWeight
            do {
                _ = try batch.loss(parameters)
            } catch {
                return false
            }
            batch.takeGradient(at: parameters, into: &gradient)
            adam.step(&parameters, gradient: gradient)
            floor.hold(&parameters, &batch.scratch, touches: &touching)
        }
        return true
    }
}

extension RandomKey {
    /// 0 ..< count in a random order (R. Durstenfeld, Algorithm 235, CACM 7, 1964).
    func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        for (i, u) in zip((1..<max(count, 1)).reversed(), uniform(max(count - 1, 0))) { order.swapAt(i, min(Int(u * Double(i + 1)), i)) }
        return order
    }
}
