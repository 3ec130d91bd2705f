import SIPCore
import TelephonyPrimitives
import Testing

/// Two user agents back to back over a link that loses, doubles and reorders, in virtual time.
struct VirtualLink {
    enum Side: Int, CaseIterable {
        case alice, bob

        var other: Side { self == .alice ? .bob : .alice }
        var name: String { self == .alice ? "alice" : "bob" }
        var address: TransportAddress {
            TransportAddress(ip: .v4(self == .alice ? 0xC000_0201 : 0xC000_0202), port: 5060)
        }
    }

    /// One message that was put on the wire, lost or not.
    struct Line {
        var instant: Instant
        var from: Side
        var message: Message
        var octets: [UInt8]
        var isLost: Bool

        /// `INVITE`, `180 INVITE`.
        var title: String { message.title }
    }

    private enum Happening {
        case arrival([UInt8], to: Side, Flow)
        case opened(FlowRequestID, Flow, at: Side)
        case failed(FlowRequestID, at: Side)
        case action((inout VirtualLink) -> Void)
    }

    private(set) var now = Instant.zero
    /// Everything that crosses the wire, for the auditor.
    let wire: WireLog
    var cores: [UserAgentCore]
    var events: [[UserAgentCore.Event]] = [[], []]
    var trace: [Line] = []
    var random: SeededGenerator
    var transport = TransportProtocol.udp
    var loss = 0.0
    var duplication = 0.0
    var delay: ClosedRange<Int> = 10...10
    /// Says which messages get lost beside the random ones; called once for each transmission.
    var loses: (Line) -> Bool = { _ in false }
    /// Hosts that can't be reached.
    var unreachable: Set<String> = []
    /// What the applications do with events.
    var react: (inout VirtualLink, Side, UserAgentCore.Event) -> Void = { _, _, _ in }
    private var queue: [(instant: Instant, sequence: Int, happening: Happening)] = []
    private var sequence = 0

    init(
        seed: UInt64 = 1, alice: UserAgentConfiguration = .init(), bob: UserAgentConfiguration = .init(),
        location: SourceLocation = #_sourceLocation
    ) {
        wire = WireLog(judging: ["alice", "bob"], at: location)
        random = SeededGenerator(seed: seed)
        cores = [
            UserAgentCore(configuration: alice, random: SeededGenerator(seed: seed &* 2 &+ 1)),
            UserAgentCore(configuration: bob, random: SeededGenerator(seed: seed &* 2 &+ 2)),
        ]
    }

    // MARK: Acting

    mutating func command(_ side: Side, _ command: UserAgentCore.Command) {
        feed(.command(command), to: side)
    }

    mutating func after(_ duration: Duration, _ action: @escaping (inout VirtualLink) -> Void) {
        schedule(now + duration, .action(action))
    }

    /// Alice calls Bob.
    mutating func call(
        _ from: Side = .alice, body: Body? = .offer, credentials: Credentials? = nil, headers: HeaderFields = []
    ) throws -> SessionID {
        let id = cores[from.rawValue].makeSessionID()
        let uri = "sip:\(from.other.name)@\(from.other.address)" + (transport == .udp ? "" : ";transport=tcp")
        command(
            from,
            .invite(
                id,
                OutgoingInvite(
                    target: try SIPURI(parsing: uri), from: try NameAddress(parsing: "<sip:\(from.name)@example.com>"),
                    body: body, headers: headers, credentials: credentials)))
        return id
    }

    /// Puts octets on the wire as if `side` had received them from `source`.
    mutating func inject(_ text: String, to side: Side, from source: TransportAddress? = nil) {
        wire.turnOff()
        let flow = Flow(
            protocol: transport, local: side.address, remote: source ?? side.other.address, id: 1)
        feed(.datagram(Array(text.utf8), flow), to: side)
    }

    mutating func feed(_ input: UserAgentCore.Input, to side: Side) {
        cores[side.rawValue].receive(input, now: now)
        drain(side)
    }

    /// Runs until nothing is left to happen within `duration`.
    mutating func run(_ duration: Duration) {
        let end = now + duration
        while let next = nextInstant(), next <= end {
            now = max(now, next)
            step()
        }
        now = end
        wire.end = now
        wire.isIdle = isIdle
    }

    // MARK: Looking

    /// `INVITE>`, `<180 INVITE`: what went over the wire, seen from Alice, `~` when lost.
    var ladder: [String] {
        trace.map { line in
            (line.from == .alice ? line.title + ">" : "<" + line.title) + (line.isLost ? "~" : "")
        }
    }

    func messages(from side: Side, _ title: String) -> [Line] {
        trace.filter { $0.from == side && $0.title == title }
    }

    func ends(_ side: Side) -> [SessionEnd] {
        events[side.rawValue].compactMap { if case .ended(_, let end) = $0 { end } else { nil } }
    }

    func sessions(_ side: Side) -> [SessionID] {
        events[side.rawValue].compactMap { if case .incoming(let id, _, _) = $0 { id } else { nil } }
    }

    func hasEnded(_ session: SessionID, _ side: Side) -> Bool {
        events[side.rawValue].contains { if case .ended(session, _) = $0 { true } else { false } }
    }

    func names(_ side: Side) -> [String] {
        events[side.rawValue].compactMap { $0.name }
    }

    var isIdle: Bool { cores.allSatisfy { $0.counters.isIdle } }

    // MARK: Inside

    private mutating func schedule(_ instant: Instant, _ happening: Happening) {
        sequence += 1
        let entry = (instant, sequence, happening)
        let index = queue.firstIndex { ($0.instant, $0.sequence) > (instant, sequence) } ?? queue.endIndex
        queue.insert(entry, at: index)
    }

    private func nextInstant() -> Instant? {
        ([queue.first?.instant] + cores.map(\.deadline)).compactMap(\.self).min()
    }

    private mutating func step() {
        while let first = queue.first, first.instant <= now {
            queue.removeFirst()
            switch first.happening {
            case .arrival(let octets, let side, let flow): feed(.datagram(octets, flow), to: side)
            case .opened(let request, let flow, let side): feed(.flowOpened(request, flow), to: side)
            case .failed(let request, let side): feed(.flowFailed(request, reason: "unreachable"), to: side)
            case .action(let action): action(&self)
            }
        }
        for side in Side.allCases {
            if let deadline = cores[side.rawValue].deadline, deadline <= now { feed(.wake, to: side) }
        }
    }

    private mutating func drain(_ side: Side) {
        while let output = cores[side.rawValue].nextOutput() {
            switch output {
            case .openFlow(let request, let target):
                if unreachable.contains(target.host) {
                    schedule(now, .failed(request, at: side))
                } else {
                    let remote = TransportAddress(host: target.host, port: target.port ?? 5060) ?? side.other.address
                    schedule(
                        now,
                        .opened(
                            request,
                            Flow(
                                protocol: target.transport ?? transport, local: side.address, remote: remote, id: 1),
                            at: side))
                }
            case .transmit(let octets, let flow): carry(octets, from: side, flow)
            case .closeFlow: break
            case .event(let event):
                events[side.rawValue].append(event)
                react(&self, side, event)
            }
        }
    }

    private mutating func carry(_ octets: [UInt8], from side: Side, _ flow: Flow) {
        guard let message = try? Message(parsing: octets) else { return }
        var line = Line(instant: now, from: side, message: message, octets: octets, isLost: false)
        line.isLost = loses(line) || (loss > 0 && Double.random(in: 0..<1, using: &random) < loss)
        trace.append(line)
        var arrivals: [Instant] = []
        defer { wire.note(octets, over: flow, from: side.name, to: side.other.name, at: now, arriving: arrivals) }
        guard !line.isLost, flow.remote == side.other.address else { return }
        let arriving = Flow(protocol: flow.protocol, local: flow.remote, remote: flow.local, id: flow.id)
        let copies = duplication > 0 && Double.random(in: 0..<1, using: &random) < duplication ? 2 : 1
        for _ in 0..<copies {
            let milliseconds = Int.random(in: delay, using: &random)
            arrivals.append(now + .milliseconds(milliseconds))
            schedule(now + .milliseconds(milliseconds), .arrival(octets, to: side.other, arriving))
        }
    }
}

extension Body {
    static let offer = Body(contentType: "application/sdp", octets: Array("v=0 offer".utf8))
    static let answer = Body(contentType: "application/sdp", octets: Array("v=0 answer".utf8))
    static let hold = Body(contentType: "application/sdp", octets: Array("v=0 hold".utf8))
}

extension Message {
    var title: String {
        switch self {
        case .request(let request): request.method.name
        case .response(let response): "\(response.status) \((try? response.cseq.method.name) ?? "?")"
        }
    }

    var request: Request? {
        if case .request(let request) = self { request } else { nil }
    }

    var response: Response? {
        if case .response(let response) = self { response } else { nil }
    }

    var fields: any SIPMessage {
        switch self {
        case .request(let request): request
        case .response(let response): response
        }
    }
}

extension UserAgentCore.Event {
    /// A short name; `nil` for notices.
    var name: String? {
        switch self {
        case .incoming: "incoming"
        case .provisional(_, let response): "provisional \(response.status)"
        case .answered(_, _, let pending): pending ? "answered with offer" : "answered"
        case .acknowledgementOwed: "acknowledgement owed"
        case .provisionalAcknowledged(_, let body):
            body == nil ? "provisional acknowledged" : "provisional acknowledged with answer"
        case .acknowledged(_, let body): body == nil ? "acknowledged" : "acknowledged with answer"
        case .reinvite: "reinvite"
        case .reinviteWithdrawn: "reinvite withdrawn"
        case .reinviteAnswered: "reinvite answered"
        case .reinviteFailed(_, let status): "reinvite failed \(status)"
        case .reinvitePostponed(_, let status): "reinvite postponed \(status)"
        case .info: "info"
        case .transfer(_, let progress): "transfer \(progress)"
        case .transferReport: "transfer report"
        case .refer: "refer"
        case .subscription: "subscription"
        case .notified(_, let state, _): state.isTerminated ? "notified of the end" : "notified"
        case .subscriptionEnded: "subscription ended"
        case .replacing: "replacing"
        case .referRefused: "refer refused"
        case .ended(_, let end): "ended \(end.cause.rawValue)"
        case .response(_, let response): "response \(response.status)"
        case .requestFailed: "request failed"
        case .request: "request"
        case .registration: "registration"
        case .bindings: "bindings"
        case .notice: nil
        }
    }
}
