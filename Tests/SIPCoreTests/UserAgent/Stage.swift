import SIPCore
import TelephonyPrimitives
import Testing

/// One user agent and a peer whose every message the test writes, in virtual time.
struct Stage {
    static let us = TransportAddress(ip: .v4(0xC000_0201), port: 5060)
    static let peer = TransportAddress(ip: .v4(0xC000_0209), port: 5060)

    struct Sent {
        var instant: Instant
        var message: Message
        var octets: [UInt8]
        var flow: Flow
    }

    private(set) var now = Instant.zero
    var core: UserAgentCore
    var sent: [Sent] = []
    var events: [UserAgentCore.Event] = []
    /// Flows that we wanted closed.
    var closed: [Flow] = []
    var flow: Flow
    /// Flows that were asked for and not given, while `givesFlows` is false.
    var asked: [(FlowRequestID, FlowTarget)] = []
    var givesFlows = true
    var callID = "call-1"
    var peerTag = "peer-tag"
    /// Our tag in the dialog, once it is known.
    var ourTag: String?
    var peerSequence: UInt32 = 10
    private var branches = 0
    /// Everything that crosses the wire, for the auditor: it judges us, not the peer.
    let wire: WireLog

    init(
        _ configuration: UserAgentConfiguration = .init(), transport: TransportProtocol = .udp,
        location: SourceLocation = #_sourceLocation
    ) {
        wire = WireLog(judging: ["us"], at: location)
        core = UserAgentCore(configuration: configuration, random: SeededGenerator(seed: 42))
        flow = Flow(protocol: transport, local: Self.us, remote: Self.peer, id: 1)
    }

    // MARK: Us

    mutating func command(_ command: UserAgentCore.Command) {
        feed(.command(command))
    }

    mutating func feed(_ input: UserAgentCore.Input) {
        if case .datagram(let octets, let flow) = input {
            wire.note(octets, over: flow, from: "peer", to: "us", at: now, arriving: [now])
        }
        core.receive(input, now: now)
        drain()
    }

    mutating func advance(_ duration: Duration) {
        let end = now + duration
        while let deadline = core.deadline, deadline <= end {
            now = max(now, deadline)
            core.receive(.wake, now: now)
            drain()
        }
        now = end
        wire.end = now
    }

    /// Time goes by in which we are not woken; then we are, late.
    mutating func oversleep(_ duration: Duration) {
        now = now + duration
        core.receive(.wake, now: now)
        drain()
    }

    private mutating func drain() {
        defer {
            wire.end = now
            wire.isIdle = core.counters.isIdle
        }
        while let output = core.nextOutput() {
            switch output {
            case .openFlow(let request, let target):
                // A name has one server here, unless the test gives the flows itself.
                if givesFlows, !target.tried.isEmpty {
                    core.receive(.flowFailed(request, reason: "There is no other server"), now: now)
                    continue
                }
                asked.append((request, target))
                if givesFlows { core.receive(.flowOpened(request, flow), now: now) }
            case .transmit(let octets, let flow):
                wire.note(octets, over: flow, from: "us", to: "peer", at: now, arriving: [now])
                guard let message = try? Message(parsing: octets) else { continue }
                sent.append(Sent(instant: now, message: message, octets: octets, flow: flow))
            case .closeFlow(let flow):
                closed.append(flow)
            case .event(let event):
                events.append(event)
            }
        }
    }

    /// Calls the peer.
    mutating func call(
        _ target: String? = nil, body: Body? = .offer, headers: HeaderFields = [], credentials: Credentials? = nil,
        route: [SIPURI] = []
    ) throws -> SessionID {
        let id = core.makeSessionID()
        let uri = target ?? "sip:bob@\(Self.peer)" + (flow.protocol == .udp ? "" : ";transport=tcp")
        command(
            .invite(
                id,
                OutgoingInvite(
                    target: try SIPURI(parsing: uri), from: try NameAddress(parsing: "<sip:alice@example.com>"),
                    body: body, headers: headers, credentials: credentials, route: route)))
        return id
    }

    // MARK: The peer

    /// The peer sends a request; in the dialog when our tag is known.
    mutating func request(
        _ method: String, sequence: UInt32? = nil, branch: String? = nil, toTag: String?? = nil,
        uri: String = "sip:alice@192.0.2.1:5060", headers: [String] = [], body: String? = nil,
        contentType: String = "application/sdp", via: String? = nil, over other: Flow? = nil
    ) {
        branches += 1
        let number: UInt32
        if let sequence {
            number = sequence
        } else {
            peerSequence += 1
            number = peerSequence
        }
        let tag = toTag ?? ourTag
        var lines = [
            "\(method) \(uri) SIP/2.0",
            via ?? "Via: SIP/2.0/\(flow.protocol.viaName) \(Self.peer);branch=\(branch ?? "z9hG4bKp\(branches)");rport",
            "Max-Forwards: 70", "From: \"Bob\" <sip:bob@example.com>;tag=\(peerTag)",
            "To: <sip:alice@example.com>" + (tag.map { ";tag=\($0)" } ?? ""), "Call-ID: \(callID)",
            "CSeq: \(number) \(method)",
        ]
        if ["INVITE", "UPDATE", "REFER"].contains(method), !headers.contains(where: { $0.hasPrefix("Contact:") }) {
            lines.append("Contact: <sip:bob@\(Self.peer)>")
        }
        lines += headers
        if body != nil { lines.append("Content-Type: \(contentType)") }
        lines.append("Content-Length: \(body?.utf8.count ?? 0)")
        let text = lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
        feed(.datagram(Array(text.utf8), other ?? flow))
    }

    /// The peer answers one of our requests.
    mutating func respond(
        _ status: Int, to request: Request, tag: String? = nil, contact: String? = nil, headers: HeaderFields = [],
        body: String? = nil, over other: Flow? = nil
    ) {
        var builder = MessageBuilder(response: status, to: request, toTag: status == 100 ? nil : Tag(tag ?? peerTag))
        if [.invite, .update].contains(request.method), (101..<300).contains(status) {
            builder.add(.contact, contact ?? "<sip:bob@\(Self.peer)>")
        }
        for (name, value) in headers { builder.add(name, value) }
        if let body { builder.setBody(Array(body.utf8), contentType: "application/sdp") }
        feed(.datagram(builder.buildResponse().octets, other ?? flow))
    }

    /// The peer acknowledges our 2xx.
    mutating func acknowledge(sequence: UInt32? = nil, body: String? = nil) {
        request("ACK", sequence: sequence ?? peerSequence, body: body)
    }

    // MARK: Whole calls

    /// A call of ours that the peer has answered.
    mutating func establishOutgoing(
        body: Body? = .offer, answer: String? = "v=0 answer", headers: HeaderFields = [],
        credentials: Credentials? = nil
    ) throws -> SessionID {
        let id = try call(body: body, credentials: credentials)
        guard let invite = lastRequest(.invite) else { throw CancellationError() }
        callID = try invite.callID.text
        ourTag = try invite.from.tag?.text
        respond(180, to: invite)
        respond(200, to: invite, headers: headers, body: answer)
        return id
    }

    /// A call of the peer's that we have answered and that is acknowledged.
    mutating func establishIncoming(headers: [String] = []) throws -> SessionID {
        request("INVITE", headers: headers, body: "v=0 offer")
        guard let id = incoming.last else { throw CancellationError() }
        command(.answer(id, body: .answer))
        try learnOurTag()
        acknowledge()
        return id
    }

    mutating func learnOurTag() throws {
        guard let response = responses.last(where: { $0.status > 100 }) else { throw CancellationError() }
        ourTag = try response.to.tag?.text
    }

    // MARK: Looking

    var titles: [String] { sent.map(\.message.title) }

    var requests: [Request] { sent.compactMap(\.message.request) }

    var responses: [Response] { sent.compactMap(\.message.response) }

    func lastRequest(_ method: Method) -> Request? { requests.last { $0.method == method } }

    func lastResponse(to method: Method) -> Response? {
        responses.last { (try? $0.cseq.method) == method }
    }

    var incoming: [SessionID] {
        events.compactMap { if case .incoming(let id, _, _) = $0 { id } else { nil } }
    }

    var ends: [SessionEnd] {
        events.compactMap { if case .ended(_, let end) = $0 { end } else { nil } }
    }

    var names: [String] { events.compactMap(\.name) }

    /// Seconds at which messages of this title went out.
    func seconds(of title: String) -> [Double] {
        sent.filter { $0.message.title == title }.map { ($0.instant - .zero).inSeconds }
    }

    mutating func forget() {
        sent = []
        events = []
    }
}
