internal import SIPCore
internal import Synchronization

/// The sessions and accounts of a user agent that hands out ``SIPSession``s and ``Account``s.
final class SessionTable: Sendable {
    let incoming: AsyncStream<SIPSession>
    private let sink: AsyncStream<SIPSession>.Continuation
    private let sessions = Mutex<[SessionID: SIPSession]>([:])
    private let accounts = Mutex<[RegistrationID: Account]>([:])
    private let agent = Mutex<WeakAgent>(WeakAgent())

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
        sessions.withLock { $0[session.id] = session }
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
            if case .ended = event { return sessions.removeValue(forKey: id) }
            return sessions[id]
        }
        session?.deliver(event)
    }

    /// No more calls come, and no account changes.
    func finish() {
        sink.finish()
        let accounts = accounts.withLock { accounts in
            defer { accounts = [:] }
            return Array(accounts.values)
        }
        for account in accounts { account.close() }
    }
}
