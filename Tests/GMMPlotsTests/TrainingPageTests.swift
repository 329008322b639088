import Foundation
import GaussianMixtures
import Testing

@testable import GMMPlots

@Suite struct TrainingPageTests {
    private let evil = "</script><script>alert('x')</script> <b> & \"q\" {{data}}"

    private func page() throws -> String {
        try TrainingPage.html(frames: Samples.frames(5), data: Samples.data, label: evil, title: evil)
    }

    @Test func asksForNothingFromOutside() throws {
        let page = try page()
        let addresses = page.matches(of: /https?:\/\/[^"]*/).map { String($0.output) }
        #expect(Set(addresses) == ["http://www.w3.org/2000/svg"], "a namespace is no request")
        for reference in ["src=", "@import", "url(http", "url(/", "fetch(", "XMLHttpRequest", "import(", "//cdn"] {
            #expect(!page.contains(reference), "\(reference)")
        }
        #expect(page.contains("default-src 'none'"))
        #expect(page.matches(of: /href="[^"]*"/).map { String($0.output) } == ["href=\"data:,\""])
    }

    @Test func labelAndTitleCannotBreakOut() throws {
        let page = try page()
        #expect(page.matches(of: /<script/).count == 2)
        #expect(page.matches(of: /<\/script>/).count == 2)
        #expect(
            page.contains(
                "<h1>&lt;/script&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &lt;b&gt; &amp; &quot;q&quot; {{data}}</h1>"
            ))
        #expect(page.matches(of: /\{\{/).count == 3, "what is put in is not searched again")
    }

    @Test func holdsTheSceneAsJSON() throws {
        let page = try page()
        let from = try #require(page.range(of: "id=\"data\">")).upperBound
        let to = try #require(page.range(of: "</script>", range: from..<page.endIndex)).lowerBound
        let scene = try #require(try JSONSerialization.jsonObject(with: Data(page[from..<to].utf8)) as? [String: Any])
        let frames = try #require(scene["frames"] as? [[String: Any]])
        #expect(frames.map { $0["step"] as? Int } == [0, 10, 20, 30, 40])
        #expect(frames.last?["means"] as? [Double] == [-2, 5])
        #expect(scene["palette"] as? [String] == Palette.components)
        let bins = try #require(scene["bins"] as? [[Double]])
        #expect(abs(bins.reduce(0) { $0 + ($1[1] - $1[0]) * $1[2] } - 1) < 1e-9)
        let label = try #require(((scene["fit"] as? [String: Any])?["x"] as? [String: Any])?["title"] as? String)
        #expect(label.hasPrefix("</script><script>alert('x')</script>"))
    }

    @Test func holdsPointsAndEllipsesOfTwoFeatures() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("training.html")
            try Plots.scatterPage(frames: Samples.planeFrames, data: Samples.plane, to: url)
            let page = try String(contentsOf: url, encoding: .utf8)
            let from = try #require(page.range(of: "id=\"data\">")).upperBound
            let to = try #require(page.range(of: "</script>", range: from..<page.endIndex)).lowerBound
            let scene = try #require(
                try JSONSerialization.jsonObject(with: Data(page[from..<to].utf8)) as? [String: Any])
            let points = try #require(scene["points"] as? [[Double]]),
                frames = try #require(scene["frames"] as? [[String: Any]])
            #expect(points.count == 500 && frames.allSatisfy { ($0["labels"] as? [Int])?.count == 500 })
            #expect(frames.map { ($0["ellipses"] as? [[Double]])?.count } == [3, 3, 3, 3, 3, 3, 3, 3, 3, 2])
            #expect(frames.last?["means"] as? [[Double]] == [[-2, 10], [0, 20]])
            #expect(throws: PlotError.self) { try Plots.scatterPage(frames: [], data: Samples.plane, to: url) }
        }
    }

    @Test func isWrittenWithoutGnuplot() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("training.html")
            try Plots.trainingPage(frames: Samples.frames(100), data: Samples.data, to: url)
            let bytes = try Data(contentsOf: url)
            #expect(bytes.starts(with: Data("<!DOCTYPE html>".utf8)))
            #expect(bytes.count < 100_000)
        }
    }
}
