internal import SIPCore
internal import Synchronization

/// The sessions and accounts of a user agent that hands out ``SIPSession``s and ``Account``s.
final class SessionTable: Sendable {
    let incoming: AsyncStream<SIPSession>
    private let sink: AsyncStream<SIPSession>.Continuation
    private let sessions = Mutex(Sessions())
    private let accounts = Mutex<[RegistrationID: Account]>([:])
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

    /// Hands an event to its session or account; a call that comes makes one.
    func deliver(_ event: UserAgentCore.Event) {
        if case .registration(let id, let state) = event {
            guard let account = accounts.withLock({ $0[id] }) else { return }
            if !account.changed(to: state) { _ = accounts.withLock { $0.removeValue(forKey: id) } }
            return
        }
        if case .incoming(let id, let request, _) = event {
            guard let userAgent = agent.withLock({ $0.agent }) else { return }
            let session = SIPSession(id: id, invite: request, userAgent: userAgent)
            add(session)
            sink.yield(session)
            return
        }
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
    }

    private static let closed = SessionEnd(cause: .transportFailed, reason: "The user agent was closed")
}
