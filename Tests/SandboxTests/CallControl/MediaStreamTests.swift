import Foundation
import SIPCore
import Sandbox
import TelephonyPrimitives
import Testing

/// Media streams (C).
struct MediaStreamTests {
    private static let sound = [UInt8](repeating: 0xD5, count: 160)

    private func media(_ payload: [UInt8]) -> JSONValue {
        ["event": "media", "media": ["payload": .string(Data(payload).base64EncodedString())]]
    }

    @Test("C2: connected, start, media, dtmf and stop, numbered by texts")
    func messages() throws {
        var desk = Desk.controlled()
        let answered = desk.phoneTalksToApplication([
            "stream_track": "both_tracks", "stream_bidirectional_mode": "rtp", "client_state": "MQ==",
            "stream_auth_token": "secret", "custom_parameters": [["name": "tenant", "value": "harbour"]],
        ])
        let answer = try #require(answered)
        #expect(desk.api.opened.first?.token == "secret" && desk.api.opened.first?.url == "ws://agent.example/s?t=1")
        desk.pass(.milliseconds(40))
        desk.phoneSays(Packet.sound(1, Self.sound))
        desk.phoneSays(Packet.sound(2, Self.sound))
        desk.applicationSends(media(Self.sound))
        desk.pass(.milliseconds(20))
        desk.phoneSays(Packet.key(7, at: 30))
        desk.hear(Desk.request("BYE", after: answer, sequence: 3, from: Desk.phoneWire), from: Desk.phoneWire)
        let seen = desk.api.streamed
        #expect(
            seen.map { $0["event"]?.string } == [
                "connected", "start", "media", "media", "media", "dtmf", "stop",
            ])
        #expect(seen.first == ["event": "connected", "version": "1.0.0"])
        #expect(seen.compactMap { $0["sequence_number"]?.string } == ["1", "2", "3", "4", "5", "6"])
        let start = try #require(seen[1]["start"])
        #expect(start["media_format"] == ["encoding": "PCMU", "sample_rate": 8_000, "channels": 1])
        #expect(start["call_control_id"]?.string == desk.controlID && start["client_state"] == "MQ==")
        #expect(start["from"] == "+12025550133" && start["custom_parameters"] == ["tenant": "harbour"])
        let pieces = desk.api.messages("media").compactMap { $0["media"] }
        #expect(pieces.map { $0["track"]?.string } == ["inbound", "inbound", "outbound"])
        #expect(pieces.map { $0["chunk"]?.string } == ["1", "2", "1"])
        #expect(pieces.map { $0["timestamp"]?.string } == ["40", "40", "40"])
        #expect(pieces.first?["payload"]?.string == Data(Self.sound).base64EncodedString())
        #expect(Set(seen.dropFirst().compactMap { $0["stream_id"]?.string }).count == 1)
    }

    @Test(
        "C1: tracks",
        arguments: [
            ("inbound_track", ["inbound"]), ("outbound_track", ["outbound"]), ("both_tracks", ["inbound", "outbound"]),
        ])
    func tracks(track: String, expected: [String]) {
        var desk = Desk.controlled()
        _ = desk.phoneTalksToApplication(["stream_track": .string(track), "stream_bidirectional_mode": "rtp"])
        desk.phoneSays(Packet.sound(1, Self.sound))
        desk.applicationSends(media(Self.sound))
        desk.pass(.milliseconds(20))
        #expect(desk.api.messages("media").compactMap { $0["media"]?["track"]?.string } == expected)
    }

    @Test("C3: pieces of any length are played in real time; marks come back after their sound, and at once by clear")
    func playing() {
        var desk = Desk.controlled()
        _ = desk.phoneTalksToApplication()
        func mark(_ name: String) -> JSONValue { ["event": "mark", "mark": ["name": .string(name)]] }
        desk.applicationSends(mark("empty"))
        #expect(desk.api.messages("mark").compactMap { $0["mark"]?["name"]?.string } == ["empty"])
        // A second, and a quarter of a frame.
        desk.applicationSends(media([UInt8](repeating: 0x55, count: 8_040)))
        desk.applicationSends(mark("first"))
        desk.pass(.milliseconds(980))
        #expect(desk.said.count == 50 && desk.api.messages("mark").count == 1)
        desk.pass(.milliseconds(20))
        #expect(desk.said.count == 51 && desk.api.messages("mark").count == 2)
        // Numbers and times go on by one and by 160; the first is marked.
        let headers = desk.said.map { Array($0.prefix(12)) }
        #expect(headers.first.map { $0[1] } == 0x80 && headers.dropFirst().allSatisfy { $0[1] == 0 })
        #expect(zip(headers, headers.dropFirst()).allSatisfy { $1[3] == $0[3] &+ 1 && $1[7] == $0[7] &+ 160 })
        #expect(desk.said.last?.dropFirst(12).prefix(40).allSatisfy { $0 == 0x55 } == true)

        desk.applicationSends(media([UInt8](repeating: 0x55, count: 80_000)))
        desk.applicationSends(mark("second"))
        desk.applicationSends(mark("third"))
        desk.pass(.milliseconds(100))
        desk.applicationSends(["event": "clear"])
        #expect(
            desk.api.messages("mark").compactMap { $0["mark"]?["name"]?.string } == [
                "empty", "first", "second", "third",
            ])
        let count = desk.said.count
        desk.pass(.seconds(1))
        #expect(desk.said.count == count)
    }

    @Test("C1: silence is sent when there is nothing to say, where that is wanted")
    func silence() {
        var desk = Desk.controlled()
        _ = desk.phoneTalksToApplication(["send_silence_when_idle": true, "stream_bidirectional_mode": "rtp"])
        desk.pass(.milliseconds(980))
        #expect(desk.said.count == 50 && desk.said.allSatisfy { $0.count == 172 })
    }

    @Test(
        "C2: odd messages are answered with an error",
        arguments: [
            ("{", 100_003, "malformed_frame"), ("[]", 100_003, "malformed_frame"),
            (#"{"event":"levitate"}"#, 100_003, "malformed_frame"), (#"{"event":"media"}"#, 100_003, "malformed_frame"),
            (#"{"event":"mark"}"#, 100_003, "malformed_frame"),
            (#"{"event":"media","media":{"payload":"***"}}"#, 100_004, "invalid_media"),
        ])
    func odd(text: String, code: Double, title: String) throws {
        var desk = Desk.controlled()
        _ = desk.phoneTalksToApplication()
        desk.take(.control(.streamMessage(try #require(desk.api.opened.last).number, Array(text.utf8))))
        let error = try #require(desk.api.messages("error").first)
        #expect(error["payload"]?["code"] == .number(code) && error["payload"]?["title"]?.string == title)
        #expect(error["sequence_number"] == nil)
    }

    @Test("C1: without rtp, and for the opposite leg of one that has none, nothing is heard, and a line says why")
    func dropped() {
        for options: [String: JSONValue] in [
            [:], ["stream_bidirectional_mode": "mp3"],
            ["stream_bidirectional_mode": "rtp", "stream_bidirectional_target_legs": "opposite"],
        ] {
            var desk = Desk.controlled()
            _ = desk.phoneTalksToApplication(options)
            desk.applicationSends(media(Self.sound))
            desk.pass(.seconds(1))
            #expect(desk.said.isEmpty && desk.remarks.count == 1)
        }
    }

    @Test(
        "C1: codecs of the stream on a call in A-law",
        arguments: [
            ("default", "PCMA", 8_000.0, 160), ("PCMU", "PCMU", 8_000, 160), ("G722", "G722", 8_000, 160),
            ("L16", "L16", 16_000, 640), ("OPUS", "PCMA", 8_000, 160),
        ])
    func codecs(wanted: String, encoding: String, rate: Double, octets: Int) throws {
        var desk = Desk.controlled()
        _ = desk.phoneTalksToApplication(
            ["stream_codec": .string(wanted), "stream_bidirectional_mode": "rtp"],
            body: Desk.offer(codecs: [(8, "PCMA/8000"), (101, "telephone-event/8000")], host: "192.0.2.20"))
        let format = desk.api.messages("start").first?["start"]?["media_format"]
        #expect(format == ["encoding": .string(encoding), "sample_rate": .number(rate), "channels": 1])
        desk.phoneSays(Packet.sound(1, Self.sound, type: 8))
        let payload = try #require(desk.api.messages("media").first?["media"]?["payload"]?.string)
        #expect(Data(base64Encoded: payload)?.count == octets)
    }

    @Test(
        "C1: codecs of what the application sends: a loud tone stays one",
        arguments: [("PCMA", 8_000, false), ("G722", 8_000, false), ("L16", 8_000, false), ("L16", 16_000, true)])
    func replies(codec: String, rate: Int, isLittleEndian: Bool) throws {
        var desk = Desk.controlled { $0.callControl?.isL16LittleEndian = isLittleEndian }
        _ = desk.phoneTalksToApplication([
            "stream_bidirectional_mode": "rtp", "stream_bidirectional_codec": .string(codec),
            "stream_bidirectional_sampling_rate": .number(Double(rate)), "stream_track": "both_tracks",
        ])
        // Samples of 0x1234, and the octets of codecs that stand for silence.
        let samples = rate == 16_000 ? 320 : 160
        let payload: [UInt8] =
            switch codec {
            case "L16": (0..<samples).flatMap { _ in isLittleEndian ? [UInt8(0x34), 0x12] : [0x12, 0x34] }
            case "PCMA": [UInt8](repeating: 0x87, count: 160)
            default: [UInt8](repeating: 0xFA, count: 160)
            }
        desk.applicationSends(media(payload))
        desk.pass(.milliseconds(20))
        let said = try #require(desk.said.first)
        #expect(said.count == 172)
        // 0x1234 in µ-law, and A-law that is near it.
        if codec != "G722" { #expect(said.dropFirst(12).allSatisfy { (0xAC...0xAD).contains($0) }, "\(said)") }
    }

    @Test("C1: one stream at a time; it may be stopped and started, and one that can't be opened is told")
    func startAndStop() throws {
        var desk = Desk.controlled()
        desk.phoneCallsApplication()
        desk.command("answer")
        let options: [String: JSONValue] = ["stream_url": "ws://agent.example/s"]
        #expect(desk.command("streaming_start", ["stream_url": "http://agent.example/s"]).status == 422)
        #expect(desk.command("streaming_start", options).status == 200)
        #expect(desk.command("streaming_start", options).body["errors"]?.array?.first?["code"] == "90045")
        desk.take(.control(.streamFailed(desk.api.opened[0].number, "connection refused")))
        let failure = try #require(desk.api.payload("streaming.failed"))
        #expect(failure["failure_reason"] == "connection_failed" && failure["stream_type"] == "websocket")
        #expect(failure["stream_params"] == ["stream_url": "ws://agent.example/s", "track": "inbound_track"])
        desk.command("streaming_start", options)
        desk.take(.control(.streamOpened(desk.api.opened[1].number)))
        desk.command("streaming_stop")
        #expect(desk.api.messages("stop").count == 1 && desk.api.closed == [desk.api.opened[1].number])
        desk.command("streaming_start", options)
        desk.take(.control(.streamOpened(desk.api.opened[2].number)))
        // The application closes it: the call goes on.
        desk.take(.control(.streamClosed(desk.api.opened[2].number)))
        #expect(desk.api.events.suffix(2) == ["streaming.started", "streaming.stopped"])
        #expect(desk.ask("GET", "/calls/\(desk.controlID)").body["data"]?["is_alive"] == true)
    }
}
