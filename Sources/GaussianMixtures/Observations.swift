/// What can be read as data: an array of numbers in one dimension, an array of rows in more, or a ``Dataset``, which has weights and strides.
public protocol Observations<Scalar> {
    associatedtype Scalar: KernelScalar
    func dataset() throws(MixtureError) -> Dataset<Scalar>
}

/// An element of an array of data: a number, or a row of D numbers.
public protocol Observation {
    associatedtype Scalar: KernelScalar
    static func dataset(_ observations: [Self]) throws(MixtureError) -> Dataset<Scalar>
}

extension Array: Observations where Element: Observation {
    public func dataset() throws(MixtureError) -> Dataset<Element.Scalar> { try Element.dataset(self) }
}

extension Double: Observation {
    public static func dataset(_ observations: [Double]) throws(MixtureError) -> Dataset<Double> { try Dataset(observations) }
}

extension Float: Observation {
    public static func dataset(_ observations: [Float]) throws(MixtureError) -> Dataset<Float> { try Dataset(observations) }
}

extension Array: Observation where Element: KernelScalar {
    /// Copies the rows, which must be of one length, into one array.
    public static func dataset(_ observations: [[Element]]) throws(MixtureError) -> Dataset<Element> {
        guard let first = observations.first else { throw .noData }
        for (row, values) in observations.enumerated() where values.count != first.count {
            throw .raggedData(row: row, count: values.count, expected: first.count)
        }
        return try Dataset(observations.flatMap { $0 }, dimension: first.count)
    }
}

/// The precision that data are kept and read in: `Double` or `Float`. Sums over the data and parameters are float64 always.
public protocol KernelScalar: BinaryFloatingPoint, Sendable {
    static var isFloat32: Bool { get }
    /// `count` values from index `offset` on, `stride` apart. A requirement, so that the loop is compiled for the type.
    static func doubles(_ values: [Self], offset: Int, stride: Int, count: Int) -> [Double]
    /// For each start, `count` values from there on, `stride` apart. A requirement for the same reason.
    static func rows(_ values: [Self], starts: [Int], stride: Int, count: Int) -> [Self]
    /// Adds a number to each value. A requirement for the same reason.
    static func add(_ number: Double, to values: inout [Self])
}

extension Double: KernelScalar {
    public static var isFloat32: Bool { false }
    public static func doubles(_ values: [Double], offset: Int, stride: Int, count: Int) -> [Double] {
        offset == 0 && stride == 1 && count == values.count ? values : (0..<count).map { values[offset + $0 * stride] }
    }
    public static func rows(_ values: [Double], starts: [Int], stride: Int, count: Int) -> [Double] {
        gathered(values, starts: starts, stride: stride, count: count)
    }
    public static func add(_ number: Double, to values: inout [Double]) {
        for i in values.indices { values[i] += number }
    }
}

extension Float: KernelScalar {
    public static var isFloat32: Bool { true }
    public static func doubles(_ values: [Float], offset: Int, stride: Int, count: Int) -> [Double] {
        (0..<count).map { Double(values[offset + $0 * stride]) }
    }
    public static func rows(_ values: [Float], starts: [Int], stride: Int, count: Int) -> [Float] {
        gathered(values, starts: starts, stride: stride, count: count)
    }
    public static func add(_ number: Double, to values: inout [Float]) {
        for i in values.indices { values[i] += Float(number) }
    }
}

@inline(__always)
private func gathered<Scalar>(_ values: [Scalar], starts: [Int], stride: Int, count: Int) -> [Scalar] {
    var rows: [Scalar] = []
    rows.reserveCapacity(starts.count * count)
    for start in starts {
        for i in 0..<count { rows.append(values[start + i * stride]) }
    }
    return rows
}
