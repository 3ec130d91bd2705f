internal import SIPCore
internal import Synchronization

/// The sessions of a user agent that hands out ``SIPSession``s.
final class SessionTable: Sendable {
    let incoming: AsyncStream<SIPSession>
    private let sink: AsyncStream<SIPSession>.Continuation
    private let sessions = Mutex<[SessionID: SIPSession]>([:])
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

    /// Hands an event to its session; a call that comes makes one.
    func deliver(_ event: UserAgentCore.Event) {
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

    /// No more calls come.
    func finish() {
        sink.finish()
    }
}
