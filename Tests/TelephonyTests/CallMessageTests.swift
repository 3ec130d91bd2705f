import RTPMedia
import SIPCore
import SIPNIO
import Synchronization
import TelephonyPrimitives
import Testing

@testable import Telephony

/// Which call a SIP message belongs to.
struct CallMessageLedgerTests {
    /// What was told, in order: the call and the start line.
    private final class Told: Sendable {
        let lines = Mutex<[String]>([])

        func ledger() -> CallMessageLedger {
            CallMessageLedger { message, call in
                let line = String(decoding: message.octets, as: UTF8.self).prefix { $0 != "\r\n" }
                self.lines.withLock {
                    $0.append("\(call) \(line.split(separator: " ").prefix(2).joined(separator: " "))")
                }
            }
        }
    }

    private static func message(
        _ line: String, _ callID: String, _ method: String = "INVITE", toTag: String? = nil, at seconds: Int = 0
    ) throws -> TracedMessage {
        let address = try #require(TransportAddress(host: "192.0.2.1", port: 5060))
        let text = """
            \(line)\r
            Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1\r
            From: <sip:a@example.com>;tag=1\r
            To: <sip:b@example.com>\(toTag.map { ";tag=\($0)" } ?? "")\r
            Call-ID: \(callID)\r
            CSeq: 1 \(method)\r
            Content-Length: 0\r
            \r

            """
        return TracedMessage(
            time: Instant(nanoseconds: Int64(seconds) * 1_000_000_000), isReceived: true, octets: Array(text.utf8),
            flow: Flow(protocol: .udp, local: address, remote: address, id: 1))
    }

    private static let invite = "INVITE sip:b@example.com SIP/2.0"
    private static let call = CallIdentifier("c1")

    @Test func `what comes before the call exists waits for it, challenges included`() throws {
        let told = Told()
        let ledger = told.ledger()
        try ledger.take(Self.message(Self.invite, "x"))
        try ledger.take(Self.message("SIP/2.0 401 Unauthorized", "x"))
        try ledger.take(Self.message("ACK sip:b@example.com SIP/2.0", "x", "ACK", toTag: "2"))
        try ledger.take(Self.message(Self.invite, "other"))
        ledger.bind("x", to: Self.call)
        try ledger.take(Self.message("SIP/2.0 180 Ringing", "x"))
        #expect(
            told.lines.withLock { $0 } == [
                "c1 INVITE sip:b@example.com", "c1 SIP/2.0 401", "c1 ACK sip:b@example.com", "c1 SIP/2.0 180",
            ])
        #expect(ledger.counts == (1, 1))
    }

    @Test(arguments: [
        ("REGISTER sip:example.com SIP/2.0", "REGISTER"), ("OPTIONS sip:b@example.com SIP/2.0", "OPTIONS"),
        ("SIP/2.0 200 OK", "OPTIONS"), ("BYE sip:b@example.com SIP/2.0", "BYE"),
    ]) func `what is of no call is kept nowhere`(_ line: String, _ method: String) throws {
        let told = Told()
        let ledger = told.ledger()
        try ledger.take(Self.message(line, "x", method))
        #expect(ledger.counts == (0, 0))
        ledger.bind("x", to: Self.call)
        #expect(told.lines.withLock { $0 }.isEmpty)
    }

    @Test func `a message belongs to its call for a while after the end, and then the call is forgotten`() throws {
        let told = Told()
        let ledger = told.ledger()
        ledger.bind("x", to: Self.call)
        ledger.ended(Self.call, now: .zero)
        try ledger.take(Self.message("SIP/2.0 200 OK", "x", "BYE", at: 39))
        #expect(told.lines.withLock { $0 }.count == 1)
        try ledger.take(Self.message("SIP/2.0 200 OK", "x", "BYE", at: 41))
        #expect(told.lines.withLock { $0 }.count == 1)
        #expect(ledger.counts == (0, 0))
    }

    @Test func `a call of ours that comes back to us has its messages in both records`() throws {
        let told = Told()
        let ledger = told.ledger()
        for number in 1...6 { ledger.bind("x", to: CallIdentifier("c\(number)")) }
        try ledger.take(Self.message("SIP/2.0 180 Ringing", "x"))
        #expect(told.lines.withLock { $0 } == (1...4).map { "c\($0) SIP/2.0 180" })
    }

    @Test func `a flood of INVITEs that become no call takes bounded space`() throws {
        let ledger = Told().ledger()
        for number in 0..<1_000 { try ledger.take(Self.message(Self.invite, "x\(number)")) }
        for _ in 0..<1_000 { try ledger.take(Self.message(Self.invite, "x999")) }
        let bound = CallMessageLedger.maximumWaitingCalls + CallMessageLedger.maximumWaitingMessages
        #expect(ledger.counts.waiting < bound)
    }

    @Test(.bounded) func `both ends of a call are told every message of it, from the INVITE to the answer to the BYE`()
        async throws
    {
        let (called, calling) = (Record(), Record())
        try await withEndpoint {
            $0.authentication = EndpointAuthentication(realm: "r", users: ["ada": "open sesame"])
            $0.onCallMessage = { called.take($0, $1) }
        } handler: { invitation in
            // The call began with its second INVITE, the one with credentials.
            #expect(called.hasInvite(at: invitation.began))
            try await invitation.answer { call in try await call.echo() }
        } body: { callee in
            try await withEndpoint {
                $0.onCallMessage = { calling.take($0, $1) }
            } body: { caller in
                var outgoing = try OutgoingCall(to: callee.uri())
                outgoing.credentials = Credentials(username: "ada", password: "open sesame")
                try await caller.call(outgoing) { _ in }
                try await caller.becomesIdle()
                try await callee.becomesIdle()
            }
        }
        for side in [called, calling] {
            let told = side.messages.withLock { $0 }
            #expect(Set(told.map(\.call)).count == 1)
            #expect(told.map(\.message.time) == told.map(\.message.time).sorted())
            let lines = told.compactMap { MessageOutline($0.message.octets) }
            #expect(
                lines.map { $0.status.map(String.init) ?? $0.method }.filter { $0 != "100" } == [
                    "INVITE", "401", "ACK", "INVITE", "200", "ACK", "BYE", "200",
                ])
            #expect(lines.filter(\.hasCredentials).count >= 1)
            #expect(!told.contains { String(decoding: $0.message.octets, as: UTF8.self).contains("response=\"a") })
        }
    }

    private final class Record: Sendable {
        let messages = Mutex<[(call: CallIdentifier, message: CallMessage)]>([])

        func take(_ message: CallMessage, _ call: CallIdentifier) {
            messages.withLock { $0.append((call, message)) }
        }

        /// Whether an INVITE with credentials came then.
        func hasInvite(at time: Instant) -> Bool {
            let all = messages.withLock { $0 }
            for (_, message) in all where message.time == time {
                if let outline = MessageOutline(message.octets), outline.method == "INVITE" {
                    return outline.hasCredentials
                }
            }
            return false
        }
    }
}

/// What is told of a message.
struct MessageOutlineTests {
    @Test func `an offer is told with its address, codecs and direction`() throws {
        let text = """
            INVITE sip:desk@example.com SIP/2.0\r
            To: <sip:desk@example.com>\r
            CSeq: 7 INVITE\r
            User-Agent: phone\r
            Subject: nothing\r
            Session-Expires: 1800\r
            Content-Type: application/sdp\r
            \r
            v=0\r
            o=- 1 1 IN IP4 10.0.0.5\r
            s=-\r
            c=IN IP4 10.0.0.5\r
            t=0 0\r
            a=sendonly\r
            m=audio 4000 RTP/SAVP 96 0 8 101 50\r
            a=rtpmap:96 opus/48000/2\r
            a=rtpmap:101 telephone-event/8000\r

            """
        let outline = try #require(MessageOutline(Array(text.utf8)))
        #expect(outline.startLine == "INVITE sip:desk@example.com" && outline.method == "INVITE")
        #expect(outline.sequence == 7 && outline.status == nil && !outline.isInDialog && !outline.tellsOfEnd)
        #expect(outline.fields.map(\.name) == ["User-Agent", "Session-Expires"])
        let sound = try #require(outline.sound)
        #expect(sound.host == "10.0.0.5" && sound.port == 4_000 && sound.isEncrypted && sound.direction == "sendonly")
        #expect(
            sound.codecs == ["96 opus/48000/2", "0 PCMU/8000", "8 PCMA/8000", "101 telephone-event/8000", "50"])
        #expect(sound.codecNames == ["opus", "PCMU", "PCMA", "50"])
    }

    @Test(arguments: [
        ("SIP/2.0 486 Busy Here\r\nCSeq: 1 INVITE\r\nReason: Q.850;cause=17\r\n\r\n", "486 Busy Here", true),
        ("SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n", "200 OK", false),
        ("BYE sip:a@b SIP/2.0\r\nCSeq: 2 BYE\r\n\r\n", "BYE sip:a@b", true),
        ("SIP/2.0 180 \r\n\r\n", "180 ", false),
    ]) func `an answer is told with its status`(_ text: String, _ line: String, _ isEnd: Bool) throws {
        let outline = try #require(MessageOutline(Array(text.utf8)))
        #expect(outline.startLine == line && outline.tellsOfEnd == isEnd && outline.sound == nil)
    }

    @Test(arguments: ["", "\r\n\r\n", "hello", "GET / HTTP/1.1\r\n\r\n"])
    func `what is no SIP message is told of nothing`(_ text: String) {
        #expect(MessageOutline(Array(text.utf8)) == nil)
    }
}
