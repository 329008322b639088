// swift-tools-version: 6.2
// 6.2 is the first tools version that lets a versioned dependency use `unsafeFlags`, which `-fopenmp` needs.
import Foundation
import PackageDescription

#if os(Linux)
let defaultTraits: Set<String> = ["OpenMP"]
/// Debian names LLVM's OpenMP run-time `libomp5.so`; every other distribution names it `libomp.so`.
let debianNamesOpenMP = ["x86_64", "aarch64"].contains {
    FileManager.default.fileExists(atPath: "/usr/lib/\($0)-linux-gnu/libomp5.so")
}
let openMPLibrary = debianNamesOpenMP ? "omp5" : "omp"
let openMPCompilerFlags = ["-fopenmp"]
let openMPLinkerFlags: [String] = []
#else
// Apple's clang knows the pragmas but not the flag of its driver; the run-time comes from Homebrew.
let defaultTraits: Set<String> = []
let openMPLibrary = "omp"
let openMPCompilerFlags = ["-Xclang", "-fopenmp"]
let openMPLinkerFlags = ["-L/opt/homebrew/opt/libomp/lib", "-L/usr/local/opt/libomp/lib"]
#endif

let package = Package(
    name: "swift-gaussian-mixtures",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "GaussianMixtures", targets: ["GaussianMixtures"]),
        // What the command reads, writes and draws.
        .library(name: "GMMFiles", targets: ["GMMFiles"]),
        .library(name: "GMMPlots", targets: ["GMMPlots"]),
        .executable(name: "gmm", targets: ["gmm"]),
        .executable(name: "gmm-bench", targets: ["gmm-bench"]),
    ],
    traits: [
        .trait(
            name: "OpenMP",
            description:
                "Run the kernel's chunks on OpenMP threads. Without it Dispatch runs the same chunks, with the same bits as answer."
        ),
        .default(enabledTraits: defaultTraits),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-numerics", from: "1.0.0"),
    ],
    targets: [
        // The only code whose cost grows with the data. No -march and no -ffast-math: the instruction set is chosen at
        // run time.
        .target(
            name: "CKernels",
            path: "CKernels",
            exclude: ["constants.sollya"],
            publicHeadersPath: "include",
            cSettings: [
                .unsafeFlags(openMPCompilerFlags, .when(traits: ["OpenMP"]))
            ],
            linkerSettings: [
                .linkedLibrary(openMPLibrary, .when(traits: ["OpenMP"])),
                .unsafeFlags(openMPLinkerFlags, .when(traits: ["OpenMP"])),
            ]),
        // The oracle: the same sums in plain scalar Swift, to be read beside the formulas, and the bounds of
        // docs/accuracy.md. Depends on nothing.
        .target(name: "GMMReference"),
        .target(
            name: "GaussianMixtures",
            dependencies: [
                "CKernels", "GMMReference",
                .product(name: "RealModule", package: "swift-numerics"),
            ]),
        .target(name: "GMMFiles", dependencies: ["GaussianMixtures"]),
        // The page's parts are embedded in the code: a resource bundle would be lost when the program is moved.
        .target(
            name: "GMMPlots",
            dependencies: ["GaussianMixtures", "GMMFiles"],
            resources: [.embedInCode("Page/page.html"), .embedInCode("Page/page.css"), .embedInCode("Page/page.js")]),
        .executableTarget(
            name: "gmm",
            dependencies: [
                "GaussianMixtures", "GMMFiles", "GMMPlots",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        // What the machine can do at all, by the kernels' instruction sets and on their threads, so compiled with the
        // same flags.
        .target(
            name: "CBenchmarks",
            path: "Benchmarks/CBenchmarks",
            publicHeadersPath: "include",
            cSettings: [
                .unsafeFlags(openMPCompilerFlags, .when(traits: ["OpenMP"]))
            ]),
        .executableTarget(
            name: "gmm-bench",
            dependencies: [
                "GaussianMixtures", "GMMFiles", "GMMPlots", "GMMReference", "CKernels", "CBenchmarks",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/gmm-bench"),
        .testTarget(
            name: "GaussianMixturesTests",
            dependencies: ["GaussianMixtures", "GMMReference", "CKernels"]),
        .testTarget(name: "GMMFilesTests", dependencies: ["GMMFiles"]),
        .testTarget(name: "GMMPlotsTests", dependencies: ["GMMPlots"]),
        .testTarget(name: "CommandTests", dependencies: ["gmm", "GMMFiles"]),
        // Takes the place of malloc in the program that runs the tests, and counts.
        .target(name: "CAllocations", path: "Tests/CAllocations"),
        .testTarget(
            name: "BenchTests", dependencies: ["GaussianMixtures", "CAllocations", "gmm-bench"],
            exclude: ["instructions.json"]),
        .testTarget(name: "PackageTests"),
    ],
    cLanguageStandard: .c11
)
