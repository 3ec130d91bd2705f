import Foundation
import Testing

/// `trunkline rehearse` against `trunkline serve`, both as users run them.
@Suite(.serialized)
struct RehearseTests {
    @Test(
        "A rehearsal passes against a running server, and one that expects something else fails, as the record has it")
    func rehearse() async throws {
        let workspace = try Workspace("rehearse")
        let http = try Workspace.freePort()
        let server = try await Server(
            in: workspace, agent: "local", settings: "http: {listen: \"127.0.0.1:\(http)\"}\n")
        try workspace.write(
            """
            rehearsal: Keys
            caller:
              - hear: good day
              - press: "1"
              - hear: {any: [nine to five, monday]}
            expect: {ended_by: caller}
            record: {keys: "1", outcome: remoteHangUp}
            """, to: "keys.yaml")
        try workspace.write(
            """
            rehearsal: Wrong
            call: "+12025550131"
            caller:
              - interrupt: {after: 600 ms, press: "1"}
            expect: {ended_by: agent}
            record: {events: transferred}
            """, to: "wrong.yaml")
        let program = try Program(
            Workspace.product("trunkline"),
            [
                "rehearse", workspace.path("keys.yaml"), workspace.path("wrong.yaml"), "--agent", server.uri(), "--api",
                "http://127.0.0.1:\(http)", "--record", workspace.path("recordings"), "--json",
            ])
        #expect(try await program.end() == 1)
        // What happened goes to standard error, and so before it in the log.
        let output = program.output
        #expect(output.contains("ok    hear: good day"), "\(output)")
        let start = try #require(output.range(of: "\n{\n")?.lowerBound, "\(output)")
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(output[start...].utf8)) as? [String: Any])
        let calls = try #require(report["rehearsals"] as? [[String: Any]])
        #expect(calls.map { $0["passed"] as? Bool } == [true, false], "\(output)")
        let failures = calls.map { call in
            (call["checks"] as? [[String: Any]] ?? []).compactMap { $0["failure"] as? String }
        }
        #expect(failures.first == [])
        #expect(failures.last?.count == 2, "\(output)")
        #expect(failures.last?.first == "the caller hung up, not the agent")
        #expect((calls.first?["answersMs"] as? [Int])?.count == 1)
        let recording = try #require(calls.first?["recording"] as? String)
        // Left is the agent.
        let heard = try await Transcriber.transcribe(recording, channel: 0)
        #expect(heard.contains("nine"), "\(heard)")

        let stored = try await server.calls()
        #expect(stored.map { ($0["local"] as? String)?.hasPrefix("sip:+12025550131@") } == [false, true])
        #expect(try await server.stop() == 0)
        try server.audit()
        workspace.remove()
    }

    @Test("The agent of a configuration runs for its caller alone: no trunk, no password, no database of its own")
    func secluded() async throws {
        let workspace = try Workspace("rehearse-config")
        try workspace.write(
            """
            agent: echo
            authentication: {users: {bob: "secret"}}
            trunk: {provider: telnyx, username: nobody, password: nothing}
            calls: {database: "\(workspace.path("calls.db"))"}
            """, to: "agent.yaml")
        try workspace.write(
            """
            from: "+12025550133"
            caller:
              - say: Can you hear me?
              - hear: {any: [hear me], within: 10 s}
            expect: {ended_by: caller}
            record: {outcome: remoteHangUp, no_events: agent failed}
            """, to: "echo.yaml")
        let program = try Program(
            Workspace.product("trunkline"),
            ["rehearse", workspace.path("echo.yaml"), "--config", workspace.path("agent.yaml")])
        #expect(try await program.end() == 0, "\(program.output)")
        #expect(program.output.contains("calling sip:agent@127.0.0.1:"))
        #expect(program.output.contains("\n1 passed, 0 failed"))
        #expect(!FileManager.default.fileExists(atPath: workspace.path("calls.db")))
        workspace.remove()
    }

    /// What a user has who takes calls by both ways of Telnyx; nothing of it is there.
    private static let account = """
        agent: local
        trunk: {provider: telnyx, username: acme1, password: "planted-password", from: "+12025550131"}
        call_control:
          listen: 127.0.0.1:8080
          public_url: https://agent.example.com
          public_key: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
          api_key_env: TELNYX_API_KEY
          connection_id: "1494404757140276705"

        """

    @Test(
        "A configuration with a trunk and Call Control is rehearsed by both ways, offline, through the sandbox",
        arguments: [
            ([], "by trunk telnyx", ["trunk", "carrier session"]),
            (["--way", "call-control"], "by Call Control", ["carrier", "carrier leg"]),
        ])
    func carrier(way: [String], sign: String, events: [String]) async throws {
        let workspace = try Workspace("rehearse-carrier")
        let flow = try String(
            contentsOf: Workspace.root.appending(path: "flows/receptionist.yaml"), encoding: .utf8)
        try workspace.write(
            flow.replacingOccurrences(of: "sip:desk@127.0.0.1:5070", with: "+12025550177"), to: "flow.yaml")
        try workspace.write(Self.account + "flow: \(workspace.path("flow.yaml"))\n", to: "agent.yaml")
        let kinds = events.joined(separator: ", ")
        try workspace.write(
            """
            rehearsal: Hours
            call: "+12025550131"
            caller:
              - hear
              - press: "1"
              - hear: {any: [nine, five, monday]}
            expect: {ended_by: caller}
            record: {keys: "1", outcome: remoteHangUp, events: [\(kinds)]}
            """, to: "hours.yaml")
        try workspace.write(
            """
            rehearsal: Desk
            from: "+12025550144"
            caller:
              - hear
              - press: "0"
              - wait_for_end
            expect: {ended_by: agent, transfers_to: "+12025550177"}
            record: {keys: "0", events: [transferred, \(kinds)]}
            """, to: "desk.yaml")
        let program = try Program(
            Workspace.product("trunkline"),
            [
                "rehearse", workspace.path("hours.yaml"), workspace.path("desk.yaml"), "--config",
                workspace.path("agent.yaml"),
            ] + way, environment: ["TELNYX_API_KEY": "KEYplanted"])
        #expect(try await program.end() == 0, "\(program.output)")
        #expect(program.output.contains(sign), "\(program.output)")
        #expect(program.output.contains("\n2 passed, 0 failed"), "\(program.output)")
        #expect(!program.output.contains("planted"))
        workspace.remove()
    }

    @Test(
        "What no carrier takes is said before anybody is called",
        arguments: [
            ("call: sip:sales@example.com", ["--way", "trunk"], "call: sip:sales@example.com is nobody at a carrier"),
            ("from: \"123\"", [], "from: 123 is nobody at a carrier"),
        ])
    func notByCarrier(line: String, way: [String], sentence: String) async throws {
        let workspace = try Workspace("rehearse-refused")
        try workspace.write(Self.account, to: "agent.yaml")
        try workspace.write("\(line)\ncaller: [hear, hang_up]\n", to: "odd.yaml")
        let program = try Program(
            Workspace.product("trunkline"),
            ["rehearse", workspace.path("odd.yaml"), "--config", workspace.path("agent.yaml")] + way,
            environment: ["TELNYX_API_KEY": "KEYplanted"])
        #expect(try await program.end() == 64, "\(program.output)")
        #expect(program.output.contains(sentence), "\(program.output)")
        workspace.remove()
    }
}
