import Foundation
import GaussianMixtures
import Testing

@testable import GMMPlots

@Suite struct HistogramTests {
    private func histogram(_ data: [Double], _ mixture: GaussianMixture = Samples.mixture) throws -> (Histogram, View) {
        let view = try View(data: data, mixture: Marginal(mixture))
        return (Histogram(data, view: view), view)
    }

    private func area(_ histogram: Histogram) -> Double { histogram.densities.reduce(0, +) * histogram.width }

    @Test func integratesToOne() throws {
        let (histogram, view) = try histogram(Samples.data)
        #expect(abs(area(histogram) - 1) < 1e-12)
        #expect(view.outside == 0)
        #expect(10...200 ~= histogram.densities.count)
    }

    @Test func binsOfFreedmanAndDiaconis() throws {
        // Evenly over [0, 1): IQR 1/2, so bins are 1000^(−1/3) = 1/10 wide.
        let (histogram, _) = try histogram((0..<1000).map { (Double($0) + 0.5) / 1000 })
        #expect(histogram.densities.count == 10)
        #expect(histogram.densities.allSatisfy { abs($0 * 0.999 - 1) < 0.02 })
    }

    @Test func aFarOutlierIsCountedAndLeftOut() throws {
        let (clean, _) = try histogram(Samples.data)
        let (histogram, view) = try histogram(Samples.data + [1e150, .nan, .infinity])
        #expect(view.outside == 1)
        #expect(view.count == 4001)
        #expect(abs(area(histogram) - 4000.0 / 4001) < 1e-12)
        #expect(histogram.start == clean.start)
        #expect(view.range.upperBound < 100)
    }

    @Test func weightsCount() throws {
        let data = [0.0, 0.25, 0.5, 0.75, 1], weights = [3.0, 1, 0, 1, 5]
        let view = try View(data: data, weights: weights, mixture: Samples.marginal)
        let histogram = Histogram(data, weights: weights, view: view)
        #expect(view.weight == 10 && view.count == 5)
        #expect(abs(area(histogram) - 1) < 1e-12)
        #expect(abs(histogram.densities[0] * histogram.width - 0.3) < 1e-12)
        #expect(throws: PlotError.self) { try View(data: data, weights: [0, 0, 0, 0, 0], mixture: Samples.marginal) }
    }

    @Test func noDatumIsLostOnAnEdge() throws {
        let (histogram, _) = try histogram([0, 0.25, 0.5, 0.75, 1])
        #expect(abs(area(histogram) - 1) < 1e-12)
    }

    @Test(arguments: [0, 3, -1e9, 1e-300, 1e299])
    func constantDataMakeOneBar(_ value: Double) throws {
        let (histogram, _) = try histogram([Double](repeating: value, count: 50))
        #expect(histogram.densities.filter { $0 > 0 }.count == 1)
        #expect(histogram.densities[20] > 0, "the bar is in the middle")
        #expect(histogram.densities.allSatisfy { $0.isFinite })
    }

    @Test func millionsOfInterleavedValuesAreSeen() throws {
        // Two clusters taking turns: a sample at regular places would see one of them.
        let (histogram, view) = try histogram((0..<1_000_000).map { i -> Double in i % 2 == 0 ? -2 : 5 + Double(i) * 1e-6 })
        #expect(view.outside == 0)
        #expect(abs(area(histogram) - 1) < 1e-9)
        #expect(histogram.densities[0] * histogram.width > 0.49)
    }
}

@Suite struct ExtremeScenes {
    private func isDrawable(_ scene: FitScene, _ mixture: GaussianMixture) -> Bool {
        let mixture = Marginal(mixture)
        let points = scene.sum(mixture, .fine) + (0..<mixture.components).flatMap { scene.curve(mixture, component: $0, .coarse) }
        return points.allSatisfy { $0.x.isFinite && $0.y.isFinite && abs($0.x) < 1e8 && abs($0.y) < 1e8 }
            && scene.x.tics.count >= 2 && scene.y.tics.count >= 2 && Set(scene.x.tics.map(\.label)).count == scene.x.tics.count
    }

    @Test(arguments: [
        (0, 1e-300), (0, 1e-9), (7, 1e-10), (-1e9, 1e-3), (1e15, 10), (0, 1e12), (0, 1e150), (0, 1e290), (-1e12, 1e-2), (1e-5, 1e-12),
    ])
    func everyScaleIsReadable(_ offset: Double, _ scale: Double) throws {
        let mixture = try GaussianMixture(
            weights: Samples.marginal.weights, means: Samples.marginal.means.map { offset + $0 * scale },
            standardDeviations: Samples.marginal.standardDeviations.map { $0 * scale })
        let scene = try FitScene(data: Samples.data.map { offset + $0 * scale }, mixtures: [Marginal(mixture)], label: "x")
        #expect(isDrawable(scene, mixture))
        #expect(3...15 ~= scene.x.tics.count)
        #expect(scene.x.tics.allSatisfy { $0.label.count <= 9 })
        let highest = scene.histogram.densities.max()!
        #expect(abs(scene.y.coordinate(highest)) > 0.4 * scene.y.upper, "the histogram fills the picture")
    }

    @Test(arguments: [
        [1.0], [5, 5], [1, 2, 1e150], [-1e300, 1e300], [1.7e308, 1], [0, .leastNonzeroMagnitude],
        [.nan, 3, .infinity], (1...5).map { Double($0) * .leastNormalMagnitude / 8 },
    ])
    func strangeDataDoNotTrap(_ data: [Double]) throws {
        for deviation in [1e-300, 1, 1e300] {
            let mixture = try GaussianMixture(weights: [1], means: [1], standardDeviations: [deviation])
            #expect(isDrawable(try FitScene(data: data, mixtures: [Marginal(mixture)], label: "x"), mixture))
        }
    }

    @Test func aCollapsedComponentDoesNotFlattenTheRest() throws {
        let spike = try GaussianMixture(weights: [0.5, 0.5], means: [5, 3], standardDeviations: [1e-9, 3])
        let scene = try FitScene(data: Samples.data, mixtures: [Marginal(spike)], label: "x")
        #expect(scene.y.upper < 2.2 * scene.histogram.densities.max()!)
        #expect(scene.curve(Marginal(spike), component: 0, .fine).contains { $0.y > scene.y.upper }, "the spike is sampled")
    }

    @Test func theFirstFramesDoNotMoveTheAxes() throws {
        let still = try FitScene(data: Samples.data, mixtures: [Samples.marginal], label: "x")
        let moving = try FitScene(data: Samples.data, mixtures: Samples.frames(20).map { Marginal($0.mixture) }, label: "x")
        #expect(moving.x == still.x)
        #expect(moving.y.upper <= 1.75 * 1.06 * still.histogram.densities.max()! + 1e-12)
    }

    @Test func nothingToDrawIsAnError() {
        #expect(throws: PlotError.self) { try FitScene(data: [], mixtures: [Samples.marginal], label: "x") }
        #expect(throws: PlotError.self) { try FitScene(data: [.nan], mixtures: [Samples.marginal], label: "x") }
        #expect(throws: PlotError.self) { try FitScene(data: [1.7e308], mixtures: [Samples.marginal], label: "x") }
        #expect(throws: PlotError.self) { try FitScene(data: [1], mixtures: [], label: "x") }
        #expect(throws: PlotError.self) { try LossScene(steps: [1], losses: []) }
        #expect(throws: PlotError.self) { try LossScene(steps: [1], losses: [.nan]) }
    }
}

@Suite struct AxisTests {
    @Test func roundSteps() {
        let axis = Axis.linear(-5.6...12.7, title: "x")
        #expect(axis.tics.map(\.label) == ["−4", "−2", "0", "2", "4", "6", "8", "10", "12"])
        #expect(axis.title == "x")
    }

    @Test func aNarrowRangeFarFromZeroIsCountedFromARoundNumber() {
        let axis = Axis.linear((7 - 5e-10)...(7 + 5e-10), title: "x")
        #expect(axis.title == "x − 7 (× 10⁻¹⁰)")
        #expect(axis.tics.map(\.label) == (-5...5).map { "\($0)".replacing("-", with: "−") })
    }

    @Test func theLossOfTheNotebookHasTicsWithinItsDecade() {
        let axis = Axis.logarithmic(14_590.36...36_641.8, title: "loss")
        #expect(axis.tics.map(\.label) == ["15000", "20000", "25000", "30000", "35000"])
        #expect(axis.tics.allSatisfy { axis.lower...axis.upper ~= $0.coordinate })
        #expect(abs(axis.tics[1].coordinate - log10(20_000)) < 1e-12)
    }

    @Test(arguments: [(1e-300, 1e300), (1e-7, 1e-3), (1, 1.0000001), (5, 5), (14_590.36, 14_590.37), (0.02, 40), (1e20, 3e20)])
    func logarithmicTicsAreFewAndDistinct(_ low: Double, _ high: Double) {
        let axis = Axis.logarithmic(low...high, title: "loss")
        #expect(2...12 ~= axis.tics.count)
        #expect(Set(axis.tics.map(\.label)).count == axis.tics.count)
        #expect(axis.lower < log10(low) && axis.upper > log10(high))
    }
}

@Suite struct LossSceneTests {
    @Test func positiveLossesAreThemselves() throws {
        let scene = try LossScene(steps: [0, 1, 2, 3], losses: [1000, .nan, 10, 100])
        #expect(scene.y.title == "loss")
        #expect(scene.curve.map(\.x) == [0, 2, 3])
        #expect(zip(scene.curve.map(\.y), [3.0, 1, 2]).allSatisfy { abs($0 - $1) < 1e-12 })
    }

    @Test func lossesThatCrossZeroAreMeasuredFromTheLowest() throws {
        let scene = try LossScene(steps: [0, 1, 2], losses: [90, -9, -10])
        #expect(scene.y.title == "loss above its lowest, −10.0000")
        #expect(zip(scene.curve.map(\.y), [2.0, 0, 0]).allSatisfy { abs($0 - $1) < 1e-12 }, "the lowest sits on the least that is drawn")
        #expect(scene.curve.allSatisfy { scene.y.lower...scene.y.upper ~= $0.y })
    }

    @Test func aMillionStepsKeepTheirExtremes() throws {
        var losses = (0..<1_000_000).map { 100 + 1e6 / Double($0 + 1) }
        losses[777_777] = 1e7
        let scene = try LossScene(steps: Array(losses.indices), losses: losses)
        #expect(scene.curve.count <= 4000)
        #expect(scene.curve.contains { $0.y == 7 })
        #expect(zip(scene.curve, scene.curve.dropFirst()).allSatisfy { $0.x < $1.x })
    }
}
