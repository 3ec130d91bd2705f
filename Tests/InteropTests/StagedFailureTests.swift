import Foundation
import ProviderDoubles
import RTPMedia
import Testing

/// Failures as they happen to people, staged: each is named, with its fix, on the command line, over HTTP and on the page.
@Suite
struct StagedFailureTests {
    private static let token = "0123456789abcdef0123456789abcdef"

    /// A server whose calls can be asked for in every way.
    private struct Stage {
        let workspace: Workspace
        let server: Server
        let curl: Curl

        init(_ name: String, agent: String, allow: [UInt16] = [], settings: String = "", extra: String = "")
            async throws
        {
            workspace = try Workspace("staged-\(name)")
            try workspace.write("\(StagedFailureTests.token)\n", to: "tokens")
            let port = try Workspace.freePort()
            let patterns = (allow.map { "\"sip:*@127.0.0.1:\($0)\"" } + ["\"sip:*@gone.test\""]).joined(separator: ", ")
            server = try await Server(
                in: workspace, agent: agent,
                settings: """
                    http: {listen: "127.0.0.1:\(port)", tokens_file: "\(workspace.path("tokens"))"}
                    outbound: {allow: [\(patterns)]\(extra)}
                    \(settings)
                    """, isTraced: false)
            curl = Curl(base: "http://127.0.0.1:\(port)", token: StagedFailureTests.token)
        }

        /// Has the server call, and waits for the end.
        func place(to uri: String) async throws -> String {
            let answer = try await curl.ask("POST", "/v1/calls", "{\"to\": \"\(uri)\"}")
            let id = try #require(answer.json["id"] as? String, "\(answer.body)")
            let events = try curl.stream("/v1/calls/\(id)/events")
            try await events.end()
            return id
        }

        /// The latest call, of one caller or of all.
        func latest(from user: String = "") async throws -> String {
            let list = try await curl.ask("GET", "/v1/calls?limit=1" + (user.isEmpty ? "" : "&number=\(user)"))
            let call = try #require((list.json["calls"] as? [[String: Any]])?.first, "\(list.body)")
            return try #require(call["id"] as? String)
        }

        /// Looks at a call in every way there is.
        func expect(
            _ kind: String, _ sentence: String, fix: String, of id: String? = nil, from user: String = "",
            sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            var call = id ?? ""
            if id == nil { call = try await latest(from: user) }
            let answer = try await curl.ask("GET", "/v1/calls/\(call)/trace")
            let findings = try #require(
                answer.json["findings"] as? [[String: String]], "\(answer.body)", sourceLocation: sourceLocation)
            let finding = try #require(
                findings.first { $0["kind"] == kind }, "\(findings) \(answer.body.suffix(3_000))",
                sourceLocation: sourceLocation)
            #expect(finding["sentence"]?.contains(sentence) == true, "\(finding)", sourceLocation: sourceLocation)
            #expect(finding["fix"]?.contains(fix) == true, "\(finding)", sourceLocation: sourceLocation)
            let said = try #require(finding["sentence"], sourceLocation: sourceLocation)
            let page = workspace.path("\(call).html")
            let database = ["--database", workspace.path("calls.db")]
            let html = try Program(Workspace.product("trunkline"), ["calls", "trace", call, "--html", page] + database)
            #expect(try await html.end() == 0)
            let show = try Program(Workspace.product("trunkline"), ["calls", "show", call] + database)
            #expect(try await show.end() == 0)
            // Lines are broken for the terminal, and signs escaped for the browser: its first words tell enough.
            let words = said.split(separator: " ").prefix(4).joined(separator: " ")
            #expect(show.output.contains(words), "\(show.output)", sourceLocation: sourceLocation)
            let written = try String(contentsOfFile: page, encoding: .utf8)
            #expect(
                written.contains(words.replacing("'", with: "&#39;")) || written.contains(words),
                sourceLocation: sourceLocation)
        }

        func end() async throws {
            #expect(try await server.stop() == 0)
            workspace.remove()
        }
    }

    @Test("F-01, F-08, F-33: twenty failures are staged, and each is named with its fix")
    func all() async throws {
        // All at once: most of their time is waiting.
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sound() }
            group.addTask { try await wrongAddress() }
            group.addTask { try await muted() }
            group.addTask { try await echo() }
            group.addTask { try await refused() }
            group.addTask { try await password() }
            group.addTask { try await certificate() }
            group.addTask { try await services() }
            group.addTask { try await machine() }
            try await group.waitForAll()
        }
    }

    /// Seconds of packets, each the same octet.
    private static func constant(_ octet: UInt8, seconds: Int) -> [[UInt8]?] {
        Array(repeating: Array(repeating: octet, count: 160), count: seconds * 50)
    }

    // MARK: The sound

    /// No packet comes; none can be played; A-law is read as µ-law; the network ends the session's time.
    private func sound() async throws {
        let stage = try await Stage("sound", agent: "echo")
        let uri = stage.server.uri()
        let speech = try RawCaller.speech(["demo-instruct"], seconds: 9, law: .a)
        // Each is found by who called.
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await RawCaller("silent").call(uri, payloads: Array(repeating: nil, count: 130))
                try await stage.expect("noSoundArrived", "sound never arrived", fix: "`rtp.ports`", from: "silent")
            }
            group.addTask {
                try await RawCaller("swapped").call(
                    uri, payloadType: 77, payloads: Self.constant(0xFF, seconds: 3))
                try await stage.expect(
                    "soundUnplayable", "could not be played", fix: "rtp.codecs: [PCMU]", from: "swapped")
            }
            group.addTask {
                try await RawCaller("miscoded").call(uri, payloads: speech)
                try await stage.expect(
                    "soundMiscoded", "is A-law, and was read as µ-law", fix: "rtp.codecs: [PCMA]", from: "miscoded")
            }
            group.addTask {
                try await RawCaller("dropped").call(
                    uri, payloads: Self.constant(0xFF, seconds: 1),
                    reason: "SIP;cause=408;text=\"Session timer expired\"")
                try await stage.expect("sessionTimer", "nobody confirmed in time", fix: "RFC 4028", from: "dropped")
            }
            try await group.waitForAll()
        }
        try await stage.end()
    }

    /// F-01 an announced address that the caller can't reach, seen from another network.
    private func wrongAddress() async throws {
        let workspace = try Workspace("staged-address")
        let host = try await OtherHost.make(
            ours: "198.51.100.1", theirs: "198.51.100.2", for: "An address that can't be reached")
        guard let host else { return }
        let port = try Workspace.freePort()
        try workspace.write(
            """
            listen: ["udp:198.51.100.1:\(port)"]
            advertise: 10.0.0.5
            agent: echo
            calls: {database: \(workspace.path("calls.db"))}
            """, to: "trunkline.yaml")
        let server = try Program(
            Workspace.product("trunkline"), ["serve", "--config", workspace.path("trunkline.yaml"), "--drain", "1"])
        _ = try await server.line(containing: "Ready.")
        // SIPp sends its ACK to where it called, whatever Contact says, as some gateways do.
        let phone = try host.start(
            "sipp",
            [
                "198.51.100.1:\(port)", "-sn", "uac", "-m", "1", "-d", "3000", "-i", "198.51.100.2", "-nostdin",
            ], directory: workspace.folder)
        #expect(try await phone.end() == 0, "\(phone.output.suffix(1_000))")
        server.signal(SIGTERM)
        try await server.end()
        try await host.remove()
        let call = try #require(try await Server.stored(in: workspace).first)
        let show = try Program(
            Workspace.product("trunkline"),
            ["calls", "trace", try #require(call["id"] as? String), "--json", "--database", workspace.path("calls.db")])
        #expect(try await show.end() == 0)
        #expect(
            show.output.contains(
                "The caller's sound never arrived: our session description announced 10.0.0.5, which 198.51.100.2 can't "
                    + "reach."), "\(show.output.prefix(2_000))")
        #expect(show.output.contains("Set `advertise` to the public address of this machine"))
        workspace.remove()
    }

    /// The caller's telephone is muted.
    private func muted() async throws {
        let stage = try await Stage("muted", agent: "local")
        // Digital silence, and the least noise of a line.
        let noise = (0..<650).map { number in (0..<160).map { UInt8(($0 * 7 + number) % 5 == 0 ? 0x7E : 0xFE) } }
        try await RawCaller().call(stage.server.uri(), payloads: noise)
        try await stage.expect("callerSilent", "The caller said nothing", fix: "muted")
        try await stage.end()
    }

    /// F-30 the agent hears itself.
    private func echo() async throws {
        let stage = try await Stage("echo", agent: "local", settings: "hearing: {echo_cancellation: false}")
        try stage.workspace.write("calls: {database: \(stage.workspace.path("phone.db"))}\n", to: "phone.yaml")
        let call = try Program(
            Workspace.product("trunkline"),
            [
                "call", stage.server.uri(), "--agent", "echo", "--bind", "127.0.0.1", "--config",
                stage.workspace.path("phone.yaml"),
            ])
        for number in 1...2 {
            _ = try await stage.server.program.line(number: number, containing: "echo: The line gave back")
        }
        call.signal(SIGINT)
        try await call.end()
        try await stage.expect("ownEcho", "own voice came back", fix: "`hearing.echo_cancellation`")
        try await stage.end()
    }

    // MARK: Calls that do not come up

    /// Forbidden, no such name, nobody there, no common codec, a transfer that is refused.
    private func refused() async throws {
        let workspace = try Workspace("staged-peers")
        let rejecting = try await SIPp(in: workspace, "uas-reject", calls: 1)
        let nobody = try Workspace.freePort()
        let stage = try await Stage("refused", agent: "echo", allow: [rejecting.port, nobody])
        async let forbidden = stage.place(to: "sip:bob@127.0.0.1:\(rejecting.port)")
        async let nameless = stage.place(to: "sip:bob@gone.test")
        async let unreachable = stage.place(to: "sip:bob@127.0.0.1:\(nobody);transport=tcp")
        let placed = try await [forbidden, nameless, unreachable]
        try await stage.expect("forbidden", "does not let us call bob", fix: "Ask the carrier", of: placed[0])
        try await stage.expect("nameUnknown", "is not known", fix: "name server", of: placed[1])
        try await stage.expect("unreachable", "Nothing ever came back", fix: "firewalls", of: placed[2])
        try await rejecting.succeeds()

        let status = try await RawCaller().call(stage.server.uri(), formats: "18", payloads: [])
        #expect(status == 488)
        try await stage.expect("noCommonCodec", "no codec that we take", fix: "PCMU")

        try await RawCaller().call(stage.server.uri(), payloads: Self.constant(0xFF, seconds: 2)) {
            let id = try await stage.latest()
            let answer = try await stage.curl.ask(
                "POST", "/v1/calls/\(id)/transfer", "{\"to\": \"sip:bob@127.0.0.1:\(nobody)\"}")
            #expect(answer.status == 202, "\(answer.body)")
        }
        try await stage.expect("transferFailed", "was not put through", fix: "REFER")
        try await stage.end()
        workspace.remove()
    }

    /// A password that is refused again and again.
    private func password() async throws {
        let workspace = try Workspace("staged-password")
        let peer = try await SIPp(in: workspace, "uas-401-again", calls: 1)
        try workspace.write("calls: {database: \(workspace.path("calls.db"))}\nagent: echo\n", to: "agent.yaml")
        let call = try Program(
            Workspace.product("trunkline"),
            [
                "call", peer.uri(), "--agent", "echo", "--config", workspace.path("agent.yaml"), "--bind", "127.0.0.1",
                "--auth", "alice", "--password-env", "STAGED_PASSWORD",
            ], environment: ["STAGED_PASSWORD": "planted"])
        #expect(try await call.end() != 0)
        let id = try #require(try await Server.stored(in: workspace).first?["id"] as? String)
        let show = try Program(
            Workspace.product("trunkline"), ["calls", "show", id, "--database", workspace.path("calls.db")])
        #expect(try await show.end() == 0)
        #expect(
            show.output.contains("The other side does not accept our password of the user alice."), "\(show.output)")
        #expect(!show.output.contains("planted"))
        workspace.remove()
    }

    /// The other side's certificate is over.
    private func certificate() async throws {
        let workspace = try Workspace("staged-certificate")
        try await Certificates.make(in: workspace)
        try workspace.write(
            """
            [ca]
            default_ca = own
            [own]
            database = \(workspace.path("index.txt"))
            new_certs_dir = \(workspace.folder.path)
            certificate = \(workspace.path("ca.pem"))
            private_key = \(workspace.path("ca.key"))
            serial = \(workspace.path("serial"))
            default_md = sha256
            policy = any
            [any]
            commonName = supplied
            """, to: "ca.cnf")
        try workspace.write("", to: "index.txt")
        try workspace.write("01\n", to: "serial")
        let signing = try Program(
            "openssl",
            [
                "ca", "-batch", "-notext", "-config", workspace.path("ca.cnf"), "-in", workspace.path("server.csr"),
                "-extfile", workspace.path("server.ext"), "-startdate", "20200101000000Z", "-enddate",
                "20200201000000Z",
                "-out", workspace.path("old.pem"),
            ])
        #expect(try await signing.end() == 0, "\(signing.output)")
        let port = try Workspace.freePort()
        let peer = try Program(
            "openssl",
            [
                "s_server", "-accept", "127.0.0.1:\(port)", "-cert", workspace.path("old.pem"), "-key",
                workspace.path("server.key"), "-quiet",
            ])
        try await Workspace.waitUntilTaken(port, by: peer)
        let stage = try await Stage(
            "certificate-server", agent: "echo", allow: [port],
            settings: "tls: {trust: \"\(workspace.path("ca.pem"))\"}")
        let id = try await stage.place(to: "sip:bob@127.0.0.1:\(port);transport=tls")
        try await stage.expect("certificate", "certificate has expired", fix: "renewed", of: id)
        peer.signal(SIGKILL)
        try await stage.end()
        workspace.remove()
    }

    // MARK: What the agent needs

    /// The service refuses the key; the service does not answer.
    private func services() async throws {
        let refusing = try await ChatCompletionsDouble(
            key: "right", answers: [ChatCompletionsDouble.saying("Good day.")])
        let silent = try await ChatCompletionsDouble(answers: [.refusal(HTTPDouble.Answer(steps: [.hang]))])
        func model(_ url: String) -> String { "model: {provider: compatible, url: \"\(url)\", model: x}" }
        async let first = Stage("key", agent: "model", settings: model(refusing.url))
        async let second = Stage("slow", agent: "model", settings: model(silent.url))
        let (key, slow) = try await (first, second)
        async let refused: Int = RawCaller().call(key.server.uri(), payloads: Self.constant(0xFF, seconds: 6))
        async let waited: Int = RawCaller().call(slow.server.uri(), payloads: Self.constant(0xFF, seconds: 26))
        _ = try await (refused, waited)
        try await key.expect("keyRefused", "does not accept our key", fix: "valid key")
        try await slow.expect("providerSlow", "did not answer in time", fix: "`fallback`")
        await refusing.stop()
        await silent.stop()
        try await key.end()
        try await slow.end()
    }

    // MARK: The machine

    /// The port is in use; no port is left for sound; the clock is off.
    private func machine() async throws {
        let stage = try await Stage("machine", agent: "echo")
        let port = try #require(stage.server.ports["udp"])
        let second = try Program(
            Workspace.product("trunkline"), ["serve", "--listen", "udp:127.0.0.1:\(port)", "--agent", "echo"])
        #expect(try await second.end() == 1)
        #expect(second.output.contains("127.0.0.1:\(port)") && second.output.contains("in use"), "\(second.output)")
        try await stage.end()

        let caller = try await RawCaller()
        let even = caller.port & ~1
        let blocked = try await Stage("ports", agent: "echo", settings: "rtp: {ports: \(even)-\(even + 1)}")
        let status = try await caller.call(blocked.server.uri(), payloads: Self.constant(0xFF, seconds: 1))
        #expect(status >= 500, "\(status)")
        try await blocked.expect("noPort", "no port was left for its sound", fix: "`rtp.ports`")
        try await blocked.end()

        let workspace = try Workspace("staged-clock")
        let clock = try await HTTPDouble { _ in
            HTTPDouble.Answer(
                headers: [("Content-Type", "application/json"), ("Date", "Sat, 28 Nov 2020 10:00:00 GMT")],
                steps: [.send(Array("{\"data\": []}".utf8))])
        }
        try workspace.write(
            """
            listen: ["udp:127.0.0.1:\(try Workspace.freePort())"]
            agent: model
            model: {provider: compatible, url: "\(clock.url)/v1", model: x}
            calls: {database: \(workspace.path("calls.db"))}
            """, to: "doctor.yaml")
        let doctor = try Program(
            Workspace.product("trunkline"), ["doctor", "--config", workspace.path("doctor.yaml")],
            directory: Workspace.root)
        #expect(try await doctor.end() == 1)
        #expect(doctor.output.contains("s ahead of that of compatible"), "\(doctor.output)")
        #expect(doctor.output.contains("timedatectl set-ntp true"))
        await clock.stop()
        workspace.remove()
    }
}
