import Agent
import TelephonyPrimitives
import Testing

@testable import CallAPI

/// The tool with which a model promises a call.
struct CallbackTests {
    /// 30 November 2026, 12:00 UTC.
    private static let now: Int64 = 1_796_040_000_000

    private static func tool(_ desk: Desk) -> ScheduleCallbackTool {
        var limits = CampaignLimits()
        limits.timezone = "Europe/Berlin"
        let callbacks = Callbacks(
            store: desk.store, gate: desk.api.gate, zones: ZoneSource(), limits: limits, now: { now })
        return ScheduleCallbackTool { wish, context in try await callbacks.promise(wish, to: context.caller) }
    }

    private static func ask(
        _ tool: ScheduleCallbackTool, _ arguments: JSONValue, caller: String = "sip:+4930123@trunk.example"
    ) async -> String {
        do {
            return try await tool.run(
                arguments, context: DialogueContext(callID: "1", caller: caller, called: "sip:desk@example.com")
            ).text
        } catch {
            return "\(error)"
        }
    }

    @Test("A call that was promised is a number of the campaign; a later promise takes the place of the first")
    func promised() async throws {
        let desk = try Desk()
        let tool = Self.tool(desk)
        let text = await Self.ask(tool, ["time": "2026-12-01T10:00", "reason": "The crown."])
        #expect(text == "Written down: +4930123 is called back at 2026-12-01T10:00.")
        _ = await Self.ask(tool, ["time": "2026-12-02T11:30", "reason": "The crown."])
        let targets = try await desk.store.targets(ofCampaign: StoredCampaign.callbacks)
        #expect(targets.map(\.to) == ["+4930123"] && targets.first?.variables == ["reason": "The crown."])
        #expect(targets.first?.dueAt == 1_796_207_400_000)
        #expect(try await desk.store.campaign(StoredCampaign.callbacks)?.state == .running)
    }

    @Test(
        "T-17 What may not be called is not promised, and what can't be is said",
        arguments: [
            (["time": "2026-12-01T10:00", "reason": "x", "number": "+19005550100"], "That number can't be called"),
            (["time": "2026-12-01T10:00", "reason": "x", "number": "bob"], "bob is no number"),
            (["time": "2026-12-01T23:00", "reason": "x"], "Nobody is called at that time of day. The nearest"),
            (["time": "2027-03-01T10:00", "reason": "x"], "That is more than 30 days"),
            (["time": "2026-12-01T10:00"], "Both time and reason"), ([:], "Both time and reason"),
        ] as [(JSONValue, String)])
    func refused(arguments: JSONValue, beginning: String) async throws {
        let desk = try Desk()
        let text = await Self.ask(Self.tool(desk), arguments)
        #expect(text.hasPrefix(beginning), "\(text)")
        #expect(try await desk.store.targets(ofCampaign: StoredCampaign.callbacks).isEmpty)
    }

    @Test("T-17 Who is on the do-not-call list is not promised a call; nor is a withheld number")
    func listed() async throws {
        let desk = try Desk()
        try await desk.store.doNotCall(["+4930123"], at: 1)
        let wish: JSONValue = ["time": "2026-12-01T10:00", "reason": "x"]
        #expect(await Self.ask(Self.tool(desk), wish) == "That number can't be called from here.")
        let anonymous = await Self.ask(Self.tool(desk), wish, caller: "sip:anonymous@anonymous.invalid")
        #expect(anonymous == "That number can't be called from here.")
    }
}
