import SIPCore
import TelephonyPrimitives
import Testing

@testable import SIPNIO

/// T-05: whoever forges a source gets us to send no more to it than he sent himself, whatever is refused and however
/// often an answer is repeated.
@Suite struct AmplificationTests {
    /// What is wrong with a request, each with another refusal.
    enum Refusal: String, CaseIterable, Sendable {
        case none, challenge, extensionRequired, scheme, noSuchDialog, malformed, tooManyCalls, version, session
        case cancelled
    }

    static let methods = [
        "INVITE", "OPTIONS", "REGISTER", "MESSAGE", "SUBSCRIBE", "REFER", "BYE", "INFO", "UPDATE", "NOTIFY", "PUBLISH",
        "PRACK", "CANCEL", "ACK", "NONSENSE",
    ]

    private let stranger = TransportAddress(ip: .v4(0xC000_0263), port: 5060)

    private func request(_ method: String, _ refusal: Refusal) -> [UInt8] {
        var lines = [
            "\(method) \(refusal == .scheme ? "ftp:x" : "sip:1@192.0.2.1") SIP/\(refusal == .version ? "3.0" : "2.0")",
            "Via: SIP/2.0/UDP a;branch=z9hG4bK1", "f: <sip:a@b>;tag=1",
            "t: <sip:a@b>\(refusal == .noSuchDialog ? ";tag=2" : "")", "i: 1",
            "CSeq: \(refusal == .malformed ? "x" : "1") \(method)", "Max-Forwards: 9", "m: <sip:a@192.0.2.99>",
        ]
        if refusal == .extensionRequired { lines.append("Require: a") }
        if refusal == .session { lines += ["k: timer", "x: 9", "Min-SE: 9"] }
        return Array((lines + ["l: 0", "", ""]).joined(separator: "\r\n").utf8)
    }

    private func core(_ refusal: Refusal) -> UserAgentCore {
        var configuration = UserAgentConfiguration(userAgentName: "A rather long name that every answer carries")
        if refusal == .challenge {
            configuration.authentication = DigestServer(
                realm: "a realm with many letters", users: ["a": "b"], secret: Array(repeating: 7, count: 32))
        }
        if refusal == .tooManyCalls { configuration.maxSessions = 0 }
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
        func drain() {
            while let output = core.nextOutput() {
                guard case .transmit(let octets, let flow) = output else { continue }
                if budget?.permits(octets, to: flow.remote.ip) ?? true { sent += octets.count }
            }
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
        for refusal in Refusal.allCases {
            var messages = [request(method, refusal)]
            if refusal == .cancelled { messages.append(request("CANCEL", .none)) }
            // A forger repeats what works.
            messages += messages + messages
            let (sent, received) = exchange(messages, refusal, factor: 1)
            #expect(sent <= received, "\(method) \(refusal)")
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
        var permitted = budget.permits(answer, to: .v4(1))
        #expect(!permitted)
        budget.earned(200, by: .v4(1))
        permitted = budget.permits(answer, to: .v4(1))
        #expect(permitted)
        #expect(budget.withheld == 1)
    }

    @Test func `who was let in, or is called by us, is free; another address is not`() {
        var budget = AnswerBudget(factor: 1, maximumSources: 10)
        let ringing = "SIP/2.0 180 Ringing\r\nCSeq: 1 INVITE\r\n\r\n"
        let refusal = Array("SIP/2.0 404 Not Found\r\n\r\n".utf8)
        let steps: [(String, UInt32, Bool)] = [
            (ringing, 1, true), ("BYE sip:a@b SIP/2.0\r\n\r\n", 2, true),
            ("SIP/2.0 200 OK\r\nCSeq: 1 OPTIONS\r\n\r\n", 3, false),
        ]
        for (message, source, isFree) in steps {
            _ = budget.permits(Array(message.utf8), to: .v4(source))
            let permitted = budget.permits(refusal, to: .v4(source))
            #expect(permitted == isFree)
        }
    }

    @Test func `remembers no more sources than it may`() {
        var budget = AnswerBudget(factor: 3, maximumSources: 100)
        for number in 0..<10_000 { budget.earned(.max / 2_000, by: .v4(UInt32(number))) }
        #expect(budget.count <= 100)
    }
}
