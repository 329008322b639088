import Foundation

extension Reference {
    /// How far a kernel's statistics may be from the reference's in D dimensions: docs/accuracy.md, term by term as it is written there.
    public struct MultivariateBound {
        public private(set) var logLikelihood = 0.0
        public private(set) var mass: [Double]
        /// Packed as in ``MultivariateStatistics``.
        public private(set) var firstMoment, secondMoment: [[Double]]

        public init(
            _ data: [[Double]], weights: [Double]? = nil, _ mixture: [MultivariateComponent], isTied: Bool, isHard: Bool = false, isFloat32: Bool
        ) {
            let u = isFloat32 ? 0x1p-24 : 0x1p-53, E = isHard ? 0 : 2.4 * u, t = isHard ? 0 : isFloat32 ? 2e-38 : 1e-307
            let K = mixture.count, D = data[0].count, N = Double(data.count), B = min(512, N)
            let A = B * u + (N / 64 + 16) * 0x1p-53 + 4 * u, both = isFloat32 ? 1.0 : 2.0
            mass = Array(repeating: 0, count: K)
            firstMoment = mixture.map { $0.mean.map { _ in 0 } }
            secondMoment = mixture.map { $0.factor.map { _ in 0 } }
            for (i, x) in data.enumerated() {
                let w = weights?[i] ?? 1
                let errors = Errors(x, mixture, isTied: isTied, isFloat32: isFloat32), y = errors.y, e = errors.e, l = errors.l, dl = errors.dl
                let largest = l.max()!, s = isHard ? largest : Reference.logSumExp(l)
                let r = isHard ? Reference.hardResponsibilities(l) : l.map { exp($0 - s) }
                let da = l.map { isHard ? 0 : u * abs($0 - largest) + E }
                let dlMean = zip(r, dl).reduce(0) { $0 + $1.0 * $1.1 }, daMean = zip(r, da).reduce(0) { $0 + $1.0 * $1.1 }
                logLikelihood += both * w * (dlMean + daMean + Double(K) * u + (4 * u + A) * (abs(s) + log(Double(K))))
                for k in 0..<K {
                    let rho = isHard ? 0 : dl[k] + dlMean + da[k] + daMean + Double(K + 3) * u
                    let dr = both * (r[k] * rho + t)
                    // What may be left out of moments, which is rounding of the mass for every entry.
                    let left = 0x1p-53 * (N / 64 + 1) * r[k]
                    mass[k] += w * (dr + both * A * r[k])
                    for a in 0..<D {
                        if isHard && isTied {
                            var size = 0.0
                            for j in 0...a { size += abs(mixture[k].factor[a * (a + 1) / 2 + j] * (x[j] - mixture[k].mean[j])) }
                            firstMoment[k][a] += 2 * (min(N, N / 512 + 8704) + Double(a) + 20) * 0x1p-53 * w * r[k] * size
                            continue
                        }
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

        /// Whether rounding cannot change which component is the most probable.
        public static func isClear(_ x: [Double], _ mixture: [MultivariateComponent], isTied: Bool, isFloat32: Bool) -> Bool {
            let errors = Errors(x, mixture, isTied: isTied, isFloat32: isFloat32), best = Reference.label(errors.l)
            return mixture.indices.allSatisfy { $0 == best || errors.l[best] - errors.l[$0] > 2 * (errors.dl[best] + errors.dl[$0]) }
        }

        /// What a datum's residuals and log-densities are, and how far off they may be.
        private struct Errors {
            var y: [[Double]] = [], e: [[Double]] = [], l: [Double] = [], dl: [Double] = []

            init(_ x: [Double], _ mixture: [MultivariateComponent], isTied: Bool, isFloat32: Bool) {
                let u = isFloat32 ? 0x1p-24 : 0x1p-53, D = x.count
                let origin = x.indices.map { d in mixture.reduce(0) { $0 + $1.mean[d] / Double(mixture.count) } }
                for component in mixture {
                    let y = Reference.residual(x, component), l = Reference.logJointDensity(y, component)
                    let e = x.indices.map { a in
                        var size = 0.0
                        for j in 0...a {
                            let factor = abs(component.factor[a * (a + 1) / 2 + j])
                            // Tied residuals are differences of two whitened ones.
                            let distance = isTied
                                ? abs(x[j] - origin[j]) + abs(component.mean[j] - origin[j]) : abs(x[j] - component.mean[j])
                            size += factor * (distance + 2 * u * abs(component.mean[j]))
                        }
                        return Double(a + 5) * u * size
                    }
                    let half = y.reduce(0) { $0 + $1 * $1 / 2 }
                    dl.append(zip(y, e).reduce(0) { $0 + abs($1.0) * $1.1 } + u * (Double(D) * half + abs(component.logNorm) + abs(l)))
                    self.y.append(y)
                    self.e.append(e)
                    self.l.append(l)
                }
            }
        }
    }
}
