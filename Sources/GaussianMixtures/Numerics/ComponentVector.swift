import RealModule

/// The numbers of all components, one or several of each, kept in SIMD vectors: the arithmetic of parameters, priors
/// and optimizers runs along them.
///
/// Lanes from `count` on are zero in every vector that is kept, and no result depends on them.
public struct ComponentVector: Sendable, Hashable {
    /// ⌈count/8⌉ vectors.
    var vectors: [SIMD8<Double>]
    public let count: Int

    /// `count` copies of a value, zero by default.
    public init(repeating value: Double = 0, count: Int) {
        vectors = Array(repeating: .zero, count: (count + 7) / 8)
        self.count = count
        for k in 0..<count where value != 0 { self[k] = value }
    }

    public init(_ values: some Collection<Double>) {
        self.init(count: values.count)
        for (k, value) in values.enumerated() { self[k] = value }
    }

    /// Which lanes of vector `i` hold numbers.
    func isComponent(_ i: Int) -> SIMDMask<SIMD8<Int64>> {
        SIMD8<Int64>(0, 1, 2, 3, 4, 5, 6, 7) .< SIMD8(repeating: Int64(count - 8 * i))
    }

    func sum() -> Double {
        var sum = SIMD8<Double>.zero
        for vector in vectors { sum += vector }
        return sum.sum()
    }

    /// Gives `body` the numbers, for threads that write different ones.
    mutating func withPointer(_ body: (UnsafeMutablePointer<Double>) -> Void) {
        vectors.withUnsafeMutableBytes { body($0.assumingMemoryBound(to: Double.self).baseAddress!) }
    }

    /// Takes over the values of a vector of the same length. Assignment would share its storage, and the next change
    /// would copy it.
    mutating func copyValues(of other: borrowing ComponentVector) {
        for i in vectors.indices { vectors[i] = other.vectors[i] }
    }
}

extension ComponentVector: RandomAccessCollection, MutableCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { count }
    public subscript(k: Int) -> Double {
        get { vectors[k >> 3][k & 7] }
        set { vectors[k >> 3][k & 7] = newValue }
    }
}

extension ComponentVector: ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: Double...) { self.init(elements) }
}

extension SIMD8<Double> {
    func map(_ function: (Double) -> Double) -> Self {
        var result = self
        for lane in indices { result[lane] = function(self[lane]) }
        return result
    }
}

/// log softmax: aₖ − log Σ exp a, for unconstrained log weights. An entry may be −∞, not all.
func logSoftmax(_ logWeights: ComponentVector, into result: inout ComponentVector) {
    let smallest = SIMD8<Double>(repeating: -.infinity)
    var largest = smallest
    for i in logWeights.vectors.indices {
        largest = pointwiseMax(
            largest, smallest.replacing(with: logWeights.vectors[i], where: logWeights.isComponent(i)))
    }
    let top = largest.max()
    var sum = SIMD8<Double>.zero
    for i in logWeights.vectors.indices {
        sum += SIMD8.zero.replacing(
            with: (logWeights.vectors[i] - top).map { .exp($0) }, where: logWeights.isComponent(i))
    }
    let total = top + .log(sum.sum())
    for i in logWeights.vectors.indices {
        result.vectors[i] = .zero.replacing(with: logWeights.vectors[i] - total, where: logWeights.isComponent(i))
    }
}

/// πₖ = exp aₖ / Σ exp a, weights from unconstrained log weights (the notebook's `normalize_weights`). They sum to one
/// within K roundings. O(K).
public func softmax(_ logWeights: [Double]) -> [Double] {
    let largest = logWeights.max() ?? 0
    let exponentials = logWeights.map { Double.exp($0 - largest) }, sum = exponentials.reduce(0, +)
    return exponentials.map { $0 / sum }
}
