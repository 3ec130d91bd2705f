internal import Synchronization
internal import Telephony

/// How a conversation ends, and the wait for it.
package final class ConversationEnd: Sendable {
    private struct State {
        var outcome: ConversationOutcome?
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    package init() {}

    /// `nil` while the conversation goes on.
    package var outcome: ConversationOutcome? { state.withLock { $0.outcome } }

    /// The conversation is over; the first outcome counts.
    package func come(_ outcome: ConversationOutcome) {
        let waiting = state.withLock { state in
            if state.outcome == nil { state.outcome = outcome }
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }

    /// Returns once it is over. When the task is cancelled, that is the end.
    package func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard state.outcome == nil else { return true }
                    state.waiting = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            come(ConversationOutcome(reason: .shutdown))
        }
    }
}
