import Foundation
import GMMFiles
import GaussianMixtures

/// Data for training a mixture, drawn from a seed.
struct TrainingProblem: Sendable {
    let name: String
    let components: Int
    var covariance = CovarianceType.full
    /// Rows drawn for a seed.
    let data: @Sendable (UInt64) throws -> Dataset<Double>

    static let all: [TrainingProblem] = [
        TrainingProblem("two, overlapping", count: 5000, dimension: 1, components: 2, distance: 2),
        TrainingProblem("four on a line", count: 5000, dimension: 1, components: 4, distance: 5),
        TrainingProblem("three in the plane", count: 5000, dimension: 2, components: 3, distance: 2),
        TrainingProblem("apart", count: 5000, dimension: 2, components: 4, distance: 12),
        TrainingProblem("20 dimensions", count: 4000, dimension: 20, components: 4, distance: 3),
        TrainingProblem("K too large", count: 3000, dimension: 2, components: 3, distance: 3, fitted: 8),
        TrainingProblem("tied", count: 4000, dimension: 4, components: 4, covariance: .tied, distance: 2),
        TrainingProblem("spherical", count: 4000, dimension: 5, components: 5, covariance: .spherical, distance: 2),
        TrainingProblem("diagonal", count: 4000, dimension: 8, components: 6, covariance: .diagonal, distance: 2.5),
    ]

    /// Old Faithful or the like: the numbers of a CSV file with a header.
    init(file: String, components: Int) throws {
        let table = try NumericTable.read(file, precision: .float64)
        let dataset = try (0..<table.rows).map { row in (0..<table.columns).map { table[row, $0] } }.dataset()
        self.init(name: URL(fileURLWithPath: file).lastPathComponent, components: components) { _ in dataset }
    }

    private init(
        name: String, components: Int, covariance: CovarianceType = .full,
        data: @escaping @Sendable (UInt64) throws -> Dataset<Double>
    ) {
        self.name = name
        self.components = components
        self.covariance = covariance
        self.data = data
    }

    /// - Parameter fitted: components to fit, by default as many as the data come from.
    private init(
        _ name: String, count: Int, dimension: Int, components: Int, covariance: CovarianceType = .full,
        distance: Double, fitted: Int? = nil
    ) {
        self.init(name: name, components: fitted ?? components, covariance: covariance) { seed in
            let problem = Problem<Double>(
                ProblemShape(
                    count: count, dimension: dimension, components: components, covariance: covariance,
                    distance: distance), seed: seed)
            return try Dataset(Array(problem.values), dimension: dimension)
        }
    }
}
