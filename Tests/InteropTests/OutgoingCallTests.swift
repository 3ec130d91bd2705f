import Foundation
import RTPMedia
import Testing

/// `trunkline call` calls a phone that others wrote.
@Suite(.serialized)
struct OutgoingCallTests {
    @Test(
        "F-15: baresip answers in PCMU, PCMA, G.722 or Opus; its speech is recorded, the summary gives codec and figures",
        arguments: ["pcmu", "pcma", "g722/16000/1", "opus/48000/2"])
    func answered(codec: String) async throws {
        let name = codec.split(separator: "/").first.map(String.init) ?? codec
        let workspace = try Workspace("call-\(name)")
        let (spoken, played) = (workspace.path("spoken.wav"), workspace.path("played.wav"))
        let rate = name == "g722" ? 16_000 : 8_000
        try Sound.write([.prompt("vm-leavemsg"), .silence(seconds: 12)], to: spoken, sampleRate: rate)
        try Sound.write([.prompt("transfer")], to: played)
        let phone = try Baresip(in: workspace, speaking: spoken, codecs: codec, rate: rate)
        try await phone.ready()
        let capture = try await Capture(in: workspace, filter: "udp port \(phone.port)")
        let call = try Program(
            Workspace.product("trunkline"),
            [
                "call", "sip:phone@127.0.0.1:\(phone.port)", "--play", played, "--record",
                workspace.path("recorded.wav"), "--json", "--bind", "127.0.0.1",
            ])
        #expect(try await call.end() == 0, "\(call.output)")
        try await phone.stop()

        let json = try #require(call.output.range(of: "{").map { String(call.output[$0.lowerBound...]) })
        let summary = try #require(
            try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any], "\(call.output)")
        #expect(summary["outcome"] as? String == "completed")
        let statistics = try #require(summary["statistics"] as? [String: Any])
        #expect((statistics["codec"] as? String)?.lowercased() == name)
        #expect(statistics["packetsReceived"] as? Int ?? 0 > 50)
        #expect(statistics["packetsLost"] as? Int == 0)
        #expect(statistics["estimatedMOS"] as? Double ?? 0 > 4)

        let recorded = try await Transcriber.transcribe(workspace.path("recorded.wav"), channel: 0)
        #expect(recorded.contains("message"), "\(recorded)")
        let heard = try await Transcriber.transcribe(phone.heard())
        #expect(heard.contains("transfer") || heard.contains("hold") || heard.contains("extension"), "\(heard)")
        try await capture.audit()
        workspace.remove()
    }

    @Test("The agent calls baresip, waits for hello, greets, hears goodbye and hangs up; all of it is in the record")
    func led() async throws {
        let workspace = try Workspace("call-agent")
        let spoken = workspace.path("spoken.wav")
        try Sound.write(
            [.silence(seconds: 1), .prompt("hello"), .silence(seconds: 6), .prompt("goodbye"), .silence(seconds: 20)],
            to: spoken)
        let phone = try Baresip(in: workspace, speaking: spoken)
        try await phone.ready()
        try workspace.write("calls: {database: \(workspace.path("calls.db"))}\n", to: "agent.yaml")
        let call = try Program(
            Workspace.product("trunkline"),
            [
                "call", "sip:phone@127.0.0.1:\(phone.port)", "--agent", "local", "--config",
                workspace.path("agent.yaml"), "--bind", "127.0.0.1",
            ])
        #expect(try await call.end() == 0, "\(call.output)")
        try await phone.stop()
        let heard = try await Transcriber.transcribe(phone.heard())
        #expect(heard.contains("harbour") || heard.contains("harbor"), "\(heard)")

        let id = try #require(call.output.firstMatch(of: /calls show (\S+)/)?.1, "\(call.output)")
        let show = try Program(
            Workspace.product("trunkline"),
            ["calls", "show", String(id), "--json", "--database", workspace.path("calls.db")])
        #expect(try await show.end() == 0, "\(show.output)")
        let stored = try #require(
            try JSONSerialization.jsonObject(with: Data(show.output.utf8)) as? [String: Any], "\(show.output)")
        let turns = try #require(stored["turns"] as? [[String: Any]])
        #expect(turns.prefix(2).map { $0["who"] as? String } == ["caller", "agent"], "\(turns)")
        #expect(stored["direction"] as? String == "outgoing" && stored["endCause"] as? String == "localHangUp")
        #expect(stored["answeredBy"] as? String == "human", "\(stored)")
        workspace.remove()
    }

    @Test("F-11: baresip answers as a voicemail; the message begins after its beep, and all of it is heard")
    func voicemail() async throws {
        let workspace = try Workspace("call-voicemail")
        let spoken = workspace.path("spoken.wav")
        // A human voice: "… is unavailable. Please leave your message after the tone. When done, hang up …", and a beep.
        try Sound.write(
            [
                .silence(seconds: 0.7), .prompt("vm-theperson"), .prompt("digits/1"), .prompt("digits/2"),
                .prompt("vm-isunavail"), .prompt("vm-intro"), .silence(seconds: 0.5), .prompt("beep"),
                .silence(seconds: 25),
            ], to: spoken)
        let phone = try Baresip(in: workspace, speaking: spoken)
        try await phone.ready()
        let message = "This is Harbour Dental. Your appointment is on Monday at nine. Please call us back."
        try workspace.write(
            "calls: {database: \(workspace.path("calls.db")), recordings: \(workspace.path("recordings"))}\n",
            to: "agent.yaml")
        let call = try Program(
            Workspace.product("trunkline"),
            [
                "call", "sip:phone@127.0.0.1:\(phone.port)", "--agent", "local", "--config",
                workspace.path("agent.yaml"), "--bind", "127.0.0.1", "--voicemail", message,
            ])
        #expect(try await call.end() == 0, "\(call.output)")
        try await phone.stop()
        let heard = try await Transcriber.transcribe(phone.heard())
        #expect(wordErrorRate(of: heard, said: message) < 0.3, "\(heard)")
        #expect(call.output.contains("voicemail: left after the beep"), "\(call.output)")

        // Nothing of ours while it beeps, and not much silence behind it.
        let id = try #require(call.output.firstMatch(of: /calls show (\S+)/)?.1, "\(call.output)")
        let file = try WAVFile(
            parsing: [UInt8](Data(contentsOf: URL(filePath: workspace.path("recordings/\(id).wav")))))
        var detector = try #require(BeepDetector(sampleRate: file.sampleRate))
        let frame = file.sampleRate / 50
        let beep = stride(from: 0, to: file.channels[0].count - frame, by: frame).first { start in
            detector.receive(Array(file.channels[0][start..<start + frame]).span).contains {
                if case .ended = $0 { true } else { false }
            }
        }
        let end = try #require(beep)
        let ours = file.channels[1].indices.filter { abs(Int(file.channels[1][$0])) > 500 }
        let began = try #require(ours.first { $0 > end - file.sampleRate })
        #expect(began > end - frame && began < end + 2 * file.sampleRate, "beep \(end), message \(began)")

        let show = try Program(
            Workspace.product("trunkline"),
            ["calls", "show", String(id), "--json", "--database", workspace.path("calls.db")])
        #expect(try await show.end() == 0, "\(show.output)")
        let stored = try #require(
            try JSONSerialization.jsonObject(with: Data(show.output.utf8)) as? [String: Any], "\(show.output)")
        #expect(stored["answeredBy"] as? String == "machine" && stored["endCause"] as? String == "localHangUp")
        workspace.remove()
    }

    @Test("Nobody there, refused, no such host: the exit code and the sentence say which")
    func failures() async throws {
        let workspace = try Workspace("call-failures")
        // A TCP port that nobody listens on.
        let nobody = try Workspace.freePort()
        let unreachable = try Program(
            Workspace.product("trunkline"), ["call", "sip:x@127.0.0.1:\(nobody);transport=tcp", "--bind", "127.0.0.1"])
        #expect(try await unreachable.end() == 4, "\(unreachable.output)")
        let server = try await Server(
            in: workspace, agent: "echo", settings: "authentication: {users: {alice: secret}}")
        let refused = try Program(
            Workspace.product("trunkline"), ["call", server.uri(), "--bind", "127.0.0.1", "--duration", "1"])
        #expect(try await refused.end() == 2, "\(refused.output)")
        #expect(refused.output.contains("401"))
        let known = try Program(
            Workspace.product("trunkline"),
            [
                "call", server.uri(), "--bind", "127.0.0.1", "--duration", "1", "--auth", "alice", "--password-env",
                "TRUNKLINE_TEST_PASSWORD",
            ], environment: ["TRUNKLINE_TEST_PASSWORD": "secret"])
        #expect(try await known.end() == 0, "\(known.output)")
        try await server.stop()
        workspace.remove()
    }
}
