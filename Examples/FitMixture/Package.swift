// swift-tools-version: 6.2
// A package that uses GaussianMixtures as any other would.
import PackageDescription

/// `defaults` runs the kernel on OpenMP where that is the default (Linux); no traits leave threads to Dispatch.
let traits: Set<Package.Dependency.Trait> = Context.environment["GAUSSIAN_MIXTURES_OPENMP"] == "off" ? [] : [.defaults]

/// By version from the repository at GAUSSIAN_MIXTURES_URL; where that is not set, the sources that this example lies
/// in.
let gaussianMixtures: Package.Dependency =
    if let url = Context.environment["GAUSSIAN_MIXTURES_URL"] {
        .package(url: url, from: "0.2.0", traits: traits)
    } else {
        .package(name: "swift-gaussian-mixtures", path: "../..", traits: traits)
    }

let package = Package(
    name: "FitMixture",
    platforms: [.macOS(.v15)],
    dependencies: [gaussianMixtures],
    targets: [
        .executableTarget(
            name: "FitMixture",
            dependencies: [.product(name: "GaussianMixtures", package: "swift-gaussian-mixtures")])
    ]
)
