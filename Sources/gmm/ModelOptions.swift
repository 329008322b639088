import ArgumentParser

/// What `gmm fit` fits, and to what.
struct ModelOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: ArgumentHelp("How many Gaussians the mixture has.", valueName: "K"))
    var components: Int

    @Option(help: ArgumentHelp("Which column, by its name or its position from 1 on; needed if there are several.", valueName: "NAME"))
    var column: String?

    @Option(parsing: .unconditional, help: ArgumentHelp(
        "α ≥ 1 of the Dirichlet prior on the weights: 1 is none, more draws the weights towards equality.", valueName: "A"))
    var weightConcentration = 1.0

    func validate() throws {
        guard (1...1_000_000).contains(components) else {
            throw ValidationError("--components is \(components); give a number from 1 to 1000000.")
        }
        guard weightConcentration >= 1, weightConcentration.isFinite else {
            throw ValidationError(
                "--weight-concentration is \(weightConcentration); give 1 or more, since below 1 a weight of zero makes the posterior infinite.")
        }
    }
}
