import SIPCore
import TelephonyPrimitives

@testable import SIPNIO
@testable import Telephony

/// One user agent and whoever it speaks with, in virtual time, with a journal of each call: for calls that learn something
/// outside of themselves, or are about another one.
struct JournalledLine {
    private var journal: SignallingJournal
    private var core: UserAgentCore
    private(set) var now = Recordings.start
    /// What it sent, in order.
    private(set) var sent: [Message] = []
    /// Sessions in the order in which they came up, and the journals of their calls.
    private(set) var sessions: [SessionID] = []
    private(set) var journals: [KeptJournal] = []
    private(set) var events: [UserAgentCore.Event] = []
    /// Whether a connection for what is too long for UDP can be made.
    private let takesStreams: Bool
    private let flow = Flow(
        protocol: .udp, local: TransportAddress(ip: .loopbackV4, port: 5_060),
        remote: TransportAddress(ip: .v4(0xC000_0205), port: 5_062), id: 1)

    init(_ configuration: UserAgentConfiguration = UserAgentConfiguration(), takesStreams: Bool = true) {
        self.takesStreams = takesStreams
        journal = SignallingJournal(mask: { MessageSecrets.masked($0) })
        core = UserAgentCore(configuration: configuration, random: NotedChance(journal.draws))
        core.notesJudgements = true
    }

    // MARK: What happens

    mutating func pass(_ duration: Duration) {
        let end = now + duration
        while let deadline = core.deadline, deadline <= end {
            now = max(now, deadline)
            give(.wake)
        }
        now = end
    }

    mutating func makeRegistrationID() -> RegistrationID { core.makeRegistrationID() }

    mutating func perform(_ command: UserAgentCore.Command) { give(.command(command)) }

    /// Places a call and keeps its journal.
    mutating func place(_ invite: OutgoingInvite) -> SessionID {
        let id = core.makeSessionID()
        journal.give(.command(.invite(id, invite)), to: &core, now: now)
        keep(id)
        drain()
        return id
    }

    mutating func receive(_ text: String) { give(.datagram(Array(text.utf8), flow)) }

    /// A response to the last request of a method that was sent.
    ///
    /// - Parameter further: header fields, each with its line end.
    mutating func answer(_ status: String, _ method: Method, _ further: String = "", body: String = "") {
        guard case .request(let request)? = sent.last(where: { $0.isRequest(method) }) else { return }
        receive(Self.response(status, to: request, further, body: body))
    }

    static func response(_ status: String, to request: Request, _ further: String, body: String = "") -> String {
        let kept = String(decoding: request.octets, as: UTF8.self).split(separator: "\r\n").filter { line in
            ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].contains { line.hasPrefix($0) }
        }.map { $0.hasPrefix("To:") && !$0.contains(";tag=") ? "\($0);tag=theirs" : "\($0)" }
        let type = body.isEmpty ? "" : "Content-Type: application/sdp\r\n"
        return "SIP/2.0 \(status)\r\n\(kept.joined(separator: "\r\n"))\r\nContact: <sip:bob@192.0.2.5:5062>\r\n"
            + "\(further)\(type)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    // MARK: What came of it

    /// The text of the last request of a method, or of the last response with a status.
    func last(_ method: Method) -> String { text { $0.isRequest(method) } }

    func last(status: Int) -> String {
        text { if case .response(let response) = $0 { response.status == status } else { false } }
    }

    private func text(_ isWanted: (Message) -> Bool) -> String {
        switch sent.last(where: isWanted) {
        case .request(let request)?: String(decoding: request.octets, as: UTF8.self)
        case .response(let response)?: String(decoding: response.octets, as: UTF8.self)
        case nil: ""
        }
    }

    mutating func end() {
        pass(.seconds(200))
        for journal in journals { journal.end() }
    }

    private mutating func give(_ input: UserAgentCore.Input) {
        journal.give(input, to: &core, now: now)
        drain()
    }

    private mutating func keep(_ id: SessionID) {
        guard let callID = core.callID(of: id)?.text else { return }
        let kept = KeptJournal(of: callID)
        journal.bind(callID, to: kept, core)
        sessions.append(id)
        journals.append(kept)
    }

    private mutating func drain() {
        while let output = journal.nextOutput(of: &core, now: now) {
            switch output {
            case .transmit(let octets, _): if let message = try? Message(parsing: octets) { sent.append(message) }
            case .openFlow(let request, let target):
                if target.transport != .tcp {
                    journal.give(.flowOpened(request, flow), to: &core, now: now)
                } else if takesStreams {
                    let stream = Flow(protocol: .tcp, local: flow.local, remote: flow.remote, id: 2)
                    journal.give(.flowOpened(request, stream), to: &core, now: now)
                } else {
                    journal.give(.flowFailed(request, reason: "refused"), to: &core, now: now)
                }
            case .event(let event):
                events.append(event)
                if case .incoming(let id, _, _) = event { keep(id) }
            case .closeFlow: break
            }
        }
    }
}

extension Message {
    fileprivate func isRequest(_ method: Method) -> Bool {
        if case .request(let request) = self { request.method == method } else { false }
    }
}
