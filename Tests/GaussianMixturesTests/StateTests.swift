import Foundation
import Testing

@testable import GaussianMixtures

/// A run that is encoded, decoded and gone on with ends in the same bits as one that was not interrupted.
struct StateTests {
    struct Draw: CustomTestStringConvertible {
        let method: Method
        let covariance: CovarianceType
        let isFloat32: Bool
        let collapse: CollapsePolicy
        let hasPrior: Bool
        let seed: UInt64

        var testDescription: String {
            "\(method), \(covariance), \(isFloat32 ? "float32" : "float64"), \(collapse)\(hasPrior ? ", priors" : ""), seed \(seed)"
        }
    }

    static let methods: [Method] =
        Acceleration.allCases.map { .em(acceleration: $0) } + [
            .lbfgs(), .adam(), .adam(batch: 16), .adam(learningRate: 0.3, standardized: false),
        ]

    static let draws: [Draw] =
        methods.flatMap { method in
            CovarianceType.allCases.enumerated().map { i, covariance in
                Draw(
                    method: method, covariance: covariance, isFloat32: i % 2 == 1,
                    collapse: CollapsePolicy.allCases[i % 3], hasPrior: i == 3,
                    seed: UInt64(i))
            }
        }
        + methods.enumerated().map { i, method in
            Draw(
                method: method, covariance: .full, isFloat32: i % 2 == 0,
                collapse: CollapsePolicy.allCases[(i + 1) % 3], hasPrior: i % 3 == 0,
                seed: UInt64(100 + i))
        }

    /// Three groups, one of them of two values, so that components come to the floor, are placed anew and are taken
    /// out.
    private func source(_ draw: Draw) throws -> any StatisticsSource {
        let normal = RandomKey(seed: draw.seed).normal(160)
        let rows = (0..<80).map { i -> [Double] in
            let x = normal[2 * i], y = normal[2 * i + 1]
            switch i % 4 {
            case 0: return [x - 4, y]
            case 3: return [8, Double(i % 8 / 4)]
            default: return [x, y]
            }
        }
        return draw.isFloat32 ? try rows.map { $0.map(Float.init) }.dataset() : try rows.dataset()
    }

    private func options(_ draw: Draw) -> FitOptions {
        var options = FitOptions(components: 4)
        options.covariance = draw.covariance
        options.method = draw.method
        options.collapse = draw.collapse
        options.key = RandomKey(seed: draw.seed)
        options.initialisation = draw.seed % 2 == 0 ? .kMeans : .randomFromData
        options.iterations = 60
        if draw.hasPrior {
            options.weightConcentration = 1.5
            options.covariancePrior = .mclust
        }
        return options
    }

    private func gone(on state: TrainingState, _ source: some StatisticsSource, asPropertyList: Bool) throws -> Training
    {
        let copy: TrainingState
        if asPropertyList {
            let encoder = PropertyListEncoder()
            encoder.outputFormat = .binary
            copy = try PropertyListDecoder().decode(TrainingState.self, from: encoder.encode(state))
        } else {
            copy = try JSONDecoder().decode(TrainingState.self, from: JSONEncoder().encode(state))
        }
        return try Training(source, resuming: copy)
    }

    @Test(arguments: draws)
    func aRunGoesOnFromItsState(draw: Draw) throws {
        let source = try source(draw), options = options(draw)
        func check(_ source: some StatisticsSource) throws {
            let straight = try Training.begin(source, options)
            while try straight.step() {}
            var interrupted = try Training.begin(source, options), steps = 0
            let uniform = RandomKey(seed: draw.seed + 7).uniform(100)
            while try interrupted.step() {
                steps += 1
                // The first step, the last ones, and one in six.
                if steps < 100, steps == 1 || steps % 20 == 0 || uniform[steps] < 0.15 {
                    interrupted = try gone(on: interrupted.state, source, asPropertyList: steps % 2 == 0)
                }
            }
            let (a, b) = (straight.state, interrupted.state)
            #expect(a.parameters == b.parameters && a.loss == b.loss && a.result == b.result)
            #expect(
                a.history == b.history && a.events == b.events && a.outcome == b.outcome && a.passes == b.passes
                    && a.step == b.step)
            #expect(a.history.count > 3, "there was something to interrupt")
        }
        try check(source)
    }

    @Test func aFinishedRunStaysFinished() throws {
        let source = try Problems.draws.dataset()
        var options = FitOptions(components: 2)
        options.iterations = 3
        options.tolerance = 0
        let training = try Training.begin(source, options)
        while try training.step() {}
        let again = try gone(on: training.state, source, asPropertyList: false)
        #expect(try !again.step())
        #expect(again.state.parameters == training.state.parameters && again.state.step == 3 && again.state.hasEnded)
    }

    @Test func theFirstRestartOfAFitIsThisRun() throws {
        var options = FitOptions(components: 3)
        options.key = RandomKey(seed: 5)
        let fit = try GaussianMixture.fit(Problems.draws, options)
        let training = try Training.begin(Problems.draws.dataset(), options)
        while try training.step() {}
        #expect(
            training.state.loss == fit.loss && training.state.step == fit.iterations
                && training.state.outcome == fit.outcome)
    }

    @Test(arguments: [.em(), .em(acceleration: .anderson), .lbfgs(), .adam(), .adam(batch: 50)] as [Method], [1, 4])
    func aStoppedRunGoesOnToTheSameBits(method: Method, historyStride: Int) throws {
        let source = try Problems.draws.dataset()
        var options = FitOptions(components: 3)
        options.method = method
        options.iterations = 40
        options.historyStride = historyStride
        let straight = try Training.begin(source, options)
        while try straight.step() {}
        // Its own progress stops it at each fifth step.
        var training = try Training.begin(source, options) { $0.step % 5 != 2 }, stops = 0
        while true {
            while try training.step() {}
            guard training.state.outcome == .stopped else { break }
            stops += 1
            let stoppedAt = training.state.step
            training = try Training(
                source, resuming: JSONDecoder().decode(TrainingState.self, from: JSONEncoder().encode(training.state))
            ) { $0.step <= stoppedAt || $0.step % 5 != 2 }
        }
        let (a, b) = (straight.state, training.state)
        #expect(stops > 0 && a.outcome == b.outcome && a.step == b.step && a.loss == b.loss && a.history == b.history)
    }

    @Test func otherDataAreRefused() throws {
        let training = try Training.begin(Problems.draws.dataset(), FitOptions(components: 2))
        for other in [Array(Problems.draws.dropLast()), Problems.draws.map { [$0[0]] }] {
            #expect(throws: MixtureError.self) { try Training(other.dataset(), resuming: training.state) }
        }
    }

    /// Whatever is changed in a state, it is refused, or gone on with; nothing traps.
    @Test(arguments: [.em(acceleration: .squarem), .em(acceleration: .anderson), .em(), .lbfgs(), .adam()] as [Method])
    func brokenStatesDoNotTrap(method: Method) throws {
        let source = try Problems.draws.dataset()
        var options = FitOptions(components: 2)
        options.method = method
        options.covariancePrior = .mclust
        let training = try Training.begin(source, options)
        for _ in 0..<4 { _ = try training.step() }
        let coded = try JSONSerialization.jsonObject(with: JSONEncoder().encode(training.state))
        var refused = 0, tried = 0
        for path in Self.paths(coded, depth: 4) {
            for change in [Self.removed, Self.emptied, Self.negated, Self.enlarged] {
                guard let broken = Self.changed(coded, path[...], change) else { continue }
                tried += 1
                do {
                    let data = try JSONSerialization.data(withJSONObject: broken)
                    let again = try Training(source, resuming: JSONDecoder().decode(TrainingState.self, from: data))
                    for _ in 0..<3 { _ = try again.step() }
                } catch { refused += 1 }
            }
        }
        #expect(tried > 100 && refused > tried / 2, "\(refused) of \(tried)")
    }

    private static func paths(_ value: Any, depth: Int) -> [[String]] {
        guard depth > 0, let object = value as? [String: Any] else { return [] }
        return object.keys.sorted().flatMap { key in
            [[key]] + paths(object[key]!, depth: depth - 1).map { [key] + $0 }
        }
    }

    private static func changed(_ value: Any, _ path: ArraySlice<String>, _ change: (Any) -> Any?) -> Any? {
        guard let key = path.first else { return change(value) }
        guard var object = value as? [String: Any], let inner = object[key] else { return nil }
        if path.count == 1, change(inner) is Removal {
            object[key] = nil
            return object
        }
        guard let other = changed(inner, path.dropFirst(), change) else { return nil }
        object[key] = other
        return object
    }

    private struct Removal {}
    private static func removed(_: Any) -> Any? { Removal() }
    private static func emptied(_ value: Any) -> Any? { value is [Any] ? [Any]() : nil }
    private static func negated(_ value: Any) -> Any? {
        (value as? NSNumber).flatMap { $0.doubleValue == 0 ? -1 : -$0.doubleValue }
    }
    private static func enlarged(_ value: Any) -> Any? {
        if let array = value as? [Any] { return array + (array.first.map { [$0] } ?? []) }
        return (value as? NSNumber).map { _ in Int.max }
    }

    @Test func brokenStatesAreRefused() throws {
        let training = try Training.begin(Problems.draws.dataset(), FitOptions(components: 2))
        let text = String(decoding: try JSONEncoder().encode(training.state), as: UTF8.self)
        for (part, other) in [
            ("\"components\":2", "\"components\":3"), ("\"stride\":1", "\"stride\":0"),
            ("\"covariance\":\"full\"", "\"covariance\":\"round\""),
        ] {
            #expect(text.contains(part))
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(TrainingState.self, from: Data(text.replacing(part, with: other).utf8))
            }
        }
    }
}
