/// Loss and parameters of the steps of a training run: the start, every `stride`-th step, and the last.
public struct History: Sendable, Hashable, Codable {
    /// Every how many steps one was kept.
    public let stride: Int
    /// How many updates had been made, ascending; 0 is the start.
    public private(set) var steps: [Int] = []
    /// Minus the log posterior at those steps.
    public private(set) var losses: [Double] = []
    /// Pruning takes components away on the way: a shape, and where in `values` the parameters of the first step of
    /// that shape are. Weights are kept as they are, which may be logarithms of zero.
    private var stretches: [Stretch]
    private var values: [Double] = []

    private struct Stretch: Hashable, Codable {
        let shape: MixtureShape
        let firstIndex, start: Int
    }

    init(_ shape: MixtureShape, iterations: Int, stride: Int) {
        self.stride = stride
        stretches = [Stretch(shape: shape, firstIndex: 0, start: 0)]
        // Space for all in advance, within reason, keeps training free of allocation.
        let expected = min(iterations / stride, 1 << 16) + 2
        steps.reserveCapacity(expected)
        losses.reserveCapacity(expected)
        values.reserveCapacity(min(expected * shape.parameterCount, 1 << 24))
    }

    /// Of a run that was not made.
    static let empty = History(MixtureShape(valid: 1, 1, .full), iterations: 0, stride: 1)

    /// How many steps were kept.
    public var count: Int { steps.count }

    /// The parameters at `steps[index]`.
    public func parameters(at index: Int) -> Parameters {
        let stretch = stretches.last { $0.firstIndex <= index }!, shape = stretch.shape
        var parameters = Parameters(zerosFor: shape)
        var position = stretch.start + (index - stretch.firstIndex) * shape.parameterCount
        for part in Parameters.parts {
            let count = parameters[keyPath: part].count
            parameters[keyPath: part] = ComponentVector(values[position..<position + count])
            position += count
        }
        return parameters
    }

    /// The same with components in other places.
    ///
    /// - Parameter places: for each place the component of the start that has it. Those that are taken out on the way
    ///   have the last places, the one taken out last before those that went earlier.
    func reordered(_ places: [Int]) -> History {
        guard places != Array(places.indices) else { return self }
        var result = self
        result.values.removeAll(keepingCapacity: true)
        for index in steps.indices {
            let old = parameters(at: index), present = places.prefix(old.shape.components), ascending = present.sorted()
            let new = old.keeping(present.map { component in ascending.firstIndex(of: component)! })
            for part in Parameters.parts { result.values += new[keyPath: part] }
        }
        return result
    }

    /// The same with the steps of a run that went on from the last, behind them; its own start is that.
    func followed(by other: History) -> History {
        var result = self
        for index in other.steps.indices.dropFirst() {
            result.record(
                step: other.steps[index] + (steps.last ?? 0), loss: other.losses[index], other.parameters(at: index),
                isLast: true)
        }
        return result
    }

    /// Forgets the last step where it was only kept because it was the last.
    mutating func forgetLastUnlessKept() {
        guard let last = steps.last, last % stride != 0, let stretch = stretches.last else { return }
        steps.removeLast()
        losses.removeLast()
        values.removeLast(stretch.shape.parameterCount)
        if stretch.firstIndex == steps.count { stretches.removeLast() }
    }

    mutating func record(step: Int, loss: Double, _ parameters: borrowing Parameters, isLast: Bool) {
        guard step % stride == 0 || isLast, steps.last != step else { return }
        if stretches.last!.shape != parameters.shape {
            stretches.append(Stretch(shape: parameters.shape, firstIndex: steps.count, start: values.count))
        }
        steps.append(step)
        losses.append(loss)
        for i in 0..<parameters.logWeights.count { values.append(parameters.logWeights[i]) }
        for i in 0..<parameters.means.count { values.append(parameters.means[i]) }
        for i in 0..<parameters.factors.count { values.append(parameters.factors[i]) }
    }

    private enum CodingKeys: String, CodingKey { case stride, steps, losses, stretches, values }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        stride = try container.decode(Int.self, forKey: .stride)
        steps = try container.decode([Int].self, forKey: .steps)
        losses = try container.decode([Extended].self, forKey: .losses).map(\.wrappedValue)
        stretches = try container.decode([Stretch].self, forKey: .stretches)
        values = try container.decode([Extended].self, forKey: .values).map(\.wrappedValue)
        var (index, start) = (0, 0)
        for (stretch, end) in zip(stretches, stretches.dropFirst().map(\.firstIndex) + [steps.count]) {
            guard stretch.firstIndex == index, stretch.start == start, (index...steps.count).contains(end) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .stretches, in: container,
                    debugDescription: "the stretches of the history do not follow each other")
            }
            (index, start) = (end, start + (end - index) * stretch.shape.parameterCount)
        }
        guard stride >= 1, !stretches.isEmpty, losses.count == steps.count, index == steps.count, start == values.count
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .values, in: container, debugDescription: "the steps of the history and its values do not agree"
            )
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(stride, forKey: .stride)
        try container.encode(steps, forKey: .steps)
        try container.encode(losses.map { Extended(wrappedValue: $0) }, forKey: .losses)
        try container.encode(stretches, forKey: .stretches)
        try container.encode(values.map { Extended(wrappedValue: $0) }, forKey: .values)
    }
}
