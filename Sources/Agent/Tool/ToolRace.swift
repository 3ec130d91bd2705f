internal import Synchronization

/// The first of a tool and its time to come to an end.
final class ToolRace: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<ToolRunner.Run, Never>)
        case over(ToolRunner.Run)
    }

    private let state = Mutex(State.open)

    func end(_ run: ToolRunner.Run) {
        let waiting: CheckedContinuation<ToolRunner.Run, Never>? = state.withLock { state in
            switch state {
            case .open:
                state = .over(run)
                return nil
            case .awaited(let waiting):
                state = .over(run)
                return waiting
            case .over: return nil
            }
        }
        waiting?.resume(returning: run)
    }

    /// To be awaited once.
    func result() async -> ToolRunner.Run {
        await withCheckedContinuation { continuation in
            let run: ToolRunner.Run? = state.withLock { state in
                if case .over(let run) = state { return run }
                state = .awaited(continuation)
                return nil
            }
            if let run { continuation.resume(returning: run) }
        }
    }
}
