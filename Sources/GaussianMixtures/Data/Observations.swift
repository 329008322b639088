/// What can be read as data: an array of numbers in one dimension, an array of rows in more, or a ``Dataset``, which
/// has weights and strides.
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
    public static func dataset(_ observations: [Double]) throws(MixtureError) -> Dataset<Double> {
        try Dataset(observations)
    }
}

extension Float: Observation {
    public static func dataset(_ observations: [Float]) throws(MixtureError) -> Dataset<Float> {
        try Dataset(observations)
    }
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

/// The precision that data are kept and read in: `Double` or `Float`. Sums over the data and parameters are float64
/// always.
///
/// The requirements are loops, which so are compiled for the type.
public protocol KernelScalar: BinaryFloatingPoint, Sendable {
    static var isFloat32: Bool { get }
    /// `count` values, `stride` apart.
    static func doubles(_ values: UnsafePointer<Self>, stride: Int, count: Int) -> [Double]
    /// The smallest and the largest of `count` values, of those that have weight; or the first that is not finite.
    static func bounds(
        _ values: UnsafePointer<Self>, stride: Int, count: Int, weights: [Double]?
    ) -> Result<(smallest: Double, largest: Double), MixtureError>
    /// Copies `columns` values, `columnStride` apart, of each row that `row` gives for 0 ..< `rows`, to places
    /// `spacing` apart.
    static func copyRows(
        _ rows: Int, _ values: UnsafePointer<Self>, _ rowStride: Int, _ columnStride: Int, _ columns: Int,
        to target: UnsafeMutablePointer<Self>,
        spacing: Int, _ row: (Int) -> Int)
    /// Adds a number to each value.
    static func add(_ number: Double, to values: inout [Self])
    static func scalars(_ values: [Double]) -> [Self]
}

extension Double: KernelScalar {
    public static var isFloat32: Bool { false }
    public static func doubles(_ values: UnsafePointer<Double>, stride: Int, count: Int) -> [Double] {
        loopOfDoubles(values, stride, count)
    }
    public static func bounds(
        _ values: UnsafePointer<Double>, stride: Int, count: Int, weights: [Double]?
    ) -> Result<(smallest: Double, largest: Double), MixtureError> { loopOfBounds(values, stride, count, weights) }
    public static func copyRows(
        _ rows: Int, _ values: UnsafePointer<Double>, _ rowStride: Int, _ columnStride: Int, _ columns: Int,
        to target: UnsafeMutablePointer<Double>,
        spacing: Int, _ row: (Int) -> Int
    ) { loopOfRows(rows, values, rowStride, columnStride, columns, target, spacing, row) }
    public static func add(_ number: Double, to values: inout [Double]) {
        for i in values.indices { values[i] += number }
    }
    public static func scalars(_ values: [Double]) -> [Double] { values }
}

extension Float: KernelScalar {
    public static var isFloat32: Bool { true }
    public static func doubles(_ values: UnsafePointer<Float>, stride: Int, count: Int) -> [Double] {
        loopOfDoubles(values, stride, count)
    }
    public static func bounds(
        _ values: UnsafePointer<Float>, stride: Int, count: Int, weights: [Double]?
    ) -> Result<(smallest: Double, largest: Double), MixtureError> { loopOfBounds(values, stride, count, weights) }
    public static func copyRows(
        _ rows: Int, _ values: UnsafePointer<Float>, _ rowStride: Int, _ columnStride: Int, _ columns: Int,
        to target: UnsafeMutablePointer<Float>,
        spacing: Int, _ row: (Int) -> Int
    ) { loopOfRows(rows, values, rowStride, columnStride, columns, target, spacing, row) }
    public static func add(_ number: Double, to values: inout [Float]) {
        for i in values.indices { values[i] += Float(number) }
    }
    public static func scalars(_ values: [Double]) -> [Float] { values.map(Float.init) }
}

@inline(__always)
private func loopOfDoubles<Scalar: KernelScalar>(
    _ values: UnsafePointer<Scalar>, _ stride: Int, _ count: Int
) -> [Double] {
    [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
        for i in 0..<count { buffer.initializeElement(at: i, to: Double(values[i * stride])) }
        initialized = count
    }
}

@inline(__always)
private func loopOfBounds<Scalar: KernelScalar>(
    _ values: UnsafePointer<Scalar>, _ stride: Int, _ count: Int, _ weights: [Double]?
) -> Result<(smallest: Double, largest: Double), MixtureError> {
    var smallest = Scalar.infinity, largest = -Scalar.infinity
    for i in 0..<count {
        let x = values[i * stride]
        guard x.isFinite else { return .failure(.notFinite(row: i)) }
        if let weights, weights[i] <= 0 { continue }
        if x < smallest { smallest = x }
        if x > largest { largest = x }
    }
    return .success((Double(smallest), Double(largest)))
}

@inline(__always)
private func loopOfRows<Scalar: KernelScalar>(
    _ rows: Int, _ values: UnsafePointer<Scalar>, _ rowStride: Int, _ columnStride: Int, _ columns: Int,
    _ target: UnsafeMutablePointer<Scalar>,
    _ spacing: Int, _ row: (Int) -> Int
) {
    for i in 0..<rows {
        let source = values + row(i) * rowStride
        for j in 0..<columns { (target + i * spacing + j).initialize(to: source[j * columnStride]) }
    }
}
