/// Some components of a mixture on their share of the data: each datum with its weight times their responsibility for it
/// together.
///
/// With qᵢ that responsibility and p the density of those components, another density p′ of the same mass raises the
/// log-likelihood of the whole mixture by Σ wᵢ qᵢ log(p′/p) at least (Jensen's inequality; N. Ueda, R. Nakano, Z.
/// Ghahramani and G. E. Hinton, SMEM algorithm for mixture models, Neural Comput. 12, 2000). So what is gained here is
/// gained there, at the cost of few components on few rows.
struct LocalProblem<Scalar: KernelScalar>: Sendable {
    let components: [Int]
    let data: Dataset<Scalar>
    /// The components as they are.
    let parameters: Parameters

    /// Data of which these components hold less are left out.
    private static var leastShare: Double { 1e-3 }

    /// Nil if they hold no datum.
    init?(_ data: Dataset<Scalar>, _ view: ResponsibilityView, _ components: [Int]) {
        self.components = components
        parameters = view.parameters.keeping(components)
        guard components.count < view.components else {
            self.data = data
            return
        }
        var rows: [Int] = [], weights: [Double] = []
        let shares = view.shares(of: components)
        for i in shares.indices where shares[i] > Self.leastShare {
            rows.append(i)
            weights.append(shares[i])
        }
        if let all = view.weights {
            for (place, i) in rows.enumerated() { weights[place] *= all[i] }
        }
        guard weights.contains(where: { $0 > 0 }) else { return nil }
        self.data = data.rows(rows).withWeights(weights)
    }

    /// The whole mixture with these components, in the same order, in place of those that it has.
    func placed(_ local: Parameters, in whole: Parameters) -> Parameters {
        var result = whole, logShares = local.logWeights
        logSoftmax(local.logWeights, into: &logShares)
        let logMass = logSumExp(components.map { whole.logWeights[$0] })
        for (place, k) in components.enumerated() {
            result.logWeights[k] = logMass + logShares[place]
            result.copyMeanAndFactor(to: k, of: local, place)
        }
        if whole.shape.isShared { result.factors = local.factors }
        return result
    }
}

func logSumExp(_ values: [Double]) -> Double {
    let largest = values.max() ?? -.infinity
    guard largest > -.infinity else { return largest }
    return largest + .log(values.reduce(0) { $0 + .exp($1 - largest) })
}

/// Who holds which data under a mixture.
struct ResponsibilityView: Sendable {
    /// With log weights of a sum of one.
    let parameters: Parameters
    /// [N][K]
    private let responsibilities: [Double]
    /// wᵢ [N], nil where all are one.
    let weights: [Double]?
    /// Σ wᵢ rᵢₖ [K]
    let masses: [Double]
    /// Σ wᵢ rᵢₖ rᵢₗ [K][K], zeros on the diagonal.
    private let overlaps: [Double]
    /// What the log-likelihood loses at most when a component is taken away and the others are left as they are [K].
    let lossesOfRemoval: [Double]

    var components: Int { parameters.shape.components }

    /// O(N K D), O(N K D²) for full covariances, and for each datum the square of the components that share it.
    init<Scalar>(
        _ data: Dataset<Scalar>, _ parameters: Parameters, threads: Int, kernel: Kernel
    ) throws(MixtureError) {
        let shape = parameters.shape, components = shape.components
        var kernelParameters = KernelParameters(shape)
        kernelParameters.update(from: parameters, ComponentWorkers(shape, threads: threads))
        let r = Scalar.doubles(
            try Pass(data, shape, threads: threads, kernel: kernel).responsibilities(kernelParameters), stride: 1,
            count: data.count * components)
        let weights = data.weightsAsDoubles()
        var normalised = parameters
        logSoftmax(parameters.logWeights, into: &normalised.logWeights)
        var masses = [Double](repeating: 0, count: components), removed = masses, sharing: [Int] = []
        var overlaps = [Double](repeating: 0, count: components * components)
        for i in 0..<data.count {
            let weight = weights?[i] ?? 1, row = i * components
            sharing.removeAll(keepingCapacity: true)
            for k in 0..<components where r[row + k] > 1e-4 {
                sharing.append(k)
                masses[k] += weight * r[row + k]
                removed[k] -= weight * .log(max(1 - r[row + k], 1e-12))
            }
            for (place, k) in sharing.enumerated() {
                for l in sharing[..<place] {
                    overlaps[k * components + l] += weight * r[row + k] * r[row + l]
                }
            }
        }
        for k in 0..<components {
            for l in 0..<k { overlaps[l * components + k] = overlaps[k * components + l] }
            let share = min(masses[k] / data.totalWeight, 1 - 1e-12)
            removed[k] += data.totalWeight * .log(1 - share)
        }
        self.parameters = normalised
        responsibilities = r
        self.weights = weights
        self.masses = masses
        self.overlaps = overlaps
        lossesOfRemoval = removed
    }

    /// What some components hold of each datum together [N].
    func shares(of some: [Int]) -> [Double] {
        let components = components
        return responsibilities.withUnsafeBufferPointer { r in
            [Double](unsafeUninitializedCapacity: r.count / components) { shares, count in
                count = r.count / components
                for i in 0..<count {
                    var share = 0.0
                    for k in some { share += r[i * components + k] }
                    shares.initializeElement(at: i, to: share)
                }
            }
        }
    }

    /// The part of the smaller one's data that two components share, from 0 to ½.
    func overlap(_ k: Int, _ l: Int) -> Double {
        let least = min(masses[k], masses[l])
        return least > 0 ? overlaps[k * components + l] / least : 0
    }

    /// Others that share much with some components, the closest first.
    func neighbours(of moved: [Int], atMost most: Int) -> [Int] {
        let shares = (0..<components).map { k in
            moved.contains(k) || masses[k] <= 0
                ? 0 : moved.reduce(0) { $0 + overlaps[k * components + $1] } / masses[k]
        }
        return Array(
            (0..<components).filter { shares[$0] > 0.03 }.sorted { (-shares[$0], $0) < (-shares[$1], $1) }
                .prefix(most))
    }
}
