import Foundation
import Testing

/// A sandbox, the program as users run it behind it, and telephones outside: one way in which Telnyx carries calls.
struct CoreStage {
    enum Way: String, Sendable {
        case trunk
        case callControl = "Call Control"
    }

    enum Direction: String, Sendable {
        case incoming, outgoing
    }

    /// What came of one script on one line.
    struct Talk: Sendable {
        var way: Way
        var direction: Direction
        var call: CallOutcome
        var heard: ScriptedTalk.Outcome
        /// What was heard at the other number, where the call was put through.
        var heardThere: ScriptedTalk.Outcome?

        var name: String { "\(way.rawValue), \(direction.rawValue), \(call.call.name)" }
    }

    static let agentNumber = "+12025550131"
    private static let (mobileNumber, deskNumber, calleeNumber) = ("+12025550133", "+12025550134", "+12025550135")

    let way: Way
    let workspace: Workspace
    let sandbox: SandboxProgram
    let server: Server
    private let curl: Curl
    /// Who calls the agent, whom it calls, and to whom it puts them through.
    private let mobile: OutsidePhone
    private let callee: OutsidePhone
    private let desk: OutsidePhone

    /// - Parameters:
    ///   - flow: what the agent says; without it, the sample flow.
    ///   - fault: what the sandbox does wrong.
    init(_ way: Way, flow: String? = nil, fault: String? = nil) async throws {
        self.way = way
        workspace = try Workspace("core-\(way == .trunk ? "trunk" : "control")")
        let (api, hook, http) = (try Workspace.freePort(), try Workspace.freePort(), try Workspace.freePort())
        let phones = ["--phone", "desk:\(Self.deskNumber)", "--phone", "callee:\(Self.calleeNumber)"]
        let control = [
            "--call-control", "--http", "127.0.0.1:\(api)", "--webhook", "http://127.0.0.1:\(hook)/telnyx/webhooks",
        ]
        sandbox = try await SandboxProgram(
            phones + (way == .trunk ? [] : control) + (fault.map { ["--fault", $0] } ?? []))
        let sample = Workspace.root.appending(path: "flows/receptionist.yaml")
        let flow = try flow ?? String(contentsOf: sample, encoding: .utf8)
        try workspace.write(
            flow.replacingOccurrences(of: "sip:desk@127.0.0.1:5070", with: Self.deskNumber), to: "flow.yaml")
        let line =
            way == .trunk
            ? """
            trunk: \(sandbox.trunk())
            outbound: {allow: ["+1202555*"]}
            """
            : """
            \(try sandbox.settings())
            outbound: {way: call_control, allow: ["+1202555*"]}
            """
        server = try await Server(
            in: workspace, agent: "local",
            settings: """
                flow: \(workspace.path("flow.yaml"))
                http: {listen: "127.0.0.1:\(http)"}
                \(line)
                """, environment: ["TELNYX_API_KEY": "sandbox-key"])
        curl = Curl(base: "http://127.0.0.1:\(http)", token: "none")
        if way == .trunk { _ = try await sandbox.program.line(containing: "agent  <- 200 OK (REGISTER)") }
        mobile = try await OutsidePhone("mobile", at: sandbox)
        callee = try await OutsidePhone("callee", at: sandbox)
        desk = try await OutsidePhone("desk", at: sandbox)
    }

    /// Plays all scripts, both ways at once.
    func play(_ scripts: [ScriptedCall]) async throws -> [Talk] {
        async let incoming = come(scripts)
        async let outgoing = go(scripts)
        let heard: [(Direction, [ScriptedTalk.Outcome])] = try await [(.incoming, incoming), (.outgoing, outgoing)]
        let stored = try await server.calls()
        var talks: [Talk] = []
        for (direction, outcomes) in heard {
            let records = stored.filter { $0["direction"] as? String == direction.rawValue }
            try #require(records.count == scripts.count, "\(way) \(direction): \(records.count) records")
            for (place, script) in scripts.enumerated() {
                let isPutThrough = script.expected.events.contains("transferred")
                // The new place is shown who talks with the agent.
                let caller = direction == .incoming ? Self.mobileNumber : Self.agentNumber
                talks.append(
                    Talk(
                        way: way, direction: direction,
                        call: CallOutcome(
                            script, outcomes[place].measured, greetingDelay: nil, stored: records[place]),
                        heard: outcomes[place],
                        heardThere: isPutThrough ? try await desk.outcome(from: caller) : nil))
            }
        }
        return talks
    }

    /// Has the telephone outside call the agent once.
    ///
    /// - Returns: what came of it, and what the call itself says went wrong.
    func come(_ script: ScriptedCall) async throws -> (call: CallOutcome, findings: [[String: String]]) {
        let outcome = try await mobile.call(Self.agentNumber, script)
        let stored = try #require(try await server.calls().last)
        let id = try #require(stored["id"] as? String)
        let trace = try await curl.ask("GET", "/v1/calls/\(id)/trace")
        let findings = try #require(trace.json["findings"] as? [[String: String]], "\(trace.body)")
        return (CallOutcome(script, outcome.measured, greetingDelay: nil, stored: stored), findings)
    }

    private func come(_ scripts: [ScriptedCall]) async throws -> [ScriptedTalk.Outcome] {
        var outcomes: [ScriptedTalk.Outcome] = []
        for script in scripts {
            desk.prepare(for: script)
            outcomes.append(try await mobile.call(Self.agentNumber, script))
        }
        return outcomes
    }

    private func go(_ scripts: [ScriptedCall]) async throws -> [ScriptedTalk.Outcome] {
        var outcomes: [ScriptedTalk.Outcome] = []
        for script in scripts {
            desk.prepare(for: script)
            callee.expect(script)
            let order = try await curl.ask("POST", "/v1/calls", "{\"to\": \"\(Self.calleeNumber)\"}")
            #expect((200..<300).contains(order.status), "\(order.body)")
            outcomes.append(try await callee.outcome(outcomes.count + 1))
        }
        return outcomes
    }

    func stop() async throws {
        for phone in [mobile, callee, desk] { await phone.close() }
        #expect(try await server.stop() == 0)
        try await sandbox.stop()
        // The agent's requests have found the switch behind the edge.
        #expect(!sandbox.program.output.contains("does not reach the switch"), "\(sandbox.program.output)")
        if way == .trunk { try server.audit(proxies: [sandbox.port]) }
    }
}

extension OutsidePhone {
    /// Takes the call that a script has put through.
    fileprivate func prepare(for script: ScriptedCall) {
        if script.expected.events.contains("transferred") { expect(.desk) }
    }
}
