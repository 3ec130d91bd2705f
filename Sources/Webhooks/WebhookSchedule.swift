/// When what could not be delivered is tried again.
public struct WebhookSchedule: Sendable, Equatable {
    /// After the first failure; twice as long after each further one.
    public var first = Duration.seconds(1)
    public var longest = Duration.seconds(3_600)
    /// What is older is given up.
    public var patience = Duration.seconds(3 * 86_400)

    public init() {}

    /// How long to wait after an attempt that failed.
    ///
    /// - Parameter attempts: those before it.
    /// - Parameter age: of the news.
    /// - Returns: `nil` to give up.
    func wait(after attempts: Int, age: Duration) -> Duration? {
        guard age < patience else { return nil }
        // Twenty doublings of a second are longer than anybody waits.
        return min(longest, first * (1 << max(0, min(attempts, 20))))
    }
}
