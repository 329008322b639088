/// How a mixture is fitted.
public enum Method: Sendable, Hashable, Codable {
    /// Expectation–maximization (A. P. Dempster, N. M. Laird and D. B. Rubin, 1977): no step size, never a worse
    /// posterior.
    case em(acceleration: Acceleration = .quasiNewton)
    /// Gradient descent by ``Adam`` in unconstrained parameters, on the whole data or a batch of them each step.
    ///
    /// - `learningRate`: about the size of a step in each unconstrained parameter.
    /// - `batch`: how many data a step reads, drawn without replacement until all have been; nil for all.
    /// - `standardized`: whether a step in a mean, or in an entry of a Cholesky factor off its diagonal, is in units of
    ///   the features' deviations, so that one learning rate serves data in any unit. Without, as in the notebook, it
    ///   is in the unit of the data.
    case adam(
        learningRate: Double = 0.05, batch: Int? = nil, standardized: Bool = true, beta1: Double = 0.9,
        beta2: Double = 0.999, epsilon: Double = 1e-8)
    /// Limited-memory quasi-Newton steps with a line search (D. C. Liu and J. Nocedal, On the limited memory BFGS
    /// method for large scale optimization, Math. Program. 45, 1989), from the last `memory` steps.
    case lbfgs(memory: Int = 10)

    var isAdam: Bool { if case .adam = self { true } else { false } }

    /// How many steps the model of the loss remembers.
    var memory: Int { if case .lbfgs(let memory) = self { memory } else { 10 } }

    func check() throws(MixtureError) {
        switch self {
        case .em: return
        case .lbfgs(let memory):
            guard (1...1000).contains(memory) else {
                throw .invalidOption(name: "The memory of L-BFGS", value: "\(memory)", requirement: "from 1 to 1000")
            }
        case .adam(let learningRate, let batch, _, let beta1, let beta2, let epsilon):
            guard learningRate > 0, learningRate.isFinite else {
                throw .invalidOption(
                    name: "The learning rate", value: "\(learningRate)", requirement: "a positive number, such as 0.05")
            }
            if let batch, batch < 1 {
                throw .invalidOption(
                    name: "The batch", value: "\(batch)",
                    requirement: "at least 1, some hundreds for steps of little noise")
            }
            for (name, beta) in [("beta1", beta1), ("beta2", beta2)] where !(beta >= 0 && beta < 1) {
                throw .invalidOption(name: "Adam's \(name)", value: "\(beta)", requirement: "at least 0 and below 1")
            }
            guard epsilon > 0, epsilon.isFinite else {
                throw .invalidOption(name: "Adam's epsilon", value: "\(epsilon)", requirement: "positive and finite")
            }
        }
    }
}
