import Agent
import Foundation
import Logging
import RTPMedia
import SIPCore
import SIPNIO
import Synchronization
import Telephony
import TelephonyPrimitives
import Testing

/// The HTTP port of `trunkline serve`, asked by programs that others wrote.
@Suite(.serialized)
struct HTTPTests {
    private static let schemathesis = Workspace.root.appending(path: ".build-artifacts/schemathesis/bin/schemathesis")
        .path
    private static let isInstalled = FileManager.default.isExecutableFile(atPath: schemathesis)
    private static let token = "0123456789abcdef0123456789abcdef"

    /// A server with an HTTP port, and who asks it.
    private func serve(
        _ name: String, agent: String, outbound: String, settings: String = "", http: String = ""
    ) async throws -> (server: Server, curl: Curl, workspace: Workspace) {
        let workspace = try Workspace(name)
        try workspace.write("# for the tests\n\(Self.token)\n", to: "tokens")
        let port = try Workspace.freePort()
        let server = try await Server(
            in: workspace, agent: agent,
            settings: """
                http: {listen: "127.0.0.1:\(port)", tokens_file: "\(workspace.path("tokens"))"\(http)}
                outbound: {\(outbound)}
                \(settings)
                """)
        return (server, Curl(base: "http://127.0.0.1:\(port)", token: Self.token), workspace)
    }

    private func phone() async throws -> Endpoint {
        let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return try await Endpoint(
            configuration: EndpointConfiguration(listen: [.udp("127.0.0.1", 0)]), logger: silent)
    }

    // MARK: The description

    @Test(
        "T-42: schemathesis asks whatever the description allows and more, and finds no 5xx and no undocumented answer",
        .enabled(if: isInstalled, "schemathesis is not installed: scripts/install-schemathesis.sh"))
    func description() async throws {
        // Whoever it calls answers for two seconds, so that there are calls to meddle with, and streams of events end.
        let own = try Workspace.freePort()
        let (server, curl, workspace) = try await serve(
            "schemathesis", agent: "echo",
            outbound: "allow: [\"+1555*\"], trunk: \"sip:127.0.0.1:\(own)\", maximum: 5, per_hour: 1000000",
            settings: "transfers: {desk: \"sip:desk@127.0.0.1:\(own)\"}", http: ", requests_per_second: 10000")
        let mirror = try await Endpoint(
            configuration: EndpointConfiguration(listen: [.udp("127.0.0.1", own)]),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let mirroring: Task<Void, Never> = Task {
            await mirror.serve { invitation in
                try await invitation.answer { call in
                    for await _ in call.audio.prefix(100) {}
                }
            }
        }
        // A destination may be refused for what no schema says; a body beyond 64 kB is too large before it is anything else.
        try workspace.write(
            """
            [checks]
            positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "409", "413", "422", "429"]
            negative_data_rejection.expected-statuses = ["400", "401", "403", "404", "405", "408", "409", "413", "415", "422", "429"]
            """, to: "schemathesis.toml")
        let program = try Program(
            Self.schemathesis,
            [
                "--config-file", workspace.path("schemathesis.toml"), "run", "\(curl.base)/openapi.json", "-H",
                "Authorization: Bearer \(Self.token)", "--checks", "all",
                // DELETE of a call ends it; its record stays, and can be read.
                "--exclude-checks", "use_after_free", "--no-color", "--seed", "1", "--max-time", "40",
                "--generation-database", "none", "--request-timeout", "10", "-n", "25",
            ], directory: workspace.folder)
        let status = try await program.end(within: .seconds(120))
        #expect(status == 0, "\(program.output.suffix(4_000))")
        #expect(program.output.contains("Tested: 30"))
        // Calls were placed; their records may have been erased, for that is asked, too.
        let metrics = try await curl.ask("GET", "/metrics").body
        #expect(metrics.contains(/trunkline_calls_total\{direction="outgoing"\} [1-9]/))
        await mirror.shutdown()
        await mirroring.value
        #expect(try await server.stop() == 0)
        #expect(!server.program.output.contains(Self.token))
        workspace.remove()
    }

    // MARK: Calls

    @Test("A call is placed and spoken into over HTTP, whoever is called hears it, and reads along until the end")
    func speaks() async throws {
        let phone = try await phone()
        let recording = Mutex(URL?.none)
        let keys = Mutex("")
        let address = try #require(phone.addresses.first).address
        let (server, curl, workspace) = try await serve(
            "http-call", agent: "local", outbound: "allow: [\"sip:*@\(address)\"], from: \"+4930123\"",
            settings: "flow: \(Workspace.root.appending(path: "flows/receptionist.yaml").path)")
        let heard = workspace.path("heard.wav")
        let serving: Task<Void, Never> = Task {
            await phone.serve { invitation in
                try await invitation.answer { call in
                    let recorder = try CallRecorder(path: heard, sampleRate: call.sampleRate)
                    await call.setTap { recorder.take($0, $1) }
                    async let _: Void = { for await _ in call.audio {} }()
                    for await event in call.events {
                        if case .dtmf(let digit, _) = event { keys.withLock { $0.append(digit) } }
                    }
                    try await recorder.finish()
                    recording.withLock { $0 = URL(filePath: heard) }
                }
            }
        }
        let order = "{\"to\": \"sip:phone@\(address)\", \"variables\": {\"name\": \"Harbour Taxi\"}}"
        let first = try await curl.ask("POST", "/v1/calls", order, headers: ["Idempotency-Key: one"])
        #expect(first.status == 202)
        let id = try #require(first.json["id"] as? String)
        let again = try await curl.ask("POST", "/v1/calls", order, headers: ["Idempotency-Key: one"])
        #expect(again.json["id"] as? String == id)
        let events = try curl.stream("/v1/calls/\(id)/events")
        // The greeting is a turn once it has been heard.
        _ = try await events.line(containing: "\"who\":\"agent\"")
        #expect(
            try await curl.ask("POST", "/v1/calls/\(id)/speak", "{\"text\": \"Your taxi is waiting outside.\"}").status
                == 202)
        _ = try await events.line(containing: "Your taxi is waiting outside.")
        #expect(try await curl.ask("POST", "/v1/calls/\(id)/dtmf", "{\"digits\": \"17#\"}").status == 202)
        _ = try await eventually("the keys") { keys.withLock { $0 == "17#" } ? true : nil }
        #expect(try await curl.ask("DELETE", "/v1/calls/\(id)").status == 204)
        // The stream ends by itself.
        #expect(try await events.end() == 0)
        let names = events.output.split(separator: "\n").filter { $0.hasPrefix("event: ") }.map { $0.dropFirst(7) }
        #expect(names.first == "began" && names.last == "ended" && names.contains("turn") && names.contains("key"))
        let file = try await eventually("the recording") { recording.withLock { $0 } }
        let words = try await Transcriber.transcribe(file.path, channel: 0)
        #expect(words.contains("taxi"), "\(words)")

        let call = try await curl.ask("GET", "/v1/calls/\(id)").json
        #expect(call["state"] as? String == "ended" && call["endCause"] as? String == "localHangUp")
        #expect(call["direction"] as? String == "outgoing")
        #expect((call["local"] as? String)?.contains("+4930123") == true)
        // T-43, T-53: neither the metrics nor the log tell who was called and which keys were pressed.
        let metrics = try await curl.ask("GET", "/metrics").body
        #expect(metrics.contains("trunkline_calls_ended_total{direction=\"outgoing\",outcome=\"localHangUp\"} 1\n"))
        #expect(metrics.contains("trunkline_turns_total{who=\"agent\"} 2\n"))
        for secret in ["+4930123", "phone@", "taxi", Self.token, "17#"] { #expect(!metrics.contains(secret)) }
        await phone.shutdown()
        await serving.value
        #expect(try await server.stop() == 0)
        #expect(!server.program.output.contains(Self.token) && !server.program.output.contains("17#"))
        try server.audit()
        workspace.remove()
    }

    @Test("A call that rings is withdrawn over HTTP, and whoever was called stops ringing")
    func withdrawn() async throws {
        let phone = try await phone()
        let address = try #require(phone.addresses.first).address
        let (server, curl, workspace) = try await serve(
            "http-ringing", agent: "echo", outbound: "allow: [\"sip:*@\(address)\"]")
        let (ends, sink) = AsyncStream.makeStream(of: Bool.self)
        let serving: Task<Void, Never> = Task {
            await phone.serve { invitation in
                await invitation.ring()
                do {
                    // Nobody answers.
                    try await invitation.earlyMedia { call in for await _ in call.audio {} }
                    sink.yield(true)
                } catch {
                    sink.yield(false)
                }
            }
        }
        let id = try #require(
            try await curl.ask("POST", "/v1/calls", "{\"to\": \"sip:phone@\(address)\"}").json["id"] as? String)
        let events = try curl.stream("/v1/calls/\(id)/events")
        _ = try await events.line(containing: "\"180 Ringing\"")
        #expect(try await curl.ask("GET", "/v1/calls/\(id)").json["state"] as? String == "ringing")
        #expect(try await curl.ask("POST", "/v1/calls/\(id)/speak", "{\"text\": \"Hello.\"}").status == 409)
        #expect(try await curl.ask("POST", "/v1/calls/\(id)/hangup").status == 204)
        #expect(await ends.first { _ in true } != nil)
        #expect(try await events.end() == 0)
        let call = try await curl.ask("GET", "/v1/calls/\(id)").json
        #expect(call["state"] as? String == "ended" && call["answeredMs"] == nil)
        await phone.shutdown()
        await serving.value
        #expect(try await server.stop() == 0)
        try server.audit()
        workspace.remove()
    }

    @Test("F-06: a call is put through over HTTP to a name of the configuration, and nowhere else")
    func transfer() async throws {
        let (phone, desk) = (try await LibraryPhone(user: "phone"), try await LibraryPhone(user: "desk"))
        let (phonePort, deskPort) = (try #require(phone.ports[.udp]), try #require(desk.ports[.udp]))
        let (server, curl, workspace) = try await serve(
            "http-transfer", agent: "echo", outbound: "allow: [\"sip:phone@127.0.0.1:\(phonePort)\"]",
            settings: "transfers: {desk: \"sip:desk@127.0.0.1:\(deskPort)\"}")
        let order = "{\"to\": \"sip:phone@127.0.0.1:\(phonePort)\"}"
        let id = try #require(try await curl.ask("POST", "/v1/calls", order).json["id"] as? String)
        let events = try curl.stream("/v1/calls/\(id)/events")
        _ = try await events.line(containing: "event: answered")
        // T-12, T-17: what the list does not name is refused, though it is there.
        let elsewhere = try await curl.ask(
            "POST", "/v1/calls/\(id)/transfer", "{\"to\": \"sip:desk@127.0.0.1:\(deskPort)\"}")
        #expect(elsewhere.status == 403)
        #expect(try await curl.ask("POST", "/v1/calls/\(id)/transfer", "{\"to\": \"desk\"}").status == 202)
        _ = try await desk.incoming()
        #expect(try await events.end() == 0)
        #expect(events.output.contains("\"kind\":\"transferred\""))
        #expect(try await curl.ask("GET", "/v1/calls/\(id)").json["endCause"] as? String == "transferred")
        #expect(try await server.stop() == 0)
        try await phone.close()
        try await desk.close()
        try server.audit()
        workspace.remove()
    }

    @Test("A number is called by way of the account, and readiness tells by name whether that is registered")
    func account() async throws {
        let registrar = try await LibraryPhone(registering: ["desk": "secret"])
        let port = try #require(registrar.ports[.udp])
        func settings(_ password: String) -> String {
            "accounts: {work: {address: \"sip:desk@127.0.0.1:\(port)\", password: \"\(password)\"}}"
        }
        let (server, curl, workspace) = try await serve(
            "http-account", agent: "echo", outbound: "allow: [\"+4930*\"], account: work", settings: settings("secret"))
        let ready = try await eventually("the account") {
            let answer = try await curl.ask("GET", "/readyz")
            return answer.status == 200 ? answer : nil
        }
        #expect(ready.body.contains("{\"isReady\":true,\"name\":\"account work\"}"))
        #expect(try await curl.ask("GET", "/metrics").body.contains("trunkline_accounts{state=\"registered\"} 1\n"))
        let id = try #require(try await curl.ask("POST", "/v1/calls", "{\"to\": \"+49 30 123\"}").json["id"] as? String)
        let invite = try #require(try await registrar.incoming().invite)
        #expect(invite.requestURIText == "sip:+4930123@127.0.0.1:\(port)")
        #expect(try invite.from.uri.description == "sip:desk@127.0.0.1:\(port)")
        #expect(try await curl.ask("DELETE", "/v1/calls/\(id)").status == 204)
        #expect(try await server.stop() == 0)
        workspace.remove()

        let (other, asker, folder) = try await serve(
            "http-account-refused", agent: "echo", outbound: "account: work", settings: settings("wrong"))
        let unready = try await eventually("the refusal") {
            let answer = try await asker.ask("GET", "/readyz")
            return answer.status == 503 && answer.body.contains("Not registered") ? answer : nil
        }
        // Who asks without a token is told neither addresses nor secrets.
        #expect(unready.body.contains("\"account work\"") && !unready.body.contains("desk@"))
        #expect(!unready.body.contains("wrong"))
        #expect(try await other.stop() == 0)
        try await registrar.close()
        folder.remove()
    }

    // MARK: Limits

    @Test("T-42: bodies that are too large or never come, heads without end, and what is no HTTP end their connection")
    func limits() async throws {
        let (server, curl, workspace) = try await serve("http-limits", agent: "echo", outbound: "")
        let port = curl.base.split(separator: ":").last ?? ""
        let head = "POST /v1/calls HTTP/1.1\\r\\nHost: x\\r\\nAuthorization: Bearer \(Self.token)\\r\\n"
        let cases: [(String, String)] = [
            // It says so at once, and reads nothing of it.
            ("printf '\(head)Content-Length: 900000000\\r\\n\\r\\n'", "HTTP/1.1 413 "),
            (
                "printf '\(head)Transfer-Encoding: chunked\\r\\n\\r\\n'; yes 'ff' | head -c 20 >/dev/null; "
                    + "for i in $(seq 400); do printf 'ff\\r\\n%0255d\\r\\n' 0; done", "HTTP/1.1 413 "
            ),
            // The rest never comes.
            ("printf '\(head)Content-Length: 20\\r\\n\\r\\n{'", "HTTP/1.1 408 "),
            ("printf 'GET /healthz HTTP/1.1\\r\\nX: '; head -c 100000 /dev/zero | tr '\\0' a", "HTTP/1.1 400 "),
            (
                "printf 'GET /healthz HTTP/1.1\\r\\n'; for i in $(seq 100); do printf \"X$i: a\\r\\n\"; done; printf '\\r\\n'",
                "HTTP/1.1 400 "
            ),
            ("printf '\\x16\\x03\\x01\\x02\\x00\\x01'; printf '\\r\\n\\r\\n'", "HTTP/1.1 400 "),
            ("printf '\(head)Content-Length: 2\\r\\nContent-Length: 3\\r\\n\\r\\n{}'", "HTTP/1.1 400 "),
        ]
        for (sent, expected) in cases {
            // The connection ends by the server's doing, not by ours.
            let program = try Program(
                "/bin/bash",
                ["-c", "exec 3<>/dev/tcp/127.0.0.1/\(port); { \(sent); } >&3 2>/dev/null; cat <&3 2>/dev/null; true"])
            _ = try await program.end(within: .seconds(40))
            #expect(program.output.hasPrefix(expected), "\(sent.prefix(200)): \(program.output.prefix(200))")
        }
        #expect(try await curl.ask("GET", "/healthz").status == 200)
        #expect(try await server.stop() == 0)
        workspace.remove()
    }

    @Test("T-61: the port is there again when descriptors are, and the server goes on without them")
    func descriptors() async throws {
        let workspace = try Workspace("http-descriptors")
        try workspace.write("\(Self.token)\n", to: "tokens")
        let (sip, port) = (try Workspace.freePort(), try Workspace.freePort())
        try workspace.write(
            """
            listen: ["udp:127.0.0.1:\(sip)"]
            agent: echo
            calls: {database: "\(workspace.path("calls.db"))"}
            http: {listen: "127.0.0.1:\(port)", tokens_file: "\(workspace.path("tokens"))"}

            """, to: "trunkline.yaml")
        let program = try Program(
            "/bin/bash",
            [
                "-c",
                "ulimit -n 64; exec \(Workspace.product("trunkline")) serve --config \(workspace.path("trunkline.yaml"))",
            ])
        _ = try await program.line(containing: "Ready.")
        let crowd = try Program(
            "/bin/bash",
            ["-c", "for i in $(seq 60); do exec {fd}<>/dev/tcp/127.0.0.1/\(port); done; echo in; read"])
        _ = try await crowd.line(containing: "in")
        let curl = Curl(base: "http://127.0.0.1:\(port)", token: Self.token)
        await #expect(throws: Program.Failure.self) {
            _ = try await curl.ask("GET", "/healthz", headers: [], patience: 2)
        }
        crowd.send("\n")
        _ = try await crowd.end()
        _ = try await eventually("the port") { try? await curl.ask("GET", "/v1/calls").status == 200 ? true : nil }
        program.signal(SIGTERM)
        #expect(try await program.end() == 0)
        workspace.remove()
    }

    @Test("What is wrong with the HTTP port is said when the server starts, with what to do")
    func refusals() async throws {
        let workspace = try Workspace("http-refusals")
        try workspace.write("short\n", to: "tokens")
        let taken = try Workspace.freePort()
        let holder = try Program("/usr/bin/python3", ["-m", "http.server", "\(taken)", "--bind", "127.0.0.1"])
        try await Workspace.waitUntilTaken(taken, by: holder)
        let cases: [(String, Int32, String)] = [
            ("http: {listen: \"0.0.0.0:8080\"}", 78, "there is no token; write http.tokens_file: FILE"),
            ("http: {listen: true, tokens_file: \"\(workspace.path("none"))\"}", 1, "can't be read; write a line of"),
            (
                "http: {listen: true, tokens_file: \"\(workspace.path("tokens"))\"}", 1,
                "token 1 has under 16 characters"
            ),
            ("outbound: {allow: [\"sip:*@*\"]}", 1, "outbound.allow: \"sip:*@*\" is no SIP address"),
            ("http: {listen: \"127.0.0.1:\(taken)\"}", 1, "can't be listened on"),
        ]
        for (settings, status, sentence) in cases {
            try workspace.write(
                """
                listen: ["udp:127.0.0.1:\(try Workspace.freePort())"]
                agent: echo
                calls: {database: "\(workspace.path("calls.db"))"}
                \(settings)

                """, to: "trunkline.yaml")
            let program = try Program(
                Workspace.product("trunkline"), ["serve", "--config", workspace.path("trunkline.yaml")])
            #expect(try await program.end() == status, "\(program.output)")
            #expect(program.output.contains(sentence), "\(program.output)")
        }
        workspace.remove()
    }
}
