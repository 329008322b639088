/// A number in a coded value, which may be infinite or NaN: JSON has neither, so there it is text.
@propertyWrapper
struct Extended: Sendable, Hashable, Codable {
    var wrappedValue: Double

    init(wrappedValue: Double) { self.wrappedValue = wrappedValue }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
            wrappedValue = number
        } else {
            guard let number = Double(try container.decode(String.self)) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "this is no number")
            }
            wrappedValue = number
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if wrappedValue.isFinite { try container.encode(wrappedValue) } else { try container.encode("\(wrappedValue)") }
    }
}

extension ComponentVector: Codable {
    public init(from decoder: any Decoder) throws {
        self.init(try [Extended](from: decoder).map(\.wrappedValue))
    }

    public func encode(to encoder: any Encoder) throws {
        try map { Extended(wrappedValue: $0) }.encode(to: encoder)
    }
}

extension KeyedDecodingContainer {
    /// What a coded value makes, where its own errors are those of the coding.
    func making<Value>(_ key: Key, _ make: () throws(MixtureError) -> Value) throws -> Value {
        do throws(MixtureError) {
            return try make()
        } catch {
            throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: error.description)
        }
    }
}

extension MixtureShape {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let components = try container.decode(Int.self, forKey: .components),
            dimension = try container.decode(Int.self, forKey: .dimension)
        let covariance = try container.decode(CovarianceType.self, forKey: .covariance)
        self = try container.making(.components) { () throws(MixtureError) in
            try MixtureShape(components: components, dimension: dimension, covariance: covariance)
        }
    }
}

extension Parameters {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let shape = try container.decode(MixtureShape.self, forKey: .shape)
        func vector(_ key: CodingKeys, _ count: Int) throws -> ComponentVector {
            let vector = try container.decode(ComponentVector.self, forKey: key)
            guard vector.count == count else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container,
                    debugDescription: "there are \(vector.count) numbers; this shape has \(count)")
            }
            return vector
        }
        self.init(
            shape, logWeights: try vector(.logWeights, shape.components),
            means: try vector(.means, shape.components * shape.dimension),
            factors: try vector(.factors, shape.factorCount * shape.factorLength))
    }
}

/// Coded, a mixture keeps its bits: the factors, and the covariances that it was made of.
extension GaussianMixture {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let shape = try container.decode(MixtureShape.self, forKey: .shape),
            weights = try container.decode([Double].self, forKey: .weights)
        let means = try container.decode([[Double]].self, forKey: .means),
            factors = try container.decode([Double].self, forKey: .factors)
        guard weights.count == shape.components, means.count == shape.components,
            means.allSatisfy({ $0.count == shape.dimension }),
            factors.count == shape.factorCount * shape.factorLength
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .means, in: container, debugDescription: "the arrays do not have the shape's lengths")
        }
        self = try container.making(.factors) { () throws(MixtureError) in
            try GaussianMixture(shape, weights: weights, means: means, factors: factors)
        }
        guard let covariances = try container.decodeIfPresent(Covariances.self, forKey: .givenCovariances) else {
            return
        }
        let given = try container.making(.givenCovariances) { () throws(MixtureError) in
            try GaussianMixture(weights: weights, means: means, covariances: covariances)
        }
        guard given == self else {
            throw DecodingError.dataCorruptedError(
                forKey: .givenCovariances, in: container,
                debugDescription: "they are not the covariances of the factors")
        }
        givenCovariances = covariances
    }
}

/// Coded, a kernel is its name, which is looked up again.
extension Kernel {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self),
            name = try container.decode(String.self, forKey: .name)
        self = try container.making(.name) { () throws(MixtureError) in try Kernel(named: name) }
    }
}

extension Matrix: Codable {
    private enum CodingKeys: String, CodingKey { case dimension, rows }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let dimension = try container.decode(Int.self, forKey: .dimension)
        let rows = try container.decode(ComponentVector.self, forKey: .rows)
        guard dimension >= 0, dimension <= rows.count, rows.count == dimension * dimension else {
            throw DecodingError.dataCorruptedError(
                forKey: .rows, in: container, debugDescription: "the matrix is not square")
        }
        self.init(dimension: dimension)
        for i in 0..<dimension {
            for j in 0..<dimension { self[i, j] = rows[i * dimension + j] }
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(dimension, forKey: .dimension)
        try container.encode(
            ComponentVector((0..<dimension * dimension).map { self[$0 / dimension, $0 % dimension] }), forKey: .rows)
    }
}
