/// Adam, a gradient descent whose step adapts to each parameter (D. P. Kingma and J. Ba, Adam: a method for stochastic
/// optimization, ICLR 2015).
public struct Adam: Sendable, Codable {
    public let learningRate, beta1, beta2, epsilon: Double
    private let scale: Parameters?
    private var firstMoments, secondMoments: Parameters
    private var beta1Power = 1.0, beta2Power = 1.0

    /// - Parameters:
    ///   - shape: of the parameters to be trained.
    ///   - learningRate: about the size of a step in each unconstrained parameter; positive and finite.
    ///   - beta1, beta2: how much of the mean gradient and mean squared gradient each step keeps, in [0, 1).
    ///   - epsilon: added to the root of the mean squared gradient; positive.
    ///   - scale: the unit of each parameter's steps; nil, the default, is 1.
    /// - Throws: ``MixtureError/invalidOption(name:value:requirement:)``
    public init(
        _ shape: MixtureShape, learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
        scale: Parameters? = nil
    ) throws(MixtureError) {
        try Method.adam(learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon).check()
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.scale = scale
        firstMoments = Parameters(zerosFor: shape)
        secondMoments = firstMoments
    }

    /// Whether it is for a shape.
    func isSound(_ shape: MixtureShape) -> Bool {
        firstMoments.shape == shape && secondMoments.shape == shape && (scale?.shape ?? shape) == shape
    }

    /// Moves `parameters` one step against `gradient`. Without allocation.
    public mutating func step(_ parameters: inout Parameters, gradient: borrowing Parameters) {
        beta1Power *= beta1
        beta2Power *= beta2
        let descend = Descent(
            learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, bias1: 1 - beta1Power,
            bias2: 1 - beta2Power)
        descend(
            &parameters.logWeights, gradient.logWeights, &firstMoments.logWeights, &secondMoments.logWeights,
            scale?.logWeights)
        descend(&parameters.means, gradient.means, &firstMoments.means, &secondMoments.means, scale?.means)
        descend(&parameters.factors, gradient.factors, &firstMoments.factors, &secondMoments.factors, scale?.factors)
    }

    /// One step's constants.
    private struct Descent {
        let learningRate, beta1, beta2, epsilon, bias1, bias2: Double

        func callAsFunction(
            _ x: inout ComponentVector, _ gradient: ComponentVector, _ m: inout ComponentVector,
            _ v: inout ComponentVector,
            _ scale: ComponentVector?
        ) {
            for i in x.vectors.indices {
                let unit = scale?.vectors[i] ?? SIMD8(repeating: 1)
                let g = gradient.vectors[i] * unit
                let first = beta1 * m.vectors[i] + (1 - beta1) * g
                let second = beta2 * v.vectors[i] + (1 - beta2) * g * g
                m.vectors[i] = first
                v.vectors[i] = second
                x.vectors[i] -= learningRate * unit * (first / bias1) / ((second / bias2).squareRoot() + epsilon)
            }
        }
    }
}
