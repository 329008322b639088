import RealModule

/// The M-step: the parameters that maximise the expected complete-data posterior, from the statistics of the E-step.
///
/// The new mean and variance are found in whitened coordinates, where nothing cancels however far the mean is from zero.
struct ExpectationMaximization {
    let prior: DirichletPrior
    /// The least variance that a component may have, in the squared unit of the data: a component that closes in on one datum would otherwise
    /// take the likelihood to infinity.
    let varianceFloor: Double

    /// Moves `parameters`, under which `statistics` were taken, one step. O(K), without allocation.
    func step(_ parameters: inout Parameters, statistics: Statistics) {
        for k in 0..<parameters.components {
            let mass = statistics.mass(k)
            // Weights are normalised when they are used. A component without mass keeps its place and gets what the prior gives it.
            parameters.logWeights[k] = .log(mass + (prior.concentration - 1))
            guard mass > 0 else { continue }
            let scale = Double.exp(parameters.logScales[k])
            let shift = statistics.firstMoment(k) / mass
            let variance = statistics.secondMoment(k) / mass - shift * shift
            let floor = varianceFloor / scale / scale
            parameters.means[k] += scale * shift
            parameters.logScales[k] += 0.5 * .log(variance > floor ? variance : floor)
        }
        let total = Double.log(statistics.totalWeight + (prior.concentration - 1) * Double(parameters.components))
        for k in 0..<parameters.components { parameters.logWeights[k] -= total }
    }
}
