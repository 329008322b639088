import Foundation
import GaussianMixtures
import Testing

@testable import GMMPlots

@Suite struct HistogramTests {
    private func histogram(_ data: [Double], _ mixture: GaussianMixture = Samples.mixture) throws -> (Histogram, View) {
        let view = try View(data: data, mixture: Marginal(mixture))
        return (Histogram(data, view: view, mixture: Marginal(mixture)), view)
    }

    private func mass(_ histogram: Histogram, _ bin: Int) -> Double {
        histogram.densities[bin] * (histogram.edges[bin + 1] - histogram.edges[bin])
    }

    private func area(_ histogram: Histogram) -> Double {
        histogram.densities.indices.reduce(0) { $0 + mass(histogram, $1) }
    }

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

    /// The bar at each mean has the height of the curve there, and its area is what the mixture says, within 15 %.
    private func expectAgreement(_ mixture: GaussianMixture, _ data: [Double], _ what: Comment) throws {
        let (histogram, _) = try histogram(data, mixture), marginal = Marginal(mixture)
        for mean in marginal.means {
            let bin = try #require(histogram.edges.lastIndex { $0 <= mean }),
                (left, right) = (histogram.edges[bin], histogram.edges[bin + 1])
            let exact =
                try (mixture.cumulativeDistribution(right) - mixture.cumulativeDistribution(left)) / (right - left)
            #expect(abs(histogram.densities[bin] / exact - 1) < 0.15, what)
            #expect(0.8...1.25 ~= histogram.densities[bin] / marginal.density(at: mean), what)
        }
        #expect(histogram.densities.count <= 4000 && abs(area(histogram) - 1) < 1e-9, what)
    }

    @Test(arguments: [3.0, 5, 10, 30, 100, 300, 1000], [1, 0.25])
    func barsAreAsHighAsTheCurveHoweverFarGroupsAreApart(_ separation: Double, _ ratio: Double) throws {
        let standard = try GaussianMixture(weights: [1], means: [0], standardDeviations: [1])
        for (offset, scale) in [(0.0, 1.0), (-1e4, 1e-2), (1e9, 1e3)] {
            let mixture = try GaussianMixture(
                weights: [0.4, 0.6], means: [offset, offset + separation * scale],
                standardDeviations: [scale, scale * ratio])
            for count in [100, 1000] {
                // Quantiles of either component: no chance involved.
                let data = try (0..<2).flatMap { k in
                    let rows = Int((mixture.weights[k] * Double(count)).rounded())
                    return try (0..<rows).map { row in
                        mixture.means[k][0] + mixture.standardDeviations[k][0]
                            * (try standard.quantile((Double(row) + 0.5) / Double(rows)))
                    }
                }
                try expectAgreement(mixture, data, "\(count) quantiles, \(separation) apart, \(offset), \(scale)")
            }
        }
        let mixture = try GaussianMixture(
            weights: [0.4, 0.6], means: [0, separation], standardDeviations: [1, ratio])
        try expectAgreement(
            mixture, mixture.samples(20_000, key: RandomKey(seed: 7)).map { $0[0] }, "drawn, \(separation) apart")
    }

    @Test func binsOfRoundedDataHoldTheSameNumberOfValuesEach() throws {
        // Rounded to tenths, of two spreads: narrow bins would hold one value or none.
        let mixture = try GaussianMixture(weights: [0.4, 0.6], means: [0.2, 1.6], standardDeviations: [0.1, 0.3])
        let data = mixture.samples(300, key: RandomKey(seed: 1)).map { ($0[0] * 10).rounded() / 10 }
        let (histogram, _) = try histogram(data, mixture)
        for (left, right) in zip(histogram.edges, histogram.edges.dropFirst()) {
            let tenths = (right - left) * 10
            #expect(abs(tenths - tenths.rounded()) < 1e-6 && tenths > 0.5)
            #expect(abs((left * 10 - 0.5) - (left * 10 - 0.5).rounded()) < 1e-6, "no value is on an edge")
        }
        #expect(abs(area(histogram) - 1) < 1e-12)
        let (whole, _) = try self.histogram(data.map { $0 * 10 })
        #expect(abs(area(whole) - 1) < 1e-12)
    }

    @Test func aValueThatManySharePassesTheTopInsteadOfFlatteningTheRest() throws {
        let mixture = try GaussianMixture(weights: [0.3, 0.7], means: [0, 5], standardDeviations: [1e-6, 1])
        let data = mixture.samples(2000, key: RandomKey(seed: 1)).map { abs($0[0]) < 1e-3 ? 0 : $0[0] }
        let (histogram, _) = try histogram(data, mixture)
        #expect(histogram.isCut)
        #expect(histogram.height < 30 * 0.7 * 0.4)
        #expect(try !self.histogram(Samples.data).0.isCut)
    }

    @Test func aFarOutlierIsCountedAndLeftOut() throws {
        let (clean, _) = try histogram(Samples.data)
        let (histogram, view) = try histogram(Samples.data + [1e150, .nan, .infinity])
        #expect(view.outside == 1)
        #expect(view.count == 4001)
        #expect(abs(area(histogram) - 4000.0 / 4001) < 1e-12)
        #expect(histogram.edges[0] == clean.edges[0])
        #expect(view.range.upperBound < 100)
    }

    @Test func weightsCount() throws {
        let data = [0.0, 0.25, 0.5, 0.75, 1], weights = [3.0, 1, 0, 1, 5]
        let view = try View(data: data, weights: weights, mixture: Samples.marginal)
        let histogram = Histogram(data, weights: weights, view: view, mixture: Samples.marginal)
        #expect(view.weight == 10 && view.count == 5)
        #expect(abs(area(histogram) - 1) < 1e-12)
        #expect(abs(mass(histogram, 0) - 0.3) < 1e-12)
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
        let (histogram, view) = try histogram(
            (0..<1_000_000).map { i -> Double in i % 2 == 0 ? -2 : 5 + Double(i) * 1e-6 })
        #expect(view.outside == 0)
        #expect(abs(area(histogram) - 1) < 1e-9)
        #expect(mass(histogram, 0) > 0.49)
    }
}

@Suite struct ExtremeScenes {
    private func isDrawable(_ scene: FitScene, _ mixture: GaussianMixture) -> Bool {
        let mixture = Marginal(mixture)
        let points =
            scene.sum(mixture, .fine)
            + (0..<mixture.components).flatMap { scene.curve(mixture, component: $0, .coarse) }
        return points.allSatisfy { $0.x.isFinite && $0.y.isFinite && abs($0.x) < 1e8 && abs($0.y) < 1e8 }
            && scene.x.tics.count >= 2 && scene.y.tics.count >= 2
            && Set(scene.x.tics.map(\.label)).count == scene.x.tics.count
    }

    @Test(arguments: [
        (0, 1e-300), (0, 1e-9), (7, 1e-10), (-1e9, 1e-3), (1e15, 10), (0, 1e12), (0, 1e150), (0, 1e290), (-1e12, 1e-2),
        (1e-5, 1e-12),
    ])
    func everyScaleIsReadable(_ offset: Double, _ scale: Double) throws {
        let mixture = try GaussianMixture(
            weights: Samples.marginal.weights, means: Samples.marginal.means.map { offset + $0 * scale },
            standardDeviations: Samples.marginal.standardDeviations.map { $0 * scale })
        let scene = try FitScene(
            data: Samples.data.map { offset + $0 * scale }, mixtures: [Marginal(mixture)], label: "x")
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
        #expect(
            scene.curve(Marginal(spike), component: 0, .fine).contains { $0.y > scene.y.upper }, "the spike is sampled")
    }

    @Test func theFirstFramesDoNotMoveTheAxes() throws {
        let still = try FitScene(data: Samples.data, mixtures: [Samples.marginal], label: "x")
        let moving = try FitScene(
            data: Samples.data, mixtures: Samples.frames(20).map { Marginal($0.mixture) }, label: "x")
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
        let axis = Axis.linear(-5.6...12.7, name: "x", room: LabelRoom(length: 34, isHorizontal: true))
        #expect(axis.tics.map(\.label) == ["−4", "−2", "0", "2", "4", "6", "8", "10", "12"])
        #expect(axis.title == "x")
    }

    @Test func aNarrowRangeFarFromZeroIsCountedFromARoundNumber() {
        let axis = Axis.linear((7 - 5e-10)...(7 + 5e-10), name: "x", room: LabelRoom(length: 34, isHorizontal: true))
        #expect(axis.title == "x − 7 (× 10⁻¹⁰)")
        #expect(axis.tics.map(\.label) == (-5...5).map { "\($0)".replacing("-", with: "−") })
    }

    @Test func theLossOfTheNotebookHasTicsWithinItsDecade() {
        let axis = Axis.logarithmic(14_590.36...36_641.8, name: "loss")
        #expect(axis.tics.map(\.label) == ["15000", "20000", "25000", "30000", "35000"])
        #expect(axis.tics.allSatisfy { axis.lower...axis.upper ~= $0.coordinate })
        #expect(abs(axis.tics[1].coordinate - log10(20_000)) < 1e-12)
    }

    @Test(arguments: [
        (1e-300, 1e300), (1e-7, 1e-3), (1, 1.0000001), (5, 5), (14_590.36, 14_590.37), (0.02, 40), (1e20, 3e20),
    ])
    func logarithmicTicsAreFewAndDistinct(_ low: Double, _ high: Double) {
        let axis = Axis.logarithmic(low...high, name: "loss")
        #expect(2...12 ~= axis.tics.count)
        #expect(Set(axis.tics.map(\.label)).count == axis.tics.count)
        #expect(axis.lower < log10(low) && axis.upper > log10(high))
    }
}

@Suite struct LabelTests {
    private static let ranges: [ClosedRange<Double>] = [
        -10000...0, -10200...204, 0...1e9, -3e9 ... -1e9, 0...7e-9, 1.7e9...(1.7e9 + 100), 9990...10010,
        -0.00012...0.0003, 99_990...100_020,
        -1e150...1e150, 123_456.7...123_456.9, -99999...99999, 0...100_000, -1e-300...1e-300, -5...5, 0.999...1.001,
    ]

    @Test(arguments: ranges, [9.0, 11, 14, 20, 34, 60])
    func labelsDoNotMeet(_ range: ClosedRange<Double>, _ length: Double) {
        for isBounded in [false, true] {
            for isHorizontal in [false, true] {
                let room = LabelRoom(length: length, isHorizontal: isHorizontal, isBounded: isBounded)
                let axis = Axis.linear(range, name: "x", room: room)
                #expect(axis.tics.count >= 2, "\(range), \(room)")
                let places = axis.tics.map { tic in
                    let half = (isHorizontal ? LabelRoom.width(tic.label) : 1.2) / 2
                    let middle = (tic.coordinate - axis.lower) / (axis.upper - axis.lower) * length
                    return (from: middle - half, to: middle + half)
                }
                #expect(
                    zip(places, places.dropFirst()).allSatisfy { $1.from - $0.to > 0.5 },
                    "\(axis.tics.map(\.label)) in \(length) em")
                #expect(!isBounded || places.allSatisfy { $0.from >= 0 && $0.to <= length })
                #expect(Set(axis.tics.map(\.label)).count == axis.tics.count)
                #expect(
                    axis.tics.allSatisfy {
                        range.contains(axis.value($0.coordinate)) || abs(axis.value($0.coordinate)) < 1e-9 * length
                    })
            }
        }
    }

    @Test func namesAreCutToTheAxis() {
        let room = LabelRoom(length: 10, isHorizontal: true, isBounded: true)
        for name in [
            "a", "minus_ten_thousand_long_name", String(repeating: "W", count: 60), String(repeating: "長", count: 60),
        ] {
            #expect(LabelRoom.width(Axis.linear(0...1e9, name: name, room: room).name) <= 10)
        }
        let axis = Axis.linear(
            0...1e9, name: String(repeating: "n", count: 60), room: LabelRoom(length: 26, isHorizontal: false))
        #expect(LabelRoom.width(axis.title) <= 26.5)
    }

    @Test func meansAreRoundedToWhatTheirSpreadMakesMatter() {
        for (mean, deviation, text) in [
            (-4.72e-17, 1.0, "0"), (0.0123, 1, "0.01"), (-2.03, 1.09, "−2.03"), (80.091, 5.87, "80.09"),
            (1_700_000_031.5, 20, "1700000031.5"),
            (1_702_592_031.5, 1296, "1702592032"), (7e-9, 5e-10, "7.000e−9"), (3e-9, 1e-9, "3.00e−9"),
            (-9012.3, 216, "−9012"),
            (5, 1e-300, "5.00000000000"), (1e300, 1e-300, "1.00000000000e300"), (1e-300, 1e300, "0"),
        ] { #expect(LabelText.mean(mean, deviation: deviation) == text) }
        for i in 0..<2000 {
            let deviation = exp2(Double(i % 61 - 30) * 1.37),
                mean = deviation * sin(Double(i)) * exp2(Double(i % 23 - 9))
            let text = LabelText.mean(mean, deviation: deviation).replacing("−", with: "-")
            #expect(abs(Double(text)! - mean) <= deviation / 100, "\(mean), \(deviation)")
        }
    }

    @Test func pointsOfAColumnStandUnderEachOther() {
        #expect(
            LabelText.column("mean", ["−20.00", "1.000", "0", "4e−9"]) == [
                "   mean", "−20.00 ", "  1.000", "  0    ", "   4e−9",
            ])
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
        #expect(
            zip(scene.curve.map(\.y), [2.0, 0, 0]).allSatisfy { abs($0 - $1) < 1e-12 },
            "the lowest sits on the least that is drawn")
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
