import Crypto
import Foundation
import RTPMedia
import Telephony
import TelephonyPrimitives
import Testing

@testable import Agent

/// One list of all that happened, and its views.
struct CallTimelineTests {
    private typealias T = TraceCalls

    private static func timeline(_ change: (inout StoredCall) -> Void = { _ in }) -> CallTimeline {
        var (call, messages) = TraceCalls.good
        change(&call)
        return CallTimeline(call, messages: messages)
    }

    private static func name(_ entry: CallTimeline.Entry) -> String {
        switch entry.what {
        case .message(let message):
            (message.record.isReceived ? "> " : "< ")
                + (message.outline.map { $0.status.map(String.init) ?? $0.method } ?? "?")
                + (message.isRepeated ? " again" : "")
        case .answered: "answered"
        case .turn(let turn): turn.who.rawValue
        case .answer(let ledger): "after \(ledger.totalMs)"
        case .key(let key): "key \(key.direction.rawValue)"
        case .event(let kind, _): kind
        case .note(let key, _): "note \(key)"
        case .ended: "ended"
        }
    }

    @Test("Everything that was kept is in one list in its order; in a millisecond the messages come first")
    func order() {
        #expect(
            Self.timeline().entries.map(Self.name) == [
                "> INVITE", "< 100", "< 200", "> ACK", "answered", "agent", "caller", "tool", "after 556", "agent",
                "key received", "note message", "> BYE", "> BYE again", "< 200", "ended",
            ])
        #expect(Self.timeline().start == 0 && Self.timeline().end == 31_500_100)
    }

    @Test("A call that was placed for the caller stands on our other side, and says nothing of the caller's own")
    func secondCall() {
        var (call, messages) = T.good
        call.events = [
            StoredCall.Event(kind: "consulting", detail: "desk (warm)", atMs: 2_000),
            StoredCall.Event(kind: "transferred", detail: "desk", atMs: 4_000),
        ]
        messages += [
            T.sip(
                2_000_000, .sent, "INVITE sip:desk@192.0.2.10", "INVITE", ["Call-ID: other"], remote: "192.0.2.10:5060"),
            T.sip(2_500_000, .received, "486 Busy Here", "INVITE", ["Call-ID: other"], remote: "192.0.2.10:5060"),
        ]
        let timeline = CallTimeline(call, messages: messages)
        #expect(timeline.messages.count { $0.isOfOtherCall } == 2)
        #expect(timeline.ownMessages.count == timeline.messages.count - 2)
        #expect(timeline.addresses?.remote == "203.0.113.9:5060")
        #expect(CallDiagnosis(timeline).findings.isEmpty)
        let lines = LadderText.of(timeline).split(separator: "\n")
        let invite = lines.first { $0.contains("INVITE") && $0.contains("2.000") }
        #expect(invite?.contains("│                                       │─ INVITE ─") == true, "\(invite ?? "")")
        #expect(lines.contains { $0.contains("│◀─") && $0.contains("486 Busy Here ─│") })
        #expect(lines.contains { $0.contains("for the caller, to 192.0.2.10:5060") })
        #expect(TraceCapture.of(timeline).omitted == 0)
    }

    @Test("Times and octets that make no sense do no harm")
    func nonsense() {
        var call = T.call()
        (call.answeredMs, call.endedMs) = (.max, .min)
        call.turns = [TurnRecord(who: .caller, text: "\u{1B}[2J", startMs: .max, endMs: .min)]
        let messages = [
            MessageRecord(
                atMicroseconds: -40, isReceived: true, transport: "", local: "", remote: "x", octets: [0xFF, 0x0A, 0])
        ]
        let timeline = CallTimeline(call, messages: messages)
        #expect(timeline.entries.count == 4 && timeline.start == -40)
        #expect(!LadderText.of(timeline).contains("\u{1B}"))
        #expect(TracePage.of(timeline).contains("not SIP"))
        #expect(TraceCapture.of(timeline).omitted == 1)
    }

    // MARK: Views

    /// A file of Fixtures/trace. TRUNKLINE_WRITE_FIXTURES=1 writes it anew, to be looked at before it is kept.
    private static func expect(_ text: String, is name: String) throws {
        var folder = URL(fileURLWithPath: #filePath)
        while folder.path != "/", !FileManager.default.fileExists(atPath: folder.path + "/Fixtures") {
            folder.deleteLastPathComponent()
        }
        let file = folder.appendingPathComponent("Fixtures/trace/\(name)")
        if ProcessInfo.processInfo.environment["TRUNKLINE_WRITE_FIXTURES"] == "1" {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        let golden = try String(contentsOf: file, encoding: .utf8)
        let difference = zip(text.split(separator: "\n"), golden.split(separator: "\n")).first { $0 != $1 }
        #expect(text == golden, "\(difference.map { "\($0.0)\n\($0.1)" } ?? "the lengths differ")")
    }

    private static let utc = TimeZone(secondsFromGMT: 0) ?? .current

    private static let failed: CallTimeline = {
        var call = T.call(explanation: "The peer hung up")
        call.quality = T.quality(received: 0)
        call.remoteName = "Ada <b>Lovelace</b>"
        call.events = [StoredCall.Event(kind: "dialogue failed", detail: "It's \"late\" & <slow>", atMs: 2_000)]
        call.turns = [
            TurnRecord(
                who: .agent, text: "漢字 in a sentence that is so long that it takes several lines of the column",
                startMs: 1_000, endMs: 2_400)
        ]
        return CallTimeline(
            call,
            messages: [
                T.sip(-20_400, .received, "INVITE sip:desk@example.com", "INVITE"),
                T.sip(-20_000, .sent, "401 Unauthorized", "INVITE"),
                T.sip(
                    0, .received, "INVITE sip:desk@example.com", "INVITE", ["X: <script>alert(1)</script>"],
                    sound: "203.0.113.9 4000 RTP/SAVP sendonly 0 8 101"),
                T.sip(900_000, .sent, "200 OK", "INVITE", sound: "10.0.0.5 16384 RTP/SAVP recvonly 0"),
                T.sip(31_000_000, .received, "BYE sip:desk@10.0.0.5", "BYE", ["Reason: Q.850;cause=16"]),
            ])
    }()

    @Test("F-34: the ladder of a call is what it was", arguments: [("good", timeline()), ("failed", failed)])
    func ladder(_ name: String, _ timeline: CallTimeline) throws {
        let text = LadderText.of(timeline, timeZone: Self.utc)
        #expect(text.split(separator: "\n").allSatisfy { TextColumns.width(of: $0) <= 100 })
        try Self.expect(text + "\n", is: "\(name).txt")
        // Colours change nothing but colours.
        let coloured = LadderText.of(timeline, isColoured: true, timeZone: Self.utc)
        #expect(coloured != text)
        #expect(
            coloured.replacing(#/\u{1B}\[\d*m/#, with: "").split(separator: "\n").count
                == text.split(separator: "\n").count)
    }

    @Test("The page of a call is what it was", arguments: [("good", timeline()), ("failed", failed)])
    func page(_ name: String, _ timeline: CallTimeline) throws {
        try Self.expect(TracePage.of(timeline, timeZone: Self.utc), is: "\(name).html")
    }

    @Test("The JSON form of a call is what it was", arguments: [("good", timeline()), ("failed", failed)])
    func json(_ name: String, _ timeline: CallTimeline) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try Self.expect(String(decoding: encoder.encode(timeline), as: UTF8.self) + "\n", is: "\(name).json")
    }

    @Test("F-35: the ladder says of each answer where its milliseconds went, and digits stay where they are")
    func milliseconds() throws {
        let timeline = Self.timeline()
        let text = LadderText.of(timeline)
        #expect(text.contains("answered after 556 ms: end of speech 240"))
        #expect(text.contains("[a key]") && !text.contains("key 7"))
        let page = TracePage.of(timeline)
        #expect(page.contains("l-thinking") && !page.contains("key 7"))
        let json = String(decoding: try JSONEncoder().encode(timeline), as: UTF8.self)
        #expect(json.contains("\"thinkingMs\":206") && !json.contains("digit"))
    }

    @Test("Nothing that came from a network means anything to a browser or a terminal")
    func escaped() {
        let evil = "</title><script>x</script>'\"&\u{1B}[31m\u{202E}"
        let timeline = Self.timeline {
            ($0.remote, $0.remoteName, $0.local, $0.explanation, $0.id, $0.agent) = (evil, evil, evil, evil, evil, evil)
            $0.turns = [TurnRecord(who: .caller, text: evil, startMs: 1, endMs: 2)]
            $0.events = [StoredCall.Event(kind: evil, detail: evil, atMs: 1)]
            $0.notes = [StoredCall.Note(key: evil, value: evil, atMs: 1)]
        }
        let page = TracePage.of(timeline)
        #expect(!page.contains("<script") && !page.contains("\u{1B}") && !page.contains("\u{202E}"))
        #expect(page.components(separatedBy: "</title>").count - 1 == page.components(separatedBy: "<title>").count - 1)
        #expect(!LadderText.of(timeline).contains("\u{1B}") && !LadderText.of(timeline).contains("\u{202E}"))
    }

    @Test("The waveform is drawn from the answer on, each side in its lane, and no wider than it has to be")
    func waveform() throws {
        let silence = [Int16](repeating: 0, count: 8_000)
        let loud = [Int16](repeating: .min, count: 8_000)
        let file = try AudioFile(parsing: WaveformTests.wav([silence + loud, loud + silence], rate: 8_000))
        let waveform = Waveform(file)
        #expect(waveform.step == 20_000 && waveform.columns.count == 100)
        #expect(waveform.columns.first == Waveform.Column(caller: 0, agent: 1))
        #expect(waveform.columns.last == Waveform.Column(caller: 1, agent: 0))
        #expect(Waveform(file, most: 10).columns.count == 10)
        let page = TracePage.of(Self.timeline(), waveform: waveform)
        #expect(page.contains("class=\"wave caller\"") && page.contains("class=\"wave agent\""))
        #expect(!TracePage.of(Self.timeline()).contains("class=\"wave"))
        #expect(page.utf8.count < 100_000)
    }

    @Test("The style sheet is the one that the page's policy lets through")
    func policy() {
        let hash = Data(SHA256.hash(data: Data(TracePageStyle.sheet.utf8))).base64EncodedString()
        #expect(TracePageStyle.hash == "sha256-\(hash)")
    }

    @Test("The capture has every message with its addresses and its time of day")
    func capture() throws {
        let (octets, omitted) = TraceCapture.of(Self.timeline())
        #expect(omitted == 0 && octets.starts(with: PcapWriter.header))
        let messages = Self.timeline().messages
        // IPv4 and UDP without options before each message, and pcap's own 16 octets.
        #expect(octets.count == 24 + messages.reduce(0) { $0 + 16 + 28 + $1.record.octets.count })
        let seconds = octets[24..<28].reduce(0) { $0 << 8 | Int($1) }
        #expect(seconds == 1_767_323_045)
        #expect(Array(octets[52..<60]) == [203, 0, 113, 9, 10, 0, 0, 5])
    }
}

/// Columns of a terminal.
struct TextColumnsTests {
    @Test(
        "Text is broken at blanks, and where there are none",
        arguments: [
            ("", 5, [""]), ("a b c", 3, ["a b", "c"]), ("abcdef", 3, ["abc", "def"]), ("漢字漢字", 4, ["漢字", "漢字"]),
            ("a  b", 9, ["a b"]), ("to a longerword", 6, ["to a", "longer", "word"]), ("漢", 1, ["漢"]),
            ("漢字", 3, ["漢", "字"]),
        ])
    func wrapped(_ text: String, _ columns: Int, _ lines: [String]) {
        #expect(TextColumns.wrapped(text, to: columns) == lines)
    }

    @Test("What does not fit is cut, and what is too long has an end")
    func cut() {
        #expect(TextColumns.cut("abcdef", to: 4) == "abc…" && TextColumns.cut("abcd", to: 4) == "abcd")
        #expect(TextColumns.cut("漢字漢", to: 4) == "漢…")
        #expect(TextColumns.wrapped("a b c d", to: 2, lines: 3) == ["a", "b", "…"])
        #expect(TextColumns.width(of: "e\u{301}漢🙂") == 5)
    }

    @Test(
        "Times are told in milliseconds",
        arguments: [(0, "0.000"), (-400, "0.000"), (-20_600, "-0.021"), (1_234_567, "1.235"), (60_000_000, "60.000")])
    func seconds(_ microseconds: Int, _ text: String) {
        #expect(Clock.seconds(microseconds) == text)
    }
}
