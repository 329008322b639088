import Foundation
import GMMReference

/// The bound of docs/accuracy.md in D dimensions, term by term as it is written there.
struct MultivariateBound {
    var logLikelihood = 0.0
    var mass: [Double]
    var firstMoment, secondMoment: [[Double]]

    init(_ data: [[Double]], weights: [Double]?, _ mixture: [Reference.MultivariateComponent], isTied: Bool, isFloat32: Bool) {
        let u = isFloat32 ? 0x1p-24 : 0x1p-53, E = 2.4 * u, t = isFloat32 ? 2e-38 : 1e-307
        let K = mixture.count, D = data[0].count, N = Double(data.count), B = min(512, N)
        let A = B * u + (N / 64 + 16) * 0x1p-53 + 4 * u, both = isFloat32 ? 1.0 : 2.0
        mass = Array(repeating: 0, count: K)
        firstMoment = mixture.map { $0.mean.map { _ in 0 } }
        secondMoment = mixture.map { $0.factor.map { _ in 0 } }
        let origin = (0..<D).map { d in mixture.reduce(0) { $0 + $1.mean[d] / Double(K) } }
        for (i, x) in data.enumerated() {
            let w = weights?[i] ?? 1
            let y = mixture.map { Reference.residual(x, $0) }
            let l = zip(y, mixture).map { Reference.logJointDensity($0, $1) }
            let s = Reference.logSumExp(l), r = l.map { exp($0 - s) }, largest = l.max()!
            var e: [[Double]] = [], dl: [Double] = [], da: [Double] = []
            for k in 0..<K {
                let component = mixture[k]
                e.append((0..<D).map { a in
                    var size = 0.0
                    for j in 0...a {
                        let factor = abs(component.factor[a * (a + 1) / 2 + j])
                        // Tied residuals are differences of two whitened ones.
                        let distance = isTied
                            ? abs(x[j] - origin[j]) + abs(component.mean[j] - origin[j]) : abs(x[j] - component.mean[j])
                        size += factor * (distance + 2 * u * abs(component.mean[j]))
                    }
                    return Double(a + 5) * u * size
                })
                let half = y[k].reduce(0) { $0 + $1 * $1 / 2 }
                dl.append(zip(y[k], e[k]).reduce(0) { $0 + abs($1.0) * $1.1 } + u * (Double(D) * half + abs(component.logNorm) + abs(l[k])))
                da.append(u * abs(l[k] - largest) + E)
            }
            let dlMean = zip(r, dl).reduce(0) { $0 + $1.0 * $1.1 }, daMean = zip(r, da).reduce(0) { $0 + $1.0 * $1.1 }
            logLikelihood += both * w * (dlMean + daMean + Double(K) * u + (4 * u + A) * (abs(s) + log(Double(K))))
            for k in 0..<K {
                let dr = both * (r[k] * (dl[k] + dlMean + da[k] + daMean + Double(K + 3) * u) + t)
                // The second term: what may be left out, which is rounding of the mass for every entry.
                let left = 0x1p-53 * (N / 64 + 1) * r[k]
                mass[k] += w * (dr + both * A * r[k] + left)
                for a in 0..<D {
                    let ya = abs(y[k][a])
                    firstMoment[k][a] += w * (dr * ya + both * r[k] * (e[k][a] + A * ya) + left)
                    for j in 0...a {
                        let yj = abs(y[k][j])
                        secondMoment[k][a * (a + 1) / 2 + j] +=
                            w * (dr * ya * yj + both * r[k] * (ya * e[k][j] + yj * e[k][a] + A * ya * yj) + left)
                    }
                }
            }
        }
    }
}
