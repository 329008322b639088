import GaussianMixtures

extension ModelDocument: Codable {
    enum CodingKeys: String, CodingKey {
        case format, version, covariance, dimension, components, features, weights, means, covariances, fit
    }

    /// - Throws: `DecodingError`, its coding path leading to the value at fault.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)

        /// Reads a field that the document does not keep because it follows from the others.
        func expect<Value: Decodable & Equatable>(_ value: Value, _ key: CodingKeys, _ reason: String) throws {
            let found = try container.decode(Value.self, forKey: key)
            guard found == value else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container, debugDescription: "it is \(found); \(reason)")
            }
        }
        try expect(Self.format, .format, "give a model that gmm wrote, with \"\(Self.format)\" here")
        try expect(
            Self.version, .version, "this program reads version \(Self.version); use the one that wrote the model")

        features = try container.decode([String].self, forKey: .features)
        weights = try container.decode([Double].self, forKey: .weights)
        means = try container.decode([[Double]].self, forKey: .means)
        covariances =
            switch try container.decode(CovarianceType.self, forKey: .covariance) {
            case .full: .full(try container.decode([[[Double]]].self, forKey: .covariances))
            case .tied: .tied(try container.decode([[Double]].self, forKey: .covariances))
            case .diagonal: .diagonal(try container.decode([[Double]].self, forKey: .covariances))
            case .spherical: .spherical(try container.decode([Double].self, forKey: .covariances))
            }
        fit = try container.decodeIfPresent(FitSummary.self, forKey: .fit)

        try expect(dimension, .dimension, "there are \(dimension) features")
        try expect(components, .components, "there are \(components) weights")
        if let fault = fault() {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath + fault.path, debugDescription: fault.reason))
        }
    }

    /// - Throws: `EncodingError`, its coding path leading to the value at fault, if this is not a mixture.
    public func encode(to encoder: any Encoder) throws {
        if let fault = fault() {
            throw EncodingError.invalidValue(
                self, .init(codingPath: encoder.codingPath + fault.path, debugDescription: fault.reason))
        }
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.format, forKey: .format)
        try container.encode(Self.version, forKey: .version)
        try container.encode(covariances.type, forKey: .covariance)
        try container.encode(dimension, forKey: .dimension)
        try container.encode(components, forKey: .components)
        try container.encode(features, forKey: .features)
        try container.encode(weights, forKey: .weights)
        try container.encode(means, forKey: .means)
        switch covariances {
        case .full(let values): try container.encode(values, forKey: .covariances)
        case .tied(let values): try container.encode(values, forKey: .covariances)
        case .diagonal(let values): try container.encode(values, forKey: .covariances)
        case .spherical(let values): try container.encode(values, forKey: .covariances)
        }
        try container.encodeIfPresent(fit, forKey: .fit)
    }
}
