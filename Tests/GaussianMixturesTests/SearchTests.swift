import Testing

@testable import GaussianMixtures

/// Moves from one maximum to a higher one.
struct SearchTests {
    /// Three groups apart, of which the start gives two components to one and one to the two others.
    private static func groups(_ dimension: Int) -> [[Double]] {
        let normals = RandomKey(seed: 5).normal(900 * dimension)
        return (0..<900).map { i in
            (0..<dimension).map { d in
                normals[i * dimension + d] + (d == 0 ? 12 * Double(i % 3) : d == 1 ? 5 * Double(i % 2) : 0)
            }
        }
    }

    private static func bad(_ shape: MixtureShape) -> Parameters {
        var start = Parameters(zerosFor: shape)
        for (k, x) in [-0.5, 0.5, 18].enumerated() { start.means[k * shape.dimension] = x }
        for factor in 0..<shape.factorCount {
            for d in 0..<shape.factor.diagonalLength {
                start.factors[factor * shape.factorLength + shape.factor.diagonalIndex(d)] = factor == 2 ? 2 : 0
            }
        }
        return start
    }

    private static func search<Scalar>(
        _ data: Dataset<Scalar>, _ options: FitOptions, threads: Int = 2
    ) throws -> MoveSearch<Scalar> {
        let shape = try options.validate(dimension: data.dimension), kernel = try Kernel.automatic()
        let summary = try DataSummary(
            data, components: options.components, needsScatter: options.covariancePrior != nil, threads: 1,
            kernel: kernel)
        return try MoveSearch(
            data, options, shape, summary, threads: threads, kernel: kernel,
            interruption: Interruption(task: nil, timeLimit: nil),
            effort: .init(trials: 24, splits: 2, rounds: 2))
    }

    struct Setting: Sendable, CustomTestStringConvertible {
        var covariance: CovarianceType
        var isWeighted = false, isSingle = false
        var prior: NormalInverseWishartPrior?
        var concentration = 1.0
        var testDescription: String {
            "\(covariance)\(isWeighted ? ", weighted" : "")\(isSingle ? ", float32" : "")\(prior == nil ? "" : ", prior"), α \(concentration)"
        }
    }

    static let settings: [Setting] =
        CovarianceType.allCases.flatMap {
            [Setting(covariance: $0), Setting(covariance: $0, isWeighted: true, isSingle: true)]
        } + [
            Setting(covariance: .full, prior: .mclust),
            Setting(covariance: .diagonal, prior: .mclust, concentration: 2),
        ]

    /// A maximum with two components on one group and one on two is left for the one that groups have.
    @Test(arguments: settings)
    func badMaximaAreLeft(setting: Setting) throws {
        func check<Scalar: KernelScalar>(_: Scalar.Type) throws {
            let rows = Self.groups(3)
            let data = try Dataset<Scalar>(
                rows.flatMap { $0.map { Scalar($0) } }, dimension: 3,
                weights: setting.isWeighted ? rows.indices.map { Scalar(1 + $0 % 2) } : nil)
            var options = FitOptions(components: 3)
            options.covariance = setting.covariance
            options.covariancePrior = setting.prior
            options.weightConcentration = setting.concentration
            options.initialisation = .kMeans
            var search = try Self.search(data, options)
            let shape = try options.validate(dimension: 3)
            let stuck = try search.climb(Self.bad(shape), tolerance: 1e-8)
            let moved = try search.improve(stuck, key: RandomKey(seed: 1), readsLimit: .infinity)
            options.search = .none
            let fit = try GaussianMixture.fit(data, options)
            let margin = 1e-3 * data.totalWeight
            #expect(stuck.loss > fit.loss + margin, "the start is not stuck")
            #expect(moved.loss <= fit.loss + margin, "\(moved.loss) where \(fit.loss) is known, from \(stuck.loss)")
            #expect(search.kept > 0)
        }
        if setting.isSingle { try check(Float.self) } else { try check(Double.self) }
    }

    /// What some components gain on their share of the data, the whole mixture gains at least (Jensen).
    @Test(arguments: CovarianceType.allCases.filter { $0 != .tied }, 1...4)
    func localGainsAreBounds(covariance: CovarianceType, seed: Int) throws {
        let data = try Problems.table("iris", columns: [0, 1, 2, 3]).dataset()
        let shape = try MixtureShape(components: 4, dimension: 4, covariance: covariance)
        var options = FitOptions(components: 4)
        options.covariance = covariance
        options.initialisation = .randomFromData
        options.search = .none
        options.iterations = 3
        options.key = RandomKey(seed: UInt64(seed))
        let whole = try GaussianMixture.fit(data, options).parameters, kernel = try Kernel.automatic()
        let view = try ResponsibilityView(data, whole, threads: 1, kernel: kernel)
        for components in [[0], [1, 3], [0, 1, 2]] {
            let problem = try #require(LocalProblem(data, view, components))
            var local = problem.parameters
            // Any other density of these components will do.
            for i in local.means.indices { local.means[i] += 0.02 * Double(i % 3) }
            for i in local.logWeights.indices { local.logWeights[i] += 0.3 * Double(i) }
            let smaller = shape.with(components: components.count)
            func logLikelihood(_ data: Dataset<Double>, _ parameters: Parameters) throws -> Double {
                try parameters.mixture().logLikelihood(data)
            }
            let gain =
                try logLikelihood(problem.data, local) - logLikelihood(problem.data, problem.parameters)
            let ofWhole =
                try logLikelihood(data, problem.placed(local, in: view.parameters)) - logLikelihood(data, whole)
            #expect(smaller == local.shape)
            // Data of which the components hold less than a thousandth are left out.
            #expect(ofWhole >= gain - 1e-3 * Double(data.count), "\(components): \(ofWhole) where \(gain) is sure")
        }
    }

    /// A merger has the moments of both, and a split those of what it splits.
    @Test(arguments: CovarianceType.allCases.filter { $0 != .tied })
    func mergersAndSplitsKeepMoments(covariance: CovarianceType) throws {
        let shape = try MixtureShape(components: 2, dimension: 3, covariance: covariance)
        let one = Parameters.standardNormal(shape, key: RandomKey(seed: 3)), before = try one.mixture()
        var merged = one
        merged.merge(0, 1)
        let single = try merged.keeping([0]).mixture()
        func trace(_ a: [[Double]]) -> Double { a.indices.reduce(0) { $0 + a[$1][$1] } }
        for d in 0..<3 { #expect(abs(single.mean[d] - before.mean[d]) <= 1e-12) }
        let (a, b) = (single.covariance, before.covariance)
        for i in 0..<3 {
            for j in 0...i {
                switch covariance {
                case .full: #expect(abs(a[i][j] - b[i][j]) <= 1e-12)
                case .diagonal: if i == j { #expect(abs(a[i][i] - b[i][i]) <= 1e-12) }
                default: break
                }
            }
        }
        #expect(abs(trace(a) - trace(b)) <= 1e-12)

        var split = merged.keeping([0, 0])
        split.split(0, into: 1, along: [0.6, 0, 0.8])
        let halves = try split.mixture()
        for d in 0..<3 { #expect(abs(halves.mean[d] - single.mean[d]) <= 1e-12) }
        if covariance == .full {
            for i in 0..<3 {
                for j in 0...i { #expect(abs(halves.covariance[i][j] - a[i][j]) <= 1e-12) }
            }
        }
        #expect(abs(trace(halves.covariance) - trace(a)) <= 1e-12)
    }

    static let fits: [(CovarianceType, Int)] = [(.full, 3), (.diagonal, 3), (.spherical, 4), (.tied, 3)]

    /// No search is worse than its first start, and none depends on the threads.
    @Test(arguments: fits)
    func searchesAreNoWorse(covariance: CovarianceType, components: Int) throws {
        for (name, columns) in [("iris", [0, 1, 2, 3]), ("faithful", [0, 1])] {
            let data = Problems.table(name, columns: columns)
            for seed in 0..<3 as Range<UInt64> {
                func fit(_ search: SearchStrategy, threads: Int = 1) throws -> Fit {
                    try GaussianMixture.fit(
                        data, components: components, covariance: covariance, search: search,
                        key: RandomKey(seed: seed), threads: threads)
                }
                let none = try fit(.none), automatic = try fit(.automatic)
                if none.isAtFloor == automatic.isAtFloor {
                    #expect(automatic.loss <= none.loss, "\(name), seed \(seed)")
                }
                #expect(none.search == nil && automatic.search != nil)
                let onTwo = try fit(.automatic, threads: 2)
                #expect(onTwo.loss == automatic.loss && onTwo.mixture == automatic.mixture)
                #expect(onTwo.search == automatic.search)
            }
        }
    }

    /// Progress tells of moves, and stops them; what was reached stays.
    @Test func progressStopsASearch() throws {
        let data = Problems.table("faithful", columns: [0, 1])
        func fit(_ search: SearchStrategy, until trials: Int = .max) throws -> Fit {
            try GaussianMixture.fit(
                data, components: 4, covariance: .spherical, search: search, threads: 1
            ) { $0.trials < trials }
        }
        let none = try fit(.none), whole = try fit(.automatic), stopped = try fit(.automatic, until: 1)
        #expect(stopped.loss <= none.loss && [.stopped, .converged].contains(stopped.outcome))
        #expect(try #require(stopped.search).trials <= 4 && #require(whole.search).trials > 4)
    }

    /// Where moves have no meaning there is one start.
    @Test func oneStartWhereMovesHaveNoMeaning() throws {
        let data = Problems.draws
        let start = try GaussianMixture.fit(data, components: 2, search: .none)
        #expect(try GaussianMixture.fit(data, components: 1).search == nil)
        #expect(try GaussianMixture.fit(data, components: 2, method: .adam(), iterations: 20).search == nil)
        #expect(try GaussianMixture.fit(data, components: 2, tolerance: 0, iterations: 20).search == nil)
        #expect(try GaussianMixture.fit(data, components: 2, initialisation: .mixture(start.mixture)).search == nil)
        #expect(try GaussianMixture.fit(data, components: 2, collapse: .prune).search == nil)
        #expect(try GaussianMixture.fit(data, components: 2, search: .restarts(3)).restarts.count == 3)
        #expect(try GaussianMixture.fit(data, components: 2).search != nil)
        // Of so many, every two and every responsibility would take memory that no fit needs.
        #expect(!FitOptions(components: 1000).usesMoves && FitOptions(components: 100).usesMoves)
    }

    /// Known from long searches by other programs: faithful, iris and their kin from any seed.
    @Test(arguments: 0..<6 as Range<UInt64>)
    func bestKnownOptima(seed: UInt64) throws {
        func fit(_ name: String, _ columns: [Int], _ components: Int, _ covariance: CovarianceType) throws -> Double {
            try GaussianMixture.fit(
                Problems.table(name, columns: columns), components: components, covariance: covariance,
                key: RandomKey(seed: seed)
            ).logLikelihood
        }
        #expect(try fit("iris", [0, 1, 2, 3], 3, .full) >= -180.1856)
        #expect(try fit("iris", [0, 1, 2, 3], 3, .diagonal) >= -306.9)
    }
}
