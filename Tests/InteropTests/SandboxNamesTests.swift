import Foundation
import Testing

/// A trunk as one would write it for the carrier itself, found by its names and reached over TLS, at `trunkline sandbox`; and
/// what goes wrong with names and certificates.
@Suite(.serialized)
struct SandboxNamesTests {
    private static let token = "0123456789abcdef0123456789abcdef"

    /// A sandbox with names and TLS, and a server with the lines that it has printed.
    private struct Stage {
        let workspace: Workspace
        let sandbox: SandboxProgram
        let server: Server
        let curl: Curl
        let settings: String

        init(_ name: String, hasNames: Bool = true, fault: String? = nil) async throws {
            workspace = try Workspace("sandbox-\(name)")
            sandbox = try await SandboxProgram(
                tls: workspace.path("authority.pem"), hasNames: hasNames, fault.map { ["--fault", $0] } ?? [])
            try workspace.write("\(SandboxNamesTests.token)\n", to: "tokens")
            let http = try Workspace.freePort()
            settings = try sandbox.settings()
            server = try await Server(
                in: workspace, agent: "echo",
                settings: settings + "\nhttp: {listen: \"127.0.0.1:\(http)\", tokens_file: \""
                    + workspace.path("tokens") + "\"}\n", isTraced: false)
            curl = Curl(base: "http://127.0.0.1:\(http)", token: SandboxNamesTests.token)
        }

        func registered() async throws {
            _ = try await sandbox.program.line(containing: "agent  <- 200 OK (REGISTER)")
        }

        /// Somebody outside calls, and hears what they say.
        func isHeard(by edge: String? = nil) async throws {
            let spoken = workspace.path("spoken.wav")
            let heard = workspace.path("heard.wav")
            try Sound.write([.silence(seconds: 0.5), .prompt("vm-leavemsg")], to: spoken)
            let dialled = try await sandbox.dial(by: edge, seconds: 5, playing: spoken, recording: heard)
            #expect(dialled.status == 0, "\(dialled.output)")
            let words = try await Transcriber.transcribe(heard, channel: 0)
            #expect(words.contains("message"), "\(words)")
        }

        /// The agent calls a number; the call's identifier.
        func calls(_ number: String) async throws -> String {
            let answer = try await curl.ask("POST", "/v1/calls", "{\"to\": \"\(number)\"}")
            return try #require(answer.json["id"] as? String, "\(answer.body)")
        }

        func call(_ id: String) async throws -> [String: Any] {
            try await curl.ask("GET", "/v1/calls/\(id)").json
        }

        func ended(_ id: String) async throws -> [String: Any] {
            let events = try curl.stream("/v1/calls/\(id)/events")
            try await events.end()
            return try await call(id)
        }

        func finding(_ id: String, _ kind: String) async throws -> [String: String] {
            let trace = try await curl.ask("GET", "/v1/calls/\(id)/trace")
            let findings = try #require(trace.json["findings"] as? [[String: String]], "\(trace.body)")
            return try #require(findings.first { $0["kind"] == kind }, "\(trace.body)")
        }

        /// What `trunkline doctor` says of the same lines.
        func doctor(_ arguments: [String] = []) async throws -> (status: Int32, output: String) {
            try workspace.write(
                """
                listen: ["udp:127.0.0.1:\(try Workspace.freePort())"]
                agent: echo
                calls: {database: \(workspace.path("doctor.db"))}
                \(settings)

                """, to: "doctor.yaml")
            let program = try Program(
                Workspace.product("trunkline"), ["doctor", "--config", workspace.path("doctor.yaml")] + arguments,
                directory: Workspace.root)
            return (try await program.end(), program.output)
        }

        func end() async throws {
            #expect(try await server.stop() == 0)
            #expect(!sandbox.program.output.contains("does not reach the switch"), "\(sandbox.program.output)")
            try await sandbox.stop()
            workspace.remove()
        }
    }

    @Test(
        "The printed block has no host and no port: by NAPTR or SRV it leads to the sandbox over TLS, calls go both ways"
    )
    func byName() async throws {
        let stage = try await Stage("names")
        #expect(!stage.settings.contains("host:") && !stage.settings.contains("port:"), "\(stage.settings)")
        try await stage.registered()
        try await stage.isHeard()
        let id = try await stage.calls("+12025550102")
        _ = try await stage.sandbox.program.line(containing: "-> ACK")
        let order = try await stage.curl.ask("POST", "/v1/calls/\(id)/hangup")
        #expect(order.status == 204, "\(order.body)")
        _ = try await stage.ended(id)
        // A call from the command line finds its way by the same file.
        let placed = try Program(
            Workspace.product("trunkline"),
            [
                "call", "+12025550103", "--config", stage.workspace.path("trunkline.yaml"), "--agent", "echo", "--bind",
                "127.0.0.1",
            ])
        #expect(try await placed.end() != 0 && placed.output.contains("486 Busy Here"), "\(placed.output)")
        let asked = try await stage.doctor()
        #expect(asked.output.contains("sip.telnyx.com over tls answers (200 OK)"), "\(asked.output)")
        try await stage.end()
    }

    @Test("The first edge dies in mid-registration: the second one that SRV names has the trunk, and its calls")
    func edgeDead() async throws {
        let stage = try await Stage("edge-dead", fault: "edge-dead")
        _ = try await stage.sandbox.program.line(containing: "the first edge is dead from now on")
        try await stage.registered()
        try await stage.isHeard(by: "127.0.0.2")
        try await stage.end()
    }

    @Test(
        "The name server is gone: calls in and out go on; the doctor names the fix, and so does a call after a new start"
    )
    func noNames() async throws {
        let stage = try await Stage("no-dns", fault: "no-dns")
        try await stage.registered()
        _ = try await stage.sandbox.program.line(containing: "the name server is silent from now on")
        // By now no record that was kept counts any more.
        let asked = try await stage.doctor()
        #expect(asked.status == 1 && asked.output.contains("could not be looked up"), "\(asked.output)")
        #expect(asked.output.contains("look at those of dns:"), "\(asked.output)")
        try await stage.isHeard()
        let id = try await stage.calls("+12025550103")
        let call = try await stage.ended(id)
        #expect(call["endStatus"] as? Int == 486, "\(call)")
        try await stage.end()
    }

    @Test("The certificate has expired: the log, the doctor and the call say so, with the fix")
    func expired() async throws {
        let stage = try await Stage("expired", hasNames: false, fault: "expired-certificate")
        _ = try await stage.server.program.line(containing: "the peer's certificate has expired")
        let asked = try await stage.doctor(["--live"])
        #expect(asked.status == 1 && asked.output.contains("certificate has expired"), "\(asked.output)")
        #expect(asked.output.contains("has to renew it"), "\(asked.output)")
        let id = try await stage.calls("+12025550101")
        _ = try await stage.ended(id)
        let finding = try await stage.finding(id, "certificate")
        #expect(finding["sentence"]?.contains("has expired") == true, "\(finding)")
        #expect(finding["fix"]?.contains("renewed") == true, "\(finding)")
        try await stage.end()
    }
}
