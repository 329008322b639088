import RealModule

extension Initialisation {
    /// How many times k-means is run at most; no oftener than there are components and once more. With ten well apart
    /// about every other run ends with one centre on two clusters, which EM seldom mends and takes long over; the
    /// likelihood tells after one pass.
    private static var trials: Int { 4 }

    /// The start for a shape.
    func start<Source: StatisticsSource>(
        _ source: Source, _ shape: MixtureShape, _ summary: DataSummary, threads: Int, kernel: Kernel, key: RandomKey,
        interruption: Interruption
    ) throws(MixtureError) -> Parameters {
        typealias Scalar = Source.Scalar
        let keys = key.split(3)
        // So many data as decide where to start: a start needs no more, and takes next to nothing beside a fit.
        func sample() throws(MixtureError) -> Dataset<Scalar> {
            try source.sample(max(20_000, 100 * shape.components), key: keys[0])
        }
        func kMeans(_ sample: Dataset<Scalar>) throws(MixtureError) -> KMeans<Scalar> {
            try KMeans(sample, shape, summary, threads: threads, kernel: kernel, interruption: interruption)
        }
        func likeliestClusters() throws(MixtureError) -> Parameters {
            let sample = try sample()
            var kMeans = try kMeans(sample)
            // To draw a centre takes as long as to move them all, so it is done from fewer data, others every time:
            // those of one trial have some of a cluster of one in a hundred. Weights may be on a few rows alone.
            let drawn = sample.weights == nil ? max(800, 100 * shape.components) : sample.count
            return try kMeans.likeliest(
                of: shape.components == 1 ? 1 : min(shape.components + 1, Self.trials), drawingFrom: drawn,
                sample.reader(shape, assignment: .soft, threads: threads, kernel: kernel), key: keys[1],
                rowsKey: keys[2])
        }
        switch self {
        case .standardNormal: return .standardNormal(shape, key: key)
        case .kMeans: return try likeliestClusters()
        case .kMeansPlusPlus:
            let sample = try sample()
            var kMeans = try kMeans(sample)
            try kMeans.seed(from: kMeans.distances(in: sample), key: keys[1])
            return try kMeans.parameters()
        case .random:
            let draws = keys[1].normal(shape.components * shape.dimension)
            return spread(
                shape, summary,
                means: draws.indices.map {
                    let d = $0 % shape.dimension
                    return summary.mean[d] + summary.deviations[d] * draws[$0]
                })
        case .randomFromData:
            return spread(shape, summary, means: try source.distinctRows(shape.components, key: keys[1]).flatMap { $0 })
        case .parameters(let parameters):
            guard parameters.shape == shape else {
                throw .invalidMixture(
                    component: nil,
                    reason: "the start has \(parameters.shape.text) where \(shape.text) are to be fitted")
            }
            return parameters
        case .mixture(let mixture):
            return try Initialisation.parameters(Parameters(mixture)).start(
                source, shape, summary, threads: threads, kernel: kernel, key: key, interruption: interruption)
        case .given(let means?, let weights?, let covariances?):
            return Parameters(try GaussianMixture(weights: weights, means: means, covariances: covariances, as: shape))
        case .given(let means, let weights, let covariances):
            let clusters: Parameters
            if let means {
                var kMeans = try kMeans(try sample())
                try kMeans.start(from: means)
                clusters = try kMeans.parameters()
            } else {
                clusters = try likeliestClusters()
            }
            let rest = try clusters.mixture()
            return Parameters(
                try GaussianMixture(
                    weights: weights ?? rest.weights, means: means ?? rest.means,
                    covariances: covariances ?? rest.covariances, as: shape))
        }
    }
}

/// Components of equal weight at the given means [K][D], each with the features' deviations, smaller as there are more
/// of them.
private func spread(_ shape: MixtureShape, _ summary: DataSummary, means: [Double]) -> Parameters {
    var parameters = Parameters(zerosFor: shape)
    parameters.means = ComponentVector(means)
    let deviations = shape.factor.kind == .scalar ? [summary.deviations.max()!] : summary.deviations
    for factor in 0..<shape.factorCount {
        for (d, deviation) in deviations.enumerated() {
            parameters.factors[factor * shape.factorLength + shape.factor.diagonalIndex(d)] = .log(
                deviation * shape.shareOfSpread)
        }
    }
    return parameters
}

extension MixtureShape {
    var text: String {
        "\(components) components in \(dimension) dimensions with \(covariance) covariances"
    }
}

extension GaussianMixture {
    /// A mixture of parameters that need not agree, which must come to `shape`.
    fileprivate init(
        weights: [Double], means: [[Double]], covariances: Covariances, as shape: MixtureShape
    ) throws(MixtureError) {
        try self.init(weights: weights, means: means, covariances: covariances)
        guard self.shape == shape else {
            throw .invalidMixture(
                component: nil, reason: "the start has \(self.shape.text) where \(shape.text) are to be fitted")
        }
    }
}
