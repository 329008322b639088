import RealModule

/// What the kernels need of a mixture: log πₖ, cₖ = log πₖ + log|Pₖ| − (D/2) log 2π, μₖ, and P = L⁻¹ as the covariance
/// type has it.
///
/// The cₖ are kept less the largest of them: what they have in common depends on the unit of the data, and in float32
/// its size would round what tells the components apart.
public struct KernelParameters: Sendable {
    public let shape: MixtureShape
    /// log πₖ [K]
    public private(set) var logWeights: ComponentVector
    /// cₖ less ``commonLogNorm`` [K]
    public private(set) var logNorms: ComponentVector
    /// μₖ [K][D]
    public private(set) var means: ComponentVector
    /// Pₖ, laid out as the factors of ``Parameters`` are, without logarithms.
    public private(set) var factors: ComponentVector
    /// The largest cₖ, which belongs to the log-density of every datum.
    public private(set) var commonLogNorm = 0.0

    init(_ shape: MixtureShape) {
        self.shape = shape
        let zeros = Parameters(zerosFor: shape)
        logWeights = zeros.logWeights
        logNorms = zeros.logWeights
        means = zeros.means
        factors = zeros.factors
    }

    init(_ mixture: GaussianMixture) {
        self.init(mixture.shape)
        update(from: Parameters(mixture), ComponentWorkers(shape, threads: 1))
        // exp(−log σ) may be off by some units in the last place where 1/σ is not.
        if !shape.factor.isTriangle {
            for i in factors.indices { factors[i] = 1 / mixture.factors[i] }
        }
    }

    /// Components whose log norms are zero and whose factors are all the same diagonal P, so that a pass may assign to
    /// the nearest mean.
    init(_ shape: MixtureShape, means: [Double], diagonal: [Double]) {
        self.init(shape)
        self.means = ComponentVector(means)
        for factor in 0..<shape.factorCount {
            for (d, value) in diagonal.enumerated() {
                factors[factor * shape.factorLength + shape.factor.diagonalIndex(d)] = value
            }
        }
    }

    /// Without allocation. O(K D), and O(K D³) for full covariances.
    mutating func update(from parameters: Parameters, _ workers: ComponentWorkers) {
        logSoftmax(parameters.logWeights, into: &logWeights)
        means.copyValues(of: parameters.means)
        let dimension = shape.dimension, length = shape.factorLength, layout = shape.factor
        let constant = Double(dimension) * halfLogTwoPi
        factors.withPointer { factors in
            workers.forEach(shape.factorCount) {
                $1.factor.storeInverse(of: parameters.factors, $0 * length, into: factors + $0 * length)
            }
        }
        if dimension == 1, !shape.isShared {
            for i in logNorms.vectors.indices {
                logNorms.vectors[i] = logWeights.vectors[i] - parameters.factors.vectors[i] - constant
            }
            return separateCommonLogNorm()
        }
        for k in 0..<shape.components {
            var logDeterminant = 0.0
            for d in 0..<dimension {
                logDeterminant += parameters.factors[shape.factorStart(k) + layout.diagonalIndex(d)]
            }
            logNorms[k] = logWeights[k] - logDeterminant - constant
        }
        separateCommonLogNorm()
    }

    private mutating func separateCommonLogNorm() {
        commonLogNorm = -.infinity
        for k in 0..<shape.components { commonLogNorm = max(commonLogNorm, logNorms[k]) }
        if !commonLogNorm.isFinite { commonLogNorm = 0 }
        for k in 0..<shape.components { logNorms[k] -= commonLogNorm }
    }
}

let halfLogTwoPi = 0.5 * Double.log(2 * .pi)
