import Testing

@testable import Agent

@Suite("A model that has something captured", .timeLimit(.minutes(1)))
struct CaptureDialogueTests {
    private static let today = CalendarDay(year: 2026, month: 11, day: 30)!

    private static func session(_ model: ScriptedModel, limits: CallLimits = CallLimits()) async throws -> ModelSession
    {
        var configuration = ModelDialogueConfiguration(instructions: "Be brief.")
        configuration.limits = limits
        let dialogue = ModelDialogue(
            model: model, configuration: configuration, tools: [CaptureTool(today: { today }), TakeNoteTool()],
            date: { "today" }, sleep: { _ in try await Task.sleep(for: .seconds(3_600)) })
        return try #require(
            await dialogue.makeSession(DialogueContext(callID: "c", caller: "a", called: "b")) as? ModelSession)
    }

    private static let asking = ScriptedModel.calling(
        ToolCall(id: "1", name: "capture", arguments: #"{"kind":"date","question":"Which day?"}"#))

    @Test("F-29 The caller corrects and confirms without the model, which is told the value and goes on")
    func confirmed() async throws {
        let model = ScriptedModel([Self.asking, ScriptedModel.saying("Booked.")])
        let session = try await Self.session(model)
        #expect(await session.whole(.said("I need an appointment")).said == ["Which day?"])
        #expect(
            await session.whole(.said("the third of May")).said == ["Monday, the 3rd of May 2027. Is that right?"])
        #expect(
            await session.whole(.said("no, the fourth")).said == ["Tuesday, the 4th of May 2027. Is that right?"])
        #expect(model.requests.count == 1)
        let last = await session.whole(.said("yes"))
        #expect(last.actions == [.note(key: "date", value: "2027-05-04"), .say("Booked.")])
        #expect(
            model.requests.last?.messages.last == .user("yes\n(The caller has confirmed the date: 2027-05-04.)"))
    }

    @Test("Who goes on speaking before anything was heard is understood as a whole")
    func rolledBack() async throws {
        let session = try await Self.session(ScriptedModel([Self.asking]))
        _ = await session.whole(.said("I need an appointment"))
        _ = await session.whole(.said("the third of May"))
        await session.interrupted(heard: "")
        #expect(
            await session.whole(.said("the third of May or rather the third of June")).said
                == ["Monday, the 3rd of May 2027. Is that right?"])
    }

    @Test("After three tries the model is told, and answers what was said")
    func givenUp() async throws {
        let model = ScriptedModel([Self.asking, ScriptedModel.saying("Never mind.")])
        let session = try await Self.session(model)
        _ = await session.whole(.said("I need an appointment"))
        #expect(await session.whole(.said("soon")).said == [CaptureKind.date.hint])
        #expect(await session.whole(.said("very soon")).said == [CaptureKind.date.hint])
        #expect(await session.whole(.said("what do you mean")).said == ["Never mind."])
        #expect(
            model.requests.last?.messages.last
                == .user("what do you mean\n(No date was made out. Answer what the caller said last.)"))
    }

    @Test("T-50 Tools beyond the limit of a call are not used, and the caller is told goodbye")
    func toolBudget() async throws {
        let note = ScriptedModel.calling(ToolCall(id: "1", name: "take_note", arguments: #"{"key":"a","value":"b"}"#))
        let model = ScriptedModel([note, note, note, ScriptedModel.saying("Still here.")])
        var limits = CallLimits(toolCalls: 2)
        limits.goodbye = "Enough."
        let session = try await Self.session(model, limits: limits)
        let log = await session.whole(.said("Write that down again and again"))
        #expect(log.actions.filter { if case .note = $0 { true } else { false } }.count == 2)
        #expect(log.actions.suffix(3) == [.cancelPlans, .say("Enough."), .hangUp])
    }

    @Test(
        "T-50 When its tokens are used up the model is not asked again, and the caller is put through or told goodbye")
    func tokenBudget() async throws {
        let model = ScriptedModel([
            [
                .event(.text("Hello.")),
                .event(.usage(ProviderUsage(provider: "x", inputTokens: 900, outputTokens: 100))),
                .event(.finished(.complete)),
            ]
        ])
        var limits = CallLimits(tokens: 1_000)
        limits.transfer = "sip:desk@example.com"
        let session = try await Self.session(model, limits: limits)
        #expect(await session.whole(.said("Hi")).said == ["Hello."])
        let log = await session.whole(.said("Hi again"))
        #expect(
            log.actions == [.cancelPlans, .say(CallLimits().goodbye), .transfer(to: "sip:desk@example.com")])
        #expect(model.requests.count == 1)
    }

    @Test("T-50 T-54 A model that talks for ever is cut short")
    func endless() async throws {
        let model = ScriptedModel([
            Array(repeating: .event(.text("and so on and on, ")), count: 5_000) + [.event(.finished(.complete))]
        ])
        let session = try await Self.session(model)
        let log = await session.whole(.said("Talk for ever"))
        #expect(log.error == nil && log.said.joined(separator: " ").count <= 6_100 && !log.said.isEmpty)
    }
}
