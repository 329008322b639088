import GaussianMixtures

/// One moment of a training: the mixture after so many steps, and its loss.
public struct TrainingFrame: Sendable, Hashable {
    /// How many updates made this mixture; 0 is the start.
    public let step: Int
    /// Minus the log posterior, summed over the data. May be negative; a loss that is not finite is left out of the
    /// loss curve.
    public let loss: Double
    /// The mixture at this step.
    public let mixture: GaussianMixture

    /// A frame of these three; nothing is checked, since a mixture is valid by construction.
    public init(step: Int, loss: Double, mixture: GaussianMixture) {
        self.step = step
        self.loss = loss
        self.mixture = mixture
    }
}
