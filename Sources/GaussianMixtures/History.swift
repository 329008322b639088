/// Loss and parameters of the steps of a training run: the start, every `stride`-th step, and the last.
public struct History: Sendable, Hashable {
    /// Every how many steps one was kept.
    public let stride: Int
    /// How many updates had been made, ascending; 0 is the start.
    public private(set) var steps: [Int] = []
    /// Minus the log posterior at those steps.
    public private(set) var losses: [Double] = []
    /// Pruning takes components away on the way: a shape, and where in `values` the parameters of the first step of that shape are.
    private var shapes: [(shape: MixtureShape, firstIndex: Int, start: Int)] = []
    private var values: [Double] = []

    init(_ shape: MixtureShape, iterations: Int, stride: Int) {
        self.stride = stride
        shapes = [(shape, 0, 0)]
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
        let (shape, firstIndex, start) = shapes.last { $0.firstIndex <= index }!
        var parameters = Parameters(zerosFor: shape)
        var position = start + (index - firstIndex) * shape.parameterCount
        for part in Parameters.parts {
            let count = parameters[keyPath: part].count
            parameters[keyPath: part] = ComponentVector(values[position..<position + count])
            position += count
        }
        return parameters
    }

    /// The same with components in other places.
    ///
    /// - Parameter places: for each place the component of the start that has it. Those that are taken out on the way have the last places, the one taken out
    ///   last before those that went earlier.
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
            result.record(step: other.steps[index] + (steps.last ?? 0), loss: other.losses[index], other.parameters(at: index), isLast: true)
        }
        return result
    }

    mutating func record(step: Int, loss: Double, _ parameters: borrowing Parameters, isLast: Bool) {
        guard step % stride == 0 || isLast, steps.last != step else { return }
        if shapes.last!.shape != parameters.shape { shapes.append((parameters.shape, steps.count, values.count)) }
        steps.append(step)
        losses.append(loss)
        for i in 0..<parameters.logWeights.count { values.append(parameters.logWeights[i]) }
        for i in 0..<parameters.means.count { values.append(parameters.means[i]) }
        for i in 0..<parameters.factors.count { values.append(parameters.factors[i]) }
    }

    public static func == (a: History, b: History) -> Bool {
        a.stride == b.stride && a.steps == b.steps && a.losses == b.losses && a.values == b.values
            && a.shapes.elementsEqual(b.shapes) { $0 == $1 }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(steps)
        hasher.combine(losses)
    }
}
