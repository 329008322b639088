/// How long something takes.
enum Timing {
    /// The result of the last of `runs` ≥ 1 runs, and the median of their durations.
    static func median<Result>(runs: Int, _ body: () throws -> Result) rethrows -> (result: Result, duration: Duration)
    {
        let clock = ContinuousClock()
        var durations: [Duration] = []
        while true {
            let start = clock.now
            let result = try body()
            durations.append(clock.now - start)
            if durations.count >= runs { return (result, durations.sorted()[durations.count / 2]) }
        }
    }
}
