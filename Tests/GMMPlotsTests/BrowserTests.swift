import Foundation
import GaussianMixtures
import Testing

@testable import GMMPlots

/// A Chromium without a window, which opens a page, lets its program run and gives back what is then on it.
private struct Browser {
    static let executable = GMMPlotsTests.executable("chromium", "chromium-browser", "google-chrome")

    struct Visit {
        let page: String
        let console: [String]

        /// The text of the element with this id, tags left out.
        func text(_ id: String) -> String? {
            guard let start = page.range(of: "id=\"\(id)\"[^>]*>", options: .regularExpression),
                let end = page.range(
                    of: "</(output|tbody|p)>", options: .regularExpression, range: start.upperBound..<page.endIndex)
            else { return nil }
            return page[start.upperBound..<end.lowerBound].replacingOccurrences(
                of: "<[^>]*>", with: " ", options: .regularExpression
            )
            .split(separator: " ").joined(separator: " ")
        }

        func count(_ pattern: String) -> Int {
            (try? NSRegularExpression(pattern: pattern))?.numberOfMatches(
                in: page, range: NSRange(page.startIndex..., in: page)) ?? 0
        }
    }

    /// Opens `html` with `before` added at its start and `script` at its end. Whether the reader likes `motion` is up
    /// to the test.
    static func visit(_ html: String, before: String = "", script: String = "", motion: Bool = false) throws -> Visit {
        var visit = Visit(page: "", console: [])
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("page.html")
            let text = html.replacing("<head>", with: "<head><script>\(before)</script>")
                .replacing("</body>", with: "<script>\(script)</script></body>")
            try Data(text.utf8).write(to: file)
            let (page, log) = (folder.appendingPathComponent("dom"), folder.appendingPathComponent("log"))
            try Data().write(to: page)
            try Data().write(to: log)
            let process = Process()
            let browser: URL = try #require(executable)
            process.executableURL = browser
            process.arguments =
                [
                    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                    "--enable-logging=stderr",
                    "--user-data-dir=\(folder.appendingPathComponent("profile").path)", "--window-size=1400,800",
                    "--virtual-time-budget=1500", "--dump-dom",
                ] + (motion ? [] : ["--force-prefers-reduced-motion"]) + [file.absoluteString]
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = try FileHandle(forWritingTo: page)
            process.standardError = try FileHandle(forWritingTo: log)
            try process.run()
            let limit = Date(timeIntervalSinceNow: 60)
            while process.isRunning && Date() < limit { Thread.sleep(forTimeInterval: 0.02) }
            if process.isRunning {
                process.terminate()
                Issue.record("the browser did not end within a minute")
            }
            process.waitUntilExit()
            let lines = String(decoding: try Data(contentsOf: log), as: UTF8.self).split(separator: "\n").map(
                String.init)
            visit = Visit(
                page: String(decoding: try Data(contentsOf: page), as: UTF8.self),
                console: lines.filter { $0.contains("CONSOLE") })
        }
        try #require(visit.page.contains("</html>"))
        return visit
    }
}

@Suite(.serialized, .enabled(if: Browser.executable != nil, "no Chromium or Chrome is on PATH"))
struct BrowserTests {
    private func page(_ frames: [TrainingFrame] = Samples.frames(50), title: String = "A & B") throws -> String {
        try TrainingPage.html(frames: frames, data: Samples.data, label: "height_cm", title: title)
    }

    /// Says what the page looks like after a key or a click, in attributes of its root.
    private let tell =
        "const tell = name => document.documentElement.setAttribute('data-' + name, document.getElementById('readout').textContent);"

    @Test func startsPausedAtTheFirstFrameForWhoPrefersReducedMotion() throws {
        let visit = try Browser.visit(page())
        #expect(visit.console.isEmpty)
        #expect(!visit.page.contains("data-error"))
        #expect(visit.page.contains("data-frames=\"50\""))
        #expect(visit.page.contains("<title>A &amp; B</title>"))
        #expect(visit.text("readout") == "step 0, loss 34590.36")
        #expect(visit.text("parameters") == "1 0.5000 0 1.500 2 0.5000 0 1.500")
        #expect(visit.text("summary") == "4000 values, 2 components, steps 0 to 490")
        #expect(visit.count("aria-label=\"Play\"") == 1)
        let bins = try FitScene(data: Samples.data, mixtures: [Samples.marginal], label: "x").histogram.densities.count
        { $0 > 0 }
        #expect(visit.count("<rect class=\"bar\"") == bins)
        #expect(visit.count("<path class=\"curve component\"[^>]* d=\"M") == 2)
        #expect(visit.count("<path class=\"curve sum\"[^>]* d=\"M") == 1)
        #expect(visit.count("<path class=\"curve trace\"[^>]* d=\"M") == 1)
        #expect(visit.count("<circle class=\"marker\"[^>]* cx=") == 1)
        #expect(visit.count("(d|x|y|cx|cy|width|height|viewBox)=\"[^\"]*(NaN|Infinity|undefined)") == 0)
        #expect(visit.count("<input id=\"slider\"[^>]*max=\"49\"") == 1)
        for title in ["height_cm", "density", "step", "loss", "15000", "30000"] {
            #expect(visit.count(">\(title)</text>") == 1)
        }
    }

    @Test func scrubbingToTheEndShowsTheLastFrame() throws {
        let visit = try Browser.visit(
            page(),
            script: "const s = document.getElementById('slider'); s.value = 49; s.dispatchEvent(new Event('input'));")
        #expect(visit.console.isEmpty)
        #expect(visit.text("readout") == "step 490, loss 14990.36")
        #expect(visit.text("parameters") == "1 0.2500 −2.000 1.000 2 0.7500 5.000 2.000")
        #expect(visit.count("aria-valuetext=\"step 490, loss 14990.36\"") == 1)
    }

    @Test func keysAndButtonsStep() throws {
        let visit = try Browser.visit(
            page(),
            script: tell + """
                const key = k => document.body.dispatchEvent(new KeyboardEvent('keydown', { key: k, bubbles: true, cancelable: true }));
                key('ArrowRight'); key('ArrowRight'); tell('right');
                key('ArrowLeft'); tell('left');
                key('ArrowLeft'); key('ArrowLeft'); tell('start');
                key('End'); tell('end'); key('ArrowRight'); tell('beyond');
                document.getElementById('back').click(); tell('back');
                document.getElementById('forward').click(); tell('forward');
                key('Home'); key(' ');
                document.documentElement.setAttribute('data-space', document.getElementById('play').getAttribute('aria-label'));
                key(' ');
                document.documentElement.setAttribute('data-again', document.getElementById('play').getAttribute('aria-label'));
                """)
        #expect(visit.console.isEmpty)
        for (name, step) in [
            "right": 20, "left": 10, "start": 0, "end": 490, "beyond": 490, "back": 480, "forward": 490,
        ] {
            #expect(visit.count("data-\(name)=\"step \(step), ") == 1, "\(name)")
        }
        #expect(visit.count("data-space=\"Pause\"") == 1)
        #expect(visit.count("data-again=\"Play\"") == 1)
    }

    @Test func playsByItselfAndStopsAtTheEnd() throws {
        // The page's clock is turned by hand: how often a browser without a window draws is nothing to rely on.
        let visit = try Browser.visit(
            page(),
            before:
                "let clock = 0, waiting = []; performance.now = () => clock; window.requestAnimationFrame = f => waiting.push(f);",
            script: tell + """
                const turn = () => { clock += 100; waiting.splice(0).forEach(f => f(clock)); };
                const root = document.documentElement.dataset, play = document.getElementById('play');
                root.first = play.getAttribute('aria-label');
                let turns = 0;
                for (; turns < 40; turns++) turn();
                tell('half');
                for (; waiting.length && turns < 1000; turns++) turn();
                root.turns = turns;
                root.last = play.getAttribute('aria-label');
                tell('end');
                play.click(); tell('again');
                document.getElementById('speed').value = '4';
                for (turns = 0; waiting.length && turns < 1000; turns++) turn();
                root.fast = turns;
                """, motion: true)
        #expect(visit.console.isEmpty)
        #expect(visit.count("data-first=\"Pause\"") == 1, "it plays at once")
        #expect(visit.count("data-half=\"step 2[45]0, ") == 1)
        #expect(visit.count("data-turns=\"(78|79|80)\"") == 1, "50 frames take 8 seconds")
        #expect(visit.count("data-last=\"Play\"") == 1)
        #expect(visit.count("data-end=\"step 490, ") == 1)
        #expect(visit.count("data-again=\"step 0, ") == 1, "playing from the end starts again")
        #expect(visit.count("data-fast=\"(19|20|21)\"") == 1)
    }

    @Test func oneFrameManyComponentsAndNoLossAreShown() throws {
        let many = try GaussianMixture(
            weights: [Double](repeating: 1 / 20.0, count: 20), means: (0..<20).map { Double($0) - 5 },
            standardDeviations: (0..<20).map { _ in 1 })
        let frames = [
            TrainingFrame(step: 7, loss: -5, mixture: many), TrainingFrame(step: 8, loss: .nan, mixture: many),
        ]
        let visit = try Browser.visit(
            page(frames, title: "</script><b>"), script: "document.getElementById('forward').click();")
        #expect(visit.console.isEmpty)
        #expect(visit.text("readout") == "step 8, loss not finite")
        #expect(visit.count("<path class=\"curve component\"[^>]* d=\"M") == 20)
        #expect(visit.count("<circle class=\"marker\"[^>]*visibility=\"hidden\"") == 1)
        #expect(visit.count("<title>&lt;/script&gt;&lt;b&gt;</title>") == 1)
        #expect(visit.count(">loss above its lowest, −5.00000</text>") == 1)
    }

    @Test func twoFeaturesAreShownAsEllipsesOverPoints() throws {
        let html = try TrainingPage.html(frames: Samples.planeFrames, data: Samples.plane, title: "Plane")
        let visit = try Browser.visit(html)
        #expect(visit.console.isEmpty && !visit.page.contains("data-error"))
        #expect(visit.text("readout") == "step 0, loss 100.00")
        #expect(visit.text("summary")?.hasPrefix("3000 rows, 3 components, steps 0 to 9") == true)
        #expect(visit.text("parameters")?.hasPrefix("1 0.2000 −2.000, 10.000 3.162, 9.487 2 0.3000 ") == true)
        #expect(visit.count("<circle class=\"point\"[^>]* fill=\"#") == 500)
        #expect(visit.count("<path class=\"curve component\"[^>]* d=\"M[^\"]*ZM[^\"]*Z\"") == 3)
        #expect(visit.count("<g class=\"mean\"[^>]*visibility=\"visible\"[^>]*transform=\"translate") == 3)
        #expect(visit.count("<rect class=\"bar\"") == 0)
        #expect(visit.count("(d|x|y|cx|cy|width|height|transform)=\"[^\"]*(NaN|Infinity|undefined)") == 0)
        for title in ["a", "b", "step", "loss"] { #expect(visit.count(">\(title)</text>") == 1) }
        #expect(visit.count("2 sd; scales differ</li>") == 0)
        let end = try Browser.visit(
            html.replacing("\"hasOneScale\":true", with: "\"hasOneScale\":false"),
            script: "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'End', bubbles: true }));")
        #expect(end.console.isEmpty && end.count("2 sd; scales differ</li>") == 1)
        #expect(end.text("readout") == "step 9, loss 91.00")
        #expect(end.text("parameters") == "1 0.4000 −2.000, 10.000 1.000, 3.000 2 0.6000 0, 20.000 1.000, 2.000 3")
        #expect(end.count("<g class=\"mean\"[^>]*visibility=\"hidden\"") == 1)
    }

    @Test func meansAreRoundedToTheirSpreadAndOneScaleMakesCirclesRound() throws {
        let mixture = try GaussianMixture(
            weights: [0.5, 0.5], means: [[-4.72e-17, 1_700_000_031.5], [3e-9, 1_700_000_036]],
            covariances: .spherical([1, 4]))
        let data = ScatterData(rows: 200, features: ["a", "b"]) { row, d in
            d == 0 ? 4 * sin(Double(row)) : 1_700_000_033 + 6 * cos(Double(row))
        }
        let script = """
            const box = document.querySelector('.component').getBBox();
            document.documentElement.dataset.round = (box.width / box.height).toFixed(2);
            """
        let visit = try Browser.visit(
            try TrainingPage.html(
                frames: [TrainingFrame(step: 0, loss: 1, mixture: mixture)], data: data, title: "Plane"), script: script
        )
        #expect(visit.console.isEmpty)
        #expect(visit.count("data-round=\"(0.99|1.00|1.01)\"") == 1)
        #expect(
            visit.text("parameters") == "1 0.5000 0, 1700000031.50 1.000, 1.000 2 0.5000 0, 1700000036.00 2.000, 2.000")
        #expect(visit.count("2 sd; scales differ</li>") == 0)
    }

    @Test func aFailureIsShown() throws {
        let visit = try Browser.visit(try page().replacing("const { frames, palette } = scene;", with: "missing();"))
        #expect(visit.count("<html[^>]*data-error=\"Uncaught ReferenceError: missing is not defined\"") == 1)
        #expect(visit.text("error")?.hasPrefix("This page failed") == true)
        #expect(visit.console.count == 1, "so the other tests would see one")
    }
}
