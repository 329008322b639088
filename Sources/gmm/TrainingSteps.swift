import GMMPlots
import GaussianMixtures

extension History {
    /// All kept steps with their mixtures, made as they are asked for.
    ///
    /// A step is left out if its standard deviations leave the range of float64, since it is no mixture then.
    var trainingSteps: some Sequence<(step: Int, loss: Double, mixture: GaussianMixture)> {
        (0..<count).lazy.compactMap { index in
            (try? self.parameters(at: index).mixture()).map {
                (step: self.steps[index], loss: self.losses[index], mixture: $0)
            }
        }
    }

    /// The frames of an animation: every n-th step and the last, with the smallest n for which they are about a
    /// hundred.
    var trainingFrames: [TrainingFrame] {
        let interval = max(1, ((steps.last ?? 0) + 99) / 100)
        return trainingSteps.filter { $0.step % interval == 0 || $0.step == self.steps.last }
            .map { TrainingFrame(step: $0.step, loss: $0.loss, mixture: $0.mixture) }
    }
}
