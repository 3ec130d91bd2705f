import TelephonyPrimitives
import Testing

@testable import Telnyx

@Suite("Messages of media streams")
struct StreamMessageTests {
    private func messages() throws -> [StreamMessage] {
        try TelnyxFixtures.lines("stream-from-telnyx.jsonl").map { try StreamMessage(parsing: $0) }
    }

    @Test("Every message of Telnyx is read, numbers as texts or as numbers")
    func read() throws {
        let all = try messages()
        #expect(all.count == 11)
        #expect(all[0].event == .connected(version: "1.0.0"))
        #expect(all[1].sequence == 1 && all[1].streamID == "32de0dea-53cb-4b21-89a4-9e1819c043bc")
        guard case .start(let start) = all[1].event, case .start(let object) = all[2].event,
            case .start(let array) = all[3].event, case .media(let media) = all[4].event,
            case .media(let other) = all[5].event
        else {
            Issue.record("a message is of another event")
            return
        }
        #expect(start.control == "v3:9f2a" && start.from == "+13122010094" && start.clientState?.text == "0mh4x")
        #expect(start.format == StreamFormat(.pcmu, sampleRate: 8_000) && start.tags == ["a"])
        #expect(object.parameters == ["tenant": "harbour", "n": "5"])
        #expect(object.format == StreamFormat(.l16, sampleRate: 16_000))
        #expect(array.parameters == ["tenant": "harbour", "n": "5"])
        #expect(array.format == StreamFormat(.opus, sampleRate: 16_000))
        #expect(media.track == .inbound && media.chunk == 2 && media.timestamp == 5)
        #expect(media.payload == Array(repeating: 0xFF, count: 160))
        #expect(other.track == .outbound && other.chunk == 3 && other.payload.count == 160 && all[5].sequence == 5)
        #expect(all[6].event == .dtmf(PressedDigits("1"), occurredAt: 1_767_323_045_678_901))
        #expect(all[7].event == .mark("x"))
        #expect(all[8].event == .stop(StreamStop(userID: "u1", control: "v3:9f2a")))
        #expect(
            all[9].event
                == .error(StreamComplaint(code: 100_003, title: "malformed_frame", detail: "The frame is malformed")))
        #expect(all[10].event == .unknown("levitate"))
    }

    @Test("What is written is read again as it was, both ways")
    func roundTrip() throws {
        for message in try messages() {
            #expect(try StreamMessage(parsing: Array(message.json.utf8)) == message)
        }
        let orders = try TelnyxFixtures.lines("stream-to-telnyx.jsonl")
        #expect(
            try orders.map { try StreamOrder(parsing: $0) } == [
                .media(Array(repeating: 0xFF, count: 160)), .mark("utt-17"), .clear,
            ])
        for order in orders {
            #expect(try JSONValue(parsing: StreamOrder(parsing: order).json.utf8) == JSONValue(parsing: order))
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var text: String
        var error: StreamMessageError?
        var testDescription: String { String(text.prefix(60)) }
    }

    private static let rows: [Row] = [
        Row(text: "", error: nil), Row(text: "[]", error: .noEvent), Row(text: #"{"event":1.5}"#, error: .noEvent),
        Row(text: #"{"event":"start"}"#, error: .missing("start")),
        Row(text: #"{"event":"media"}"#, error: .missing("media.payload")),
        Row(text: #"{"event":"media","media":{"payload":"!!!"}}"#, error: .badPayload),
        Row(text: #"{"event":"dtmf","dtmf":{"digit":"12"}}"#, error: .missing("dtmf.digit")),
        Row(text: #"{"event":"mark","mark":{}}"#, error: .missing("mark.name")),
        Row(text: #"{"event":"mark","mark":{"name":""}}"#, error: .badMark),
        Row(text: #"{"event":"mark","mark":{"name":"\#(String(repeating: "x", count: 257))"}}"#, error: .badMark),
        Row(text: String(repeating: " ", count: StreamMessage.maximumOctets + 1), error: .tooLong(4_194_305)),
        Row(text: String(repeating: "[", count: 100_000), error: nil),
    ]

    @Test("What can't be read is refused with a sentence", arguments: rows)
    func refused(_ row: Row) {
        let error = #expect(throws: StreamMessageError.self) { try StreamMessage(parsing: Array(row.text.utf8)) }
        if let expected = row.error { #expect(error == expected) }
        #expect(error?.description.isEmpty == false)
    }

    @Test(
        "Encodings are known by Telnyx's names and by others'",
        arguments: [
            ("PCMU", StreamEncoding.pcmu), ("pcmu", .pcmu), ("audio/x-mulaw", .pcmu), ("PCMA", .pcma), ("g722", .g722),
            ("opus", .opus), ("AMR-WB", .amrWB), ("l16", .l16), ("linear16", .l16), ("default", .asOnCall),
        ])
    func encodings(_ text: String, _ encoding: StreamEncoding) {
        #expect(StreamEncoding(rawValue: text) == encoding)
        #expect(StreamEncoding(rawValue: "VORBIS").rawValue == "VORBIS")
    }

    @Test("Damaged messages never trap", arguments: 1...20 as ClosedRange<UInt64>)
    func damage(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var session = MediaStreamSession(now: .zero)
        var time: Int64 = 0
        let lines =
            try TelnyxFixtures.lines("stream-from-telnyx.jsonl") + TelnyxFixtures.lines("stream-to-telnyx.jsonl")
        var heard = 0
        for _ in 0..<20 {
            for line in lines {
                time += 10
                let broken = damaged(line, by: &generator)
                _ = try? StreamOrder(parsing: broken)
                if let message = try? StreamMessage(parsing: broken) {
                    #expect((try? StreamMessage(parsing: Array(message.json.utf8))) != nil)
                }
                heard += session.receive(broken, now: .ms(time)).count
                heard += session.tick(now: .ms(time)).count
            }
        }
        #expect(heard > 0)
    }
}
