import Foundation

extension Reference {
    /// How far a kernel's results may be from the reference's: docs/accuracy.md, term by term as it is written there.
    public struct Bound {
        public private(set) var logLikelihood = 0.0
        public private(set) var mass, firstMoment, secondMoment: [Double]
        /// Per datum.
        public private(set) var logDensity: [Double] = []
        /// Per datum, K each.
        public private(set) var responsibility: [[Double]] = []

        public init(_ data: [Double], weights: [Double]? = nil, _ mixture: [Component], isFloat32: Bool) {
            let u = isFloat32 ? 0x1p-24 : 0x1p-53, E = 2.4 * u, t = isFloat32 ? 2e-38 : 1e-307
            let K = mixture.count, N = Double(data.count), B = min(512, N)
            let A = B * u + (N / B + 16) * 0x1p-53 + 4 * u
            let both = isFloat32 ? 1.0 : 2.0
            mass = Array(repeating: 0, count: K)
            firstMoment = mass
            secondMoment = mass
            for (i, x) in data.enumerated() {
                let w = weights?[i] ?? 1
                let y = mixture.map { Reference.residual(x, $0) }, l = mixture.map { Reference.logJointDensity(x, $0) }
                let r = Reference.responsibilities(x, mixture), s = Reference.logDensity(x, mixture)
                let largest = l.max()!
                var e = y, dl = y, da = y
                var dlMean = 0.0, daMean = 0.0
                for k in 0..<K {
                    e[k] = 4 * u * abs(y[k]) + 2 * u * u * mixture[k].precision * abs(mixture[k].mean)
                    // A component of weight zero has r = 0 and no error in it.
                    guard l[k] > -.infinity else {
                        (dl[k], da[k]) = (0, 0)
                        continue
                    }
                    dl[k] = abs(y[k]) * e[k] + u * (y[k] * y[k] / 2 + abs(mixture[k].logNorm) + abs(l[k]))
                    da[k] = u * abs(l[k] - largest) + E
                    dlMean += r[k] * dl[k]
                    daMean += r[k] * da[k]
                }
                let ds = both * (dlMean + daMean + Double(K) * u + 4 * u * (abs(s) + log(Double(K))))
                logDensity.append(ds)
                logLikelihood += w * ds + both * A * w * (abs(s) + log(Double(K)))
                var perComponent: [Double] = []
                for k in 0..<K {
                    let rho = dl[k] + dlMean + da[k] + daMean + Double(K + 3) * u
                    let dr = both * (r[k] * rho + t)
                    perComponent.append(dr)
                    let size = abs(y[k])
                    mass[k] += w * dr + both * A * w * r[k]
                    firstMoment[k] += w * (dr * size + both * r[k] * e[k]) + both * A * w * r[k] * size
                    secondMoment[k] +=
                        w * (dr * size * size + both * 2 * r[k] * size * e[k]) + both * A * w * r[k] * size * size
                }
                responsibility.append(perComponent)
            }
        }
    }
}
