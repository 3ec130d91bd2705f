internal import Synchronization

/// Decides between two that run against each other: whoever comes first has it.
final class Flag: Sendable {
    private enum State { case open, raised, blocked }

    private let state = Mutex(State.open)

    /// - Returns: `false` when it was blocked before.
    func raise() -> Bool {
        state.withLock { state in
            guard state != .blocked else { return false }
            state = .raised
            return true
        }
    }

    /// - Returns: `false` when it was raised before.
    func block() -> Bool {
        state.withLock { state in
            guard state != .raised else { return false }
            state = .blocked
            return true
        }
    }
}
