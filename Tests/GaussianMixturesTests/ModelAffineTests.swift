import Foundation
import GaussianMixtures
import Testing

struct ModelAffineTests {
    static let types = CovarianceType.allCases
    static let matrix = [[1, 2, 0, -1], [0, 0.5, 1, 1], [3, 0, 0, 1], [1, -1, 2, 0.0]]

    @Test(arguments: types)
    func theLogDensityFallsByTheLogDeterminant(type: CovarianceType) throws {
        let mixture = try ModelSupport.mixture(type), offset = [1.0, -2, 3, 10]
        let image = try mixture.transformed(by: Self.matrix, offset: offset)
        #expect(image.shape.covariance == (type == .tied ? .tied : .full))
        // numpy.linalg.det(matrix) = −22
        for x in mixture.samples(5, key: RandomKey(seed: 2)) {
            let y = zip(Self.matrix, offset).map { row, offset in zip(row, x).reduce(offset) { $0 + $1.0 * $1.1 } }
            #expect(near([try image.logDensity(at: y)], [try mixture.logDensity(at: x) - log(22)], 1e-12))
        }
    }

    @Test(arguments: types)
    func fewerRowsProject(type: CovarianceType) throws {
        let mixture = try ModelSupport.mixture(type)
        let chosen = try mixture.transformed(by: [[0, 0, 1, 0], [1, 0, 0, 0]])
        #expect(chosen.isEquivalent(to: try mixture.marginal([2, 0]), tolerance: 1e-13))
        let sum = try mixture.transformed(by: [[1, 1, 1, 1]])
        #expect(sum.dimension == 1 && near(sum.mean, [mixture.mean.reduce(0, +)], 1e-14))
        #expect(near([sum.covariance[0][0]], [mixture.covariance.flatMap { $0 }.reduce(0, +)], 1e-13))
        // As one map after the other.
        let twice = try mixture.transformed(by: Self.matrix, offset: [1, 2, 3, 4]).transformed(
            by: [[1, 0, 1, 0], [0, 2, 0, 1]], offset: [5, 6])
        let once = try mixture.transformed(by: [[4, 2, 0, 0], [1, 0, 4, 2]], offset: [9, 14])
        #expect(twice.isEquivalent(to: once, tolerance: 1e-12))
    }

    @Test(arguments: types)
    func scalingIsTheDiagonalMap(type: CovarianceType) throws {
        let mixture = try ModelSupport.mixture(type), offset = [1.0, 0, -1, 2]
        for scales in [[2, 2, 2, 2], [2, -2, 2, -2], [-1, 0.5, 3, -0.1]] {
            let scaled = try mixture.scaled(by: scales, offset: offset)
            #expect(scaled.shape.covariance == (type == .spherical && scales[2] == 3 ? .diagonal : type))
            let matrix = (0..<4).map { i in (0..<4).map { i == $0 ? scales[i] : 0 } }
            #expect(scaled.isEquivalent(to: try mixture.transformed(by: matrix, offset: offset), tolerance: 1e-13))
            let back = try scaled.scaled(by: scales.map { 1 / $0 }, offset: zip(scales, offset).map { -$1 / $0 })
            #expect(back.isEquivalent(to: mixture, tolerance: 1e-14))
        }
    }

    @Test(arguments: types)
    func inOneDimension(type: CovarianceType) throws {
        let mixture = try ModelSupport.mixture(type, dimension: 1), scaled = try mixture.scaled(by: [-2], offset: [1])
        #expect(
            try scaled.shape == mixture.shape && scaled.isEquivalent(to: mixture.transformed(by: [[-2]], offset: [1])))
        #expect(near([try scaled.cumulativeDistribution(0.5)], [try mixture.survival(0.25)], 1e-15))
    }

    /// Rank is judged in the units of each row: these are independent.
    @Test func rowsMayBeOfAnySize() throws {
        let mixture = try ModelSupport.mixture(.full, dimension: 2),
            image = try mixture.transformed(by: [[1e-150, 2e-150], [1e150, 1e150]])
        let plain = try mixture.transformed(by: [[1, 2], [1, 1]])
        for k in 0..<3 {
            #expect(abs(image.standardDeviations[k][0] / plain.standardDeviations[k][0] / 1e-150 - 1) < 1e-14)
        }
        _ = try mixture.transformed(by: [[1, 1], [1, 1 + 1e-12]])
    }

    @Test func badMapsAreNamed() throws {
        let mixture = try ModelSupport.mixture(.full, dimension: 2)
        func option(_ body: () throws -> GaussianMixture) -> [String] {
            do {
                _ = try body()
            } catch let error as MixtureError {
                if case .invalidOption(let name, let value, _) = error { return [name, value] }
            } catch {}
            return []
        }
        #expect(option { try mixture.transformed(by: []) } == ["The number of rows of the matrix", "0"])
        #expect(
            option { try mixture.transformed(by: [[1, 0], [0, 1], [1, 1]]) } == [
                "The number of rows of the matrix", "3",
            ])
        #expect(option { try mixture.transformed(by: [[1]]) } == ["The number of columns of the matrix", "1"])
        #expect(option { try mixture.transformed(by: [[1, .nan]]) } == ["The entry of the matrix", "nan"])
        #expect(option { try mixture.transformed(by: [[0, 0]]) } == ["Row 0 of the matrix", "[0.0, 0.0]"])
        #expect(
            option { try mixture.transformed(by: [[0.1, 0.3], [0.3, 0.9]]) } == ["Row 1 of the matrix", "[0.3, 0.9]"])
        #expect(option { try mixture.transformed(by: [[1, 0]], offset: [1, 2]) } == ["The number of offsets", "2"])
        #expect(option { try mixture.transformed(by: [[1, 0]], offset: [.infinity]) } == ["The offset", "inf"])
        #expect(option { try mixture.scaled(by: [1]) } == ["The number of scales", "1"])
        #expect(option { try mixture.scaled(by: [1, 0]) } == ["The scale", "0"])
        #expect(option { try mixture.scaled(by: [1, -.infinity]) } == ["The scale", "-inf"])
        #expect(option { try mixture.scaled(by: [1, 1], offset: [1]) } == ["The number of offsets", "1"])
        for scales in [[1e308, 1e308], [1e-308, 1]] {
            #expect(throws: MixtureError.self) { try mixture.scaled(by: scales).scaled(by: scales) }
        }
        #expect(throws: MixtureError.self) { try mixture.transformed(by: [[1e308, 1e308]]) }
    }
}
