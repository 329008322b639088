import GaussianMixtures

/// What `passes` measures, by name.
struct Case {
    let name: String
    let shape: ProblemShape
    /// Whether the kernel also computes moments that cannot change a sum.
    var keepsNegligible = false
    var training: NotebookTraining?

    static let all: [Case] =
        [1, 4, 8, 64].map { Case("D1-K\($0)", 1_000_000, 1, $0) } + [
            Case("D8-K8-full", 200_000, 8, 8),
            Case("D16-K16-full", 100_000, 16, 16),
            Case("D64-K16-full", 20_000, 64, 16),
            Case("D8-K8-diagonal", 200_000, 8, 8, .diagonal),
            Case("D64-K16-diagonal", 20_000, 64, 16, .diagonal),
            Case("D8-K8-tied", 200_000, 8, 8, .tied),
            Case("D8-K8-spherical", 200_000, 8, 8, .spherical),
            Case("D8-K64-apart", 100_000, 8, 64, distance: 40),
            Case("D8-K64-apart-all-moments", 100_000, 8, 64, distance: 40, keepsNegligible: true),
            Case("D8-K64-apart-sorted", 100_000, 8, 64, distance: 40, isSorted: true),
            Case("D64-K16-apart", 20_000, 64, 16, distance: 40),
            Case("D64-K16-apart-all-moments", 20_000, 64, 16, distance: 40, keepsNegligible: true),
            Case("notebook", 6000, 1, 2, training: NotebookTraining()),
        ]

    /// N = 20000 and K = 4 with full covariances, where what an iteration does beside the pass weighs the more the
    /// larger D is: it grows with D³ for each component, and a pass with D² for each datum.
    init(dimension: Int) { self.init("D\(dimension)-K4-full", 20_000, dimension, 4) }

    private init(
        _ name: String, _ count: Int, _ dimension: Int, _ components: Int, _ covariance: CovarianceType = .full,
        distance: Double = 3,
        isSorted: Bool = false, keepsNegligible: Bool = false, training: NotebookTraining? = nil
    ) {
        self.name = name
        shape = ProblemShape(
            count: count, dimension: dimension, components: components, covariance: covariance, distance: distance,
            isSorted: isSorted)
        self.keepsNegligible = keepsNegligible
        self.training = training
    }

    var skipsNegligible: Bool { shape.distance > 3 && !keepsNegligible }
    /// Whether the pass that is timed is that of an EM iteration.
    var isIterated: Bool { training == nil && !keepsNegligible }
    /// Datum and component pairs in one run.
    var terms: Double { shape.terms * Double(training == nil ? 1 : NotebookTraining.steps) }
}

/// The training of the notebook: 6000 data, two components, Adam from a random start, the history of every step kept.
struct NotebookTraining {
    static let steps = 1000
    /// The reference needs a second for so many steps.
    static let stepsOfReference = 10

    private let key = RandomKey(seed: 100)

    func data<Scalar: KernelScalar>(as: Scalar.Type) throws -> Dataset<Scalar> {
        let keys = key.split()
        return try Dataset(
            keys[0].normal(1000, as: Float.self).map { Scalar(1.1 * $0 - 2) }
                + keys[1].normal(5000, as: Float.self).map { Scalar(2 * $0 + 5) })
    }

    func run(_ data: Dataset<some KernelScalar>, kernel: Kernel, threads: Int, steps: Int = steps) throws -> Fit {
        try GaussianMixture.fit(
            data, components: 2, method: .adam(learningRate: 0.1, standardized: false), initialisation: .standardNormal,
            key: key,
            weightConcentration: 2, tolerance: 0, iterations: steps, threads: threads, kernel: kernel)
    }
}
