import ArgumentParser
import GaussianMixtures

/// What `gmm fit` runs on. The kernel changes the result only by rounding, and the threads do not change it.
struct MachineOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The most threads, up to four a core (default: one a core).", valueName: "T"))
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "One of those that gmm info lists (default: what the environment variable GMM_KERNEL names, else the fastest).",
            valueName: "NAME"))
    var kernel: String?
}
