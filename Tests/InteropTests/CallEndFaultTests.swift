import Foundation
import Telephony
import Testing

/// Calls that end too early, staged by sandboxes with faults: the call's own explanation says what it was.
@Suite(.serialized)
struct CallEndFaultTests {
    /// Each fault is a carrier at an address of its own, to which a number of its own leads.
    private static let faults: [(fault: String, number: String)] = [
        ("session-timer", "+12025550101"), ("refresh-lost", "+12025550102"),
        ("refresh-missing", "+12025550105"),
    ]

    @Test(
        "F-05: a call lasts because we refresh its session; where refreshes are lost or never come, the call says whose they were, and the fix"
    )
    func sessionTimers() async throws {
        let workspace = try Workspace("session-timers")
        var sandboxes: [SandboxProgram] = []
        for (place, (fault, _)) in Self.faults.enumerated() {
            sandboxes.append(try await SandboxProgram(address: "127.0.0.\(40 + place)", ["--fault", fault]))
        }
        let http = try Workspace.freePort()
        let trunks = zip(sandboxes, Self.faults).map { "  - " + $0.trunk($1.fault) }
        let routes = Self.faults.map { "\"\($0.number)\": [\($0.fault)]" }
        let server = try await Server(
            in: workspace, agent: "echo",
            settings: """
                http: {listen: "127.0.0.1:\(http)"}
                outbound: {allow: ["+1202555*"], routes: {\(routes.joined(separator: ", "))}}
                trunks:
                \(trunks.joined(separator: "\n"))
                """, isTraced: false)
        for sandbox in sandboxes { _ = try await sandbox.program.line(containing: "agent  <- 200 OK (REGISTER)") }
        let curl = Curl(base: "http://127.0.0.1:\(http)", token: "none")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (sandbox, (fault, number)) in zip(sandboxes, Self.faults) {
                group.addTask {
                    let order = try await curl.ask("POST", "/v1/calls", "{\"to\": \"\(number)\"}")
                    let id = try #require(order.json["id"] as? String, "\(order.body)")
                    let events = try curl.stream("/v1/calls/\(id)/events")
                    if fault == "session-timer" {
                        // One without a refresh would be over by the second.
                        _ = try await sandbox.program.line(number: 2, containing: "agent  <- 200 OK (UPDATE)")
                        let hangUp = try await curl.ask("POST", "/v1/calls/\(id)/hangup")
                        #expect((200..<300).contains(hangUp.status), "\(hangUp.body)")
                    }
                    try await events.end()
                    let trace = try await curl.ask("GET", "/v1/calls/\(id)/trace")
                    let findings = try #require(trace.json["findings"] as? [[String: String]], "\(trace.body)")
                    try judge(fault, findings, sandbox)
                }
            }
            try await group.waitForAll()
        }
        let ends = try await server.calls().compactMap { $0["endCause"] as? String }
        #expect(ends.contains("localHangUp") && ends.count == Self.faults.count, "\(ends)")
        #expect(try await server.stop() == 0)
        for sandbox in sandboxes { try await sandbox.stop() }
        workspace.remove()
    }

    private func judge(_ fault: String, _ findings: [[String: String]], _ sandbox: SandboxProgram) throws {
        guard fault != "session-timer" else {
            #expect(findings.isEmpty, "\(findings)")
            return
        }
        let finding = try #require(findings.first { $0["kind"] == "sessionTimer" }, "\(fault): \(findings)")
        #expect(finding["sentence"]?.contains("nobody confirmed in time") == true, "\(finding)")
        #expect(finding["evidence"]?.contains("The agreed interval was 12 s.") == true, "\(finding)")
        let isLost = fault == "refresh-lost"
        let evidence = isLost ? "our UPDATE got no answer" : "The other side was to refresh the session"
        #expect(finding["evidence"]?.contains(evidence) == true, "\(finding)")
        #expect(finding["fix"]?.contains(isLost ? "(ALG)" : "Ask the other side") == true, "\(finding)")
        let remark = isLost ? "a refresh of the agent is lost" : "the carrier was to refresh the session"
        #expect(sandbox.program.output.contains(remark), "\(sandbox.program.output)")
    }

    /// A goodbye that takes longer than the carrier lets calls last.
    private static let longGoodbye = """
        name: Harbour Dental
        greeting: "Good day."
        intents:
          goodbye:
            phrases: ["good bye"]
            steps:
              - say: "Thank you for calling Harbour Dental. We are open from nine to five, Monday to Friday, and you find us at twelve Harbour Street, next to the old lighthouse. Parking is free for one hour, and the tram stops in front of the house. We look forward to seeing you soon. Goodbye."
              - hangup
        menu:
          prompt: "Anything else?"
          keys: {"#": goodbye}
        fallback:
          say: ["Pardon?"]
        silence: ["Still there?", "Goodbye."]
        transfer_failed: "I am sorry."
        """

    @Test("F-07: a call that is hung up in the midst of the agent's goodbye says so, by trunk and by Call Control")
    func goodbyeCut() async throws {
        async let trunk: Void = goodbyeCut(.trunk)
        async let callControl: Void = goodbyeCut(.callControl)
        _ = try await (trunk, callControl)
    }

    private func goodbyeCut(_ way: CoreStage.Way) async throws {
        let stage = try await CoreStage(way, flow: Self.longGoodbye, fault: "call-cut")
        let script = ScriptedCall(
            name: "goodbye", group: .silence, steps: [.listen(), .press("#"), .untilEnded],
            expected: ScriptedCall.Expected(
                said: ["good day", "thank you for calling"], unsaid: ["seeing you soon. goodbye"], cut: 1...1,
                keys: "#",
                events: ["goodbye cut"], end: .remoteHangUp))
        let (call, findings) = try await stage.come(script)
        #expect(call.faults.isEmpty, "\(call.faults)\n\(call.story)")
        let finding = try #require(findings.first { $0["kind"] == "goodbyeCut" }, "\(findings)")
        #expect(finding["sentence"]?.contains("while the agent was saying goodbye") == true, "\(finding)")
        #expect(finding["evidence"]?.contains("words had not sounded") == true, "\(finding)")
        #expect(finding["fix"]?.contains("ask the carrier who ends the calls") == true, "\(finding)")
        try await stage.stop()
        stage.workspace.remove()
    }
}
