import Synchronization

/// Whether a fit is to end before its time. All its threads ask before they read the data; what is under way comes to
/// an end then, so that there is a result.
final class Interruption: Sendable {
    private let isRequested = Atomic(false)
    private let deadline: ContinuousClock.Instant?
    /// Lives as long as the fit that runs in it, and may be asked from any thread whether it is cancelled.
    nonisolated(unsafe) private let task: UnsafeCurrentTask?

    init(task: UnsafeCurrentTask?, timeLimit: Duration?) {
        self.task = task
        deadline = timeLimit.map { .now + $0 }
    }

    func request() { isRequested.store(true, ordering: .relaxed) }

    var isDue: Bool {
        if isRequested.load(ordering: .relaxed) { return true }
        guard task?.isCancelled == true || deadline.map({ $0 <= .now }) == true else { return false }
        request()
        return true
    }
}
