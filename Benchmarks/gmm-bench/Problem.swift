import GMMReference
import GaussianMixtures

/// What decides the cost of a pass.
struct ProblemShape: Codable, Hashable {
    var count: Int
    var dimension: Int
    var components: Int
    var covariance = CovarianceType.full
    /// How far the means are from the origin, in standard deviations; in one dimension at most, evenly spaced.
    var distance = 3.0
    /// Whether the data of a component stand together, as in a record of changing states.
    var isSorted = false

    /// The entries of a packed triangle.
    var triangle: Int { dimension * (dimension + 1) / 2 }
    var isTriangular: Bool { covariance == .full || covariance == .tied }
    var factorLength: Int { isTriangular ? triangle : covariance == .diagonal ? dimension : 1 }
    /// N K
    var terms: Double { Double(count) * Double(components) }
}

/// Random data of a random mixture, as the C kernels read them.
final class Problem<Scalar: KernelScalar> {
    let shape: ProblemShape
    let values: UnsafeMutableBufferPointer<Scalar>
    /// log πₖ + log|Pₖ| − (D/2) log 2π, μₖ, and P = L⁻¹ as the covariance type has it.
    let logNorms, means, factors: UnsafeMutableBufferPointer<Double>

    init(_ shape: ProblemShape, seed: UInt64 = 1) {
        self.shape = shape
        let D = shape.dimension, K = shape.components, length = shape.factorLength
        let keys = RandomKey(seed: seed).split(4)
        factors = .allocate(capacity: (shape.covariance == .tied ? 1 : K) * length)
        _ = factors.initialize(from: keys[0].normal(factors.count).map { 0.2 * $0 / Double(D).squareRoot() })
        for start in stride(from: 0, to: factors.count, by: length) {
            for d in 0..<(shape.covariance == .spherical ? 1 : D) {
                let i = start + (shape.isTriangular ? d * (d + 3) / 2 : d)
                factors[i] = 1 / (1 + 0.5 * abs(factors[i]) * Double(D).squareRoot())
            }
        }
        means = .allocate(capacity: K * D)
        _ = means.initialize(
            from: D == 1
                ? (0..<K).map { shape.distance * (Double(2 * $0 + 1) / Double(K) - 1) }
                : keys[1].normal(K * D).map { shape.distance * $0 / Double(D).squareRoot() })
        let shares = (0..<K).map { Double(1 + $0 % 3) }, total = shares.reduce(0, +)
        logNorms = .allocate(capacity: K)
        values = .allocate(capacity: shape.count * D)
        let isTied = shape.covariance == .tied
        for k in 0..<K {
            logNorms[k] = .log(shares[k] / total) - Double(D) * 0.5 * .log(2 * .pi)
            for d in 0..<D { logNorms[k] += .log(Self.entry(shape, factors, isTied ? 0 : k, d, d)) }
        }

        // Further rows repeat these, which changes no kernel's time and makes large problems quickly.
        let distinct = min(shape.count, max(4096, (1 << 20) / D))
        let draws = keys[2].uniform(distinct), normals = keys[3].normal(distinct * D)
        var cumulative: [Double] = []
        for share in shares { cumulative.append((cumulative.last ?? 0) + share / total) }
        var x = [Double](repeating: 0, count: D)
        for i in 0..<distinct {
            let u = shape.isSorted ? Double(i) / Double(distinct) : draws[i]
            let k = min(cumulative.partitioningIndex { $0 > u }, K - 1)
            // P (x − μ) = z
            for a in 0..<D {
                var z = normals[i * D + a]
                if shape.isTriangular {
                    for e in 0..<a { z -= factors[(isTied ? 0 : k * length) + a * (a + 1) / 2 + e] * x[e] }
                }
                x[a] = z / Self.entry(shape, factors, isTied ? 0 : k, a, a)
            }
            for d in 0..<D { values[i * D + d] = Scalar(x[d] + means[k * D + d]) }
        }
        for i in distinct * D..<shape.count * D { values[i] = values[i - distinct * D] }
    }

    deinit {
        for buffer in [logNorms, means, factors] { buffer.deallocate() }
        values.deallocate()
    }

    private static func entry(
        _ shape: ProblemShape, _ factors: UnsafeMutableBufferPointer<Double>, _ factor: Int, _ a: Int, _ e: Int
    ) -> Double {
        let start = factor * shape.factorLength
        if shape.isTriangular { return factors[start + a * (a + 1) / 2 + e] }
        return a == e ? factors[start + (shape.covariance == .spherical ? 0 : a)] : 0
    }

    /// The first rows of the data.
    func rows(_ count: Int) -> [[Double]] {
        (0..<count).map { i in (0..<shape.dimension).map { Double(values[i * shape.dimension + $0]) } }
    }

    /// The mixture in the form that the reference takes.
    func mixture() -> [Reference.MultivariateComponent] {
        (0..<shape.components).map { k in
            let factor = (0..<shape.dimension).flatMap { a in
                (0...a).map { Self.entry(shape, factors, shape.covariance == .tied ? 0 : k, a, $0) }
            }
            return .init(
                logNorm: logNorms[k], mean: Array(means[k * shape.dimension..<(k + 1) * shape.dimension]),
                factor: factor)
        }
    }
}

extension Array {
    /// The first index for which the predicate holds, given that it then holds for all later ones. O(log n)
    func partitioningIndex(_ predicate: (Element) -> Bool) -> Int {
        var low = 0, high = count
        while low < high {
            let middle = (low + high) / 2
            if predicate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
