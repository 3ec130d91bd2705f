internal import SIPCore
internal import Synchronization

/// What a user agent of ``SIPUserAgent/listen(on:name:group:logger:change:)`` has handed out: its ``SIPSession``s,
/// ``Account``s and ``SIPSubscription``s, and the requests that are awaited.
final class SessionTable: Sendable {
    let incoming: AsyncStream<SIPSession>
    private let sink: AsyncStream<SIPSession>.Continuation
    private let sessions = Mutex(Sessions())
    private let accounts = Mutex<[RegistrationID: Account]>([:])
    private let subscriptions = Mutex<[SubscriptionID: SIPSubscription]>([:])
    private let requests = Mutex<[RequestID: @Sendable (Result<Response, SIPRequestError>) -> Void]>([:])
    private let agent = Mutex<WeakAgent>(WeakAgent())

    private struct Sessions {
        var live: [SessionID: SIPSession] = [:]
        var isClosed = false
    }

    private struct WeakAgent {
        weak var agent: SIPUserAgent?
    }

    init() {
        (incoming, sink) = AsyncStream.makeStream(of: SIPSession.self)
    }

    func attach(_ userAgent: SIPUserAgent) {
        agent.withLock { $0.agent = userAgent }
    }

    func add(_ session: SIPSession) {
        let isClosed = sessions.withLock { sessions in
            if !sessions.isClosed { sessions.live[session.id] = session }
            return sessions.isClosed
        }
        if isClosed { session.deliver(.ended(session.id, Self.closed)) }
    }

    func add(_ account: Account) {
        accounts.withLock { $0[account.id] = account }
    }

    func add(_ subscription: SIPSubscription) {
        subscriptions.withLock { $0[subscription.id] = subscription }
    }

    func await(_ request: RequestID, then done: @escaping @Sendable (Result<Response, SIPRequestError>) -> Void) {
        requests.withLock { $0[request] = done }
    }

    /// Hands an event to what it is about; a call that comes makes a session.
    func deliver(_ event: UserAgentCore.Event) {
        switch event {
        case .registration(let id, let state):
            guard let account = accounts.withLock({ $0[id] }) else { return }
            if !account.changed(to: state) { _ = accounts.withLock { $0.removeValue(forKey: id) } }
        case .incoming(let id, let request, _):
            guard let userAgent = agent.withLock({ $0.agent }) else { return }
            let session = SIPSession(id: id, invite: request, userAgent: userAgent)
            add(session)
            sink.yield(session)
        case .response(let id, let response):
            guard response.status >= 200 else { return }
            requests.withLock { $0.removeValue(forKey: id) }?(.success(response))
        case .requestFailed(let id, let reason):
            requests.withLock { $0.removeValue(forKey: id) }?(.failure(.unanswered(reason: reason)))
        case .notified(let id, let state, let request):
            subscriptions.withLock { $0[id] }?.notified(state, by: request)
        case .subscriptionEnded(let id, let end):
            subscriptions.withLock { $0.removeValue(forKey: id) }?.ended(end)
        default:
            deliverToSession(event)
        }
    }

    private func deliverToSession(_ event: UserAgentCore.Event) {
        guard let id = event.session else { return }
        let session = sessions.withLock { sessions in
            if case .ended = event { return sessions.live.removeValue(forKey: id) }
            return sessions.live[id]
        }
        session?.deliver(event)
    }

    /// No more calls come, none goes on, and no account changes.
    func finish() {
        sink.finish()
        let cut = sessions.withLock { sessions in
            defer { sessions.live = [:] }
            sessions.isClosed = true
            return Array(sessions.live.values)
        }
        for session in cut { session.deliver(.ended(session.id, Self.closed)) }
        let accounts = accounts.withLock { accounts in
            defer { accounts = [:] }
            return Array(accounts.values)
        }
        for account in accounts { account.close() }
        let subscriptions = subscriptions.withLock { subscriptions in
            defer { subscriptions = [:] }
            return Array(subscriptions.values)
        }
        for subscription in subscriptions { subscription.ended(.lost(status: 503)) }
        let requests = requests.withLock { requests in
            defer { requests = [:] }
            return Array(requests.values)
        }
        for done in requests { done(.failure(.unanswered(reason: Self.closed.reason))) }
    }

    private static let closed = SessionEnd(cause: .transportFailed, reason: "The user agent was closed")
}
