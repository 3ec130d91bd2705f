internal import Synchronization

/// Pauses the recordings of calls that are up, and has them go on.
public final class RecordingSwitches: Sendable {
    /// Pauses or resumes one recording, at once.
    public typealias Switch = @Sendable (_ isPaused: Bool) -> Void

    private let switches = Mutex([String: Switch]())

    public init() {}

    /// The call is recorded from now on.
    public func open(_ call: String, _ change: @escaping Switch) {
        switches.withLock { $0[call] = change }
    }

    /// The call is recorded no more.
    public func close(_ call: String) {
        switches.withLock { $0[call] = nil }
    }

    /// - Returns: whether the call is recorded.
    @discardableResult
    public func set(isPaused: Bool, of call: String) -> Bool {
        guard let change = switches.withLock({ $0[call] }) else { return false }
        change(isPaused)
        return true
    }
}
