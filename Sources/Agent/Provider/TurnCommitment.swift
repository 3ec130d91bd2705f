internal import Synchronization

/// Whether the caller's turn that a reply answers is really over.
///
/// A reply is begun as soon as the turn seems to be over; until it is, nothing may be done that can't be taken back.
public final class TurnCommitment: Sendable {
    private enum State {
        case open([CheckedContinuation<Bool, Never>])
        case decided(Bool)
    }

    private let state: Mutex<State>

    /// - Parameter isCommitted: `true` when the turn is over already.
    public init(isCommitted: Bool = false) {
        state = Mutex(isCommitted ? .decided(true) : .open([]))
    }

    /// The turn is over: the reply stands.
    public func commit() { decide(true) }
    /// The caller went on: the reply is dropped.
    public func withdraw() { decide(false) }

    /// Waits until it is decided. Cancelling whoever waits decides that it does not stand.
    ///
    /// - Returns: whether the reply stands.
    public func stands() async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let decided: Bool? = state.withLock { state in
                    switch state {
                    case .decided(let verdict): return verdict
                    case .open(let waiting):
                        state = .open(waiting + [continuation])
                        return nil
                    }
                }
                if let decided { continuation.resume(returning: decided) }
            }
        } onCancel: {
            withdraw()
        }
    }

    private func decide(_ verdict: Bool) {
        let waiting: [CheckedContinuation<Bool, Never>] = state.withLock { state in
            guard case .open(let waiting) = state else { return [] }
            state = .decided(verdict)
            return waiting
        }
        for continuation in waiting { continuation.resume(returning: verdict) }
    }
}
