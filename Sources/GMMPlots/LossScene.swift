import Foundation

/// The loss curve and its axes, before any renderer.
///
/// The loss is minus a log posterior summed over the data, so it may be negative or change its sign, and then has no
/// logarithm. In that case the axis shows, and says that it shows, the loss above the lowest one, and the lowest point
/// lies at the axis' lower end.
struct LossScene {
    let x: Axis
    let y: Axis
    /// The curve in coordinates of the axes, at most 4 000 points; with more steps each stretch keeps its lowest and
    /// its highest loss.
    let curve: [(x: Double, y: Double)]
    /// A loss is drawn at loss − baseline, or at the floor if that is less.
    private let baseline: Double
    private let floor: Double

    /// - Throws: ``PlotError/nothingToDraw(reason:)`` unless there are as many steps as losses and one of these is
    ///   finite.
    init(steps: [Int], losses: [Double]) throws(PlotError) {
        guard steps.count == losses.count else {
            throw .nothingToDraw(reason: "\(steps.count) steps do not go with \(losses.count) losses")
        }
        let finite = losses.indices.filter { abs(losses[$0]) <= 1e300 }
        guard let first = finite.first else { throw .nothingToDraw(reason: "no loss is finite") }
        var (lowest, highest) = (losses[first], losses[first])
        var (firstStep, lastStep) = (steps[first], steps[first])
        for i in finite {
            lowest = min(lowest, losses[i])
            highest = max(highest, losses[i])
            firstStep = min(firstStep, steps[i])
            lastStep = max(lastStep, steps[i])
        }
        if lowest > 1e-300 {
            baseline = 0
            floor = lowest
            y = .logarithmic(lowest...highest, name: "loss")
        } else {
            baseline = lowest
            // Differences below a part in 10⁹ of the whole are mostly rounding, and would take up most of the axis.
            let span = highest - lowest
            let smallest = finite.reduce(Double.infinity) { losses[$1] > lowest ? min($0, losses[$1] - lowest) : $0 }
            floor = min(max(smallest, span * 1e-9, 1e-290), max(span, 1e-290))
            let sign = lowest < 0 ? "−" : ""
            let name = "\(sign)\(LabelText.rounded(abs(lowest), digits: 6))"
            y = .logarithmic(floor...max(span, 1e-290), name: "loss above its lowest, \(name)")
        }
        let (from, to) = (Double(firstStep), Double(lastStep))
        x = .linear(from...(to > from ? to : from + 1), name: "step", room: LabelRoom(length: 34, isHorizontal: true))

        let (baseline, floor, x, y) = (baseline, floor, x, y)
        let point = { (i: Int) in (x: x.coordinate(Double(steps[i])), y: y.coordinate(max(losses[i] - baseline, floor)))
        }
        let stretch = (finite.count + 1999) / 2000
        curve = stride(from: 0, to: finite.count, by: max(stretch, 1)).flatMap { from in
            let part = finite[from..<min(from + stretch, finite.count)]
            guard part.count > 2, let low = part.min(by: { losses[$0] < losses[$1] }),
                let high = part.max(by: { losses[$0] < losses[$1] })
            else { return part.map(point) }
            return low < high ? [point(low), point(high)] : [point(high), point(low)]
        }
    }

    /// Where a loss is drawn, in coordinates; nil if it is not finite.
    func place(step: Int, loss: Double) -> [Double]? {
        abs(loss) <= 1e300 ? [x.coordinate(Double(step)), y.coordinate(max(loss - baseline, floor))] : nil
    }
}
