internal import Synchronization
internal import Telephony

/// One reader of a call's events: asks for what is new when it has taken what came before, so that a slow one costs nothing.
final class EventReader: OctetSource {
    /// Something is sent at least so often, so that a reader who is gone is noticed.
    private static let heartbeat = Duration.seconds(15)

    private struct State {
        var position: Int
        var number: Int?
        var nudges: AsyncStream<Void>?
        var isOver = false
        var heart: Task<Void, Never>?
    }

    private let call: CallIdentifier
    private let calls: LiveCalls
    private let state: Mutex<State>

    init(of call: CallIdentifier, in calls: LiveCalls, after position: Int) {
        self.call = call
        self.calls = calls
        state = Mutex(State(position: position))
    }

    deinit { close() }

    func next() async -> [UInt8]? {
        guard let nudges = state.withLock({ $0.nudges }) else { return begin() ? Array("retry: 2000\n\n".utf8) : nil }
        let position = state.withLock { $0.isOver ? nil : $0.position }
        guard let position, await nudges.first(where: { _ in true }) != nil, let log = calls.entry(call)?.log else {
            close()
            return nil
        }
        let (missed, events) = log.after(position)
        let last = events.last?.number ?? position
        state.withLock { state in
            state.position = last
            state.isOver = log.isEnd(last)
        }
        let text =
            (missed > 0 ? "event: missed\ndata: {\"count\":\(missed)}\n\n" : "") + events.map(\.text).joined()
        // A comment: nothing has happened, and we are still here.
        return Array((text.isEmpty ? ":\n\n" : text).utf8)
    }

    private func begin() -> Bool {
        guard let (nudges, number) = calls.news(of: call) else { return false }
        let (calls, call) = (calls, call)
        // Unstructured: it beats as long as there is a reader.
        let heart = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.heartbeat)
                calls.nudge(number, of: call)
            }
        }
        state.withLock { state in
            state.nudges = nudges
            state.number = number
            state.heart = heart
        }
        return true
    }

    func close() {
        let (number, heart) = state.withLock { state in
            defer {
                state.number = nil
                state.isOver = true
            }
            return (state.number, state.heart)
        }
        heart?.cancel()
        if let number { calls.left(number, of: call) }
    }
}
