/// Loss and parameters of the steps of a training run: the start, every `stride`-th step, and the last.
public struct History: Sendable, Hashable {
    /// Every how many steps one was kept.
    public let stride: Int
    /// How many updates had been made, ascending; 0 is the start.
    public private(set) var steps: [Int] = []
    /// Minus the log posterior at those steps.
    public private(set) var losses: [Double] = []
    private let components: Int
    private var values: [Double] = []

    init(components: Int, iterations: Int, stride: Int) {
        self.components = components
        self.stride = stride
        // Space for all in advance, within reason, keeps training free of allocation.
        let expected = min(iterations / stride, 1 << 16) + 2
        steps.reserveCapacity(expected)
        losses.reserveCapacity(expected)
        values.reserveCapacity(expected * 3 * components)
    }

    /// How many steps were kept.
    public var count: Int { steps.count }

    /// The parameters at `steps[index]`. O(K).
    public func parameters(at index: Int) -> Parameters {
        let start = index * 3 * components
        func row(_ i: Int) -> ComponentVector { ComponentVector(values[start + i * components..<start + (i + 1) * components]) }
        return Parameters(logWeights: row(0), means: row(1), logScales: row(2))
    }

    mutating func record(step: Int, loss: Double, _ parameters: Parameters, isLast: Bool) {
        guard step % stride == 0 || isLast, steps.last != step else { return }
        steps.append(step)
        losses.append(loss)
        for k in 0..<components { values.append(parameters.logWeights[k]) }
        for k in 0..<components { values.append(parameters.means[k]) }
        for k in 0..<components { values.append(parameters.logScales[k]) }
    }
}
