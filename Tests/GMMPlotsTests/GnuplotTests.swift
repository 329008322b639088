import Foundation
import GaussianMixtures
import Testing

@testable import GMMPlots

/// A locale whose numbers have a comma, for one thread: what setlocale does to all of them would disturb other tests.
private enum Comma {
    nonisolated(unsafe) static let locale: locale_t? = [
        "de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8", "es_ES.UTF-8", "es_ES.utf8",
    ].lazy
        .compactMap { (name: String) -> locale_t? in newlocale(1 << Int32(LC_NUMERIC), name, nil) }.first

    static func inLocale(_ body: () throws -> Void) rethrows {
        let before = uselocale(locale)
        defer { uselocale(before) }
        try body()
    }
}

@Suite struct ScriptTests {
    private let nasty =
        "it's a_{b}^c \"q\" \\ `touch stolen` @x %d\n!touch stolen\nsystem('touch stolen')\u{2028}'; system(\"touch stolen\") #"

    @Test func aLabelStaysInsideItsString() throws {
        let script = FitScript.picture(
            Samples.marginal, scene: try FitScene(data: Samples.data, mixtures: [Samples.marginal], label: nasty))
        let lines = script.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.filter { $0.contains("touch") }.count == 1)
        let line = try #require(lines.first { $0.contains("touch") })
        #expect(line.hasPrefix("set xlabel 'it’s a_{b}^c \"q\" \\ `touch stolen` "))
        #expect(line.hasSuffix("' textcolor rgb '#222222'"))
        #expect(line.filter { $0 == "'" }.count == 4)
    }

    @Test func quotes() {
        #expect(GnuplotScript.quoted("a'b\\") == "'a’b\\'")
        #expect(GnuplotScript.quoted("'\n'\0") == "'’ ’ '")
    }

    @Test(.enabled(if: hasGnuplot, "gnuplot is not installed"))
    func aLabelRunsNothing() throws {
        try withTemporaryFolder { folder in
            let mark = folder.appendingPathComponent("stolen").path
            for wrap in [
                "`%`", "'; system('%'); '", "'\n!%\n'", "\\\nsystem \"%\"\n", "@{%}", "$(%)", "\"; system(\"%\"); \"",
            ] {
                let label = wrap.replacing("%", with: "touch \(mark)")
                var script = GnuplotScript(terminal: "pngcairo size 200,100")
                script.axis(
                    "x",
                    Axis(lower: 0, upper: 1, tics: [], name: label, scale: "", offset: 0, unit: 1, isLogarithmic: false)
                )
                script.plot(["x title \(GnuplotScript.quoted(label))"])
                let picture = try Gnuplot().picture(script.text)
                #expect(picture.starts(with: [0x89, 0x50]))
                #expect(!FileManager.default.fileExists(atPath: mark), "\(label)")
            }
        }
    }

    @Test func theAnimationFixesItsAxesOnce() throws {
        let frames = Samples.frames(7)
        let scene = try FitScene(data: Samples.data, mixtures: frames.map { Marginal($0.mixture) }, label: "x")
        let lines = FitScript.animation(frames, scene: scene).split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("set xrange") }.count == 1)
        #expect(lines.filter { $0.hasPrefix("set yrange") }.count == 1)
        #expect(lines.filter { $0.hasPrefix("plot ") }.count == 7)
        #expect(lines.contains { $0.hasPrefix("set label 1 'step 60      loss 17447.50'") })
    }

    @Test func theLegendOfTheAnimationIsBesideItAndTheSameInEveryFrame() throws {
        let frames = (0..<3).map { i in
            // The second component is taken out first, then the third.
            let means = Array([-2.0, 5, 9][..<(3 - i)])
            let mixture = try! GaussianMixture(
                weights: means.map { _ in 1 / Double(means.count) }, means: means,
                standardDeviations: means.map { _ in 1 })
            return TrainingFrame(step: i, loss: 1, mixture: mixture)
        }
        let scene = try FitScene(data: Samples.data, mixtures: frames.map { Marginal($0.mixture) }, label: "x")
        let script = FitScript.animation(frames, scene: scene)
        #expect(script.contains("set key outside right"))
        let plots = script.split(separator: "set label 1").dropFirst().map(String.init)
        #expect(plots.count == 3)
        for (index, plot) in plots.enumerated() {
            for k in 0..<3 {
                #expect(
                    plot.contains(
                        "NaN with lines linewidth 2 linecolor rgb '\(Palette.color(k))' title 'component \(k + 1)'"))
                let curve = "$frame\(index)_\(k) with lines linewidth 2 linecolor rgb '\(Palette.color(k))' notitle"
                #expect(plot.contains(curve) == (k < 3 - index), "component \(k) of frame \(index)")
            }
        }
    }

    @Test func everyComponentOfAnAnimationHasItsOwnColour() throws {
        #expect(
            Set((0..<18).map(Palette.undashed)).count == 18
                && (0..<6).allSatisfy { Palette.undashed($0) == Palette.color($0) })
        let eight = try GaussianMixture(
            weights: [Double](repeating: 0.125, count: 8), means: (0..<8).map { Double($0) },
            standardDeviations: (0..<8).map { _ in 0.4 })
        let scene = try FitScene(data: Samples.data, mixtures: [Marginal(eight)], label: "x")
        let script = FitScript.animation([TrainingFrame(step: 0, loss: 1, mixture: eight)], scene: scene)
        #expect(
            (0..<8).allSatisfy {
                script.contains("linecolor rgb '\(Palette.undashed($0))' title 'component \($0 + 1)'")
            })
        #expect(!script.contains("dashtype"), "gnuplot's GIFs have none")
    }

    @Test func narrowBarsHaveNoWhiteBorders() throws {
        let far = try GaussianMixture(weights: [0.5, 0.5], means: [-10000, 0], standardDeviations: [10, 10])
        let data = far.samples(400, key: RandomKey(seed: 1)).map { $0[0] }
        let script = FitScript.picture(
            Marginal(far), scene: try FitScene(data: data, mixtures: [Marginal(far)], label: "x"))
        let bars = script.split(separator: "\n").filter { $0.contains("$bins using") }
        #expect(bars.count == 1 && bars[0].contains("border linecolor rgb '\(Palette.histogram)'"))
    }

    @Test(.enabled(if: Comma.locale != nil, "no locale with a decimal comma is installed"))
    func scriptsHaveDecimalPointsInEveryLocale() throws {
        func texts() throws -> [String] {
            let frames = Samples.frames(3),
                fit = try FitScene(data: Samples.data, mixtures: [Samples.marginal], label: "x")
            let plane = try ScatterScene(Samples.bivariate, data: Samples.plane)
            let matrix = try ScatterScene(
                Samples.trivariate, data: Samples.scatter, frame: MatrixLayout(features: 3).frame)
            return [
                FitScript.picture(Samples.marginal, scene: fit), FitScript.animation(frames, scene: fit),
                LossScript.picture(try LossScene(steps: [0, 1, 2], losses: [10, -5.5, 3])),
                ScatterScript.picture(Samples.bivariate, scene: plane),
                ScatterScript.animation(Samples.planeFrames, scene: plane),
                ScatterScript.matrix(Samples.trivariate, scene: matrix),
                try TrainingPage.html(frames: frames, data: Samples.data, label: "x", title: "t"),
                try TrainingPage.html(frames: Samples.planeFrames, data: Samples.plane, title: "t"),
            ]
        }
        let expected = try texts()
        try Comma.inLocale {
            #expect(String(format: "%.1f", 0.5) == "0,5", "the locale is in force")
            let inside = try texts()
            #expect(inside == expected)
        }
    }

    @Test func theBinsInTheScriptIntegrateToOne() throws {
        let scene = try FitScene(data: Samples.data, mixtures: [Samples.marginal], label: "x")
        let bins = block("bins", FitScript.picture(Samples.marginal, scene: scene))
        #expect(bins.count == scene.histogram.densities.count { $0 > 0 })
        #expect(abs(bins.reduce(0) { $0 + $1[1] * $1[2] } - 1) < 1e-9)
    }

    @Test func theCurvesInTheScriptAreTheComponentsAndTheirSum() throws {
        let mixture = Samples.marginal
        let script = FitScript.picture(
            mixture, scene: try FitScene(data: Samples.data, mixtures: [mixture], label: "x"))
        let peaks = (0..<2).map { k in block("component\(k)", script).max { $0[1] < $1[1] }! }
        #expect(abs(peaks[0][0] + 2) < 0.05 && abs(peaks[0][1] - 0.25 * 0.398942) < 1e-4)
        #expect(abs(peaks[1][0] - 5) < 0.05 && abs(peaks[1][1] - 0.75 * 0.398942 / 2) < 1e-4)
        let sum = block("sum", script)
        let area = zip(sum, sum.dropFirst()).reduce(0) { $0 + ($1.1[0] - $1.0[0]) * ($1.1[1] + $1.0[1]) / 2 }
        #expect(abs(area - 1) < 0.01)
        #expect(script.contains("' 0.250  −2.00  1.00'"))
    }

    @Test func noScriptHoldsANumberThatIsNone() throws {
        let spike = try GaussianMixture(
            weights: [0, 0.5, 0.5], means: [0, 1e300, -3], standardDeviations: [1, 1e-300, 1e300])
        let scene = try FitScene(data: Samples.data + [.nan, 1e308], mixtures: [Marginal(spike)], label: "x")
        let frame = TrainingFrame(step: 0, loss: .nan, mixture: spike)
        for script in [FitScript.picture(Marginal(spike), scene: scene), FitScript.animation([frame], scene: scene)] {
            let blocks = script.split(separator: "EOD").enumerated().filter { !$0.offset.isMultiple(of: 2) }.map(
                \.element)
            #expect(blocks.count == 5)
            #expect(
                blocks.allSatisfy {
                    $0.split(whereSeparator: \.isWhitespace).allSatisfy { Double($0)?.isFinite == true }
                })
        }
    }

    @Test func manyComponentsHaveNoLegendEach() throws {
        let many = try GaussianMixture(
            weights: [Double](repeating: 1 / 9.0, count: 9), means: (0..<9).map(Double.init),
            standardDeviations: (0..<9).map { _ in 1 })
        let script = FitScript.picture(
            Marginal(many), scene: try FitScene(data: Samples.data, mixtures: [Marginal(many)], label: "x"))
        #expect(script.contains("title '9 components'"))
        #expect(!script.contains("weight"))
        #expect((0..<9).allSatisfy { script.contains("$component\($0) with lines") })
    }

    private func block(_ name: String, _ script: String) -> [[Double]] {
        let lines = script.split(separator: "\n")
        guard let start = lines.firstIndex(of: "$\(name) << EOD") else { return [] }
        return lines[(start + 1)...].prefix { $0 != "EOD" }.map { $0.split(separator: " ").compactMap { Double($0) } }
    }
}

@Suite(.enabled(if: hasGnuplot, "gnuplot is not installed")) struct PictureTests {
    /// Width and height of a PNG.
    private func size(_ url: URL) throws -> [Int] {
        let bytes = [UInt8](try Data(contentsOf: url))
        try #require(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
        return [16, 20].map { at in bytes[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) } }
    }

    @Test func fitAndLoss() throws {
        try withTemporaryFolder { folder in
            let (fit, loss) = (
                folder.appendingPathComponent("it's a \"fit\"\n.png"), folder.appendingPathComponent("loss.png")
            )
            try Plots.fit(Samples.mixture, data: Samples.data, label: "a_b'c", to: fit)
            try Plots.loss(steps: [0, 1, 2], losses: [10, -5, 3], to: loss)
            #expect(try size(fit) == [1600, 1000])
            #expect(try size(loss) == [1600, 1000])
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2, "nothing temporary is left"
            )
        }
    }

    @Test func oneLossIsAPoint() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("loss.png")
            try Plots.loss(steps: [5], losses: [3], to: url)
            #expect(try size(url) == [1600, 1000])
        }
    }

    @Test func animation() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("training.gif")
            try Plots.animation(frames: Samples.frames(25), data: Samples.data, to: url)
            let bytes = [UInt8](try Data(contentsOf: url))
            try #require(bytes.starts(with: Array("GIF89a".utf8)))
            #expect(Int(bytes[6]) + Int(bytes[7]) << 8 == 800)
            #expect(Int(bytes[8]) + Int(bytes[9]) << 8 == 500)
            let delays = GIF.delays(bytes).map { Int(bytes[$0]) + Int(bytes[$0 + 1]) << 8 }
            #expect(delays == [Int](repeating: 32, count: 24) + [250])
            #expect(Data(bytes).range(of: Data("NETSCAPE2.0".utf8)) != nil, "it starts again")
            #expect(bytes.count < 25 * 20_000)
        }
    }

    @Test func whatIsNoGIFIsLeftAlone() {
        for bytes in [[], [1, 2, 3], Array("GIF89a".utf8) + [UInt8](repeating: 0xFF, count: 30)] as [[UInt8]] {
            #expect(GIF.holdingLastFrame(bytes) == bytes)
        }
    }
}
