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
}
