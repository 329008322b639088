import GaussianMixtures

/// Passes that differ in one size.
struct ScalingSeries {
    enum Variable: String, Codable {
        case count, components, dimension
        /// The number of threads, for the same data in all (strong) or for the same data for each thread (weak).
        case strong, weak
    }

    let name: String
    let variable: Variable
    let shapes: [ProblemShape]

    /// - Parameter bytes: the most that a data set may take.
    static func all(threads: [Int], quick: Bool, bytes: Int, scalarBytes: Int) -> [ScalingSeries] {
        let counts = [
            1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000, 30_000_000, 100_000_000,
        ]
        .filter { $0 * scalarBytes <= bytes && (!quick || $0 <= 1_000_000) }
        let components = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000].filter { !quick || $0 <= 64 }
        let dimensions = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512].filter { !quick || $0 <= 64 }
        func sized(_ D: Int, _ K: Int, _ covariance: CovarianceType = .full) -> ProblemShape {
            let cost = covariance == .full ? K * (D * D + 8) : K * (D + 8)
            let count = min(1_000_000, max(2000, (quick ? 20_000_000 : 100_000_000) / cost))
            return ProblemShape(count: count, dimension: D, components: K, covariance: covariance)
        }
        let line = ProblemShape(count: 1_000_000, dimension: 1, components: 8),
            full = ProblemShape(count: 50_000, dimension: 16, components: 16)
        func weak(_ shape: ProblemShape) -> [ProblemShape] {
            threads.map { threads in
                var shape = shape
                shape.count *= threads
                return shape
            }
        }
        return [
            ScalingSeries(
                name: "N, one dimension, K = 4", variable: .count,
                shapes: counts.map { ProblemShape(count: $0, dimension: 1, components: 4) }),
            ScalingSeries(name: "K, one dimension", variable: .components, shapes: components.map { sized(1, $0) }),
            ScalingSeries(name: "K, full, D = 8", variable: .components, shapes: components.map { sized(8, $0) }),
            ScalingSeries(name: "D, full, K = 4", variable: .dimension, shapes: dimensions.map { sized($0, 4) }),
            ScalingSeries(
                name: "D, diagonal, K = 4", variable: .dimension, shapes: dimensions.map { sized($0, 4, .diagonal) }),
            ScalingSeries(name: "strong, one dimension, K = 8", variable: .strong, shapes: threads.map { _ in line }),
            ScalingSeries(name: "strong, full, D = 16, K = 16", variable: .strong, shapes: threads.map { _ in full }),
            ScalingSeries(name: "weak, one dimension, K = 8", variable: .weak, shapes: weak(line)),
            ScalingSeries(name: "weak, full, D = 16, K = 16", variable: .weak, shapes: weak(full)),
        ]
    }

    func place(_ shape: ProblemShape, threads: Int) -> Double {
        switch variable {
        case .count: Double(shape.count)
        case .components: Double(shape.components)
        case .dimension: Double(shape.dimension)
        case .strong, .weak: Double(threads)
        }
    }

    /// The work to which the time is proportional where its line is straight: N K, times the multiply-adds of a
    /// component in series whose D varies.
    func work(_ shape: ProblemShape) -> Double {
        let D = Double(shape.dimension)
        return shape.terms * (variable != .dimension ? 1 : shape.covariance == .full ? D * D + D : D)
    }

    var unit: String {
        guard variable == .dimension else { return "ns/(datum·component)" }
        return shapes[0].covariance == .full ? "ns/(datum·component·(D² + D))" : "ns/(datum·component·D)"
    }
}

/// One measured pass.
struct ScalingPoint: Codable {
    let series: String
    let variable: ScalingSeries.Variable
    let place: Double
    let threads: Int
    let shape: ProblemShape
    let kernel, precision: String
    let seconds: Quartiles
    let nanosecondsPerUnit: Double

    static let csvHeader =
        "series,variable,threads,count,dimension,components,covariance,kernel,precision,seconds,lower,upper,nanoseconds_per_unit"
    var csv: String {
        "\"\(series)\",\(variable),\(threads),\(shape.count),\(shape.dimension),\(shape.components),\(shape.covariance),\(kernel),\(precision),"
            + "\(seconds.median),\(seconds.lower),\(seconds.upper),\(nanosecondsPerUnit)"
    }
}

extension ScalingSeries {
    /// Each size is measured by itself, on one thread and on the most threads. Numbers of threads are measured in the
    /// same rounds.
    func measure<Scalar: KernelScalar>(
        as: Scalar.Type, _ kernel: Kernel, threads: [Int], rounds: Int, report: (ScalingPoint) -> Void
    ) throws -> [ScalingPoint] {
        let groups =
            variable == .strong || variable == .weak
            ? [Array(zip(shapes, threads))]
            : shapes.map { shape in Set([1, threads.last!]).sorted().map { (shape, $0) } }
        // Where only N varies, the smaller data sets are the first part of the largest.
        let largest =
            variable == .components || variable == .dimension
            ? nil : Problem<Scalar>(shapes.max { $0.count < $1.count }!)
        var points: [ScalingPoint] = []
        for group in groups {
            let problem = largest ?? Problem<Scalar>(group[0].0)
            let tasks = group.map { shape, threads in
                let pass = KernelPass(problem, kernel: kernel, threads: threads, count: shape.count)
                return Measured(threads: threads) { pass.run() }
            }
            for ((shape, threads), time) in zip(group, try interleaved(rounds: rounds, tasks)) {
                points.append(
                    ScalingPoint(
                        series: name, variable: variable, place: place(shape, threads: threads), threads: threads,
                        shape: shape, kernel: kernel.name,
                        precision: Scalar.isFloat32 ? "float32" : "float64", seconds: time,
                        nanosecondsPerUnit: time.median / work(shape) * 1e9))
                report(points.last!)
            }
        }
        return points
    }

    /// Where the line is straight: the longest run of places whose times for a unit of work are within a quarter of the
    /// run's least.
    static func straight(_ points: [ScalingPoint]) -> (first: Int, last: Int, least: Double) {
        var best = 0...0
        for first in points.indices {
            var last = first, least = points[first].nanosecondsPerUnit, most = least
            while last + 1 < points.count {
                least = min(least, points[last + 1].nanosecondsPerUnit)
                most = max(most, points[last + 1].nanosecondsPerUnit)
                guard most <= 1.25 * least else { break }
                last += 1
            }
            if last - first > best.upperBound - best.lowerBound { best = first...last }
        }
        return (
            Int(points[best.lowerBound].place), Int(points[best.upperBound].place),
            points[best].map(\.nanosecondsPerUnit).min()!
        )
    }
}
