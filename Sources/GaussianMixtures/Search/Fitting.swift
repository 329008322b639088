/// A fit that runs beside its caller, for user interfaces.
public struct Fitting: Sendable {
    /// Where the fit stands, step after step of every restart, until it ends; a reader that is slow gets the newest.
    /// For one reader.
    public let progress: AsyncStream<Fit.Progress>
    private let task: Task<Result<Fit, MixtureError>, Never>

    fileprivate init(_ progress: AsyncStream<Fit.Progress>, _ task: Task<Result<Fit, MixtureError>, Never>) {
        self.progress = progress
        self.task = task
    }

    /// The fit, once it has ended.
    public var fit: Fit {
        get async throws(MixtureError) { try await task.value.get() }
    }

    /// Ends the fit with what it has reached.
    public func stop() { task.cancel() }
}

extension GaussianMixture {
    /// Begins a fit, and returns at once: iterate over ``Fitting/progress`` while it runs, and await ``Fitting/fit`` at
    /// the end. It goes on until it ends or ``Fitting/stop()`` is called, whether anybody waits for it or not.
    ///
    /// - Parameters: as ``fit(_:_:progress:)``.
    public static func fitting(_ data: some Observations & Sendable, _ options: FitOptions) -> Fitting {
        let (progress, continuation) = AsyncStream.makeStream(
            of: Fit.Progress.self, bufferingPolicy: .bufferingNewest(1))
        let task = Task { () -> Result<Fit, MixtureError> in
            defer { continuation.finish() }
            do throws(MixtureError) {
                return .success(
                    try await fit(data, options) {
                        continuation.yield($0)
                        return true
                    })
            } catch {
                return .failure(error)
            }
        }
        return Fitting(progress, task)
    }
}
