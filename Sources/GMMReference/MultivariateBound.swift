import Foundation

extension Reference {
    /// How far a kernel's statistics may be from the reference's in D dimensions: docs/accuracy.md, term by term as it
    /// is written there.
    public struct MultivariateBound {
        public private(set) var logLikelihood = 0.0
        public private(set) var mass: [Double]
        /// Packed as in ``MultivariateStatistics``.
        public private(set) var firstMoment, secondMoment: [[Double]]
        /// Of all components together, where they share a covariance.
        public private(set) var pooledSecondMoment: [Double]

        public init(
            _ data: [[Double]], weights: [Double]? = nil, _ mixture: [MultivariateComponent], isTied: Bool,
            isHard: Bool = false, isFloat32: Bool
        ) {
            let u = isFloat32 ? 0x1p-24 : 0x1p-53, E = isHard ? 0 : 2.4 * u, t = isHard ? 0 : isFloat32 ? 2e-38 : 1e-307
            let K = mixture.count, D = data[0].count, N = Double(data.count), B = min(512, N)
            let A = B * u + (N / 64 + 16) * 0x1p-53 + 4 * u, both = isFloat32 ? 1.0 : 2.0
            mass = Array(repeating: 0, count: K)
            firstMoment = mixture.map { $0.mean.map { _ in 0 } }
            secondMoment = mixture.map { $0.factor.map { _ in 0 } }
            pooledSecondMoment = mixture[0].factor.map { _ in 0 }
            let origin = isTied ? Self.sharedOrigin(mixture, isFloat32: isFloat32) : nil
            for (i, x) in data.enumerated() {
                let w = weights?[i] ?? 1
                let errors = Errors(x, mixture, origin: origin, isFloat32: isFloat32)
                let y = errors.y, e = errors.e, size = errors.size, l = errors.l, dl = errors.dl
                let largest = l.max()!, s = isHard ? largest : Reference.logSumExp(l)
                let r = isHard ? Reference.hardResponsibilities(l) : Reference.softmax(l)
                let da = l.map { isHard ? 0 : u * abs($0 - largest) + E }
                let dlMean = zip(r, dl).reduce(0) { $0 + $1.0 * $1.1 },
                    daMean = zip(r, da).reduce(0) { $0 + $1.0 * $1.1 }
                logLikelihood += both * w * (dlMean + daMean + Double(K) * u + (4 * u + A) * (abs(s) + log(Double(K))))
                // Of the pooled moment: Σ r |yₐ|, Σ r sizeₐ, and the errors of Σ r y yᵀ by those of r alone and by
                // those of y.
                var absolute = [Double](repeating: 0, count: D), sizes = absolute, changes = 0.0
                var absolutes = pooledSecondMoment.map { _ in 0.0 }, changed = absolutes, rounded = absolutes
                for k in 0..<K {
                    let rho = isHard ? 0 : dl[k] + dlMean + da[k] + daMean + Double(K + 3) * u
                    let dr = both * (r[k] * rho + t)
                    // What may be left out of moments, which is rounding of the mass for every entry.
                    let left = 0x1p-53 * (N / 64 + 1) * r[k]
                    mass[k] += w * (dr + both * A * r[k])
                    changes += dr
                    for a in 0..<D {
                        if isHard && isTied {
                            firstMoment[k][a] +=
                                2 * (min(N, N / 512 + 8704) + Double(a) + 20) * 0x1p-53 * w * r[k] * size[k][a]
                            continue
                        }
                        let ya = abs(y[k][a])
                        // Sums of a shared covariance are multiplied by P afterwards.
                        let rounding = isTied ? (Double(a + 5) * u + A) * size[k][a] : e[k][a] + A * ya
                        firstMoment[k][a] += w * (dr * ya + both * r[k] * rounding + left)
                        absolute[a] += r[k] * ya
                        sizes[a] += r[k] * size[k][a]
                        for j in 0...a {
                            let yj = abs(y[k][j]), i = a * (a + 1) / 2 + j
                            if isTied {
                                absolutes[i] += r[k] * ya * yj
                                changed[i] += dr * ya * yj
                                rounded[i] += r[k] * (size[k][a] * yj + ya * size[k][j])
                            } else {
                                secondMoment[k][i] +=
                                    w
                                    * (dr * ya * yj + both * r[k] * (ya * e[k][j] + yj * e[k][a] + A * ya * yj) + left)
                            }
                        }
                    }
                }
                for a in 0..<D where isTied && !isHard {
                    for j in 0...a {
                        let i = a * (a + 1) / 2 + j
                        let ofDeviations = rounded[i] + sizes[a] * absolute[j] + absolute[a] * sizes[j]
                        pooledSecondMoment[i] +=
                            w
                            * (changed[i] + changes * absolutes[i] + both * Double(D + K + 6) * u * ofDeviations
                                + both * A * (absolutes[i] + 2 * absolute[a] * absolute[j]) + 4 * 0x1p-53 * (N / 64 + 1))
                    }
                }
            }
        }

        /// The point that data are whitened about under a shared covariance; nil where a mean is so far from it that
        /// residuals are whitened one by one.
        private static func sharedOrigin(_ mixture: [MultivariateComponent], isFloat32: Bool) -> [Double]? {
            let origin = origin(mixture), most = isFloat32 ? 0x1p6 : 0x1p20
            return mixture.contains { Reference.residual(origin, $0).contains { abs($0) > most } } ? nil : origin
        }

        /// The mean by weights, which log-norms differ by.
        private static func origin(_ mixture: [MultivariateComponent]) -> [Double] {
            let weights = Reference.softmax(mixture.map(\.logNorm))
            return mixture[0].mean.indices.map { d in zip(weights, mixture).reduce(0) { $0 + $1.0 * $1.1.mean[d] } }
        }

        /// Whether rounding cannot change which component is the most probable.
        public static func isClear(
            _ x: [Double], _ mixture: [MultivariateComponent], isTied: Bool, isFloat32: Bool
        ) -> Bool {
            let origin = isTied ? sharedOrigin(mixture, isFloat32: isFloat32) : nil
            let errors = Errors(x, mixture, origin: origin, isFloat32: isFloat32), best = Reference.label(errors.l)
            return mixture.indices.allSatisfy {
                $0 == best || errors.l[best] - errors.l[$0] > 2 * (errors.dl[best] + errors.dl[$0])
            }
        }

        /// What a datum's residuals and log-densities are, and how far off they may be.
        private struct Errors {
            var y: [[Double]] = [], e: [[Double]] = [], l: [Double] = [], dl: [Double] = []
            /// Σⱼ |Pₐⱼ| |xⱼ − μⱼ| with what rounding adds to it.
            var size: [[Double]] = []

            /// - Parameter origin: what residuals are differences of two whitened ones from; nil if they are whitened
            ///   one by one.
            init(_ x: [Double], _ mixture: [MultivariateComponent], origin: [Double]?, isFloat32: Bool) {
                let u = isFloat32 ? 0x1p-24 : 0x1p-53, D = x.count
                for component in mixture {
                    let y = Reference.residual(x, component), l = Reference.logJointDensity(y, component)
                    var size = [Double](repeating: 0, count: D), e = size
                    for j in 0..<D {
                        let direct = abs(x[j] - component.mean[j]), rounding = 2 * u * abs(component.mean[j])
                        var distance = direct
                        if let origin { distance = abs(x[j] - origin[j]) + abs(component.mean[j] - origin[j]) }
                        for a in j..<D {
                            let factor = abs(component.factor[a * (a + 1) / 2 + j])
                            size[a] += factor * (direct + rounding)
                            e[a] += factor * (distance + rounding)
                        }
                    }
                    for a in 0..<D { e[a] *= Double(a + 5) * u }
                    self.size.append(size)
                    let half = y.reduce(0) { $0 + $1 * $1 / 2 }
                    dl.append(
                        zip(y, e).reduce(0) { $0 + abs($1.0) * $1.1 } + u
                            * (Double(D) * half + abs(component.logNorm) + abs(l)))
                    self.y.append(y)
                    self.e.append(e)
                    self.l.append(l)
                }
            }
        }
    }
}
