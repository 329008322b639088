extension Training {
    func runAdam() throws(MixtureError) {
        guard case .adam(let learningRate, let batchSize, let isStandardized, let beta1, let beta2, let epsilon) = options.method else { return }
        func optimizer() throws(MixtureError) -> Adam {
            let scale = isStandardized ? Parameters.scale(parameters.shape, deviations: summary.deviations) : nil
            return try Adam(parameters.shape, learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, scale: scale)
        }
        var adam = try optimizer()
        var gradient = Parameters(zerosFor: parameters.shape), next = parameters
        var batches = try batchSize.flatMap { size throws(MixtureError) in
            size < posterior.pass.data.count ? try Batches(posterior, size: size, key: batchKey) : nil
        }
        while true {
            if posterior.takeGradient(at: parameters, into: &gradient) <= options.tolerance.squareRoot(), options.tolerance > 0 {
                outcome = .converged
            }
            if isLast() { break }
            next.copyValues(of: parameters)
            if batches == nil {
                adam.step(&next, gradient: gradient)
            } else {
                // As many batches as make up the data: the loss is that of all data, which takes a pass, so it is known once in so many steps.
                let isFinite = try batches!.sweep(&next, &adam, stepsLeft: options.iterations - step)
                advance(by: batches!.stepsOfLastSweep - 1)
                guard isFinite else {
                    try stay()
                    outcome = .diverged
                    break
                }
            }
            enforceFloor(&next)
            if try attendToCollapse(&next) {
                adam = try optimizer()
                gradient = Parameters(zerosFor: next.shape)
                try batches?.restart(posterior)
            }
            guard try move(to: next) else { break }
        }
    }

    func runLimitedMemoryBFGS(_ memory: Int) throws(MixtureError) {
        var optimizer = LimitedMemoryBFGS(parameters.shape, memory: memory)
        var scale = Parameters.scale(parameters.shape, deviations: summary.deviations)
        var gradient = Parameters(zerosFor: parameters.shape), direction = gradient, next = parameters, newGradient = gradient
        var steepest = posterior.takeGradient(at: parameters, into: &gradient)
        var stepsAtFloor = 0
        while true {
            direction.copyValues(of: gradient)
            optimizer.direct(&direction) { posterior.precondition(&$0, at: parameters) }
            var slope = Parameters.dot(direction, gradient)
            if !(slope < 0) {
                optimizer.reset()
                direction.copyValues(of: gradient)
                optimizer.direct(&direction) { posterior.precondition(&$0, at: parameters) }
                slope = Parameters.dot(direction, gradient)
            }
            // What a quadratic would still gain in this direction.
            if options.tolerance > 0, -0.5 * slope / posterior.totalWeight <= options.tolerance, steepest <= options.tolerance.squareRoot() {
                outcome = .converged
            }
            if isLast() { break }

            var search = LineSearch(loss: loss, slope: slope, longest: direction.longestStep(scale: scale))
            var found: Double?
            while search.trials < 30 {
                next.setMoved(parameters, search.length, direction)
                found = evaluate(next)
                var slopeThere = Double.nan
                if found != nil {
                    steepest = posterior.takeGradient(at: next, into: &newGradient)
                    slopeThere = Parameters.dot(direction, newGradient)
                }
                if search.serves(found.map { ($0, slopeThere) }) { break }
                found = nil
            }
            guard let served = found else {
                // No step along the direction helps: what is remembered misleads, or rounding is all that is left.
                let wasSteepest = optimizer.count == 0
                optimizer.reset()
                try stay()
                steepest = posterior.takeGradient(at: parameters, into: &gradient)
                        if wasSteepest {
                    outcome = options.tolerance > 0 && steepest <= options.tolerance.squareRoot() ? .converged : .stalled
                    break
                }
                continue
            }

            enforceFloor(&next)
            let collapsed = try attendToCollapse(&next)
            if report.atFloor.contains(true) || collapsed {
                if collapsed {
                    optimizer = LimitedMemoryBFGS(next.shape, memory: memory)
                    scale = .scale(next.shape, deviations: summary.deviations)
                    gradient = Parameters(zerosFor: next.shape)
                    (direction, newGradient) = (gradient, gradient)
                }
                let before = loss
                optimizer.reset()
                guard try move(to: next) else { break }
                steepest = posterior.takeGradient(at: parameters, into: &gradient)
                        // The gradient does not vanish at the floor; the steps do.
                stepsAtFloor = abs(before - loss) / posterior.totalWeight <= options.tolerance ? stepsAtFloor + 1 : 0
                if stepsAtFloor >= 3 { outcome = .converged }
                continue
            }
            // s and y.
            direction.multiply(by: search.length)
            gradient.multiply(by: -1)
            gradient.add(1, times: newGradient)
            optimizer.remember(step: direction, change: gradient)
            gradient.copyValues(of: newGradient)
            accept(next, loss: served)
        }
    }
}

extension Parameters {
    /// Becomes x + length · direction.
    fileprivate mutating func setMoved(_ x: borrowing Parameters, _ length: Double, _ direction: borrowing Parameters) {
        copyValues(of: direction)
        multiply(by: length)
        add(1, times: x)
    }
}

/// Batches of data, drawn without replacement until all have been, and the posterior that reads them.
struct Batches<Scalar: KernelScalar> {
    private let size: Int
    private var key: RandomKey
    private var data: Dataset<Scalar>
    private var batch: NegativeLogPosterior<Scalar>
    private var gradient: Parameters
    private(set) var stepsOfLastSweep = 0

    init(_ posterior: NegativeLogPosterior<Scalar>, size: Int, key: RandomKey) throws(MixtureError) {
        self.size = size
        self.key = key
        data = posterior.pass.data
        batch = try posterior.reading(data.rows(0..<size))
        gradient = Parameters(zerosFor: posterior.shape)
    }

    /// Goes on with a posterior of another shape.
    mutating func restart(_ posterior: NegativeLogPosterior<Scalar>) throws(MixtureError) {
        batch = try posterior.reading(data.rows(0..<size))
        gradient = Parameters(zerosFor: posterior.shape)
    }

    /// Makes a step for each batch of all data, or as many as are left; false if the parameters leave the range of float64.
    mutating func sweep(_ parameters: inout Parameters, _ adam: inout Adam, stepsLeft: Int) throws(MixtureError) -> Bool {
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
