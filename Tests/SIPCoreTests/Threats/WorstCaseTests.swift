import SIPCore
import TelephonyPrimitives
import Testing

/// Messages that would take a careless parser work in the square of their size: they end at a limit, with a status that
/// says so. What they cost is counted by `scripts/worst-case`.
@Suite("The worst messages", .tags(.threat))
struct WorstCaseTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        /// What stands where a value of an INVITE would.
        var change: (part: String, by: String)
        /// The statuses that are right; `nil` when the message is dropped.
        var statuses: [Int]

        var testDescription: String { name }
    }

    private static let via = "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\n"
    private static let contact = "Contact: <sip:bob@192.0.2.9>"

    static let cases: [Case] = [
        Case(name: "10,000 Vias", change: (via, String(repeating: "v:a\r\n", count: 10_000)), statuses: [400, 513]),
        Case(
            name: "10,000 Vias in one header",
            change: (via, "Via: " + Array(repeating: "SIP/2.0/UDP a", count: 4_000).joined(separator: ",") + "\r\n"),
            statuses: [400, 513]),
        Case(
            name: "64 kB of commas", change: (contact, "Contact: " + String(repeating: ",", count: 60_000)),
            statuses: [400, 513]),
        Case(
            name: "8 kB of commas", change: (contact, "Contact: " + String(repeating: ",", count: 8_000)),
            statuses: [400, 513]),
        Case(
            name: "thousands of parameters",
            change: (contact, contact + String(repeating: ";a", count: 4_000)), statuses: [400, 513]),
        Case(
            name: "thousands of parameters in the Request-URI",
            change: ("sip:alice@192.0.2.1", "sip:alice@192.0.2.1" + String(repeating: ";a", count: 4_000)),
            statuses: [400, 414, 416, 513]),
        Case(
            name: "thousands of URI headers",
            change: (contact, "Contact: <sip:a@192.0.2.9?" + String(repeating: "a=b&", count: 1_900) + ">"),
            statuses: [400, 513]),
        Case(
            name: "one header folded 10,000 times",
            change: (contact, contact + "\r\nSubject: a" + String(repeating: "\r\n a", count: 10_000)),
            statuses: [400, 513]),
        Case(
            name: "one header folded 2,000 times",
            change: (contact, contact + "\r\nSubject: a" + String(repeating: "\r\n a", count: 2_000)),
            statuses: [100, 400, 513]),
        Case(
            name: "a quote of 60 kB of escapes",
            change: (contact, "Contact: \"" + String(repeating: "\\\"", count: 30_000) + "\" <sip:bob@192.0.2.9>"),
            statuses: [400, 513]),
        Case(
            name: "10,000 unknown headers",
            change: (contact, contact + "\r\n" + Array(repeating: "a:b", count: 10_000).joined(separator: "\r\n")),
            statuses: [400, 513]),
        Case(
            name: "10,000 option tags",
            change: (contact, contact + "\r\nRequire: " + Array(repeating: "a", count: 4_000).joined(separator: ",")),
            statuses: [400, 420, 513]),
        lines("80 Record-Routes", "Record-Route: <sip:192.0.2.7;lr>", 80, [100]),
        lines("81 Record-Routes", "Record-Route: <sip:192.0.2.7;lr>", 81, [513]),
        lines("240 Require lines of nothing but commas", "Require: ,,,,,,,,", 240, [513]),
        lines("a header of 9 kB over all its lines", "Subject: " + String(repeating: "a", count: 900), 10, [513]),
        lines("a header of 8 kB over all its lines", "Subject: " + String(repeating: "a", count: 900), 9, [100]),
        lines(
            "1,200 parameters in Record-Routes",
            "Record-Route: <sip:192.0.2.7;lr>" + String(repeating: ";a=b", count: 60), 20, [513]),
        lines("300 unknown lines that go on with one header", "\tand so on", 300, [513]),
        Case(
            name: "300 commas within quotes",
            change: (contact, "Contact: \"" + String(repeating: ",", count: 300) + "\" <sip:bob@192.0.2.9>"),
            statuses: [100]),
        Case(
            name: "a URI of 2,100 octets",
            change: (contact, "Contact: <sip:" + String(repeating: "%41", count: 700) + "@192.0.2.9>"), statuses: [400]),
        Case(
            name: "a Request-URI of 2,100 octets",
            change: ("sip:alice@192.0.2.1", "sip:" + String(repeating: "%41", count: 700) + "@192.0.2.1"),
            statuses: [414]),
        Case(
            name: "brackets within brackets",
            change: (contact, "Contact: " + String(repeating: "<", count: 8_000)), statuses: [400, 513]),
    ]

    /// An INVITE with the same line so often.
    private static func lines(_ name: String, _ line: String, _ count: Int, _ statuses: [Int]) -> Case {
        Case(
            name: name, change: (contact, contact + String(repeating: "\r\n" + line, count: count)), statuses: statuses)
    }

    private func message(_ item: Case) throws -> [UInt8] {
        let text =
            "INVITE sip:alice@192.0.2.1 SIP/2.0\r\n\(Self.via)Max-Forwards: 70\r\n"
            + "From: <sip:bob@example.com>;tag=b\r\nTo: <sip:alice@example.com>\r\nCall-ID: call-1\r\n"
            + "CSeq: 11 INVITE\r\n\(Self.contact)\r\nContent-Length: 0\r\n\r\n"
        let worse = text.replacing(item.change.part, with: item.change.by)
        try #require(worse != text && worse.utf8.count <= 65_507)
        return Array(worse.utf8)
    }

    @Test("T-03: end at a limit, and with the right status where there is one to answer", arguments: cases)
    func limits(_ item: Case) throws {
        var stage = Stage()
        stage.wire.turnOff()  // The auditor has no limits, and would see an answer to nothing.
        stage.feed(.datagram(try message(item), stage.flow))
        let statuses = stage.responses.map(\.status)
        #expect(statuses.count <= 1)
        for status in statuses { #expect(item.statuses.contains(status), "\(status)") }
        if !item.statuses.contains(100) { #expect(stage.incoming.isEmpty) }
        // A refusal is no larger than what it refuses, and short where the message is long.
        for sent in stage.sent { #expect(sent.octets.count < 9_000) }
        stage.advance(.seconds(400))
        #expect(stage.core.counters.isIdle)
    }

    @Test(
        "T-03: over a stream a message without end is given up at its limit and not before", arguments: [1, 100, 4_096])
    func stream(piece: Int) throws {
        var framer = StreamFramer(limits: .default)
        var fed = 0
        var isRefused = false
        let octets = Array("OPTIONS sip:a@b SIP/2.0\r\n".utf8) + Array(repeating: UInt8(ascii: "a"), count: 70_000)
        for start in stride(from: 0, to: octets.count, by: piece) {
            let end = min(start + piece, octets.count)
            framer.append(Array(octets[start..<end]))
            fed = end
            do {
                #expect(try framer.next() == nil)
            } catch {
                isRefused = true
                break
            }
        }
        #expect(isRefused)
        #expect(fed >= Limits.default.maxHeaderLineOctets && fed <= Limits.default.maxHeaderOctets + piece)
    }
}
