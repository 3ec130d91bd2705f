import SIPCore
import TelephonyPrimitives
import Testing

/// Messages that break a rule and can be understood all the same.
@Suite("Strict and lenient")
struct LeniencyTests {
    static let base = """
        INVITE sip:alice@192.0.2.1:5060 SIP/2.0
        Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKl;rport
        Max-Forwards: 70
        From: "Bob" <sip:bob@example.com>;tag=peer
        To: <sip:alice@example.com>
        Call-ID: call-1@192.0.2.9
        CSeq: 1 INVITE
        Contact: <sip:bob@192.0.2.9>
        Supported: timer
        Content-Length: 0


        """

    struct Row: Sendable, CustomTestStringConvertible {
        var rule: Forgiveness.Rule
        /// What of the base is changed, and into what.
        var change: (String, String)

        var testDescription: String { "\(rule): \(change.1)" }
    }

    static let rows = [
        Row(rule: .bareLineFeed, change: ("Supported: timer\r\n", "Supported: timer\n")),
        Row(rule: .missingEmptyLine, change: ("Content-Length: 0\r\n\r\n", "Content-Length: 0\r\n")),
        Row(rule: .blanksInStartLine, change: ("INVITE sip:", "INVITE  sip:")),
        Row(rule: .blanksInStartLine, change: (" SIP/2.0\r\nVia", "\tSIP/2.0\r\nVia")),
        Row(rule: .blanksInStartLine, change: (" SIP/2.0\r\nVia", " SIP/2.0 \r\nVia")),
        Row(rule: .lowerCaseVersion, change: (":5060 SIP/2.0", ":5060 sip/2.0")),
        Row(rule: .notUTF8, change: ("\"Bob\"", "\"B\u{FF}b\"")),
        Row(rule: .missingMaxForwards, change: ("Max-Forwards: 70\r\n", "")),
        Row(rule: .repeatedContentLength, change: ("Content-Length: 0", "Content-Length: 0\r\nl: 0")),
        Row(rule: .emptyListItem, change: ("Supported: timer", "Supported: timer,,100rel")),
        Row(rule: .emptyListItem, change: ("<sip:bob@192.0.2.9>", ", <sip:bob@192.0.2.9>,")),
        Row(rule: .emptyParameter, change: ("tag=peer", "tag=peer;")),
        Row(rule: .emptyParameter, change: ("<sip:bob@192.0.2.9>", "<sip:bob@192.0.2.9;>")),
        Row(rule: .emptyParameter, change: (";rport", ";rport;")),
        Row(rule: .unquotedDisplayName, change: ("\"Bob\"", "Bob, of: Example@Home")),
        Row(rule: .blanksInBrackets, change: ("<sip:alice@example.com>", "< sip:alice@example.com >")),
        Row(rule: .unescapedUser, change: ("sip:bob@example.com", "sip:#31#5550100@example.com")),
        Row(rule: .unescapedUser, change: ("INVITE sip:alice", "INVITE sip:[alice]")),
        Row(rule: .emptyUser, change: ("sip:bob@example.com", "sip:@example.com")),
        Row(rule: .oddHostName, change: ("sip:bob@example.com", "sip:bob@host_1.example.com")),
        Row(rule: .oddHostName, change: ("<sip:bob@192.0.2.9>", "<sip:1@0fb38bfd0a0d>")),
        Row(rule: .oddHostName, change: ("UDP 192.0.2.9:5060", "UDP my_pbx:5060")),
        Row(rule: .emptyPort, change: ("sip:bob@example.com", "sip:bob@example.com:")),
        Row(rule: .oddIPv6, change: ("sip:bob@example.com", "sip:bob@[2001:db8:::192.0.2.1]")),
        Row(rule: .oddIPv6, change: (";rport", ";received=[2001:db8::1];rport")),
        Row(rule: .missingPhoneContext, change: ("<sip:bob@example.com>", "<tel:5550100>")),
        Row(rule: .oddCallID, change: ("call-1@192.0.2.9", "call=1@a@b")),
    ]

    static func octets(_ row: Row? = nil) -> [UInt8] {
        var text = base.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
        guard let row, let place = text.firstRange(of: row.change.0) else { return Array(text.utf8) }
        text.replaceSubrange(place, with: row.change.1)
        // One octet for each character, so that a test can write octets that are no UTF-8.
        return text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    }

    @Test("Lenient takes what breaks one rule, and says which rule", arguments: rows)
    func lenient(_ row: Row) throws {
        #expect(Self.octets(row) != Self.octets(), "the row changes nothing")
        let message = try Message(parsing: Self.octets(row))
        #expect(message.forgiven.map(\.rule) == [row.rule])
        #expect(message.forgiven.allSatisfy { $0.section.hasPrefix("RFC ") && !$0.sentence.isEmpty })
        var stage = Stage()
        stage.wire.turnOff()  // The auditor is strict.
        stage.feed(.datagram(Self.octets(row), stage.flow))
        #expect(stage.incoming.count == 1)
        let notices = stage.events.compactMap { event -> Notice? in
            if case .notice(let notice) = event, notice.kind == .forgiven { notice } else { nil }
        }
        #expect(notices.map(\.sentence) == message.forgiven.map(\.description))
        #expect(notices.allSatisfy { $0.source == Stage.peer })
    }

    @Test("Strict refuses the same with 400 and a sentence", arguments: rows)
    func strict(_ row: Row) throws {
        var configuration = UserAgentConfiguration()
        configuration.leniency = .strict
        var stage = Stage(configuration)
        stage.wire.turnOff()
        stage.feed(.datagram(Self.octets(row), stage.flow))
        let sentence = try #require(try Message(parsing: Self.octets(row)).forgiven.first?.sentence)
        #expect(stage.responses.map(\.status) == [400])
        #expect(stage.responses.first?.reason == sentence)
        #expect(stage.incoming.isEmpty)
        #expect(stage.core.counters.isIdle)
    }

    @Test("Every rule has a row")
    func whole() {
        #expect(Set(Self.rows.map(\.rule)) == Set(Forgiveness.Rule.allCases))
    }

    @Test("What keeps all rules is forgiven nothing and taken by strict: as written, and as Telnyx writes it")
    func clean() throws {
        var configuration = UserAgentConfiguration()
        configuration.leniency = .strict
        let compact = [
            "INVITE sip:12025550131@192.0.2.1:5060;transport=tcp SIP/2.0",
            "Record-Route: <sip:64.16.250.10;transport=tcp;r2=on;lr;ftag=a>",
            "Record-Route: <sip:10.255.0.2;r2=on;lr;ftag=a>", "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKt",
            "v:SIP/2.0/UDP 10.0.0.7:6050;branch=z9hG4bKu", "Max-Forwards:66",
            "f:\"15551230000\"<sip:15551230000@sip.telnyx.com>;tag=t", "t:<sip:12025550131@10.0.0.7>",
            "i:1f1c0f3a-0000-4000-8000-000000000000", "CSeq:1 INVITE", "m:<sip:mod_sofia@10.0.0.7:6000>",
            "k:timer,path", "u:talk,hold,conference,refer", "Allow:INVITE,ACK,BYE,CANCEL,OPTIONS,MESSAGE,INFO,UPDATE",
            "Privacy:none", "l:0", "", "",
        ].joined(separator: "\r\n")
        for octets in [Self.octets(), Array(compact.utf8)] {
            #expect(try Message(parsing: octets).forgiven == [])
            var stage = Stage(configuration)
            stage.feed(.datagram(octets, stage.flow))
            #expect(stage.incoming.count == 1)
        }
    }

    @Test("A strict user agent has nothing against a call between two of our own")
    func ourOwn() throws {
        var configuration = UserAgentConfiguration(userAgentName: "Trunkline", extraSupported: ["foo"])
        configuration.leniency = .strict
        var stage = Stage(configuration)
        let id = try stage.establishOutgoing()
        stage.command(.reinvite(id, body: .offer))
        stage.command(.end(id))
        #expect(stage.ends.map(\.cause) == [.hungUpLocally])
        for sent in stage.sent { #expect(sent.message.forgiven == [], "\(sent.message.title)") }
    }

    @Test("A response that breaks a rule is dropped by strict, and said so")
    func responses() throws {
        for leniency in Leniency.allCases {
            var configuration = UserAgentConfiguration()
            configuration.leniency = leniency
            var stage = Stage(configuration)
            _ = try stage.call()
            let invite = try #require(stage.lastRequest(.invite))
            let ringing = MessageBuilder(response: 180, to: invite, toTag: Tag("peer")).buildResponse()
            let text = String(decoding: ringing.octets, as: UTF8.self).replacing("180 Ringing\r\n", with: "180\n")
            stage.feed(.datagram(Array(text.utf8), stage.flow))
            #expect(stage.names.contains("provisional 180") == (leniency == .lenient))
            #expect(stage.core.counters.malformed == (leniency == .strict ? 1 : 0))
        }
    }

    @Test("What is beyond understanding is refused for its own reason, also by strict")
    func hopeless() throws {
        var configuration = UserAgentConfiguration()
        configuration.leniency = .strict
        var stage = Stage(configuration)
        stage.wire.turnOff()
        let text = String(decoding: Self.octets(), as: UTF8.self)
            .replacing("SIP/2.0\r\nVia", with: "SIP/7.0\r\nVia").replacing("Max-Forwards: 70\r\n", with: "")
        stage.feed(.datagram(Array(text.utf8), stage.flow))
        #expect(stage.responses.map(\.status) == [505])
    }

    @Test("The same is said once of each peer and rule, and messages are looked at once a second at most")
    func told() throws {
        var stage = Stage()
        func notices() -> Int {
            stage.events.count { event in
                if case .notice(let notice) = event { notice.kind == .forgiven } else { false }
            }
        }
        let octets = Self.octets(Self.rows.first { $0.rule == .missingMaxForwards })
        for _ in 0..<50 {
            stage.feed(.datagram(octets, stage.flow))
            stage.advance(.milliseconds(100))
        }
        #expect(notices() == 1)
        let other = Self.octets(Self.rows.first { $0.rule == .emptyUser })
        stage.feed(.datagram(other, stage.flow))
        #expect(notices() == 2)
        // A second peer within the same second goes unseen, and is seen later.
        var flow = stage.flow
        flow.remote = TransportAddress(ip: .v4(0xC000_020A), port: 5060)
        stage.feed(.datagram(other, flow))
        #expect(notices() == 2)
        stage.advance(.seconds(1))
        stage.feed(.datagram(other, flow))
        #expect(notices() == 3)
    }

    @Test(
        "URIs of the table: what is right is forgiven nothing, what only lenient takes is forgiven something",
        arguments: URITests.parseRows)
    func uris(_ row: [String: String]) throws {
        let text = try #require(row["uri"])
        let forgiven = URI.forgiven(in: text)
        switch row["parse"] {
        case "accept": #expect(forgiven == [], "\(text)")
        case "lenient": #expect(forgiven.count == 1, "\(text)")
        default: #expect(forgiven == [], "what is refused is not forgiven")
        }
    }

    @Test(
        "Well-formed messages of RFC 4475 and RFC 5118 are forgiven nothing that they do not try",
        arguments: TortureTests.rows)
    func torture(_ row: [String: String]) throws {
        guard row["class"] == "valid", let file = row["file"] else { return }
        let message = try Message(parsing: SIPFixtures.octets("torture/\(file)"))
        #expect(message.forgiven.map(\.rule) == Self.tried[file, default: []], "\(file)")
    }

    /// Messages that the RFCs call well formed, or to be accepted, and that still break a rule.
    static let tried: [String: [Forgiveness.Rule]] = ["rfc4475/inv2543.dat": [.missingMaxForwards]]
}
