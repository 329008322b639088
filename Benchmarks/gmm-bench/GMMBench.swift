import ArgumentParser

@main
struct GMMBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gmm-bench",
        abstract:
            "Measures the kernels beside the machine's limit and the reference, and how training scales and converges.",
        discussion:
            "Without a subcommand, `passes`. Close other programs first; compare ratios within a run, not times between runs.",
        subcommands: [
            Passes.self, Scaling.self, Accelerations.self, Starts.self, SearchQuality.self, Peer.self, Count.self,
        ],
        defaultSubcommand: Passes.self)
}
