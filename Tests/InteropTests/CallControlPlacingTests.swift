import Foundation
import RTPMedia
import Testing

/// Calls that are placed by Call Control without `trunkline serve` or for a caller, over the sandbox.
@Suite(.serialized)
struct CallControlPlacingTests {
    private static let key = ["TELNYX_API_KEY": "sandbox-key"]

    private static func sandbox() async throws -> SandboxProgram {
        let (api, hook) = (try Workspace.freePort(), try Workspace.freePort())
        return try await SandboxProgram([
            "--call-control", "--http", "127.0.0.1:\(api)", "--webhook", "http://127.0.0.1:\(hook)/telnyx/webhooks",
        ])
    }

    private static func record(_ call: [String: Any]) throws -> String {
        String(
            decoding: try JSONSerialization.data(withJSONObject: call, options: .withoutEscapingSlashes), as: UTF8.self)
    }

    @Test(
        "trunkline call places a call to a number by Call Control where the file has no trunk, and says why when it can't"
    )
    func command() async throws {
        let workspace = try Workspace("call-control-command")
        let sandbox = try await Self.sandbox()
        let said = workspace.path("said.wav")
        try Sound.write([.prompt("vm-leavemsg")], to: said)
        let settings = """
            agent: "playback:\(said)"
            calls: {database: "\(workspace.path("calls.db"))", recordings: "\(workspace.path("recordings"))"}
            \(try sandbox.settings())
            """
        try workspace.write(settings, to: "agent.yaml")
        func call(_ number: String) async throws -> (status: Int32, output: String) {
            let program = try Program(
                Workspace.product("trunkline"), ["call", number, "--config", workspace.path("agent.yaml")],
                directory: Workspace.root, environment: Self.key)
            return (try await program.end(), program.output)
        }
        let (status, output) = try await call("+12025550101")
        #expect(status == 0, "\(output)")
        let busy = try await call("+12025550103")
        #expect(busy.status == 2 && busy.output.contains("the line is busy"), "\(busy.output)")

        // Somebody has the port.
        let server = try await Server(
            in: workspace, agent: "echo", settings: try sandbox.settings(), isTraced: false, environment: Self.key)
        let calls = try await server.calls()
        #expect(calls.count == 2)
        let text = try Self.record(try #require(calls.first))
        for word in ["Telnyx Call Control", "+12025550101", "+12025550131", "localHangUp"] {
            #expect(text.contains(word), "\(word): \(text)")
        }
        let taken = try await call("+12025550101")
        #expect(taken.status == 1 && taken.output.contains("POST /v1/calls"), "\(taken.output)")

        // What there is in place of a journal.
        let id = try #require(calls.first?["id"] as? String)
        let replay = try Program(
            Workspace.product("trunkline"), ["replay", id, "--config", workspace.path("agent.yaml")],
            directory: Workspace.root, environment: Self.key)
        #expect(try await replay.end() == 1)
        #expect(
            replay.output.contains("was by Telnyx Call Control, without SIP and RTP: such calls have no journal.")
                && replay.output.contains("trunkline calls trace \(id)"), "\(replay.output)")
        #expect(try await server.stop() == 0)
        try await sandbox.stop()
        workspace.remove()
    }

    @Test(
        "A caller by Call Control is put through attended to a number by Call Control and hears it; one whom nobody takes is with the agent again",
        arguments: [("attended", "+12025550101"), ("warm", "+12025550103")])
    func transfer(kind: String, number: String) async throws {
        let workspace = try Workspace("call-control-\(kind)")
        let sandbox = try await Self.sandbox()
        try workspace.write(
            """
            name: Desk
            greeting: "Hello."
            intents:
              go: {phrases: ["go to the office"], steps: [{say: "Yes."}, {transfer: office}]}
            menu:
              prompt: "Anything else?"
              keys:
                "4": go
            fallback:
              say: ["Pardon?"]
            silence: ["Still there?", "Goodbye."]
            transfer_failed: "I am sorry, nobody can take your call now."
            """, to: "desk.yaml")
        let server = try await Server(
            in: workspace, agent: "local",
            settings: """
                flow: \(workspace.path("desk.yaml"))
                transfers:
                  office: {to: "\(number)", kind: \(kind)}
                \(try sandbox.settings())
                """, isTraced: false, environment: Self.key)
        let tone = workspace.path("tone.wav")
        try Tone.write(440, seconds: 12, after: 0, to: tone)
        let address = "\(sandbox.address):\(sandbox.port)"
        let caller = try Program(
            Workspace.product("trunkline"),
            [
                "call", "sip:+12025550131@\(address)", "--from", "sip:mobile@\(address)", "--auth", "mobile",
                "--password-env", "SANDBOX_PASSWORD", "--bind", "127.0.0.1", "--dtmf", ",,,,,,4,,,,,,", "--play", tone,
                "--record", workspace.path("heard.wav"), "--duration", "20",
            ], environment: ["SANDBOX_PASSWORD": "sandbox-mobile"])
        let isTaken = kind == "attended"
        _ = try await server.program.line(
            containing: isTaken ? "bridged: " : "agent:  I am sorry, nobody can take your call now.")
        #expect(try await caller.end() == 0, "\(caller.output)")
        _ = try await server.program.line(containing: "  ended: ")
        let octets = try Data(contentsOf: URL(filePath: workspace.path("heard.wav")))
        let heard = try #require(try WAVFile(parsing: [UInt8](octets)).channels.first)
        // The office returns what it hears: the caller hears their own tone, and of the agent alone they do not.
        #expect((Tone.strongest(440, in: heard) > Tone.present) == isTaken)
        // Of the two legs, the second is a call that the API has made.
        #expect(sandbox.program.output.contains("api  POST /v2/calls 200"), "\(sandbox.program.output)")
        let text = try Self.record(try #require(try await server.calls().first))
        #expect(text.contains("Telnyx Call Control") && text.contains("remoteHangUp"), "\(text)")
        #expect(try await server.stop() == 0)
        try await sandbox.stop()
        workspace.remove()
    }
}
