import SIPCore
import SIPNIO
import Telephony
import TelephonyPrimitives
import Testing
import TrunklineConfiguration

@testable import Doctor

/// What the doctor says to what trunks and Telnyx have answered, row by row.
@Suite("The doctor's judgements of the real thing")
struct LiveJudgementTests {
    private static let trunk = Telephony.Trunk(
        TelnyxTrunk(.credentials(Credentials(username: "acme1", password: "planted")), transport: .tcp))

    // MARK: SIP that is rewritten
    private static let ours = TransportAddress(ip: .v4(0xC0A8_0105), port: 5_060)
    private static let theirs = TransportAddress(ip: .v4(0xC04C_780A), port: 5_060)

    private static func message(_ lines: [String], isReceived: Bool) -> TracedMessage {
        TracedMessage(
            time: .zero, isReceived: isReceived,
            octets: Array((lines + ["Content-Length: 0", "", ""]).joined(separator: "\r\n").utf8),
            flow: Flow(protocol: .udp, local: ours, remote: theirs, id: 1))
    }

    private static func exchange(
        via: String = "192.168.1.5:5060;branch=z9hG4bK1;rport=40000;received=198.51.100.4", callID: String = "a@b",
        tag: String = "x", method: String = "REGISTER", contact: String? = "<sip:acme1@192.168.1.5:5060>;expires=3600"
    ) -> [TracedMessage] {
        let sent = [
            "\(method) sip:sip.telnyx.com SIP/2.0", "Via: SIP/2.0/UDP 192.168.1.5:5060;branch=z9hG4bK1;rport",
            "From: <sip:acme1@sip.telnyx.com>;tag=x", "To: <sip:acme1@sip.telnyx.com>", "Call-ID: a@b",
            "CSeq: 1 \(method)", "Contact: <sip:acme1@192.168.1.5:5060>", "Max-Forwards: 70",
        ]
        let received =
            [
                "SIP/2.0 200 OK", "v:SIP/2.0/UDP \(via)", "f:<sip:acme1@sip.telnyx.com>;tag=\(tag)",
                "t:<sip:acme1@sip.telnyx.com>;tag=y", "i:\(callID)", "CSeq: 1 \(method)",
            ] + (contact.map { ["m:\($0)"] } ?? [])
        return [message(sent, isReceived: false), message(received, isReceived: true)]
    }

    static let rewritings: [([TracedMessage], CheckResult.Verdict?, String)] = [
        (exchange(), .fine, "as we wrote it"),
        (exchange(method: "OPTIONS", contact: nil), .fine, "as we wrote it"),
        (
            exchange(via: "198.51.100.4:5060;branch=z9hG4bK1"), .failure,
            "192.168.1.5:5060, and came back as 198.51.100.4"
        ),
        (exchange(via: "192.168.1.5:1024;branch=z9hG4bK1;received=1.2.3.4"), .failure, "came back as 192.168.1.5:1024"),
        (exchange(via: "192.168.1.5:5060;branch=z9hG4bK9;received=1.2.3.4"), .failure, "branch"),
        (exchange(callID: "a@198.51.100.4"), .failure, "Call-ID"), (exchange(tag: "z"), .failure, "tag"),
        (exchange(contact: "<sip:acme1@198.51.100.4:1024>;expires=9"), .warning, "came back as 198.51.100.4:1024"),
        (exchange(contact: "<sip:other@198.51.100.4:1024>, <sip:acme1@192.168.1.5:5060>"), .fine, "as we wrote it"),
        (exchange(via: "192.168.1.5:5060;branch=z9hG4bK1;rport=5060"), .warning, "both ways"),
        ([], nil, ""), (Array(exchange().prefix(1)), nil, ""),
        ([message(["broken"], isReceived: true)], nil, ""),
    ]

    @Test(
        "F-09: SIP that somebody on the way rewrites is told from what comes as we wrote it",
        arguments: rewritings.indices)
    func rewriting(index: Int) throws {
        let (messages, verdict, text) = Self.rewritings[index]
        let result = RewritingCheck("trunk telnyx", who: "sip.telnyx.com", messages).result()
        #expect(result?.verdict == verdict && result?.finding.contains(text) ?? true, "\(String(describing: result))")
        if let result { #expect((result.fix?.contains("SIP ALG") == true) == (result.verdict != .fine)) }
    }

    // MARK: Trunks
    @Test(
        "A trunk's server: there, in trouble, not there",
        arguments: [
            (200, "OK", CheckResult.Verdict.fine, "answers (200 OK)"), (404, "Not Found", .fine, "answers"),
            (503, "No route PE1", .warning, "found no carrier"),
        ])
    func server(status: Int, reason: String, verdict: CheckResult.Verdict, finding: String) {
        let result = TrunkServer.judge(
            Self.trunk, "sip.telnyx.com over tcp", status: status, reason: reason, subject: "trunk telnyx")
        #expect(result.verdict == verdict && result.finding.contains(finding), "\(result)")
        let gone = TrunkServer.judge(
            Self.trunk, "sip.telnyx.com over tcp", unanswered: "sip.telnyx.com: connection refused.",
            subject: "trunk telnyx")
        #expect(gone.finding == "sip.telnyx.com over tcp can't be reached: connection refused.")
        #expect(gone.verdict == .failure && gone.fix?.contains("getent hosts sip.telnyx.com") == true)
    }

    @Test(
        "A trunk's server that can't be reached: the fix is that of the reason",
        arguments: [
            ("the peer's certificate has expired", "has to renew it"),
            ("the peer's certificate is not valid yet", "clock is off"),
            ("the peer's certificate was issued by X, which no trusted root vouches for", "tls.trust"),
            ("the peer's certificate is not for 127.0.0.1 but for sip.telnyx.com (RFC 5922 §7)", "Write host:"),
            ("sip.telnyx.com could not be looked up, no DNS server answered in time", "those of dns:"),
            ("connection refused", "getent hosts sip.telnyx.com"),
        ])
    func unreachable(reason: String, fix: String) {
        let result = TrunkServer.judge(
            Self.trunk, "sip.telnyx.com over tls", unanswered: reason, subject: "trunk telnyx")
        #expect(result.verdict == .failure && result.finding.contains(reason), "\(result)")
        #expect(result.fix?.contains(fix) == true, "\(result)")
    }

    private static func refusal(_ status: Int?, _ reason: String) throws -> RegistrationFailure {
        guard let status else { return RegistrationFailure(reason: reason) }
        let text = "SIP/2.0 \(status) \(reason)\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n"
        guard case .response(let response) = try Message(parsing: Array(text.utf8)) else {
            throw ParseError(offset: 0, section: "test", message: "no response")
        }
        return RegistrationFailure(status: status, reason: reason, response: response)
    }

    @Test(
        "A registration: each refusal has its sentence, of the carrier's code where there is one",
        arguments: [
            (403, "Authentication failed R17", "user name or the password", "Write `username`"),
            (403, "Several contacts R47", "several Contacts", "directly"),
            (403, "Forbidden", "refuses user name or password", "Compare username"),
            (401, "Unauthorized", "refuses user name or password", "Compare username"),
            (503, "Busy", "503 Busy", "status page"),
            (nil, "sip.telnyx.com: no route", "could not be registered: no route.", "firewalls"),
        ] as [(Int?, String, String, String)])
    func registration(status: Int?, reason: String, finding: String, fix: String) throws {
        let check = LiveTrunkCheck(Configuration(), Self.trunk, isServing: false)
        let result = check.judge(.failed(try Self.refusal(status, reason)), user: "acme1")
        #expect(result.verdict == .failure && result.finding.contains(finding), "\(result)")
        #expect(result.fix?.contains(fix) == true && !result.text.contains("planted"), "\(result)")
    }

    @Test("A registration that came up and could not be removed is said, as is one that nobody answers")
    func registrationEnds() {
        let check = LiveTrunkCheck(Configuration(), Self.trunk, isServing: false)
        #expect(check.judge(.registered(.seconds(118), isRemoved: true), user: "acme1").verdict == .fine)
        let left = check.judge(.registered(.seconds(118), isRemoved: false), user: "acme1")
        #expect(left.verdict == .warning && left.fix?.contains("118 s") == true)
        #expect(check.judge(.silent, user: "acme1").verdict == .failure)
    }

    @Test("Beside a server of ours nothing is registered, for it would lose its calls")
    func serving() async throws {
        var settings = Configuration()
        settings.listen = [try ListenSpec("udp:127.0.0.1:5060")]
        var trunk = Telephony.Trunk(name: "here", host: "127.0.0.1", port: 9, transport: .tcp)
        trunk.register(Credentials(username: "acme1", password: "planted"))
        let (results, _) = await LiveTrunkCheck(settings, trunk, isServing: true).look()
        #expect(
            results.contains { $0.verdict == .unknown && $0.finding.contains("would lose its calls") }, "\(results)")
    }

    @Test("The servers of a name are found by the records that there are, and one alone is a warning")
    func names() async throws {
        let names = try await ServerNames.find(
            FlowTarget(host: "sip.example.com", transport: .tcp), transports: [.tcp],
            resolver: PinnedResolver(server: LocatedServer(transport: .tcp, address: Self.theirs, name: "x")))
        #expect(names.servers.map(\.address) == [Self.theirs] && names.records == ["A"])
        let one = names.result("trunk telnyx", host: "sip.example.com")
        #expect(one.verdict == .warning && one.finding.contains("one server alone, tcp:192.76.120.10:5060 (by A)"))
        let none = ServerNames.result("trunk telnyx", .notFound(host: "sip.example.com", lookedFor: []))
        #expect(none.verdict == .failure && none.finding.contains("has no address"))
    }

    // MARK: The call
    @Test("A call: not up, silent, elsewhere, echoed")
    func call() throws {
        let number = try #require(TelephoneNumber("+12025550131"))
        var question = TestCallQuestion(number: number, configuration: EndpointConfiguration(listen: []))
        question.configuration.trunks = [Self.trunk]
        let test = TestCall(question, isServing: false)
        var outcome = TestCall.Outcome()
        outcome.failure = ("403 No outbound voice profile D38. None is attached.", "Attach one.")
        let refused = test.judge(outcome, own: false)
        #expect(refused.verdict == .failure && refused.finding.contains("D38") && refused.fix == "Attach one.")
        outcome = TestCall.Outcome()
        outcome.isAnswered = true
        outcome.codec = "PCMU"
        #expect(test.judge(outcome, own: false).finding.contains("no sound came"))
        outcome.packetsReceived = 100
        #expect(test.judge(outcome, own: false).verdict == .fine)
        #expect(test.judge(outcome, own: true).verdict == .failure)
        outcome.comesHere = true
        outcome.echoes = 3
        #expect(test.judge(outcome, own: true).finding.contains("answered (PCMU) here, and our sound came back"))
    }

    // MARK: Call Control
    @Test(
        "A webhook URL: refuses what is not signed, takes it, is wrong, is in trouble, is gone",
        arguments: [
            (CallControlCheck.WebhookAnswer.status(401), CheckResult.Verdict.fine, "refuses what is not signed (401)"),
            (.status(200), .warning, "nobody has signed"), (.status(404), .failure, "nothing at its path"),
            (.status(301), .warning, "sends elsewhere"), (.status(502), .failure, "in trouble (502)"),
            (.none(reason: "Connection refused"), .failure, "from here: Connection refused."),
        ])
    func webhooks(answer: CallControlCheck.WebhookAnswer, verdict: CheckResult.Verdict, finding: String) {
        let result = CallControlCheck.judge(webhook: "https://agent.example/telnyx", answer)
        #expect(result.verdict == verdict && result.finding.contains(finding), "\(result)")
        #expect((result.fix == nil) == (verdict == .fine))
    }
}
