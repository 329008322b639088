// swift run FitMixture [THREADS]
import GaussianMixtures

let truth = try GaussianMixture(
    weights: [0.25, 0.75], means: [[-2, 60], [5, 80]],
    covariances: .full([[[1.2, 2], [2, 30]], [[4, -3], [-3, 20]]]))
let data = truth.samples(100_000, key: RandomKey(seed: 100))

let threads = CommandLine.arguments.dropFirst().first.flatMap { Int($0) }
let fit = try GaussianMixture.fit(data, components: 2, threads: threads)

print("\(Kernel.threading) runs the kernel \(fit.kernel)")
print(fit)
print("BIC \(fit.bic)")

// Threads, and what runs them, change how long this takes and not one bit of it.
let numbers =
    [fit.logLikelihood] + fit.mixture.weights + fit.mixture.means.joined() + fit.mixture.standardDeviations.joined()
print("bits", numbers.map { String($0.bitPattern, radix: 16) }.joined(separator: " "))
