import Foundation

/// The precision that data are kept and read in: `Double` or `Float`. Sums over the data and parameters are float64 always.
public protocol KernelScalar: BinaryFloatingPoint, Sendable {
    static var isFloat32: Bool { get }
    /// `count` values from index `offset` on, `stride` apart. A requirement, so that the loop is compiled for the type.
    static func doubles(_ values: [Self], offset: Int, stride: Int, count: Int) -> [Double]
}

extension Double: KernelScalar {
    public static var isFloat32: Bool { false }
    public static func doubles(_ values: [Double], offset: Int, stride: Int, count: Int) -> [Double] {
        offset == 0 && stride == 1 && count == values.count ? values : (0..<count).map { values[offset + $0 * stride] }
    }
}

extension Float: KernelScalar {
    public static var isFloat32: Bool { true }
    public static func doubles(_ values: [Float], offset: Int, stride: Int, count: Int) -> [Double] {
        (0..<count).map { Double(values[offset + $0 * stride]) }
    }
}

/// What can be read as one-dimensional data: an array of `Double` or `Float`, or a ``Dataset`` with weights or a stride.
public protocol Observations<Scalar> {
    associatedtype Scalar: KernelScalar
    func dataset() throws(MixtureError) -> Dataset<Scalar>
}

extension Array: Observations where Element: KernelScalar {
    public func dataset() throws(MixtureError) -> Dataset<Element> { try Dataset(self) }
}

/// N data in one dimension with optional weights, read where they are.
public struct Dataset<Scalar: KernelScalar>: Observations, Sendable {
    let values: [Scalar]
    let offset, stride: Int
    /// N
    public let count: Int
    let weights: [Scalar]?
    /// W = Σ wᵢ, N without weights.
    public let totalWeight: Double

    /// - Parameters:
    ///   - values: the array that holds the data. It is not copied.
    ///   - offset: the index of the first datum, 0 by default.
    ///   - stride: from one datum to the next, 1 by default; negative runs backwards. To read column c of a row-major table of C columns:
    ///     offset c, stride C.
    ///   - count: N; by default as many as `values` holds with that offset and stride.
    ///   - weights: N weights, one for each datum, 1 by default. A weight of 2 counts as two equal data.
    /// - Throws: ``MixtureError/noData``; ``MixtureError/invalidOption(name:value:requirement:)`` for a layout that leaves the array;
    ///   ``MixtureError/invalidDataWeights(reason:)`` and ``MixtureError/invalidDataWeight(row:)``.
    ///   Whether data are finite is found when they are read.
    /// - Complexity: O(N) with weights, else O(1).
    public init(_ values: [Scalar], offset: Int = 0, stride: Int = 1, count: Int? = nil, weights: [Scalar]? = nil) throws(MixtureError) {
        guard !values.isEmpty else { throw .noData }
        guard values.indices.contains(offset) else {
            throw .invalidOption(name: "offset", value: "\(offset)", requirement: "an index of the \(values.count) values")
        }
        guard stride != 0, stride.magnitude <= values.count else {
            throw .invalidOption(name: "stride", value: "\(stride)", requirement: "from 1 to \(values.count), or the negative of that")
        }
        let fitting = 1 + (stride > 0 ? (values.count - 1 - offset) / stride : offset / -stride)
        let count = count ?? fitting
        guard count > 0 else { throw .noData }
        guard count <= fitting else {
            throw .invalidOption(name: "count", value: "\(count)", requirement: "at most \(fitting), all that offset and stride leave")
        }
        if let weights {
            guard weights.count == count else {
                throw .invalidDataWeights(reason: "there are \(weights.count) for \(count) data; give one for each datum")
            }
            let doubles = Scalar.doubles(weights, offset: 0, stride: 1, count: count)
            for i in doubles.indices where !(doubles[i] >= 0 && doubles[i].isFinite) { throw .invalidDataWeight(row: i) }
            let total = doubles.reduce(0, +)
            guard total > 0 else { throw .invalidDataWeights(reason: "all are zero, which leaves no data; at least one must be positive") }
            guard total.isFinite else { throw .invalidDataWeights(reason: "their sum overflows; divide them by the largest") }
            totalWeight = total
        } else {
            totalWeight = Double(count)
        }
        self.values = values
        self.offset = offset
        self.stride = stride
        self.count = count
        self.weights = weights
    }

    public func dataset() -> Dataset { self }

    /// The data in float64. No copy is made of a whole array of `Double`.
    func doubles() -> [Double] { Scalar.doubles(values, offset: offset, stride: stride, count: count) }

    func weightsAsDoubles() -> [Double]? { weights.map { Scalar.doubles($0, offset: 0, stride: 1, count: count) } }
}
