import SIPCore
import Sandbox
import TelephonyPrimitives
import Testing

/// What the agent and a telephone say to the carrier.
extension Desk {
    static let agentContact = "sip:agent@192.0.2.10:5060"
    static let phoneContact = "sip:mobile-0x1@192.0.2.20:5062"

    static func wire(of user: String) -> SandboxWire { user == "agent" ? agentWire : phoneWire }

    // MARK: Registration

    static func register(
        _ user: String, call: String = "reg", sequence: Int, contact: String? = nil, host: String = "sip.telnyx.com",
        tag: String = "", more: String = ""
    ) -> String {
        let contact = contact ?? "<\(user == "agent" ? agentContact : phoneContact)>;expires=3600"
        let wire = wire(of: user)
        return """
            REGISTER sip:\(host) SIP/2.0
            Via: SIP/2.0/UDP \(wire.remote);branch=z9hG4bKreg\(user)\(call)\(sequence);rport
            Max-Forwards: 70
            From: <sip:\(user)@\(host)>;tag=reg\(user)
            To: <sip:\(user)@\(host)>\(tag)
            Call-ID: \(call)\(user)
            CSeq: \(sequence) REGISTER
            \(contact.isEmpty ? "" : "Contact: \(contact)\n")\(more)Content-Length: 0


            """
    }

    /// Registers with the right password.
    ///
    /// - Returns: the last answer.
    @discardableResult
    mutating func register(
        _ user: String, call: String = "reg", contact: String? = nil, from wire: SandboxWire? = nil
    ) -> Response? {
        let wire = wire ?? Desk.wire(of: user)
        let first = hear(Desk.register(user, call: call, sequence: 1, contact: contact), from: wire).final
        guard let challenge = first?.first(.wwwAuthenticate) else { return first }
        let proof = Digest.answer(
            challenge, user: user, password: user == "agent" ? "sandbox-agent" : "sandbox-mobile", method: "REGISTER",
            uri: "sip:sip.telnyx.com")
        return hear(
            Desk.register(user, call: call, sequence: 2, contact: contact, more: "Authorization: \(proof)\n"),
            from: wire
        ).final
    }

    // MARK: Calls

    static func offer(
        codecs: [(Int, String)] = [(0, "PCMU/8000"), (8, "PCMA/8000"), (101, "telephone-event/8000")],
        host: String = "192.0.2.10", port: Int = 30_000, transport: String = "RTP/AVP", direction: String = "sendrecv"
    ) -> String {
        let family = host.contains(":") ? "IP6" : "IP4"
        return """
            v=0
            o=- 1 1 IN \(family) \(host)
            s=-
            c=IN \(family) \(host)
            t=0 0
            m=audio \(port) \(transport) \(codecs.map { "\($0.0)" }.joined(separator: " "))
            \(codecs.map { "a=rtpmap:\($0.0) \($0.1)" }.joined(separator: "\n"))
            a=\(direction)

            """
    }

    /// An INVITE of the agent, or of a telephone.
    static func invite(
        _ number: String, by user: String = "agent", call: String = "out", sequence: Int = 1,
        from: String = "+12025550131", contact: String? = nil, more: String = "", body: String = offer(),
        wire: SandboxWire? = nil
    ) -> String {
        let wire = wire ?? self.wire(of: user)
        let contact = contact ?? (user == "agent" ? "sip:trunkline@192.0.2.10:5060" : "sip:caller@192.0.2.20:5062")
        let octets = body.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8.count
        return """
            INVITE sip:\(number)@sip.telnyx.com SIP/2.0
            Via: SIP/2.0/\(wire.transport.viaName) \(wire.remote);branch=z9hG4bK\(user)\(call)\(sequence);rport
            Max-Forwards: 70
            From: <sip:\(from)@sip.telnyx.com>;tag=tag\(call)
            To: <sip:\(number)@sip.telnyx.com>
            Call-ID: \(call)
            CSeq: \(sequence) INVITE
            Contact: <\(contact)>
            Allow: INVITE, ACK, BYE, CANCEL, UPDATE
            Supported: timer
            \(more)Content-Type: application/sdp
            Content-Length: \(octets)

            \(body)
            """
    }

    /// Calls with the right password: INVITE, 407, ACK, INVITE.
    ///
    /// - Returns: what the carrier has sent after the second INVITE.
    @discardableResult
    mutating func call(
        _ number: String, by user: String = "agent", call: String = "out", from: String = "+12025550131",
        more: String = "", body: String = Desk.offer(), wire: SandboxWire? = nil
    ) -> [Message] {
        let wire = wire ?? Desk.wire(of: user)
        let first = hear(
            Desk.invite(number, by: user, call: call, from: from, more: more, body: body, wire: wire), from: wire)
        guard let refused = first.final, let challenge = refused.first(.proxyAuthenticate) else { return first }
        hear(Desk.acknowledgement(of: refused, number, by: user, call: call, wire: wire), from: wire)
        let proof = Digest.answer(
            challenge, user: user, password: user == "agent" ? "sandbox-agent" : "sandbox-mobile", method: "INVITE",
            uri: "sip:\(number)@sip.telnyx.com")
        return hear(
            Desk.invite(
                number, by: user, call: call, sequence: 2, from: from,
                more: more + "Proxy-Authorization: \(proof)\n", body: body, wire: wire), from: wire)
    }

    /// The ACK of a refusal.
    private static func acknowledgement(
        of response: Response, _ number: String, by user: String, call: String, wire: SandboxWire
    ) -> String {
        """
        ACK sip:\(number)@sip.telnyx.com SIP/2.0
        Via: SIP/2.0/\(wire.transport.viaName) \(wire.remote);branch=z9hG4bK\(user)\(call)1;rport
        Max-Forwards: 70
        From: \(response.first(.from) ?? "")
        To: \(response.first(.to) ?? "")
        Call-ID: \(call)
        CSeq: 1 ACK
        Content-Length: 0


        """
    }

    /// A request of the caller in the dialog that a 2xx has made, by the way that the 2xx says.
    ///
    /// - Parameters:
    ///   - uri: in place of the Contact.
    ///   - routes: in place of those of Record-Route.
    static func request(
        _ method: String, after answer: Response, sequence: Int, from wire: SandboxWire = Desk.agentWire,
        uri: String? = nil, routes: [String]? = nil, more: String = "", body: String = ""
    ) -> String {
        let target = uri ?? answer.first(.contact).map { String($0.dropFirst().dropLast()) } ?? ""
        let way = routes ?? answer.values(of: .recordRoute).reversed()
        return inDialog(
            method, target, way, from: answer.first(.from) ?? "", to: answer.first(.to) ?? "",
            call: answer.first(.callID) ?? "", sequence: sequence, wire: wire, more: more, body: body)
    }

    /// A request of whoever was called, in the dialog of an INVITE that it has answered.
    static func request(
        _ method: String, in invite: Request, sequence: Int, from wire: SandboxWire, more: String = "",
        body: String = ""
    ) -> String {
        inDialog(
            method, String((invite.first(.contact) ?? "").dropFirst().dropLast()), invite.values(of: .recordRoute),
            from: "\(invite.first(.to) ?? "");tag=callee", to: invite.first(.from) ?? "",
            call: invite.first(.callID) ?? "", sequence: sequence, wire: wire, more: more, body: body)
    }

    private static func inDialog(
        _ method: String, _ target: String, _ routes: [String], from: String, to: String, call: String, sequence: Int,
        wire: SandboxWire, more: String, body: String
    ) -> String {
        let octets = body.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8.count
        return """
            \(method) \(target) SIP/2.0
            Via: SIP/2.0/\(wire.transport.viaName) \(wire.remote);branch=z9hG4bK\(method)\(sequence)\(call);rport
            Max-Forwards: 70
            \(routes.map { "Route: \($0)\n" }.joined())From: \(from)
            To: \(to)
            Call-ID: \(call)
            CSeq: \(sequence) \(method)
            Contact: <sip:there@\(wire.remote)>
            \(more)\(body.isEmpty ? "" : "Content-Type: application/sdp\n")Content-Length: \(octets)

            \(body)
            """
    }

    /// What whoever was called answers to an INVITE or another request.
    static func answer(
        _ status: Int, to request: Request, from wire: SandboxWire, more: String = "", body: String = ""
    ) -> String {
        let octets = body.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8.count
        let to = request.first(.to) ?? ""
        return """
            SIP/2.0 \(status) Because
            \(request.values(of: .via).map { "Via: \($0)\n" }.joined())\
            \(request.values(of: .recordRoute).map { "Record-Route: \($0)\n" }.joined())\
            From: \(request.first(.from) ?? "")
            To: \(to)\(to.contains("tag=") || status == 100 ? "" : ";tag=callee")
            Call-ID: \(request.first(.callID) ?? "")
            CSeq: \(request.first(.cseq) ?? "")
            Contact: <sip:there@\(wire.remote)>
            Allow: INVITE, ACK, BYE, CANCEL, UPDATE
            \(more)\(body.isEmpty ? "" : "Content-Type: application/sdp\n")Content-Length: \(octets)

            \(body)
            """
    }

    /// The agent and a telephone are registered, and the telephone calls the agent's number.
    ///
    /// - Returns: the INVITE that comes to the agent.
    mutating func phoneCalls(body: String = Desk.offer(host: "192.0.2.20", port: 31_000), more: String = "") -> Request?
    {
        register("agent")
        register("mobile")
        call("+12025550131", by: "mobile", call: "in", from: "whoever", more: more, body: body)
        return request(.invite, to: Desk.agentWire)
    }

    /// The same, answered and acknowledged.
    ///
    /// - Returns: the INVITE to the agent, and the answer that the telephone has got.
    mutating func phoneTalks() -> (invite: Request, answer: Response)? {
        guard let invite = phoneCalls() else { return nil }
        hear(Desk.answer(200, to: invite, from: Desk.agentWire, body: Desk.offer()), from: Desk.agentWire)
        guard let answer = response(to: Desk.phoneWire), answer.status == 200 else { return nil }
        hear(Desk.request("ACK", after: answer, sequence: 2, from: Desk.phoneWire), from: Desk.phoneWire)
        return (invite, answer)
    }

    /// The agent calls the number that returns what it hears, and has an answer that it has not acknowledged.
    mutating func agentIsAnswered() -> Response? {
        call("+12025550101")
        pass(.milliseconds(1_300))
        guard let answer = response(to: Desk.agentWire), answer.status == 200 else { return nil }
        return answer
    }
}
