import SIPCore
import TelephonyPrimitives
import Testing

@testable import SIPNIO

/// T-05: whoever forges a source gets us to send no more to it than he sent himself, whatever is refused and however
/// often an answer is repeated.
@Suite(.tags(.threat)) struct AmplificationTests {
    /// What is wrong with a request, each with another refusal.
    enum Refusal: String, CaseIterable, Sendable {
        case none, challenge, extensionRequired, scheme, noSuchDialog, malformed, tooManyCalls, version, session
        case cancelled, registrar, busy, body, overload, merged
        /// What the application takes, of whoever it may come from.
        case letIn
    }

    static let methods = [
        "INVITE", "OPTIONS", "REGISTER", "MESSAGE", "SUBSCRIBE", "REFER", "BYE", "INFO", "UPDATE", "NOTIFY", "PUBLISH",
        "PRACK", "CANCEL", "ACK", "NONSENSE",
    ]

    private static let answer = Body(contentType: "application/sdp", octets: Array(repeating: 0x61, count: 600))

    private let stranger = TransportAddress(ip: .v4(0xC000_0263), port: 5060)

    private func request(_ method: String, _ refusal: Refusal) -> [UInt8] {
        var lines = [
            "\(method) \(refusal == .scheme ? "ftp:x" : "sip:1@192.0.2.1") SIP/\(refusal == .version ? "3.0" : "2.0")",
            "Via: SIP/2.0/UDP a;branch=z9hG4bK1", "f: <sip:a@b>;tag=1",
            "t: <sip:a@b>\(refusal == .noSuchDialog ? ";tag=2" : "")", "i: 1",
            "CSeq: \(refusal == .malformed ? "x" : "1") \(method)", "Max-Forwards: 9", "m: <sip:a@192.0.2.99>",
        ]
        if refusal == .extensionRequired { lines.append("Require: a") }
        if refusal == .body { lines.append("c: a/b") }
        if refusal == .letIn { lines += ["o: presence", "r: <sip:c@d>", "k: 100rel"] }
        if refusal == .session { lines += ["k: timer", "x: 9", "Min-SE: 9"] }
        let body = refusal == .body ? "x" : ""
        return Array((lines + ["l: \(body.utf8.count)", "", body]).joined(separator: "\r\n").utf8)
    }

    private func core(_ refusal: Refusal) -> UserAgentCore {
        var configuration = UserAgentConfiguration(userAgentName: "A rather long name that every answer carries")
        if refusal == .challenge {
            configuration.authentication = DigestServer(
                realm: "a realm with many letters", users: ["a": "b"], secret: Array(repeating: 7, count: 32))
        }
        if refusal == .tooManyCalls { configuration.maxSessions = 0 }
        if refusal == .registrar { configuration.registrar = Registrar(domains: ["192.0.2.1"]) }
        if refusal == .letIn {
            configuration.notifiedPackages = ["presence"]
            configuration.servesRefer = true
            configuration.handedUpMethods = [.message]
            configuration.reliableProvisionals = .whenSupported
        }
        return UserAgentCore(configuration: configuration, random: SystemRandomNumberGenerator())
    }

    /// Octets to the stranger and from him, until nothing happens any more.
    private func exchange(_ messages: [[UInt8]], _ refusal: Refusal, factor: Int?) -> (sent: Int, received: Int) {
        var core = core(refusal)
        var budget = factor.map { AnswerBudget(factor: $0, maximumSources: 100) }
        let flow = Flow(
            protocol: .udp, local: TransportAddress(ip: .v4(0xC000_0201), port: 5060), remote: stranger, id: 1)
        var now = Instant.zero
        var (sent, received) = (0, 0)
        func react(to event: UserAgentCore.Event) {
            switch event {
            case .incoming(let id, _, _) where refusal == .letIn:
                core.receive(.command(.ring(id)), now: now)
                core.receive(.command(.answer(id, body: Self.answer)), now: now)
            case .incoming(let id, _, _) where refusal == .busy:
                core.receive(.command(.reject(id, status: 486)), now: now)
            case .subscription(let id, _), .refer(let id, _, _):
                core.receive(.command(.acceptSubscription(id, body: nil)), now: now)
            case .request(let id, _, _, _):
                core.receive(.command(.respond(id, status: 200)), now: now)
            default: break
            }
        }
        func drain() {
            while let output = core.nextOutput() {
                switch output {
                case .transmit(let octets, let flow):
                    let isKnown = !core.isStranger(flow.remote.ip)
                    if budget?.permits(octets, to: flow.remote.ip, isKnown: isKnown) ?? true { sent += octets.count }
                case .openFlow(let request, _): core.receive(.flowOpened(request, flow), now: now)
                case .event(let event): react(to: event)
                case .closeFlow: break
                }
            }
        }
        if refusal == .overload {
            core.receive(.overload(Overload(reason: "busy", retryAfter: .seconds(10))), now: now)
        }
        for message in messages {
            received += message.count
            budget?.earned(message.count, by: stranger.ip)
            core.receive(.datagram(message, flow), now: now)
            drain()
        }
        while let deadline = core.deadline, deadline < .zero + .seconds(200) {
            now = deadline
            core.receive(.wake, now: now)
            drain()
        }
        return (sent, received)
    }

    @Test(arguments: methods)
    func `T-05: for every method and refusal a stranger gets at most what he sent`(_ method: String) {
        for refusal in Refusal.allCases where refusal != .letIn {
            var messages = [request(method, refusal)]
            if refusal == .cancelled { messages.append(request("CANCEL", .none)) }
            if refusal == .merged {
                messages.append(Array(String(decoding: messages[0], as: UTF8.self).replacing("bK1", with: "bK2").utf8))
            }
            // A forger repeats what works.
            messages += messages + messages
            let (sent, received) = exchange(messages, refusal, factor: 1)
            #expect(sent <= received, "\(method) \(refusal)")
        }
    }

    @Test(arguments: methods)
    func `T-05: whom the application lets in unproven gets at most eight for one, repeated answers included`(
        _ method: String
    ) {
        for copies in [1, 3] {
            let messages = Array(repeating: request(method, .letIn), count: copies)
            let (sent, received) = exchange(messages, .letIn, factor: 1)
            #expect(sent <= 8 * received, "\(method)")
        }
    }

    @Test func `T-05: without the budget a forger would gain`() {
        let (sent, received) = exchange([request("INVITE", .challenge)], .challenge, factor: nil)
        #expect(sent > 5 * received)
    }

    @Test func `a peer that is really there gets its answer when it asks again`() {
        var budget = AnswerBudget(factor: 1, maximumSources: 10)
        let answer = Array("SIP/2.0 401 Unauthorized\r\n".utf8) + Array(repeating: 0x20, count: 300)
        budget.earned(200, by: .v4(1))
        var permitted = budget.permits(answer, to: .v4(1), isKnown: false)
        #expect(!permitted)
        budget.earned(200, by: .v4(1))
        permitted = budget.permits(answer, to: .v4(1), isKnown: false)
        #expect(permitted)
        #expect(budget.withheld == 1)
    }

    @Test func `whom we call, or who has shown to be there, is free; whom we let in has eight for one`() {
        let outside = "OPTIONS sip:a@b SIP/2.0\r\nTo: <sip:a@b>\r\n\r\n"
        let inside = "BYE sip:a@b SIP/2.0\r\nTo: <sip:a@b>;tag=1\r\n\r\n"
        let ringing = "SIP/2.0 180 Ringing\r\nCSeq: 1 INVITE\r\n\r\n"
        let answer = "SIP/2.0 200 OK\r\nCSeq: 1 OPTIONS\r\n\r\n"
        // The message, whether its source is known, and for how many octets it stands then: 300 were received.
        let steps: [(String, Bool, Int)] = [
            (outside, false, .max), (inside, false, 300), (ringing, false, 2_400), (answer, false, 300),
            (answer, true, .max),
        ]
        for (number, (message, isKnown, octets)) in steps.enumerated() {
            let source = IPAddress.v4(UInt32(number))
            var budget = AnswerBudget(factor: 1, maximumSources: 10)
            budget.earned(300, by: source)
            var sent = 0
            while sent < 4_000, budget.permits(Array(message.utf8), to: source, isKnown: isKnown) {
                sent += message.utf8.count
            }
            #expect(octets == .max ? sent >= 4_000 : sent <= octets && sent > octets - 100, "\(message)")
        }
    }

    @Test func `what was paid for does not come back, and what is saved has an end`() {
        var budget = AnswerBudget(factor: 3, maximumSources: 10)
        var (earned, spent) = (0, 0)
        for round in 0..<1_000 {
            budget.earned(100, by: .v4(1))
            earned += 300
            for _ in 0..<(round % 7) where budget.spend(170, to: .v4(1)) { spent += 170 }
            #expect(spent <= earned)
        }
        #expect(spent > earned - 2_000)
        for _ in 0..<10_000 { budget.earned(60_000, by: .v4(2)) }
        spent = 0
        while budget.spend(10_000, to: .v4(2)) { spent += 10_000 }
        #expect(spent <= 3 * 2 * 65_536)
    }

    @Test func `remembers no more sources than it may`() {
        var budget = AnswerBudget(factor: 3, maximumSources: 100)
        for number in 0..<10_000 { budget.earned(.max / 2_000, by: .v4(UInt32(number))) }
        #expect(budget.count <= 100)
    }
}
