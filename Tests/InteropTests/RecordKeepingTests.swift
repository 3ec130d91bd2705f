import Foundation
import Logging
import ProviderDoubles
import RTPMedia
import SIPCore
import SIPNIO
import Telephony
import Testing

/// What `trunkline serve` keeps of calls, and what it does not.
@Suite(.serialized)
struct RecordKeepingTests {
    private static let token = "planted-token-0123456789abcdef"
    private static let secret = "planted-secret-0123456789abcdef"

    private func serve(
        _ workspace: Workspace, agent: String = "echo", settings: String = "", webhooks: UInt16? = nil
    ) async throws -> (server: Server, curl: Curl) {
        try workspace.write("\(Self.token)\n", to: "tokens")
        try workspace.write("\(Self.secret)\n", to: "secret")
        let port = try Workspace.freePort()
        let hooks = webhooks.map {
            "webhooks: {url: \"http://127.0.0.1:\($0)/\", secret_file: \"\(workspace.path("secret"))\"}"
        }
        let server = try await Server(
            in: workspace, agent: agent,
            settings: """
                http: {listen: "127.0.0.1:\(port)", tokens_file: "\(workspace.path("tokens"))"}
                \(hooks ?? "")
                \(settings)
                """, isTraced: false)
        return (server, Curl(base: "http://127.0.0.1:\(port)", token: Self.token))
    }

    @Test(
        "F-22, T-53: a recording is stereo and complete, is told when it is over, and has nothing of what was said in a pause"
    )
    func paused() async throws {
        let workspace = try Workspace("record-paused")
        let hooks = try Workspace.freePort()
        let script = Workspace.root.appending(path: "Tests/InteropTests/Support/webhook_receiver.py").path
        let receiver = try Program("/usr/bin/python3", [script, "\(hooks)", Self.secret, "0"])
        _ = try await receiver.line(containing: "ready")
        let (server, curl) = try await serve(workspace, webhooks: hooks)
        let phone = try await BeepingCaller.phone()
        let id: String = try await phone.call(OutgoingCall(to: server.uri())) { call in
            async let _: Void = { for await _ in call.audio {} }()
            let id = try await BeepingCaller.liveCall(curl)
            try await BeepingCaller.beep(on: call)
            let pausing = try await curl.ask("POST", "/v1/calls/\(id)/recording", "{\"state\": \"paused\"}")
            #expect(pausing.status == 200)
            try await BeepingCaller.beep(on: call)
            try await call.sendDTMF("42D")
            await call.drain()
            _ = try await eventually("three keys") {
                let keys = try await curl.ask("GET", "/v1/calls/\(id)").json["dtmf"] as? [Any]
                return keys?.count == 3 ? true : nil
            }
            let going = try await curl.ask("POST", "/v1/calls/\(id)/recording", "{\"state\": \"recording\"}")
            #expect(going.status == 200)
            try await BeepingCaller.beep(on: call)
            try await call.sendDTMF("7")
            try await BeepingCaller.beep(on: call)
            await call.hangUp(reason: .normal)
            return id
        }
        let call = try await BeepingCaller.ended(id, curl)
        let digits = (call["dtmf"] as? [[String: Any]])?.compactMap { $0["digit"] as? String }
        #expect(digits == ["•", "•", "•", "7"])
        let kinds = (call["events"] as? [[String: Any]])?.compactMap { $0["kind"] as? String } ?? []
        #expect(kinds.contains("recording paused") && kinds.contains("recording goes on"))

        let recorded = try #require(call["recorded"] as? [String: Any])
        #expect(recorded["isComplete"] as? Bool == true)
        let pause = try #require((recorded["pauses"] as? [[String: Int]])?.first)
        let (start, end) = (try #require(pause["startMs"]), try #require(pause["endMs"]))
        let octets = [UInt8](try Data(contentsOf: URL(filePath: workspace.path("recordings/\(id).wav"))))
        #expect(recorded["octets"] as? Int == octets.count)
        let file = try AudioFile(parsing: octets)
        #expect(file.channels.count == 2)
        let perMillisecond = file.sampleRate / 1_000
        #expect(
            (recorded["durationMs"] as? Int).map { abs($0 * perMillisecond - (file.channels[0].count)) < 40 * 8 }
                == true)
        for channel in file.channels {
            // The caller's beeps on the left, their echo on the right; nothing at all of those in between.
            let silent = channel[(start * perMillisecond)..<min(end * perMillisecond, channel.count)]
            #expect(end - start >= 500 && silent.allSatisfy { $0 == 0 })
            #expect(channel[..<(start * perMillisecond)].contains { abs($0) > 4_000 })
            #expect(channel[(end * perMillisecond)...].contains { abs($0) > 4_000 })
        }
        _ = try await receiver.line(containing: "call.ended")
        let took = receiver.output.split(separator: "\n").compactMap { $0.split(separator: " ").dropFirst().first }
        #expect(took == ["call.started", "call.answered", "call.recording_completed", "call.ended"])
        await phone.shutdown()
        #expect(try await server.stop() == 0)
        receiver.signal(SIGTERM)
        workspace.remove()
    }

    @Test(
        "T-53: no secret and no pressed key is in the log, the metrics, the events or what is printed, at any level of the log"
    )
    func masked() async throws {
        let workspace = try Workspace("record-masked")
        let password = "planted-password-4711"
        let (server, curl) = try await serve(
            workspace,
            settings: """
                authentication: {users: {ada: "\(password)"}}
                log: {level: trace, format: json}
                """)
        let phone = try await BeepingCaller.phone()
        var outgoing = OutgoingCall(to: server.uri())
        outgoing.from = "sip:ada@127.0.0.1"
        outgoing.credentials = Credentials(username: "ada", password: password)
        let placed = outgoing
        let events: (id: String, program: Program) = try await phone.call(placed) { call in
            async let _: Void = { for await _ in call.audio {} }()
            let id = try await BeepingCaller.liveCall(curl)
            let events = try curl.stream("/v1/calls/\(id)/events")
            #expect(try await curl.ask("POST", "/v1/calls/\(id)/recording", "{\"state\": \"paused\"}").status == 200)
            try await call.sendDTMF("B9C8D")
            #expect(try await curl.ask("POST", "/v1/calls/\(id)/dtmf", "{\"digits\": \"D774411\"}").status == 202)
            _ = try await eventually("the keys") {
                let keys = try await curl.ask("GET", "/v1/calls/\(id)").json["dtmf"] as? [Any]
                return keys?.count == 12 ? true : nil
            }
            await call.drain()
            await call.hangUp(reason: .normal)
            return (id, events)
        }
        let call = try await BeepingCaller.ended(events.id, curl)
        _ = try await events.program.end()
        let metrics = try await curl.ask("GET", "/metrics").body
        let shown = try Program(
            Workspace.product("trunkline"), ["calls", "trace", events.id, "--database", workspace.path("calls.db")])
        try await shown.end()
        #expect(try await server.stop() == 0)
        await phone.shutdown()

        let record = String(decoding: try JSONSerialization.data(withJSONObject: call), as: UTF8.self)
        let written = [
            "log": server.program.output, "metrics": metrics, "events": events.program.output, "record": record,
            "trace": shown.output,
        ]
        #expect(written["log"]?.contains("the caller pressed a key") == true)
        for (place, text) in written {
            for secret in [Self.token, Self.secret, password, "774411", "B9C8D"] {
                #expect(!text.contains(secret), "\(place): \(secret)")
            }
            // One key by itself, as whoever writes keys one by one would.
            for key in ["B", "C", "D"] {
                let tokens = text.split { !$0.isLetter && !$0.isNumber && $0 != "-" }
                #expect(!tokens.contains { $0 == key }, "\(place): \(key)")
            }
        }
        // The database, whole.
        for suffix in ["", "-wal"] {
            let octets = FileManager.default.contents(atPath: workspace.path("calls.db") + suffix) ?? Data()
            for secret in [Self.token, Self.secret, password, "774411"] {
                #expect(octets.range(of: Data(secret.utf8)) == nil, "calls.db\(suffix): \(secret)")
            }
        }
        workspace.remove()
    }

    @Test("T-53: a model pauses the recording by its tool and has it go on; what it used is counted and costed")
    func modelPauses() async throws {
        let workspace = try Workspace("record-model")
        let double = try await ChatCompletionsDouble(answers: [
            ChatCompletionsDouble.saying("Good day."),
            ChatCompletionsDouble.calling("pause_recording", arguments: "{}"),
            ChatCompletionsDouble.saying("Tell me the number."),
            ChatCompletionsDouble.calling("resume_recording", arguments: "{}"),
            ChatCompletionsDouble.saying("Thank you."), ChatCompletionsDouble.calling("hang_up", arguments: "{}"),
        ])
        let (server, curl) = try await serve(
            workspace, agent: "model",
            settings: """
                model: {provider: compatible, url: "\(double.url)", model: m}
                prices:
                  currency: EUR
                  services:
                    compatible: {input_per_million: 1000, output_per_million: 2000.5}
                """)
        let phone = try await BeepingCaller.phone()
        let id: String = try await phone.call(OutgoingCall(to: server.uri())) { call in
            async let _: Void = { for await _ in call.audio {} }()
            let id = try await BeepingCaller.liveCall(curl)
            let events = try curl.stream("/v1/calls/\(id)/events")
            _ = try await events.line(containing: "Good day.")
            try await call.sendDTMF("1")
            _ = try await events.line(containing: "recording paused")
            _ = try await events.line(containing: "\"text\":\"•\"")
            try await call.sendDTMF("4")
            _ = try await events.line(containing: "recording goes on")
            _ = try await events.line(containing: "Thank you.")
            try await call.sendDTMF("9")
            _ = try await events.line(containing: "event: ended")
            return id
        }
        let call = try await BeepingCaller.ended(id, curl)
        let digits = (call["dtmf"] as? [[String: Any]])?.compactMap { $0["digit"] as? String }
        #expect(digits == ["1", "•", "9"])
        let words = (call["turns"] as? [[String: Any]])?.compactMap { $0["text"] as? String }
        #expect(words == ["Good day.", "•", "Thank you."])
        let usage = try #require((call["usage"] as? [[String: Any]])?.first)
        #expect(usage["inputTokens"] as? Int == 27 && usage["outputTokens"] as? Int == 6)
        let cost = try #require(call["cost"] as? [String: Any])
        #expect(cost["micros"] as? Int == 39_003 && cost["currency"] as? String == "EUR")
        let metrics = try await curl.ask("GET", "/metrics").body
        #expect(metrics.contains("trunkline_cost_micros_total{currency=\"EUR\"} 39003\n"))
        let tools = try #require(double.bodies.first)
        #expect(tools.contains("pause_recording") && tools.contains("resume_recording"))
        await phone.shutdown()
        #expect(try await server.stop() == 0)
        #expect(!server.program.output.contains("Tell me the number."))
        await double.stop()
        workspace.remove()
    }

    // MARK: The commands

    @Test(
        "T-53: kept calls are found, exported and erased by the commands, and by the server once they are old; no name stays"
    )
    func commands() async throws {
        let workspace = try Workspace("record-commands")
        let folder = workspace.path("kept")
        try workspace.write(
            """
            listen: ["udp:127.0.0.1:\(try Workspace.freePort())"]
            agent: echo
            calls: {database: "\(folder)/calls.db", recordings: "\(folder)/recordings", keep: 2d, keep_recordings: 1d}

            """, to: "trunkline.yaml")
        func serve() async throws -> Program {
            let server = try Program(
                Workspace.product("trunkline"), ["serve", "--config", workspace.path("trunkline.yaml")])
            _ = try await server.line(containing: "Ready.")
            return server
        }
        func calls(_ arguments: String...) async throws -> (status: Int32, output: String) {
            let program = try Program(
                Workspace.product("trunkline"), ["calls"] + arguments + ["--database", "\(folder)/calls.db"])
            let status = try await program.end()
            return (status, program.output)
        }
        let server = try await serve()
        let target = try #require(
            server.output.split(separator: "'").first { $0.hasPrefix("/dial sip:") }?.dropFirst(6))
        for name in ["plantagenetone", "plantagenettwo"] {
            let call = try Program(
                Workspace.product("trunkline"),
                ["call", String(target), "--bind", "127.0.0.1", "--from", "sip:\(name)@127.0.0.1", "--duration", "1"])
            #expect(try await call.end() == 0, "\(call.output)")
        }
        server.signal(SIGTERM)
        #expect(try await server.end() == 0)

        let found = try await calls("search", "PLANTAGENETONE", "\"", "*")
        #expect(found.status == 0 && found.output.contains("[plantagenetone]"), "\(found.output)")
        #expect(try await calls("search", "-plantagenetthree").output == "Nothing was found.\n")
        let out = workspace.path("out")
        #expect(try await calls("export", "--all", "--to", out).output == "2 calls in \(out)\n")
        let again = try await calls("export", "--all", "--to", out)
        #expect(again.status == 1 && again.output.contains("is there already"))
        #expect(try await calls("export", "--all", "--force", "--to", out).status == 0)
        let exported = try FileManager.default.subpathsOfDirectory(atPath: out)
        for file in ["call.json", "call.txt", "recording.wav", "sip.pcap"] {
            #expect(exported.filter { $0.hasSuffix("/\(file)") }.count == 2)
        }

        let ids = exported.filter { !$0.contains("/") && !$0.contains(".") }.sorted()
        let first = try #require(ids.first)
        let unasked = try await calls("erase", first)
        #expect(unasked.status == 1 && unasked.output.contains("--yes"))
        #expect(
            try await calls("erase", "--number", "sip:plantagenetone@127.0.0.1", "--dry-run").output.hasPrefix(first))
        let erased = try await calls("erase", "--number", "sip:plantagenetone@127.0.0.1", "--yes")
        #expect(erased.status == 0 && erased.output == "1 call erased, 1 recording.\n", "\(erased.output)")
        #expect(try Self.files(in: folder, holding: "plantagenetone").isEmpty)
        #expect(try Self.files(in: folder, holding: "plantagenettwo") != [])

        // The other call grows old: two days go by, and then three, on the clock of the database.
        let aging =
            "import sqlite3,sys; d=sqlite3.connect(sys.argv[1]); d.execute('UPDATE call SET startedAt = startedAt - ' "
            + "+ str(36 * 3600000)); d.commit()"
        let second = try #require(ids.last)
        for (files, output) in [(0, "0 calls, 1 recordings"), (-1, "1 calls, 0 recordings")] {
            try await Program("/usr/bin/python3", ["-c", aging, "\(folder)/calls.db"]).end()
            let server = try await serve()
            _ = try await server.line(containing: "Kept long enough, and erased: \(output).")
            server.signal(SIGTERM)
            #expect(try await server.end() == 0)
            let recording = "\(folder)/recordings/\(second).wav"
            #expect(!FileManager.default.fileExists(atPath: recording))
            #expect(try await calls("show", second).status == (files == 0 ? 0 : 1))
        }
        #expect(try Self.files(in: folder, holding: "plantagenet").isEmpty)
        workspace.remove()
    }

    /// The files in a folder whose octets or names have a word.
    private static func files(in folder: String, holding word: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder).filter { name in
            let octets = FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data()
            return name.contains(word) || octets.range(of: Data(word.utf8)) != nil
        }
    }
}
