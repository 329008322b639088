import Foundation
import GaussianMixtures

/// Pictures of a mixture and of its training; those of this file in one dimension.
///
/// Every function writes one file, under a temporary name that is then renamed, so an old picture survives a failure.
/// All but ``trainingPage(frames:data:label:title:to:)`` need gnuplot on PATH.
///
/// Data that are not finite are left out. Pictures show the middle 98 % of the data and as much again on either side.
/// Values farther out, such as a lone 1e150, are left out too, and the picture says how many they are.
public enum Plots {
    /// A PNG, 1600 × 1000 pixels: the data's histogram as a density, each weighted component πₖ N(μₖ, σₖ²), and their
    /// sum.
    ///
    /// The legend gives each component's weight and standard deviation to 3 significant digits, and the mean to as many
    /// as that deviation makes matter, if there are at most 8 components.
    ///
    /// - Parameters:
    ///   - mixture: What to draw.
    ///   - data: N ≥ 1 values, in the mixture's unit. They are counted into bins here; gnuplot sees only those. Around
    ///     components that are narrow beside the whole range the bins are narrower.
    ///   - weights: One for each datum; nil, the default, if all are 1.
    ///   - label: The name of the horizontal axis, taken literally and cut to 60 characters.
    ///   - url: The file to write or replace. Its folder must exist.
    /// - Throws: ``PlotError``.
    public static func fit(
        _ mixture: GaussianMixture, data: [Double], weights: [Double]? = nil, label: String = "x", to url: URL
    ) throws(PlotError) {
        let marginal = Marginal(mixture)
        try draw(to: url) { () throws(PlotError) in
            let length = FitScript.length(marginal)
            return FitScript.picture(
                marginal,
                scene: try FitScene(data: data, weights: weights, mixtures: [marginal], label: label, length: length))
        }
    }

    /// A PNG, 1600 × 1000 pixels: the loss against the step, on a logarithmic axis.
    ///
    /// If a loss is not positive the axis shows the loss above the lowest one, and says so.
    ///
    /// - Parameters:
    ///   - steps: The step of each loss, in ascending order.
    ///   - losses: As many losses; those that are not finite are left out.
    ///   - url: The file to write or replace. Its folder must exist.
    /// - Throws: ``PlotError``.
    public static func loss(steps: [Int], losses: [Double], to url: URL) throws(PlotError) {
        try draw(to: url) { () throws(PlotError) in LossScript.picture(try LossScene(steps: steps, losses: losses)) }
    }

    /// An animated GIF, 800 × 500 pixels: the components' densities over the data's histogram, one picture per frame,
    /// the axes fixed, step and loss in the title. It takes about 8 seconds, holds the last frame for 2.5 more and
    /// starts again.
    ///
    /// - Parameters:
    ///   - frames: What to show, in order. All are shown: choose every n-th step so that there are 100 to 200, about 1
    ///     MB a hundred.
    ///   - data: N ≥ 1 values, in the mixtures' unit.
    ///   - weights: One for each datum; nil, the default, if all are 1.
    ///   - label: The name of the horizontal axis, taken literally and cut to 60 characters.
    ///   - url: The file to write or replace. Its folder must exist.
    /// - Throws: ``PlotError``.
    public static func animation(
        frames: [TrainingFrame], data: [Double], weights: [Double]? = nil, label: String = "x", to url: URL
    ) throws(PlotError) {
        try draw(to: url, finish: GIF.holdingLastFrame) { () throws(PlotError) in
            let marginals = frames.map { Marginal($0.mixture) }
            let length = FitScript.animationLength
            return FitScript.animation(
                frames,
                scene: try FitScene(data: data, weights: weights, mixtures: marginals, label: label, length: length))
        }
    }

    /// A destination that cannot be written and a missing gnuplot are found before the work is done.
    static func draw(
        to url: URL, searchPath: String? = nil, finish: ([UInt8]) -> [UInt8] = { $0 },
        script: () throws(PlotError) -> String
    ) throws(PlotError) {
        try Destination.check(url)
        let gnuplot = try Gnuplot(searchPath: searchPath ?? Gnuplot.environmentPath)
        try Destination.put(finish(try gnuplot.picture(try script())), at: url)
    }
}

/// Pictures in two and more dimensions.
extension Plots {
    /// A PNG of a mixture of D ≥ 2 features: for two a scatter plot, 1600 × 1000 pixels; for more a matrix of them
    /// below a diagonal of histograms with the marginal densities, 1600 × 1600, of the first six.
    ///
    /// Points are coloured by their most probable component, and each component has its ellipses of 1 and 2 standard
    /// deviations. Two features whose ranges are within three times of each other have one scale, so angles are true;
    /// otherwise the legend says that scales differ.
    ///
    /// - Parameters:
    ///   - mixture: What to draw.
    ///   - data: Of all of its features.
    ///   - url: The file to write or replace. Its folder must exist.
    /// - Throws: ``PlotError``.
    public static func scatter(_ mixture: GaussianMixture, data: ScatterData, to url: URL) throws(PlotError) {
        try draw(to: url) { () throws(PlotError) in
            guard data.features.count > 2 else {
                return ScatterScript.picture(
                    mixture, scene: try ScatterScene(mixture, data: data, frame: ScatterScript.frame(mixture)))
            }
            let scene = try ScatterScene(mixture, data: data, frame: MatrixLayout(features: data.shown).frame)
            return ScatterScript.matrix(mixture, scene: scene)
        }
    }

    /// An animated GIF of a mixture of two features, 800 × 600 pixels: the components' ellipses over the data, with the
    /// timing of ``animation(frames:data:weights:label:to:)``.
    ///
    /// - Parameters:
    ///   - frames: What to show, in order. The last decides what part of the data is shown.
    ///   - data: Of two features.
    ///   - url: The file to write or replace. Its folder must exist.
    /// - Throws: ``PlotError``.
    public static func scatterAnimation(frames: [TrainingFrame], data: ScatterData, to url: URL) throws(PlotError) {
        try draw(to: url, finish: GIF.holdingLastFrame) { () throws(PlotError) in
            guard let last = frames.last else { throw .nothingToDraw(reason: "there is no mixture") }
            return ScatterScript.animation(
                frames, scene: try ScatterScene(last.mixture, data: data, frame: ScatterScript.animationFrame))
        }
    }
}
