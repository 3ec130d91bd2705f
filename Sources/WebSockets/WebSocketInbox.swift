internal import NIOCore
internal import Synchronization

/// What has come and was not taken yet; between the channel and the one task that reads.
final class WebSocketInbox: Sendable {
    private typealias Taken = Result<WebSocketMessage?, WebSocketConnectionError>

    private struct State {
        var messages = CircularBuffer<WebSocketMessage>()
        var octets = 0
        /// Set once: how the messages end, after those that are here.
        var end: WebSocketConnectionError??
        var closed: WebSocketClosed?
        var waiting: CheckedContinuation<Taken, Never>?
        /// Goes on with reading from the peer, which is held.
        var resume: (@Sendable () -> Void)?
    }

    private let limits: WebSocketLimits
    private let state = Mutex(State())

    init(limits: WebSocketLimits) {
        self.limits = limits
    }

    var count: Int { state.withLock { $0.messages.count } }
    var closed: WebSocketClosed? { state.withLock { $0.closed } }

    // MARK: The channel's side

    func put(_ message: WebSocketMessage) {
        let waiting: CheckedContinuation<Taken, Never>? = state.withLock { state in
            guard state.end == nil else { return nil }
            if let waiting = state.waiting {
                state.waiting = nil
                return waiting
            }
            state.messages.append(message)
            state.octets += message.payload.readableBytes
            return nil
        }
        waiting?.resume(returning: .success(message))
    }

    /// Whether reading has to wait; `resume` is called when it may go on.
    func holds(_ resume: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            guard state.end == nil,
                state.messages.count >= limits.maximumUnreadMessages || state.octets >= limits.maximumUnreadOctets
            else { return false }
            state.resume = resume
            return true
        }
    }

    func peerClosed(_ closed: WebSocketClosed) {
        state.withLock { $0.closed = closed }
        end(nil)
    }

    /// No more comes; only the first reason counts.
    func end(_ error: WebSocketConnectionError?) {
        let waiting: CheckedContinuation<Taken, Never>? = state.withLock { state in
            guard state.end == nil else { return nil }
            state.end = .some(error)
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(returning: error.map { .failure($0) } ?? .success(nil))
    }

    // MARK: The reader's side

    /// Forgets what is here, and all that still comes.
    func discard() {
        end(nil)
        let resume: (@Sendable () -> Void)? = state.withLock { state in
            state.messages.removeAll()
            state.octets = 0
            defer { state.resume = nil }
            return state.resume
        }
        resume?()
    }

    func next() async throws(WebSocketConnectionError) -> WebSocketMessage? {
        let taken = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Taken, Never>) in take(continuation) }
        } onCancel: {
            let waiting = state.withLock { state in
                defer { state.waiting = nil }
                return state.waiting
            }
            waiting?.resume(returning: .failure(.cancelled))
        }
        return try taken.get()
    }

    private func take(_ continuation: CheckedContinuation<Taken, Never>) {
        var resume: (@Sendable () -> Void)?
        var displaced: CheckedContinuation<Taken, Never>?
        let taken: Taken? = state.withLock { state in
            if let message = state.messages.popFirst() {
                state.octets -= message.payload.readableBytes
                // Half empty before it goes on, so that it does not stop and go with every message.
                if state.messages.count <= limits.maximumUnreadMessages / 2,
                    state.octets <= limits.maximumUnreadOctets / 2
                {
                    resume = state.resume
                    state.resume = nil
                }
                return .success(message)
            }
            if let end = state.end { return end.map { .failure($0) } ?? .success(nil) }
            if Task.isCancelled { return .failure(.cancelled) }
            displaced = state.waiting
            state.waiting = continuation
            return nil
        }
        displaced?.resume(returning: .failure(.cancelled))
        resume?()
        if let taken { continuation.resume(returning: taken) }
    }
}
