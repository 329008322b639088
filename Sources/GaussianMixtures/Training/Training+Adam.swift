extension Training {
    /// A step of Adam: on all data, or as many as make up the data on batches of them.
    func descend() throws(MixtureError) {
        if options.tolerance > 0 { look(needsModel: true) }
        if endsHere() { return try endOrSeparate() }
        trial.parameters.copyValues(of: current.parameters)
        if batches == nil {
            computeGradient(of: current)
            ledger.adam!.step(&trial.parameters, gradient: gradient)
        } else {
            let steps = try sweep()
            // The loss is that of all data, which takes a pass, so it is known once in so many steps.
            ledger.step += max(steps - 1, 0)
            guard steps > 0 else { return end(.diverged) }
        }
        hold(&trial.parameters)
        reportHeld()
        if try handleCollapse() { return try acceptAcrossEvent() }
        if ledger.hasEnded { return }
        guard try evaluateTrial() else { return end(.diverged) }
        acceptTrial()
    }

    /// Moves the point that is tried by a step for each batch of all data, drawn without replacement, or by as many
    /// steps as are left. Returns how many; 0 if the parameters leave the range of float64.
    private func sweep() throws(MixtureError) -> Int {
        guard case .adam(_, let size?, _, _, _, _) = options.method, let batches else { return 0 }
        let keys = (ledger.batchKey.folded(with: 0), ledger.batchKey.folded(with: 1))
        ledger.batchKey = keys.0
        let order = KeyedPermutation(count: source.count, key: keys.1)
        var steps = 0
        for start in stride(from: 0, through: source.count - size, by: size)
        where ledger.step + steps < options.iterations {
            steps += 1
            let weight = batches.load(order, from: start)
            guard weight > 0 else { continue }
            guard try read(batches, multiplicity: source.totalWeight / weight) else { return 0 }
            computeGradient(of: trial)
            ledger.adam!.step(&trial.parameters, gradient: gradient)
            hold(&trial.parameters)
        }
        return steps
    }
}
