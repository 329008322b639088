import GaussianMixtures

/// What the demo found, as text.
struct DemoReport {
    let text: String

    init(notebook: Notebook, fit: Fit, trainingTime: Duration, runs: Int) throws(MixtureError) {
        let losses = fit.history.losses
        // The history holds the start at least.
        let lowest = losses.indices.min { losses[$0] < losses[$1] }!
        let lowestStep = fit.history.steps[lowest]
        let best = try fit.history.parameters(at: lowest).mixture()
        let excess = fit.loss - losses[lowest]

        text = """
            \(fit.count) values: 1000 from N(−2, 1.1) and 5000 from N(5, 2), drawn from key \(Notebook.seed)
            \(fit.iterations) steps of Adam at learning rate \(Notebook.learningRate), α = \(NumberText.short(Notebook.weightConcentration))

            \(Self.parameters([("true", notebook.truth), ("step \(fit.iterations)", fit.mixture), ("step \(lowestStep)", best)]))
            \(TextTable.aligned([
                ["loss", "notebook, float32", "here, float64"],
                ["at the true parameters", "\(Notebook.printedLossAtTruth)", Self.loss(try notebook.loss(notebook.truth))],
                ["at the start", "\(Notebook.printedLossAtStart)  ", Self.loss(losses[0])],
                ["after step \(fit.iterations)", "\(Notebook.printedLossAtEnd)", Self.loss(fit.loss)],
                ["lowest, after step \(lowestStep)", "not printed", Self.loss(losses[lowest])],
            ], numeric: [1, 2]))
            The last step is \(NumberText.fixed(excess, decimals: 3)) above the lowest loss: at the notebook's learning rate Adam reaches
            the optimum and then bursts away from it, at a step that rounding decides. At 0.1
            it settles, and so does EM.

            Training took \(Self.milliseconds(trainingTime)) on one thread, all steps kept
            (median of \(runs) runs; kernel \(fit.kernel)\(Self.buildNote)).

            """
    }

    private static func parameters(_ columns: [(name: String, mixture: GaussianMixture)]) -> String {
        var rows = [["", "component"] + columns.map(\.name)]
        let quantities: [(name: String, of: (GaussianMixture, Int) -> Double)] = [
            ("weight", { $0.weights[$1] }), ("mean", { $0.means[$1][0] }),
            ("standard deviation", { $0.standardDeviations[$1][0] }),
        ]
        for quantity in quantities {
            for k in 0..<2 {
                let values = columns.map { NumberText.fixed(quantity.of($0.mixture, k), decimals: 4) }
                rows.append([k == 0 ? quantity.name : "", "\(k + 1)"] + values)
            }
        }
        return TextTable.aligned(rows, numeric: Set(1..<columns.count + 2))
    }

    private static func loss(_ value: Double) -> String { NumberText.fixed(value, decimals: 3) }

    private static func milliseconds(_ duration: Duration) -> String {
        NumberText.fixed(duration / .milliseconds(1), decimals: 1) + " ms"
    }

    private static var buildNote: String {
        #if DEBUG
        ", debug build"
        #else
        ""
        #endif
    }
}
