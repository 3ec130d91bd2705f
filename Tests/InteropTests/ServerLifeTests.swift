import Foundation
import Testing

/// `trunkline serve` from its start to its end, whichever way that comes.
@Suite(.serialized)
struct ServerLifeTests {
    /// A phone that stays on the line until it is stopped.
    private func phone(_ server: Server, seconds: Int = 60) async throws -> Program {
        let phone = try Program(
            Workspace.product("trunkline"),
            ["call", server.uri(), "--bind", "127.0.0.1", "--duration", "\(seconds)", "--json"])
        _ = try await phone.line(containing: "answered")
        return phone
    }

    @Test("A call that is up when the process is killed is marked interrupted at the next start, with what was said")
    func killed() async throws {
        let workspace = try Workspace("killed")
        let server = try await Server(
            in: workspace, agent: "local",
            settings: "flow: \(Workspace.root.appending(path: "flows/receptionist.yaml").path)")
        let phone = try await phone(server)
        // The turn is in the database, and a second of sound in the file.
        _ = try await eventually("the turn in the database") { () -> Bool? in
            (try await Server.stored(in: workspace).first?["turns"] as? [Any])?.isEmpty == false ? true : nil
        }
        let recordings = workspace.folder.appending(path: "recordings")
        _ = try await eventually("a second in the recording") { () -> Bool? in
            let files = FileManager.default.enumerator(at: recordings, includingPropertiesForKeys: nil)
            let sound = files?.compactMap { $0 as? URL }.first { $0.pathExtension == "wav" }
            return sound.map { ((try? Sound.read($0.path)) ?? []).count > 8_000 } == true ? true : nil
        }
        server.program.signal(SIGKILL)
        try await server.program.end()
        phone.signal(SIGKILL)
        try await phone.end()

        let again = try await Server(in: workspace, agent: "echo")
        let calls = try await again.calls()
        #expect(calls.count == 1)
        #expect(calls.first?["state"] as? String == "interrupted")
        let turns = try #require(calls.first?["turns"] as? [[String: Any]])
        let text = try #require(turns.first?["text"] as? String)
        #expect(text.contains("How can I help you"))
        let recording = try #require(calls.first?["recording"] as? String)
        #expect(try Sound.read(recording).count > 8_000)
        try await again.stop()
        workspace.remove()
    }

    @Test("SIGTERM takes no more calls, waits for the one that is up, and ends with 0")
    func drained() async throws {
        let workspace = try Workspace("drained")
        let server = try await Server(in: workspace, agent: "echo")
        let phone = try await phone(server, seconds: 4)
        server.program.signal(SIGTERM)
        _ = try await server.program.line(containing: "no more calls are taken")
        let late = try Program(
            Workspace.product("trunkline"), ["call", server.uri(), "--bind", "127.0.0.1", "--duration", "1"])
        #expect(try await late.end() == 2, "\(late.output)")
        #expect(late.output.contains("503"))
        #expect(try await phone.end() == 0, "\(phone.output)")
        #expect(try await server.program.end() == 0)
        let calls = try await Server.stored(in: workspace)
        #expect(calls.first?["state"] as? String == "ended")
        #expect(calls.first?["endCause"] as? String == "remoteHangUp")
        workspace.remove()
    }

    @Test("A call that outlasts the drain time is hung up")
    func hungUp() async throws {
        let workspace = try Workspace("hung-up")
        let server = try await Server(in: workspace, agent: "echo", drain: 1)
        let phone = try await phone(server)
        #expect(try await server.stop() == 0)
        #expect(try await phone.end() == 0, "\(phone.output)")
        #expect(phone.output.contains("ended"))
        workspace.remove()
    }

    @Test("Mistakes in the configuration are named with file, line and fix, and nothing starts")
    func badConfiguration() async throws {
        let workspace = try Workspace("bad-configuration")
        try workspace.write("listen: [\"udp:127.0.0.1:5060\"]\nagnet: echo\nrtp:\n  ports: many\n", to: "bad.yaml")
        let serve = try Program(Workspace.product("trunkline"), ["serve", "--config", workspace.path("bad.yaml")])
        #expect(try await serve.end() == 78)
        #expect(serve.output.contains("bad.yaml:2:"))
        #expect(serve.output.contains("agent"))
        #expect(serve.output.contains("bad.yaml:4:"))
        #expect(!serve.output.contains("Ready"))
        workspace.remove()
    }

    @Test("A port that is taken, and speech parts that are missing, are said with what to do")
    func cannotStart() async throws {
        let workspace = try Workspace("cannot-start")
        let server = try await Server(in: workspace, agent: "echo")
        let taken = try Program(
            Workspace.product("trunkline"),
            [
                "serve", "--agent", "echo", "--listen", "udp:127.0.0.1:\(server.ports["udp"] ?? 0)", "--database",
                workspace.path("other.db"),
            ])
        #expect(try await taken.end() == 1)
        #expect(taken.output.contains("Choose another"), "\(taken.output)")
        let speechless = try Program(
            Workspace.product("trunkline"),
            ["serve", "--speech", "/nonexistent", "--database", workspace.path("other.db")])
        #expect(try await speechless.end() == 1)
        #expect(speechless.output.contains("scripts/install-speech.sh"))
        try await server.stop()
        workspace.remove()
    }

    @Test(
        "A waiting sound that can't be played is said with its file and what is wrong with it",
        arguments: [
            (nil, "can't be read"), (0, "There is no sound in the file"), (0.4, "less than half a second"),
            (61, "longer than 60 seconds"),
        ] as [(Double?, String)])
    func badWaitingSound(seconds: Double?, sentence: String) async throws {
        let workspace = try Workspace("waiting-sound")
        let file = workspace.path("rain.wav")
        if let seconds { try Sound.write([.silence(seconds: seconds)], to: file) }
        try workspace.write(
            """
            agent: realtime
            realtime: {provider: openai, url: "ws://127.0.0.1:9"}
            conversation: {waiting_sound: "\(file)"}
            """, to: "trunkline.yaml")
        let serve = try Program(
            Workspace.product("trunkline"), ["serve", "--config", workspace.path("trunkline.yaml")])
        #expect(try await serve.end() == 1)
        #expect(serve.output.contains("conversation.waiting_sound: \(file)"), "\(serve.output)")
        #expect(serve.output.contains(sentence), "\(serve.output)")
        #expect(!serve.output.contains("Ready"))
        workspace.remove()
    }

    @Test("A recording is played to the caller, and then the call ends")
    func playback() async throws {
        let workspace = try Workspace("playback")
        let file = workspace.path("played.wav")
        try Sound.write([.prompt("vm-leavemsg")], to: file)
        let server = try await Server(in: workspace, agent: "playback:\(file)")
        let phone = try Program(
            Workspace.product("trunkline"),
            [
                "call", server.uri(), "--bind", "127.0.0.1", "--duration", "20", "--record",
                workspace.path("heard.wav"),
            ])
        #expect(try await phone.end() == 0, "\(phone.output)")
        let heard = try await Transcriber.transcribe(workspace.path("heard.wav"), channel: 0)
        #expect(heard.contains("message"), "\(heard)")
        try await server.stop()
        workspace.remove()
    }

    @Test(
        "--help reads well and --version is there",
        arguments: [["--version"], ["--help"], ["serve", "--help"], ["call", "--help"], ["calls", "--help"]])
    func help(arguments: [String]) async throws {
        let program = try Program(Workspace.product("trunkline"), arguments)
        #expect(try await program.end() == 0)
        #expect(program.output.contains(arguments == ["--version"] ? "0.1.0" : "USAGE: trunkline"))
    }
}
