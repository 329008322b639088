import Foundation
import GaussianMixtures

/// Pictures of a mixture and of its training.
///
/// Every function writes one file, under a temporary name that is then renamed, so an old picture survives a failure. All but
/// ``trainingPage(frames:data:label:title:to:)`` need gnuplot on PATH.
///
/// Data that are not finite are left out. Pictures show the middle 98 % of the data and as much again on either side; what is farther
/// out, such as a lone 1e150, is left out too, and the picture says how many values that is.
public enum Plots {
    /// A PNG, 1600 × 1000 pixels: the data's histogram as a density, each weighted component πₖ N(μₖ, σₖ²), and their sum.
    ///
    /// The legend gives each component's weight, mean and standard deviation to 3 significant digits, if there are at most 8.
    ///
    /// - Parameters:
    ///   - mixture: What to draw.
    ///   - data: N ≥ 1 values, in the mixture's unit. They are counted into at most 200 bins here; gnuplot sees only those.
    ///   - label: The name of the horizontal axis, taken literally and cut to 60 characters.
    ///   - url: The file to write or replace. Its folder must exist.
    /// - Throws: ``PlotError``.
    public static func fit(_ mixture: GaussianMixture, data: [Double], label: String = "x", to url: URL) throws(PlotError) {
        try draw(to: url) { () throws(PlotError) in
            FitScript.picture(mixture, scene: try FitScene(data: data, mixtures: [mixture], label: label))
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

    /// An animated GIF, 800 × 500 pixels: the components' densities over the data's histogram, one picture per frame, the axes fixed, step
    /// and loss in the title. It takes about 8 seconds, holds the last frame for 2.5 more and starts again.
    ///
    /// - Parameters:
    ///   - frames: What to show, in order. All are shown: choose every n-th step so that there are 100 to 200, about 1 MB a hundred.
    ///   - data: N ≥ 1 values, in the mixtures' unit.
    ///   - label: The name of the horizontal axis, taken literally and cut to 60 characters.
    ///   - url: The file to write or replace. Its folder must exist.
    /// - Throws: ``PlotError``.
    public static func animation(frames: [TrainingFrame], data: [Double], label: String = "x", to url: URL) throws(PlotError) {
        try draw(to: url, finish: GIF.holdingLastFrame) { () throws(PlotError) in
            FitScript.animation(frames, scene: try FitScene(data: data, mixtures: frames.map(\.mixture), label: label))
        }
    }

    /// Everything that can be known to fail is, before the work is done.
    static func draw(
        to url: URL, searchPath: String? = nil, finish: ([UInt8]) -> [UInt8] = { $0 }, script: () throws(PlotError) -> String
    ) throws(PlotError) {
        try Destination.check(url)
        let gnuplot = try Gnuplot(searchPath: searchPath ?? Gnuplot.environmentPath)
        try Destination.put(finish(try gnuplot.picture(try script())), at: url)
    }
}
