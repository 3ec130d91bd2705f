public import Logging
public import NIOCore
internal import NIOPosix
public import SIPCore

/// Calls for applications: those that come in, and those that go out.
///
/// ```swift
/// let agent = try await SIPUserAgent.listen(on: [.udp("127.0.0.1", 5060)])
/// for await call in agent.calls {
///     await call.answer(Body(contentType: "application/sdp", octets: makeAnswer(to: call.invite)))
/// }
/// ```
extension SIPUserAgent {
    /// Opens a user agent whose calls are ``SIPSession``s.
    ///
    /// - Parameters:
    ///   - addresses: where calls come in, e.g. `.udp("0.0.0.0", 5060)`; calls go out from there, too.
    ///   - name: the text of User-Agent and Server; `nil` names nobody.
    ///   - group: the loops to use, of which it takes one; by default the process's own.
    ///   - logger: takes what there is to say about odd traffic.
    ///   - change: further settings.
    /// - Throws: ``SIPTransportError`` when it can't listen; nothing stays open then.
    public static func listen(
        on addresses: [ListenAddress], name: String? = nil,
        group: (any EventLoopGroup)? = nil, logger: Logger = Logger(label: "sip"),
        change: (inout SIPUserAgentConfiguration) -> Void = { _ in }
    ) async throws -> SIPUserAgent {
        var configuration = SIPUserAgentConfiguration(
            core: UserAgentConfiguration(userAgentName: name), listen: addresses)
        change(&configuration)
        let sessions = SessionTable()
        let agent = SIPUserAgent(
            configuration: configuration, loop: (group ?? MultiThreadedEventLoopGroup.singleton).next(), logger: logger,
            sessions: sessions,
            onEvent: { sessions.deliver($0) })
        sessions.attach(agent)
        do {
            try await agent.start()
        } catch {
            sessions.finish()
            throw error
        }
        return agent
    }

    /// The calls that come in, until ``close()``; for one reader. A call that nobody answers rings until its caller
    /// gives up, or `UserAgentConfiguration.maximumRinging` is over.
    public nonisolated var calls: AsyncStream<SIPSession> {
        sessions?.incoming ?? AsyncStream { $0.finish() }
    }

    /// Calls somebody.
    ///
    /// - Parameters:
    ///   - target: a SIP URI, e.g. `sip:bob@example.com`.
    ///   - from: who calls: a SIP URI, with or without a name before it; by default nobody in particular.
    ///   - offer: a session description; `nil` asks the other side for one.
    ///   - credentials: what answers a challenge.
    ///   - headers: further header fields of the INVITE.
    /// - Returns: the call, which rings from now on: see ``SIPSession/answered()``.
    /// - Throws: ``SIPSessionError/badTarget(_:)``.
    public func invite(
        _ target: String, from: String? = nil, offer: Body?, credentials: Credentials? = nil,
        headers: HeaderFields = []
    ) throws(SIPSessionError) -> SIPSession {
        guard let uri = try? SIPURI(parsing: target) else { throw .badTarget(target) }
        let caller = from ?? "<sip:anonymous@anonymous.invalid>"
        guard let from = try? NameAddress(parsing: caller) else { throw .badTarget(caller) }
        return invite(
            OutgoingInvite(target: uri, from: from, body: offer, headers: headers, credentials: credentials))
    }

    /// Calls somebody; with all that can be set.
    ///
    /// - Returns: the call, which rings from now on.
    public func invite(_ invite: OutgoingInvite) -> SIPSession {
        let session = SIPSession(id: makeSessionID(), invite: nil, userAgent: self)
        session.remember(invite.body)
        sessions?.add(session)
        perform(.invite(session.id, invite))
        return session
    }

    /// Registers an account, and keeps it registered until ``Account/unregister()`` or ``close()``.
    ///
    /// - Parameter registration: which address, with which registrar and how.
    /// - Returns: at once; see ``Account/registered()``.
    public func register(_ registration: Registration) -> Account {
        let account = Account(registration, id: makeRegistrationID(), userAgent: self)
        sessions?.add(account)
        perform(.register(account.id, registration))
        return account
    }
}
