internal import Synchronization

/// Lets one task wait until another has changed something. A ring that nobody waits for is kept, once.
final class Bell: Sendable {
    private enum State {
        case silent
        case rung
        case awaited(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.silent)

    func ring() {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard case .awaited(let waiting) = state else {
                state = .rung
                return nil
            }
            state = .silent
            return waiting
        }
        waiting?.resume()
    }

    /// Returns once it rings or has rung, and when the task is cancelled. May return without reason: whoever waits looks
    /// again at what he waits for.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                    if case .rung = state {
                        state = .silent
                        return [continuation]
                    }
                    guard !Task.isCancelled else { return [continuation] }
                    defer { state = .awaited(continuation) }
                    if case .awaited(let other) = state { return [other] }
                    return []
                }
                for continuation in goesOn { continuation.resume() }
            }
        } onCancel: {
            ring()
        }
    }
}
