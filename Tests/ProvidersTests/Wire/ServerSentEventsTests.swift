import Agent
import Testing

@testable import Providers

@Suite("Server-sent events")
struct ServerSentEventsTests {
    private static func events(_ octets: [UInt8], by length: Int, maximum: Int = 1 << 20) throws -> [ServerSentEvent] {
        var parser = ServerSentEvents(maximumOctets: maximum)
        var events: [ServerSentEvent] = []
        for start in stride(from: 0, to: octets.count, by: length) {
            events += try parser.receive(Array(octets[start..<min(start + length, octets.count)]))
        }
        return events + [parser.finish()].compactMap { $0 }
    }

    private static func event(_ data: String, name: String? = nil) -> ServerSentEvent {
        ServerSentEvent(name: name, data: Array(data.utf8))
    }

    @Test(
        "Events are the same however the octets are split and the lines end",
        arguments: [
            ("data: a\n\ndata:b\n\n", [event("a"), event("b")]),
            ("data: one\ndata: two\n\n", [event("one\ntwo")]),
            (": ping\n\n:\n\ndata: x\n\n", [event("x")]),
            ("event: message_start\ndata: {}\n\ndata: y\n\n", [event("{}", name: "message_start"), event("y")]),
            ("id: 7\nretry: 10\nfoo\ndata:  two blanks\n\n", [event(" two blanks")]),
            ("\u{FEFF}data: Grüße 你好 😀\n\n", [event("Grüße 你好 😀")]),
            ("data\n\n", [event("")]),
            ("event: nothing\n\ndata: z\n\n", [event("z")]),
            ("data: no empty line\n", [event("no empty line")]),
            ("data: whole\n\ndata: cut in the mid", [event("whole")]),
        ])
    func splitting(_ text: String, _ expected: [ServerSentEvent]) throws {
        for end in ["\n", "\r\n", "\r"] {
            let octets = Array(
                text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: end).utf8)
            for length in [1, 2, 3, 5, 1_000] {
                #expect(try Self.events(octets, by: length) == expected, "\(end.debugDescription), by \(length)")
            }
        }
    }

    @Test(
        "T-54 a line or an event of any size is refused before it is held",
        arguments: [
            "data: " + String(repeating: "x", count: 200), String(repeating: "data: 0123456789\n", count: 20),
            ": " + String(repeating: "comment", count: 50),
        ])
    func bounds(_ text: String) {
        #expect(throws: ProviderError.self) { try Self.events(Array(text.utf8), by: 7, maximum: 100) }
    }
}
