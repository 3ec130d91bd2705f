internal import NIOCore
internal import Synchronization

/// What waits to be sent; written in the order in which it was given.
final class WebSocketOutbox: Sendable {
    private struct Waiter {
        let id: Int
        let message: WebSocketMessage
        let continuation: CheckedContinuation<WebSocketConnectionError?, Never>
    }

    private struct State {
        var messages = CircularBuffer<WebSocketMessage>()
        /// Those in `messages` and those that the channel has not written yet.
        var octets = 0
        var waiters = CircularBuffer<Waiter>()
        var nextID = 0
        var isWriting = false
        var isClosed = false
    }

    private let channel: any Channel
    private let limit: Int
    private let state = Mutex(State())

    init(_ channel: any Channel, limits: WebSocketLimits) {
        self.channel = channel
        limit = limits.maximumUnsentOctets
    }

    var octets: Int { state.withLock { $0.octets } }

    func send(_ message: WebSocketMessage) throws(WebSocketConnectionError) {
        let failure: WebSocketConnectionError? = state.withLock { state in
            guard !state.isClosed else { return .closed }
            guard state.waiters.isEmpty, fits(message, state) else { return .tooMuchUnsent }
            add(message, to: &state)
            return nil
        }
        if let failure { throw failure }
    }

    func sendWaiting(_ message: WebSocketMessage) async throws(WebSocketConnectionError) {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let failure = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<WebSocketConnectionError?, Never>) in
                let verdict: WebSocketConnectionError?? = state.withLock { state in
                    guard !state.isClosed else { return .some(.closed) }
                    guard !Task.isCancelled else { return .some(.cancelled) }
                    if state.waiters.isEmpty, fits(message, state) {
                        add(message, to: &state)
                        return .some(nil)
                    }
                    state.waiters.append(Waiter(id: id, message: message, continuation: continuation))
                    return nil
                }
                if let verdict { continuation.resume(returning: verdict) }
            }
        } onCancel: {
            let waiter: Waiter? = state.withLock { state in
                guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
                return state.waiters.remove(at: index)
            }
            waiter?.continuation.resume(returning: .cancelled)
        }
        if let failure { throw failure }
    }

    /// Takes nothing any more; what is here is still written.
    func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            defer { state.waiters.removeAll() }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(returning: .closed) }
    }

    /// Hands over what is here. On the channel's event loop.
    func write() {
        let messages = state.withLock { state in
            state.isWriting = false
            defer { state.messages.removeAll() }
            return state.messages
        }
        guard !messages.isEmpty else { return }
        for message in messages {
            channel.write(message).whenComplete { [self] _ in written(message) }
        }
        channel.flush()
    }

    private func written(_ message: WebSocketMessage) {
        var admitted: [Waiter] = []
        state.withLock { state in
            state.octets -= Self.weight(message)
            while let waiter = state.waiters.first, fits(waiter.message, state) {
                state.waiters.removeFirst()
                add(waiter.message, to: &state)
                admitted.append(waiter)
            }
        }
        for waiter in admitted { waiter.continuation.resume(returning: nil) }
    }

    private func fits(_ message: WebSocketMessage, _ state: borrowing State) -> Bool {
        // One that is longer than all that may wait has to go some time.
        state.octets == 0 || state.octets + Self.weight(message) <= limit
    }

    private func add(_ message: WebSocketMessage, to state: inout State) {
        state.messages.append(message)
        state.octets += Self.weight(message)
        guard !state.isWriting else { return }
        state.isWriting = true
        channel.eventLoop.execute { self.write() }
    }

    /// An empty message is not for nothing.
    private static func weight(_ message: WebSocketMessage) -> Int { message.payload.readableBytes + 16 }
}
