import Foundation
import ProviderDoubles
import Telephony
import Testing

/// Somebody listens to a call of `trunkline serve`, whispers to its agent, and takes it over, with telephones that others
/// wrote: who hears whom is told by their recordings.
@Suite(.serialized)
struct SupervisorTests {
    private static let token = "0123456789abcdef0123456789abcdef"
    /// What the caller, the agent and the supervisor make.
    private static let (callerTone, agentTone, supervisorTone) = (440.0, 1_320.0, 880.0)
    /// The share of one of two tones that sound together.
    private static let among = 0.3
    private static let absent = 0.1

    private func serve(
        _ workspace: Workspace, agent: String, supervisor: Baresip, settings: String = ""
    ) async throws -> (server: Server, curl: Curl) {
        try workspace.write("\(Self.token)\n", to: "tokens")
        let port = try Workspace.freePort()
        let server = try await Server(
            in: workspace, agent: agent,
            settings: """
                http: {listen: "127.0.0.1:\(port)", tokens_file: "\(workspace.path("tokens"))"}
                outbound: {allow: ["\(supervisor.uri())"]}
                \(settings)
                """)
        return (server, Curl(base: "http://127.0.0.1:\(port)", token: Self.token))
    }

    /// The program, as a supervisor uses it.
    private func trunkline(_ curl: Curl, _ workspace: Workspace, _ arguments: String...) async throws -> Int32 {
        let program = try Program(
            Workspace.product("trunkline"),
            ["supervise"] + arguments + ["--url", curl.base, "--token-file", workspace.path("tokens")])
        return try await program.end()
    }

    @Test(
        "A supervisor's baresip hears caller and agent, is heard by nobody until they take over by key, gives the call back, and all of it is in the record"
    )
    func modes() async throws {
        let workspace = try Workspace("supervisor")
        let files = ["calling", "playing", "supervising"].map { workspace.path("\($0).wav") }
        for (file, tone) in zip(files, [Self.callerTone, Self.agentTone, Self.supervisorTone]) {
            try Tone.write(tone, seconds: 60, after: 0, to: file)
        }
        let supervisor = try Baresip(in: workspace, user: "lead", speaking: files[2])
        try await supervisor.ready()
        let (server, curl) = try await serve(workspace, agent: "playback:\(files[1])", supervisor: supervisor)
        let caller = try Baresip(in: workspace, user: "caller", speaking: files[0], dial: server.uri())
        try await caller.hears()
        let id = try await BeepingCaller.liveCall(curl)
        let path = "/v1/calls/\(id)/supervise"

        // Nobody is called whom no list names, and this agent has no model to whisper to.
        let stranger = try await curl.ask("POST", path, "{\"to\": \"sip:other@127.0.0.1:9\"}")
        #expect(stranger.status == 403 && stranger.json["code"] as? String == "destination_not_allowed")
        let whisper = try await curl.ask("POST", path, "{\"to\": \"\(supervisor.uri())\", \"mode\": \"whisper\"}")
        #expect(whisper.status == 409 && whisper.json["code"] as? String == "no_notes")

        #expect(try await trunkline(curl, workspace, String(id.suffix(4)), "--to", supervisor.uri(), "--listen") == 0)
        _ = try await server.program.line(containing: "supervisor listens")
        let live = workspace.path("live.wav")
        let listening = try Program(
            "curl",
            [
                "-sN", "-m", "2", "-o", live, "-H", "Authorization: Bearer \(Self.token)",
                "\(curl.base)/v1/calls/\(id)/audio",
            ])
        #expect(try await listening.end() == 28)
        try supervisor.control("sndcode", "6")
        _ = try await server.program.line(containing: "supervisor took over")
        try await Task.sleep(for: .seconds(2))
        #expect(try await trunkline(curl, workspace, id, "--listen") == 0)
        _ = try await server.program.line(containing: "supervisor gave back")
        try await Task.sleep(for: .seconds(2))
        #expect(try await trunkline(curl, workspace, id, "--end") == 0)
        try await supervisor.callOver()
        _ = try await server.program.line(containing: "supervision over")
        try caller.control("hangup")
        let call = try await BeepingCaller.ended(id, curl)
        try await caller.stop()
        try await supervisor.stop()

        try judge(call, caller: caller, supervisor: supervisor, live: live)
        #expect(try await server.stop() == 0)
        try server.audit()
        workspace.remove()
    }

    /// Tells by the recordings who heard whom when.
    private func judge(_ call: [String: Any], caller: Baresip, supervisor: Baresip, live: String) throws {
        let events = (call["events"] as? [[String: Any]] ?? []).map {
            (kind: $0["kind"] as? String ?? "", detail: $0["detail"] as? String ?? "", at: $0["atMs"] as? Int ?? 0)
        }
        func at(_ kind: String) throws -> Int {
            try #require(events.first { $0.kind == kind }?.at, "\(kind): \(events.map(\.kind))")
        }
        let (listens, tookOver, gaveBack) = try (
            at("supervisor listens"), at("supervisor took over"), at("supervisor gave back")
        )
        #expect(
            events.filter { $0.kind.hasPrefix("superv") }.map(\.kind) == [
                "supervision", "supervisor rings", "supervisor listens", "supervisor took over", "supervisor gave back",
                "supervisor listens", "supervision over",
            ])
        #expect(events.first { $0.kind == "supervision" }?.detail == "\(supervisor.uri()) to listen, by token 1")
        #expect(events.filter { $0.kind == "listening" }.map(\.detail) == ["over HTTP, by token 1"])
        let answered = call["answeredMs"] as? Int ?? 0

        /// Of a recording that began then, what lies well between two moments of the call.
        func part(_ samples: [Int16], since begin: Int, from: Int, to: Int) -> [Int16] {
            let (from, to) = (max(0, from - begin + 700) * 8, max(0, to - begin - 700) * 8)
            return Array(samples.prefix(to).dropFirst(from))
        }
        let byCaller = try Sound.read(caller.heard())
        let bySupervisor = try Sound.read(supervisor.heard())
        let recording = try Recording(try #require(call["recording"] as? String))
        for (name, from, to) in [
            ("listening", listens, tookOver), ("taken over", tookOver, gaveBack),
            ("given back", gaveBack, gaveBack + 2_400),
        ] {
            let isTaken = name == "taken over"
            for (place, sound) in [
                ("caller", part(byCaller, since: answered, from: from, to: to)),
                ("record", part(recording.right, since: answered, from: from, to: to)),
            ] {
                let (own, other) =
                    isTaken ? (Self.supervisorTone, Self.agentTone) : (Self.agentTone, Self.supervisorTone)
                #expect(Tone.strongest(own, in: sound) > Tone.present, "\(place), \(name)")
                #expect(Tone.strongest(other, in: sound) < Self.absent, "\(place), \(name)")
            }
            let heard = part(bySupervisor, since: listens, from: from, to: to)
            #expect(Tone.strongest(Self.callerTone, in: heard) > (isTaken ? Tone.present : Self.among), "\(name)")
            #expect(Tone.strongest(Self.supervisorTone, in: heard) < Self.absent, "\(name)")
            let agent = Tone.strongest(Self.agentTone, in: heard)
            #expect(isTaken ? agent < Self.absent : agent > Self.among, "\(name): \(agent)")
        }
        let both = try Recording(live)
        #expect(Tone.strongest(Self.callerTone, in: both.left) > Tone.present)
        #expect(Tone.strongest(Self.agentTone, in: both.right) > Tone.present)
    }

    @Test("What a supervisor writes or says changes the model's next answer, and the caller hears neither")
    func whispers() async throws {
        let workspace = try Workspace("whisper")
        let (calling, whispering) = (workspace.path("calling.wav"), workspace.path("whispering.wav"))
        try Sound.write([.silence(seconds: 90)], to: calling)
        try Sound.write([.silence(seconds: 3), .prompt("vm-leavemsg"), .silence(seconds: 60)], to: whispering)
        let model = try await ObedientModelDouble()
        let supervisor = try Baresip(in: workspace, user: "lead", speaking: whispering)
        try await supervisor.ready()
        let (server, curl) = try await serve(
            workspace, agent: "model", supervisor: supervisor,
            settings: """
                model: {provider: compatible, url: "\(model.url)", model: m}
                greeting: "Good day."
                """)
        let caller = try Baresip(in: workspace, user: "caller", speaking: calling, dial: server.uri())
        _ = try await server.program.line(containing: "agent:  Good day.")
        let id = try await BeepingCaller.liveCall(curl)
        try caller.control("sndcode", "1")
        _ = try await server.program.line(containing: "agent:  Very well.")
        #expect(try await trunkline(curl, workspace, id, "--text", "say Come on Tuesday.") == 0)
        try caller.control("sndcode", "2")
        _ = try await server.program.line(containing: "agent:  Come on Tuesday.")
        #expect(try await trunkline(curl, workspace, id, "--to", supervisor.uri(), "--whisper") == 0)
        _ = try await server.program.line(containing: "supervisor note: whispered: ")
        try caller.control("sndcode", "3")
        let told = try await eventually("the model's question") {
            model.bodies.last { $0.contains("pressed 3") }
        }
        #expect(told.lowercased().contains("message"), "\(told.suffix(1_000))")
        try caller.control("hangup")
        _ = try await BeepingCaller.ended(id, curl)
        try await supervisor.callOver()
        try await caller.stop()
        try await supervisor.stop()
        let words = try await Transcriber.transcribe(caller.heard())
        #expect(words.contains("tuesday") && !words.contains("message") && !words.contains("say"), "\(words)")
        #expect(try await server.stop() == 0)
        try server.audit()
        await model.stop()
        workspace.remove()
    }
}
