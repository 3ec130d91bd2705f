import Foundation
import Testing

/// What goes wrong on trunks, staged by sandboxes with faults: one server with a trunk to each of them.
@Suite(.serialized)
struct TrunkFaultTests {
    private static let token = "0123456789abcdef0123456789abcdef"

    /// Each fault is a carrier at an address of its own.
    private static let faults: [String?] = [
        "one-way-audio", "choppy-audio", "hold", "transfer-refused", "a-law", "national-numbers", "number-unassigned",
        nil,
    ]

    private struct Stage {
        let server: Server
        let curl: Curl
        let sandboxes: [String: SandboxProgram]

        func sandbox(_ fault: String) throws -> SandboxProgram { try #require(sandboxes[fault]) }

        /// The calls by a carrier, the latest first.
        func calls(_ fault: String) async throws -> [[String: Any]] {
            let address = try sandbox(fault).address
            let list = try await curl.ask("GET", "/v1/calls?limit=50")
            let calls = try #require(list.json["calls"] as? [[String: Any]], "\(list.body)")
            return calls.filter { ($0["remote"] as? String)?.contains("@\(address)") == true }
        }

        func call(_ fault: String) async throws -> [String: Any] {
            try #require(try await calls(fault).first, "\(fault)")
        }

        func findings(_ fault: String) async throws -> [[String: String]] {
            try await findings(of: try await call(fault))
        }

        func findings(of call: [String: Any]) async throws -> [[String: String]] {
            let id = try #require(call["id"] as? String)
            let trace = try await curl.ask("GET", "/v1/calls/\(id)/trace")
            return try #require(trace.json["findings"] as? [[String: String]], "\(trace.body)")
        }
    }

    @Test(
        "F-01, F-03, F-04, F-06, F-08, F-09, F-36, F-38: each fault of a carrier is lived through, or named with its fix"
    )
    func faults() async throws {
        let workspace = try Workspace("trunk-faults")
        let sandboxes = try await withThrowingTaskGroup(of: (String, SandboxProgram).self) { group in
            for (place, fault) in Self.faults.enumerated() {
                group.addTask {
                    let arguments = fault.map { ["--fault", $0] } ?? []
                    return (fault ?? "", try await SandboxProgram(address: "127.0.0.\(20 + place)", arguments))
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        try workspace.write("\(Self.token)\n", to: "tokens")
        let http = try Workspace.freePort()
        let trunks = sandboxes.sorted { $0.key < $1.key }.map { fault, sandbox in
            "  - " + sandbox.trunk(fault.isEmpty ? "sound" : fault)
        }
        let server = try await Server(
            in: workspace, agent: "echo",
            settings: """
                http: {listen: "127.0.0.1:\(http)", tokens_file: "\(workspace.path("tokens"))"}
                outbound: {allow: ["+1202555*"]}
                trunks:
                \(trunks.joined(separator: "\n"))
                """, isTraced: false)
        for sandbox in sandboxes.values {
            _ = try await sandbox.program.line(containing: "agent  <- 200 OK (REGISTER)")
        }
        let stage = Stage(
            server: server, curl: Curl(base: "http://127.0.0.1:\(http)", token: Self.token), sandboxes: sandboxes)
        let spoken = workspace.path("spoken.wav")
        try Sound.write([.silence(seconds: 0.5), .prompt("vm-leavemsg")], to: spoken)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await oneWay(stage, spoken) }
            group.addTask { try await choppy(stage, spoken) }
            group.addTask { try await held(stage, spoken) }
            group.addTask { try await transfer(stage, spoken) }
            group.addTask { try await aLaw(stage, spoken) }
            group.addTask { try await numbers(stage) }
            group.addTask { try await crowd(stage, spoken) }
            try await group.waitForAll()
        }
        #expect(try await server.stop() == 0)
        for sandbox in sandboxes.values { sandbox.program.signal(SIGTERM) }
        for sandbox in sandboxes.values { try await sandbox.stop() }
        workspace.remove()
    }

    /// F-01.
    private func oneWay(_ stage: Stage, _ spoken: String) async throws {
        let dialled = try await stage.sandbox("one-way-audio").dial(seconds: 4, playing: spoken)
        #expect(dialled.status == 0, "\(dialled.output)")
        let findings = try await stage.findings("one-way-audio")
        let finding = try #require(findings.first { $0["kind"] == "noSoundArrived" }, "\(findings)")
        #expect(finding["fix"]?.contains("rtp.ports") == true, "\(finding)")
    }

    /// F-03: what is lost on the way is in the record's figures, and the call goes on.
    private func choppy(_ stage: Stage, _ spoken: String) async throws {
        let dialled = try await stage.sandbox("choppy-audio").dial(seconds: 12, playing: spoken)
        #expect(dialled.status == 0, "\(dialled.output)")
        let id = try #require(try await stage.call("choppy-audio")["id"] as? String)
        let show = try Program(
            Workspace.product("trunkline"),
            ["calls", "show", id, "--json", "--database", stage.server.workspace.path("calls.db")])
        #expect(try await show.end() == 0)
        let lost = show.output.firstMatch(of: /"packetsLost" *: *([0-9]+)/).flatMap { Int($0.1) }
        #expect((lost ?? 0) > 10, "\(show.output)")
    }

    /// F-04: the call lives through hold and back, and is heard again.
    private func held(_ stage: Stage, _ spoken: String) async throws {
        let dialled = try await stage.sandbox("hold").dial(seconds: 12, playing: spoken)
        #expect(dialled.status == 0, "\(dialled.output)")
        let findings = try await stage.findings("hold")
        #expect(findings.isEmpty, "\(findings)")
        let call = try await stage.call("hold")
        #expect((call["endedMs"] as? Int ?? 0) - (call["answeredMs"] as? Int ?? 0) > 11_000, "\(call)")
    }

    /// F-06.
    private func transfer(_ stage: Stage, _ spoken: String) async throws {
        async let dialled = stage.sandbox("transfer-refused").dial(seconds: 6, playing: spoken)
        var id: String?
        for _ in 0..<100 where id == nil {
            try await Task.sleep(for: .milliseconds(50))
            let call = try await stage.calls("transfer-refused").first
            if call?["state"] as? String == "up" { id = call?["id"] as? String }
        }
        let order = try await stage.curl.ask(
            "POST", "/v1/calls/\(try #require(id))/transfer", "{\"to\": \"+12025550106\"}")
        #expect(order.status == 202, "\(order.body)")
        #expect(try await dialled.status == 0)
        let findings = try await stage.findings("transfer-refused")
        let finding = try #require(findings.first { $0["kind"] == "transferFailed" }, "\(findings)")
        #expect(
            finding["evidence"]?.contains("D42") == true || finding["sentence"]?.contains("405") == true, "\(finding)")
    }

    /// F-08: what comes back is what was said, and no static.
    private func aLaw(_ stage: Stage, _ spoken: String) async throws {
        let dialled = try await stage.sandbox("a-law").dial(seconds: 4, playing: spoken)
        #expect(dialled.status == 0, "\(dialled.output)")
        #expect(try await stage.findings("a-law").isEmpty)
    }

    /// F-09: who called is a whole number; and a number that leads nowhere says so.
    private func numbers(_ stage: Stage) async throws {
        let dialled = try await stage.sandbox("national-numbers").dial(seconds: 1)
        #expect(dialled.status == 0, "\(dialled.output)")
        let call = try await stage.call("national-numbers")
        #expect((call["remote"] as? String)?.contains("+12025550133@") == true, "\(call)")
        let nowhere = try await stage.sandbox("number-unassigned").dial(seconds: 1)
        #expect(nowhere.status != 0 && nowhere.output.contains("D21"), "\(nowhere.output)")
    }

    /// F-36: of several calls at once none is silent.
    private func crowd(_ stage: Stage, _ spoken: String) async throws {
        let sandbox = try stage.sandbox("")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let dialled = try await sandbox.dial(seconds: 4, playing: spoken)
                    #expect(dialled.status == 0, "\(dialled.output)")
                }
            }
            try await group.waitForAll()
        }
        let calls = try await stage.calls("")
        #expect(calls.count == 4)
        for call in calls { #expect(try await stage.findings(of: call).isEmpty) }
    }
}
