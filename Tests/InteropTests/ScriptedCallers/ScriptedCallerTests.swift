import Foundation
import ProviderDoubles
import Synchronization
import TelephonyTesting
import Testing

/// Sixty-five callers of our own making, over real SIP and RTP, talk with the program as users run it.
@Suite(.serialized)
struct ScriptedCallerTests {
    /// As many callers at once as the speech parts of two cores serve without stutter.
    private static let atOnce = 5

    /// Part of the names of those that are wanted; all without it.
    private static let chosen = ProcessInfo.processInfo.environment["SCRIPTED"]

    @Test("Scripted callers are heard, answered and not talked over")
    func conversations() async throws {
        let workspace = try Workspace("scripted")
        let desk = try Workspace.freePort()
        let flow = try String(contentsOf: Workspace.root.appending(path: "flows/receptionist.yaml"), encoding: .utf8)
        try workspace.write(
            flow.replacingOccurrences(of: "sip:desk@127.0.0.1:5070", with: "sip:desk@127.0.0.1:\(desk)"),
            to: "flow.yaml")
        let receptionist = try await Server(
            in: workspace, agent: "local",
            settings: "flow: \(workspace.path("flow.yaml"))\n" + Self.impatience)
        var outcomes = try await Self.hold(ScriptedCall.ofFlow, with: receptionist)
        #expect(try await receptionist.stop() == 0)
        try receptionist.audit()
        outcomes += try await Self.modelled(desk: desk)

        let report = ScriptedReport(outcomes)
        print(report.text)
        try report.write()
        for outcome in outcomes where !outcome.faults.isEmpty {
            print("\(outcome.call.name): \(outcome.faults.joined(separator: "; "))\n\(outcome.story)")
        }
        for issue in report.ledgerFaults { print(issue) }
        // A recogniser that reads telephone speech mishears now and then, another word each time: what is asserted is
        // how often. A conversation that was chosen by name has to go well.
        let failed = outcomes.count { !$0.faults.isEmpty }
        let allowed = Self.chosen == nil ? outcomes.count / 8 : 0
        #expect(failed <= allowed, "\(failed) of \(outcomes.count) conversations did not go as they should")
        #expect(outcomes.reduce(0) { $0 + $1.falseStops } <= (Self.chosen == nil ? 3 : 0))
        #expect(outcomes.reduce(0) { $0 + $1.missedStops } <= (Self.chosen == nil ? 1 : 0))
        if let usual = report.usualGreeting {
            #expect(usual <= 400, "F-28: the greeting comes \(usual) ms after the ACK")
        }
        #expect(report.ledgerFaults.count * 20 <= report.comparisons.count, "one answer in twenty may be off")
        if let usual = report.usualLedgerError { #expect(usual <= 20, "the ledger is \(usual) ms off the recording") }
        if report.isClean { workspace.remove() }
    }

    /// So that nobody need wait long for the end of a caller's silence.
    private static let impatience = """
        conversation:
          silence_prompt: 5s
          silence_hang_up: 10s
        """

    /// The conversations in which a language model talks.
    private static func modelled(desk: UInt16) async throws -> [CallOutcome] {
        let workspace = try Workspace("scripted-model")
        let model = try await HTTPDouble { ModelScript.answer($0) }
        let server = try await Server(
            in: workspace, agent: "model",
            settings: """
                greeting: "\(ModelScript.greeting)"
                model: {provider: compatible, model: m, url: "\(model.url)/v1"}
                transfers:
                  desk: "sip:desk@127.0.0.1:\(desk)"
                \(impatience)
                """)
        let outcomes = try await hold(ScriptedCall.ofModel, with: server)
        #expect(try await server.stop() == 0)
        await model.stop()
        workspace.remove()
        return outcomes
    }

    /// Has all conversations with one server, some at a time.
    private static func hold(_ calls: [ScriptedCall], with server: Server) async throws -> [CallOutcome] {
        let target = server.uri()
        // So that no caller's voice is made while others talk.
        for call in calls {
            for step in call.steps { _ = try await step.sound?.samples() }
        }
        let chosen = calls.enumerated().filter { call in Self.chosen.map { call.element.name.contains($0) } ?? true }
        let ended = try await withThrowingTaskGroup(
            of: (number: Int, caller: ScriptedCaller, measured: CallerScript.Measured).self
        ) { group in
            var ended: [(number: Int, caller: ScriptedCaller, measured: CallerScript.Measured)] = []
            for (index, (number, call)) in chosen.enumerated() {
                if index >= atOnce, let next = try await group.next() { ended.append(next) }
                group.addTask {
                    let caller = ScriptedCaller(call, number: number)
                    return (number, caller, try await caller.run(target))
                }
            }
            for try await next in group { ended.append(next) }
            return ended
        }
        let stored = try await server.calls()
        return try ended.sorted { $0.number < $1.number }.map { number, caller, measured in
            let address = ScriptedCaller.address(number)
            let record = try #require(
                stored.first { ($0["remote"] as? String)?.contains(address) == true },
                "the call of \(address) is not in the database")
            return CallOutcome(calls[number], measured, greetingDelay: caller.greetingDelay, stored: record)
        }
    }
}
