import Foundation
import SIPCore
import SIPNIO
import Synchronization
import TelephonyPrimitives
import TelephonyTesting
import Testing

/// A phone without sound, made of the library alone: it takes every call, keeps what happens, and does what REFERs ask.
final class LibraryPhone: Sendable {
    let agent: SIPUserAgent
    let wiretap: Wiretap
    /// By transport.
    let ports: [TransportProtocol: UInt16]
    private let user: String
    private let ringsReliably: Bool
    private let story = Mutex(Story())

    private struct Story {
        var events: [UserAgentCore.Event] = []
        var sessions: [SIPSession] = []
        /// By session: the version and the direction of what was described last.
        var described: [SessionID: (version: Int, direction: String)] = [:]
        var pumps: [Task<Void, Never>] = []
    }

    /// - Parameters:
    ///   - transports: what it listens on, each on a port of its own.
    ///   - ringsReliably: it rings with a session description before it answers.
    ///   - change: further settings.
    init(
        user: String = "agent", transports: [TransportProtocol] = [.udp], ringsReliably: Bool = false,
        change: (inout SIPUserAgentConfiguration) -> Void = { _ in }
    ) async throws {
        self.user = user
        self.ringsReliably = ringsReliably
        let wiretap = Wiretap()
        self.wiretap = wiretap
        var ports: [TransportProtocol: UInt16] = [:]
        for transport in transports { ports[transport] = try Workspace.freePort() }
        self.ports = ports
        agent = try await SIPUserAgent.listen(
            on: transports.map {
                ListenAddress($0, TransportAddress(ip: .loopbackV4, port: ports[$0] ?? 0))
            }, name: "Trunkline"
        ) { configuration in
            configuration.core.servesRefer = true
            configuration.core.servesReplaces = true
            configuration.onMessage = { wiretap.take($0) }
            change(&configuration)
        }
        let pump = Task { [weak self, agent] in
            for await call in agent.calls { self?.take(call) }
        }
        story.withLock { $0.pumps.append(pump) }
    }

    /// One that is a registrar, too.
    ///
    /// - Parameter registering: the passwords of its users.
    convenience init(
        registering users: [String: String], algorithms: [DigestAlgorithm] = [.sha256, .md5],
        transports: [TransportProtocol] = [.udp], change: (inout SIPUserAgentConfiguration) -> Void = { _ in }
    ) async throws {
        try await self.init(user: "registrar", transports: transports) { configuration in
            configuration.core.registrar = Registrar(
                authentication: DigestServer(
                    realm: "trunkline.test", users: users, secret: (0..<32).map { _ in .random(in: 0...255) },
                    algorithms: algorithms), minimumExpires: .seconds(30))
            change(&configuration)
        }
    }

    /// Waits until the user of an address has registered, and makes a call to where that is.
    func binding(of address: String) async throws -> OutgoingInvite {
        let (uri, from) = (try SIPURI(parsing: address), try NameAddress(parsing: self.address))
        return try await eventually("a binding of \(address)") {
            await agent.bindings(of: uri).first.flatMap { OutgoingInvite(to: $0, from: from) }
        }
    }

    /// Waits until the user of an address has unregistered.
    func noBinding(of address: String) async throws {
        let uri = try SIPURI(parsing: address)
        _ = try await eventually("the end of the binding of \(address)") {
            await agent.bindings(of: uri).isEmpty ? true : nil
        }
    }

    func uri(_ transport: TransportProtocol = .udp) -> String {
        let parameter = transport == .udp ? "" : ";transport=\(transport.rawValue)"
        return "sip:\(user)@127.0.0.1:\(ports[transport] ?? 0)\(parameter)"
    }

    /// Its own name in From.
    var address: String { "<sip:\(user)@127.0.0.1:\(ports.values.sorted().first ?? 0)>" }

    // MARK: Calls

    /// Calls somebody and waits for the answer.
    @discardableResult func call(
        _ target: String, credentials: Credentials? = nil, headers: HeaderFields = []
    ) async throws -> SIPSession {
        let call = try await agent.invite(
            target, from: address, offer: description(for: nil), credentials: credentials, headers: headers)
        return try await establish(call)
    }

    @discardableResult func call(_ invite: OutgoingInvite) async throws -> SIPSession {
        var invite = invite
        invite.body = description(for: nil)
        return try await establish(await agent.invite(invite))
    }

    private func establish(_ call: SIPSession) async throws -> SIPSession {
        follow(call)
        _ = try await call.answered()
        return call
    }

    /// Waits for the call that comes as number `number`, from 1.
    func incoming(_ number: Int = 1) async throws -> SIPSession {
        try await eventually("call \(number) to the library") {
            story.withLock { story in
                story.sessions.filter { $0.direction == .incoming }.dropFirst(number - 1).first
            }
        }
    }

    /// Its calls to others, in order.
    var placed: [SIPSession] { story.withLock { $0.sessions.filter { $0.direction == .outgoing } } }

    /// Waits for something that happens to a call, or to any.
    @discardableResult func event<Value>(
        _ what: String, of call: SIPSession? = nil, within limit: Duration = .seconds(60),
        _ pick: (UserAgentCore.Event) -> Value?
    ) async throws -> Value {
        try await eventually(what, within: limit) {
            for event in events(of: call) {
                if let found = pick(event) { return found }
            }
            return nil
        }
    }

    /// What has happened so far.
    func events(of call: SIPSession? = nil) -> [UserAgentCore.Event] {
        story.withLock { $0.events }.filter { call == nil || $0.session == call?.id }
    }

    private func take(_ call: SIPSession) {
        follow(call)
        let pump = Task { [ringsReliably] in
            let answer = self.description(for: call.invite?.body, in: call.id)
            if ringsReliably { await call.ring(status: 183, body: answer) } else { await call.ring() }
            await call.answer(answer)
        }
        story.withLock { $0.pumps.append(pump) }
    }

    private func follow(_ call: SIPSession) {
        let pump = Task { [weak self] in
            for await event in call.events { await self?.happened(event, on: call) }
        }
        story.withLock { story in
            story.sessions.append(call)
            story.pumps.append(pump)
        }
    }

    private func happened(_ event: UserAgentCore.Event, on call: SIPSession) async {
        story.withLock { $0.events.append(event) }
        switch event {
        case .reinvite(_, let request):
            await call.acceptChange(description(for: request.body, in: call.id))
        case .refer(let subscription, _, let referral):
            guard let target = referral.target.sip, let from = try? NameAddress(parsing: address) else {
                await agent.perform(.refuseSubscription(subscription, status: 400))
                return
            }
            var invite = OutgoingInvite(
                target: target, from: from, body: description(for: nil), headers: referral.inviteHeaders)
            invite.onBehalfOf = subscription
            follow(await agent.invite(invite))
        default: break
        }
    }

    // MARK: Session descriptions

    /// One stream of sound in PCMU that nobody hears: an offer, or the answer to `offer`.
    func description(
        for offer: [UInt8]?, in session: SessionID? = nil, direction: String = "sendrecv"
    ) -> Body {
        let text = String(decoding: offer ?? [], as: UTF8.self)
        let answered =
            if text.contains("a=sendonly") { "recvonly" } else if text.contains("a=inactive") { "inactive" } else {
                direction
            }
        // What does not change keeps its version (RFC 3264 §8).
        let version = story.withLock { story in
            guard let session else { return 1 }
            let isOffer = story.sessions.contains { $0.id == session && $0.direction == .outgoing }
            let last = story.described[session] ?? (isOffer ? (1, "sendrecv") : (0, ""))
            let version = last.direction == answered ? last.version : last.version + 1
            story.described[session] = (version, answered)
            return version
        }
        let port = ports.values.sorted().first.map { $0 + 1 } ?? 9
        let lines = [
            "v=0", "o=- 4711 \(version) IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0",
            "m=audio \(port) RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=\(answered)",
        ]
        return Body(contentType: "application/sdp", octets: Array(lines.map { $0 + "\r\n" }.joined().utf8))
    }

    // MARK: The end

    /// Ends it, and has the auditor judge all that it said and heard.
    func close(
        proxies: Set<UInt16> = [], decrypted: Set<UInt16> = [], waivers: [Waiver] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        await agent.close()
        for pump in story.withLock({ $0.pumps }) { pump.cancel() }
        try wiretap.audit(
            decrypted: decrypted.union(ports[.tls].map { [$0] } ?? []), proxies: proxies, waivers: waivers,
            sourceLocation: sourceLocation)
    }
}
