/// How a mixture is fitted.
public enum Method: Sendable, Hashable {
    /// Expectation–maximization (A. P. Dempster, N. M. Laird and D. B. Rubin, 1977): no step size, never a worse posterior.
    case em
    /// Gradient descent by ``Adam`` in unconstrained parameters, on the whole data each step.
    case adam(learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)

    /// "em" or "adam".
    public var name: String {
        switch self {
        case .em: "em"
        case .adam: "adam"
        }
    }

    func check() throws(MixtureError) {
        guard case .adam(let learningRate, let beta1, let beta2, let epsilon) = self else { return }
        guard learningRate > 0, learningRate.isFinite else {
            throw .invalidOption(name: "The learning rate", value: "\(learningRate)", requirement: "positive and finite")
        }
        for (name, beta) in [("beta1", beta1), ("beta2", beta2)] where !(beta >= 0 && beta < 1) {
            throw .invalidOption(name: "Adam's \(name)", value: "\(beta)", requirement: "at least 0 and below 1")
        }
        guard epsilon > 0, epsilon.isFinite else {
            throw .invalidOption(name: "Adam's epsilon", value: "\(epsilon)", requirement: "positive and finite")
        }
    }
}
