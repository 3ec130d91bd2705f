import Crypto
import Foundation
import ProviderDoubles
import Testing

/// `trunkline serve` takes calls by Call Control: a carrier of ours posts webhooks, takes commands and opens the stream.
@Suite(.serialized)
struct CallControlInteropTests {
    private static var now: Int64 { Int64(Date().timeIntervalSince1970) }

    @Test("Calls by Call Control, one to us and one of ours, are echoed, recorded and kept as those by SIP are")
    func call() async throws {
        let workspace = try Workspace("call-control")
        let key = Curve25519.Signing.PrivateKey()
        let double = try await CallControlDouble { octets in
            ((try? key.signature(for: Data(octets))) ?? Data()).base64EncodedString()
        }
        let (port, api) = (try Workspace.freePort(), try Workspace.freePort())
        let server = try await Server(
            in: workspace, agent: "echo",
            settings: """
                call_control:
                  listen: 127.0.0.1:\(port)
                  public_url: https://agent.example
                  public_key: \(key.publicKey.rawRepresentation.base64EncodedString())
                  api_key_env: TELNYX_API_KEY
                  api_url: \(double.url)
                  connection_id: "1494404757140276705"
                  from: "+12025550131"
                http: {listen: "127.0.0.1:\(api)"}
                outbound: {way: call_control, allow: ["+1202*"]}
                """, isTraced: false, environment: ["TELNYX_API_KEY": "KEYplanted"])
        func post(_ type: String, _ payload: [String: String], call: String = "v3:one") async throws -> Int {
            try await CallControlDouble.post(
                double.webhook(type, call: call, payload: payload, time: Self.now), to: Int(port))
        }
        let parties = ["from": "+12025550133", "to": "+12025550131"]
        let initiated = parties.merging(["direction": "incoming", "state": "parked"]) { $1 }
        #expect(try await post("call.initiated", initiated) == 200)
        let answer = await double.next("answer")
        #expect(answer.authorization == "Bearer KEYplanted")
        #expect(try await post("call.answered", parties) == 200)
        let peer = try await MediaStreamPeer.open(answer.fields["stream_url"] ?? "", port: Int(port))
        try peer.begin(call: "v3:one")
        for octet in UInt8(0x90)..<0xB0 { try peer.say(Array(repeating: octet, count: 160)) }
        await peer.wait { heard in heard.sound.contains { $0.first == 0xAF } }
        try peer.press("5")
        #expect(try await post("call.dtmf.received", ["digit": "5"]) == 200)
        #expect(try await post("call.hangup", parties.merging(["hangup_cause": "normal_clearing"]) { $1 }) == 200)
        _ = try await server.program.line(containing: "ended: The other side hung up.")
        let calls = try await server.calls()
        let record = try #require(calls.first)
        let text = String(decoding: try JSONSerialization.data(withJSONObject: record), as: UTF8.self)
        for word in ["+12025550133", "carrier session", "session-v3:one", "leg-v3:one", "remoteHangUp", "PCMU"] {
            #expect(text.contains(word), "\(word) is not in \(text)")
        }
        let id = try #require(record["id"] as? String)
        let recording = try Data(contentsOf: URL(fileURLWithPath: workspace.path("recordings/\(id).wav")))
        #expect(recording.count > 20_000)

        // One of ours, by the API.
        let order = Array("{\"to\": \"+12025550199\"}".utf8)
        let ordered = try await RawHTTP.post(
            order, to: Int(api), path: "/v1/calls", headers: [("content-type", "application/json")])
        #expect(ordered == 202 || ordered == 201)
        let dial = await double.next("dial")
        #expect(dial.fields["to"] == "+12025550199" && dial.fields["from"] == "+12025550131")
        let state = ["client_state": dial.fields["client_state"] ?? ""]
        #expect(try await post("call.answered", state, call: "v3:dialled") == 200)
        let start = await double.next("streaming_start")
        let callee = try await MediaStreamPeer.open(start.fields["stream_url"] ?? "", port: Int(port))
        try callee.begin(call: "v3:dialled")
        for octet in UInt8(0x90)..<0xB0 { try callee.say(Array(repeating: octet, count: 160)) }
        await callee.wait { heard in heard.sound.contains { $0.first == 0xAF } }
        #expect(try await post("call.hangup", ["hangup_cause": "normal_clearing"], call: "v3:dialled") == 200)
        _ = try await server.program.line(number: 2, containing: "ended: The other side hung up.")
        #expect(try await server.calls().count == 2)
        #expect(try await server.stop() == 0)
        #expect(!server.program.output.contains("planted") && !server.program.output.contains("token="))
        await double.stop()
        workspace.remove()
    }
}
