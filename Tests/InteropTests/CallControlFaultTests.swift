import Foundation
import RTPMedia
import Testing

/// `trunkline sandbox --call-control` and `trunkline serve` against each other, with what goes wrong on the way.
@Suite(.serialized)
struct CallControlFaultTests {
    /// A carrier and an agent of their own.
    private struct Desk {
        let workspace: Workspace
        let sandbox: SandboxProgram
        let server: Server

        init(_ name: String, fault: String?) async throws {
            workspace = try Workspace("call-control-\(name)")
            let (api, hook) = (try Workspace.freePort(), try Workspace.freePort())
            sandbox = try await SandboxProgram(
                [
                    "--call-control", "--http", "127.0.0.1:\(api)", "--webhook",
                    "http://127.0.0.1:\(hook)/telnyx/webhooks",
                ] + (fault.map { ["--fault", $0] } ?? []))
            server = try await Server(
                in: workspace, agent: "echo", settings: try sandbox.settings(), isTraced: false,
                environment: ["TELNYX_API_KEY": "sandbox-key"])
        }

        /// A telephone outside calls the agent for some seconds.
        func call(seconds: Double) async throws -> (record: [String: Any], text: String, loudest: Int) {
            let spoken = workspace.path("spoken.wav")
            try Sound.write([.prompt("vm-leavemsg"), .prompt("vm-leavemsg"), .prompt("vm-leavemsg")], to: spoken)
            let (status, output) = try await sandbox.dial(
                seconds: seconds, playing: spoken, recording: workspace.path("heard.wav"))
            #expect(status == 0, "\(output)")
            let records = try await server.calls()
            #expect(records.count == 1)
            let record = try #require(records.first)
            let text = String(
                decoding: try JSONSerialization.data(withJSONObject: record, options: .withoutEscapingSlashes),
                as: UTF8.self)
            // To the left is what the telephone heard.
            let octets = try Data(contentsOf: URL(filePath: workspace.path("heard.wav")))
            let heard = try #require(try WAVFile(parsing: [UInt8](octets)).channels.first)
            return (record, text, heard.lazy.map { abs(Int($0)) }.max() ?? 0)
        }

        func stop() async throws {
            #expect(try await server.stop() == 0)
            try await sandbox.stop()
            workspace.remove()
        }
    }

    /// A fault, how long the call is, and what its record says.
    private static let staged: [(fault: String?, seconds: Double, says: [String])] = [
        (nil, 3, []), ("webhook-twice", 3, []), ("webhook-out-of-order", 4, []), ("webhook-late", 3, []),
        ("webhook-lost", 3, []), ("rest-503", 3, []), ("rest-429", 3, []),
        ("stream-cut", 9, ["broke off, and is asked for anew", "is there again"]),
    ]

    @Test("Call Control: a call is heard, kept once and over, whatever webhooks, stream and API do on the way")
    func survived() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (fault, seconds, says) in Self.staged {
                group.addTask {
                    let name = fault ?? "no-fault"
                    let desk = try await Desk(name, fault: fault)
                    let (record, text, loudest) = try await desk.call(seconds: seconds)
                    #expect(record["state"] as? String == "ended", "\(name): \(text)")
                    #expect(record["endCause"] as? String == "remoteHangUp", "\(name): \(text)")
                    #expect(loudest > 3_000, "\(name): the caller heard nothing of the echo")
                    for sentence in says + ["carrier session", "+12025550133"] {
                        #expect(text.contains(sentence), "\(name): \(sentence) is not in \(text)")
                    }
                    try await desk.stop()
                }
            }
            try await group.waitForAll()
        }
    }

    @Test(
        "Call Control: webhooks that can't be believed begin no call, and the log says why, with the fix",
        arguments: [
            ("clock-off", "Check this machine's clock (NTP)"),
            ("webhook-forged", "Check the public key (portal, Keys & Credentials)"),
            ("webhook-unsigned", "a proxy in front takes the field out: let it pass"),
        ])
    func refused(fault: String, sentence: String) async throws {
        let desk = try await Desk(fault, fault: fault)
        let caller = try Program(
            Workspace.product("trunkline"),
            [
                "call", "sip:+12025550131@127.0.0.1:\(desk.sandbox.port)", "--from",
                "sip:mobile@127.0.0.1:\(desk.sandbox.port)", "--auth", "mobile", "--password-env", "SANDBOX_PASSWORD",
                "--bind", "127.0.0.1", "--duration", "2",
            ], environment: ["SANDBOX_PASSWORD": "sandbox-mobile"])
        _ = try await desk.server.program.line(containing: sentence)
        caller.signal(SIGTERM)
        _ = try await caller.end()
        #expect(try await desk.server.calls().isEmpty)
        try await desk.stop()
    }

    @Test("Call Control: the agent calls out over the sandbox, who answers is echoed, who is busy is said to be")
    func placed() async throws {
        let workspace = try Workspace("call-control-placed")
        let (api, hook, http) = (try Workspace.freePort(), try Workspace.freePort(), try Workspace.freePort())
        let sandbox = try await SandboxProgram([
            "--call-control", "--http", "127.0.0.1:\(api)", "--webhook", "http://127.0.0.1:\(hook)/telnyx/webhooks",
        ])
        try Sound.write([.prompt("vm-leavemsg")], to: workspace.path("spoken.wav"))
        let server = try await Server(
            in: workspace, agent: "playback:\(workspace.path("spoken.wav"))",
            settings: try sandbox.settings() + """

                http: {listen: "127.0.0.1:\(http)"}
                outbound: {way: call_control, allow: ["+1202555*"]}
                """, isTraced: false, environment: ["TELNYX_API_KEY": "sandbox-key"])
        let client = Curl(base: "http://127.0.0.1:\(http)", token: "none")
        for number in ["+12025550101", "+12025550103"] {
            let order = try await client.ask("POST", "/v1/calls", "{\"to\": \"\(number)\"}")
            #expect((200..<300).contains(order.status), "\(order.body)")
        }
        _ = try await server.program.line(number: 2, containing: "ended: ")
        let calls = try await server.calls()
        let ends = calls.reduce(into: [String: String]()) { ends, call in
            let number = (call["remote"] as? String ?? "").filter(\.isNumber).prefix(11)
            ends[String(number)] = call["endCause"] as? String
        }
        #expect(ends == ["12025550101": "localHangUp", "12025550103": "rejected"], "\(calls)")
        #expect(try await server.stop() == 0)
        try await sandbox.stop()
        workspace.remove()
    }
}
