/// Which of several restarts wins, by the rule of ``Fit/bestRestart``.
struct RestartChoice {
    private let results: [Result<TrainingRun, MixtureError>]
    private let carriedOn: Set<Int>
    /// Whether any restart that may win has all its components free of the floor, apart and with data.
    private let hasSound: Bool

    init(_ results: [Result<TrainingRun, MixtureError>], carriedOn: Set<Int>? = nil) {
        self.results = results
        self.carriedOn = carriedOn ?? Set(results.indices)
        let carriedOn = self.carriedOn
        hasSound = results.indices.contains { carriedOn.contains($0) && Self.flaw(results[$0]) == nil }
    }

    /// What is wrong with a run by itself.
    private static func flaw(_ result: Result<TrainingRun, MixtureError>) -> Fit.SetAside? {
        switch result {
        case .failure(.stopped): .stopped
        case .failure: .failed
        case .success(let run):
            switch run.outcome {
            case .diverged: .diverged
            case .collapsed: .collapsed
            case .failed: .failed
            case .converged, .iterationLimit, .stalled, .stopped:
                !run.floorContacts.isEmpty ? .atFloor : run.isAsFewer ? .fewerComponents : nil
            }
        }
    }

    private func setAside(_ i: Int) -> Fit.SetAside? {
        let flaw = Self.flaw(results[i])
        guard carriedOn.contains(i) || flaw == .stopped else { return .shortRun }
        switch flaw {
        case nil: return nil
        case .atFloor: return hasSound ? .atFloor : nil
        case .fewerComponents: return hasSound ? .fewerComponents : nil
        default: return flaw
        }
    }

    private func loss(_ i: Int) -> Double { (try? results[i].get().loss) ?? .infinity }

    /// All restarts, the best first: those that are set aside last, and then by loss, the first of equals first.
    var order: [Int] {
        results.indices.sorted {
            (setAside($0) == nil ? 0 : 1, loss($0), $0) < (setAside($1) == nil ? 0 : 1, loss($1), $1)
        }
    }

    /// The one that wins; nil if none can.
    var best: Int? { order.first { setAside($0) == nil } }

    var restarts: [Fit.Restart] {
        results.indices.map { i in
            switch results[i] {
            case .success(let run):
                Fit.Restart(
                    loss: run.loss, iterations: run.iterations, outcome: run.outcome, remainingGain: run.remainingGain,
                    passes: run.passes,
                    floorContacts: run.floorContacts, isCarriedOn: carriedOn.contains(i), setAside: setAside(i),
                    error: nil, history: run.history)
            case .failure(let error):
                Fit.Restart(
                    loss: .infinity, iterations: 0, outcome: error == .stopped ? .stopped : .failed, remainingGain: nil,
                    passes: 0, floorContacts: [],
                    isCarriedOn: carriedOn.contains(i), setAside: setAside(i), error: error, history: .empty)
            }
        }
    }

    /// What to say where none can win: how the first run ended, or why it could not be made.
    func error(method: Method, _ shape: MixtureShape) -> MixtureError {
        for result in results {
            guard case .success(let run) = result else { continue }
            if let singular = run.singular {
                return .collapsed(
                    component: singular.component, step: run.iterations + 1, mass: singular.mass,
                    dimension: shape.dimension)
            }
            return .diverged(step: run.iterations + 1, method: method)
        }
        guard case .failure(let error) = results[0] else {
            preconditionFailure("a run that was made wins or has its own error")
        }
        return error
    }
}
