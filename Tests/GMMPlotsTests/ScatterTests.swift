import Foundation
import GaussianMixtures
import Testing

@testable import GMMPlots

@Suite struct ScatterDataTests {
    @Test func fewRowsAreAllThere() {
        let data = ScatterData(rows: 3, features: ["a", "b"]) { Double($0 * 10 + $1) }
        #expect(data.points == [[0, 1], [10, 11], [20, 21]])
        #expect(data.columns == [[0, 10, 20], [1, 11, 21]] && data.weights == nil)
    }

    @Test func manyRowsAreSampledInOrder() {
        let data = ScatterData(rows: 1_000_000, features: ["a", "b"]) { row, d in
            d == 0 ? Double(row) : row % 2 == 0 ? -1 : 1
        }
        #expect(
            data.rows == 1_000_000 && data.points.count == ScatterData.mostPoints && data.columns[0].count == 100_000)
        #expect(zip(data.points, data.points.dropFirst()).allSatisfy { $0[0] < $1[0] })
        // Two kinds taking turns: regular places would see one of them.
        let share = Double(data.points.count { $0[1] > 0 }) / Double(data.points.count)
        #expect(abs(share - 0.5) < 0.05)
    }

    @Test func pointsFollowTheWeights() {
        let weights = (0..<50_000).map { $0 < 25_000 ? 1.0 : 3 }
        let data = ScatterData(rows: weights.count, features: ["a", "b"], weights: weights) { row, _ in Double(row) }
        #expect(abs(Double(data.points.count { $0[0] >= 25_000 }) / Double(data.points.count) - 0.75) < 0.01)
        #expect(data.weights == weights)
        let few = ScatterData(rows: 3, features: ["a"], weights: [1, 0, 2]) { row, _ in Double(row) }
        #expect(few.points == [[0], [2]] && few.weights == [1, 0, 2])
    }

    @Test func whatIsNotFiniteIsLeftOutAndNoMoreThanSixFeaturesAreDrawn() {
        let data = ScatterData(rows: 4, features: (0..<9).map { "\($0)" }) { $0 == 1 && $1 == 8 ? .nan : Double($0) }
        #expect(data.shown == 6 && data.points.count == 3 && data.points[0].count == 9 && data.columns[5] == [0, 2, 3])
    }
}

@Suite struct ScatterSceneTests {
    @Test func ellipsesAreTheContoursOfTheDensity() throws {
        let scene = try ScatterScene(Samples.bivariate, data: Samples.plane),
            projection = Projection(Samples.trivariate, shown: 2)
        for k in 0..<3 {
            for radius in [1.0, 2] {
                let points = scene.ellipse(projection, component: k, 0, 1, radius: radius)
                let peak = Samples.bivariate.logJointDensity(Samples.bivariate.means[k], component: k)
                for point in points {
                    let x = [scene.axes[0].value(point.x), scene.axes[1].value(point.y)]
                    #expect(
                        abs(Samples.bivariate.logJointDensity(x, component: k) - (peak - radius * radius / 2)) < 1e-9)
                }
            }
        }
    }

    @Test func correlationsOfEveryCovarianceType() throws {
        func correlation(_ covariances: Covariances) throws -> Double {
            let mixture = try GaussianMixture(
                weights: [0.5, 0.5], means: [[0, 0], [1, 1]], covariances: covariances)
            return Projection(mixture, shown: 2).correlation(component: 1, 0, 1)
        }
        #expect(try abs(correlation(.full([[[1, 0], [0, 1]], [[4, 6], [6, 25]]])) - 0.6) < 1e-15)
        #expect(try abs(correlation(.tied([[4, 6], [6, 25]])) - 0.6) < 1e-15)
        #expect(try correlation(.diagonal([[1, 2], [3, 4]])) == 0)
        #expect(try correlation(.spherical([1, 2])) == 0)
    }

    @Test func curvesAreTheMarginals() throws {
        let scene = try ScatterScene(Samples.trivariate, data: Samples.scatter)
        for d in 0..<3 {
            let sum = scene.curve(d, component: nil)
            let area = zip(sum, sum.dropFirst()).reduce(0) {
                $0 + ($1.1.x - $1.0.x) * scene.axes[d].unit * ($1.1.y + $1.0.y) / 2
            }
            #expect(abs(area - 1) < 0.01)
            let own = scene.curve(d, component: 2).max { $0.y < $1.y }!
            #expect(abs(scene.axes[d].value(own.x) - Samples.trivariate.means[2][d]) < 0.1)
        }
    }

    @Test func pointsHaveTheirMostProbableComponent() throws {
        let scene = try ScatterScene(Samples.trivariate, data: Samples.scatter)
        #expect(try scene.labels(Samples.trivariate) == Samples.trivariate.predict(Samples.scatter.points).map { $0 })
    }

    @Test func extremesAreDrawable() throws {
        let spike = try GaussianMixture(
            weights: [0, 0.5, 0.5], means: [[0, 0], [1e300, -1e300], [1, 2]],
            covariances: .full([[[1, 0], [0, 1]], [[1e-300, 0], [0, 1e300]], [[1, 1 - 1e-12], [1 - 1e-12, 1]]]))
        for values in [[1.0, 1, 1], [0, 1, 1e200], [-1e300, 0, 1e300]] {
            let data = ScatterData(rows: 3, features: ["a", "b"]) { row, d in values[row] * (d == 0 ? 1 : -1) }
            let scene = try ScatterScene(spike, data: data)
            let frames = [TrainingFrame(step: 0, loss: .nan, mixture: spike)]
            for script in [ScatterScript.picture(spike, scene: scene), ScatterScript.animation(frames, scene: scene)] {
                let blocks = script.split(separator: "EOD").enumerated().filter { !$0.offset.isMultiple(of: 2) }.map(
                    \.element)
                #expect(blocks.count == 8)
                #expect(
                    blocks.allSatisfy {
                        $0.split(whereSeparator: \.isWhitespace).allSatisfy { Double($0)?.isFinite == true }
                    })
            }
        }
        #expect(throws: PlotError.self) {
            try ScatterScene(spike, data: ScatterData(rows: 0, features: ["a", "b"]) { _, _ in 0 })
        }
    }
}

@Suite struct ScatterScriptTests {
    @Test(arguments: [
        (1, 1, true), (1, 2.5, true), (1e6, 4e5, true), (1e-9, 1e-9, true), (1, 0.2, false), (1, 1e5, false),
    ])
    func rangesThatAreAlikeHaveOneScale(_ across: Double, _ up: Double, _ isOne: Bool) throws {
        let data = ScatterData(rows: 400, features: ["a", "b"]) { row, d in
            d == 0 ? across * sin(Double(row)) : up * cos(Double(row) * 1.3) + 20 * up
        }
        let mixture = try GaussianMixture(
            weights: [1], means: [[0, 20 * up]], covariances: .diagonal([[across * across / 9, up * up / 9]]))
        let scene = try ScatterScene(mixture, data: data), frame = TrainingFrame(step: 0, loss: 1, mixture: mixture)
        #expect(scene.hasOneScale == isOne)
        for script in [ScatterScript.picture(mixture, scene: scene), ScatterScript.animation([frame], scene: scene)] {
            let line = script.split(separator: "\n").first { $0.hasPrefix("set size ratio -") }
            #expect((line != nil) == isOne)
            // gnuplot draws a unit of y so many times as long as one of x.
            if let ratio = line.flatMap({ Double($0.dropFirst("set size ratio -".count)) }) {
                #expect(abs(ratio * scene.axes[0].unit / scene.axes[1].unit - 1) < 1e-12)
            }
        }
        #expect(ScatterScript.picture(mixture, scene: scene).contains("x and y differ in scale") != isOne)
    }

    @Test func aMatrixHasAPanelForEachPairAndEachFeature() throws {
        let scene = try ScatterScene(Samples.trivariate, data: Samples.scatter, frame: MatrixLayout(features: 3).frame)
        let script = ScatterScript.matrix(Samples.trivariate, scene: scene), lines = script.split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("plot ") }.count == 6)
        #expect(lines.filter { $0.hasPrefix("$bins") && $0.hasSuffix("<< EOD") }.count == 3)
        #expect(lines.filter { $0.contains("ellipse") && $0.hasSuffix("<< EOD") }.count == 3 * 3 * 2)
        #expect(script.contains("3 components, 3000 rows, 2500 of them drawn"))
        for name in ["a", "b", "c"] {
            #expect(script.contains("set xlabel '\(name)'") && (name == "a" || script.contains("set ylabel '\(name)'")))
        }
    }

    @Test func moreThanSixFeaturesAreSaid() throws {
        let many = try GaussianMixture(
            weights: [1], means: [[Double](repeating: 0, count: 9)], covariances: .spherical([1]))
        let data = ScatterData(rows: 50, features: (0..<9).map { "f\($0)" }) { Double(($0 * 7 + $1) % 13) }
        let script = ScatterScript.matrix(
            many, scene: try ScatterScene(many, data: data, frame: MatrixLayout(features: 6).frame))
        #expect(script.contains("1 component, 50 rows, the first 6 of 9 features"))
        #expect(script.split(separator: "\n").filter { $0.hasPrefix("plot ") }.count == 21)
    }

    @Test func labelsStayInTheirStrings() throws {
        let nasty = "it's \\ `touch stolen`\n!touch stolen\u{2028}'; system('x') #"
        let data = ScatterData(rows: Samples.rows.count, features: [nasty, nasty]) { Samples.rows[$0][$1] }
        let script = ScatterScript.picture(Samples.bivariate, scene: try ScatterScene(Samples.bivariate, data: data))
        let lines = script.split(separator: "\n", omittingEmptySubsequences: false).filter { $0.contains("touch") }
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { $0.hasSuffix("' textcolor rgb '#222222'") && $0.filter { $0 == "'" }.count == 4 })
    }
}

@Suite(.enabled(if: hasGnuplot, "gnuplot is not installed")) struct ScatterPictureTests {
    private func size(_ url: URL) throws -> [Int] {
        let bytes = [UInt8](try Data(contentsOf: url))
        try #require(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
        return [16, 20].map { at in bytes[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) } }
    }

    @Test func pictures() throws {
        try withTemporaryFolder { folder in
            let two = folder.appendingPathComponent("two.png"), three = folder.appendingPathComponent("three.png")
            try Plots.scatter(Samples.bivariate, data: Samples.plane, to: two)
            try Plots.scatter(Samples.trivariate, data: Samples.scatter, to: three)
            #expect(try size(two) == [1600, 1000])
            #expect(try size(three) == [1600, 1600])
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2, "nothing temporary is left"
            )
        }
    }

    @Test func animation() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("training.gif")
            let frames = (0..<5).map { TrainingFrame(step: $0, loss: 1, mixture: Samples.bivariate) }
            try Plots.scatterAnimation(frames: frames, data: Samples.plane, to: url)
            let bytes = [UInt8](try Data(contentsOf: url))
            try #require(bytes.starts(with: Array("GIF89a".utf8)))
            #expect(Int(bytes[6]) + Int(bytes[7]) << 8 == 800 && Int(bytes[8]) + Int(bytes[9]) << 8 == 600)
            #expect(GIF.delays(bytes).map { Int(bytes[$0]) + Int(bytes[$0 + 1]) << 8 } == [50, 50, 50, 50, 250])
            #expect(throws: PlotError.self) { try Plots.scatterAnimation(frames: [], data: Samples.plane, to: url) }
        }
    }
}
