import Synchronization
import Testing

@testable import Agent

@Suite("Agents that share a call", .timeLimit(.minutes(1)))
struct HandOverTests {
    private static let context = DialogueContext(callID: "c", caller: "sip:a@x", called: "sip:b@y")

    private static func over(_ name: String, _ id: String = "1") -> [ScriptedModel.Step] {
        ScriptedModel.calling(
            ToolCall(id: id, name: "hand_over", arguments: #"{"to":"\#(name)","summary":"wants a (bill)"}"#))
    }

    private static func session(_ first: ScriptedModel, _ roles: [AgentRole]) async throws -> ModelSession {
        let dialogue = ModelDialogue(
            model: first, configuration: ModelDialogueConfiguration(instructions: "You are the desk."),
            tools: [HangUpTool(), TakeNoteTool(), PressKeysTool()], roles: roles, date: { "today" })
        return try #require(await dialogue.makeSession(context) as? ModelSession)
    }

    @Test("The one that takes over has its own instructions, tools and model, and knows what was said")
    func full() async throws {
        let first = ScriptedModel([ScriptedModel.saying("Good day."), Self.over("Billing")])
        let second = ScriptedModel([ScriptedModel.saying("Billing here."), ScriptedModel.saying("Ten euros.")])
        let session = try await Self.session(
            first,
            [
                AgentRole(
                    name: "billing", text: "bills", instructions: "You know bills.", model: second,
                    tools: ["take_note"], handsOverTo: [])
            ])
        _ = await session.whole(.said("Hello"))
        let log = await session.whole(.said("What about my bill?"))
        #expect(log.actions.contains(.handedOver(from: "main", to: "billing")))
        #expect(log.said == ["Billing here."])
        _ = await session.whole(.said("How much?"))
        #expect(first.requests.count == 2 && second.requests.count == 2)
        #expect(
            first.requests[0].tools.map(\.name) == ["hang_up", "take_note", "press_keys", "cancel_plans", "hand_over"])
        let request = try #require(second.requests.first)
        #expect(request.instructions.contains("You know bills.") && !request.instructions.contains("desk"))
        // Who may end the call is always known; who may not hand over has no tool for it.
        #expect(request.tools.map(\.name) == ["hang_up", "take_note", "cancel_plans"])
        #expect(request.messages.first == .user("Hello"))
        #expect(
            request.messages.last == .tool(id: "1", text: "Handed over. From now on you are billing.", failed: false))
    }

    @Test("The one that is told a summary knows no more; a greeting is said as it stands")
    func summary() async throws {
        let first = ScriptedModel([Self.over("billing"), ScriptedModel.saying("Ten euros.")])
        let session = try await Self.session(
            first,
            [
                AgentRole(
                    name: "billing", instructions: "You know bills.", greeting: "Billing, good day {caller}.",
                    knowsHistory: false)
            ])
        #expect(await session.whole(.said("My card is 4711")).said == ["Billing, good day sip:a@x."])
        _ = await session.whole(.said("How much?"))
        #expect(
            first.requests.last?.messages == [
                .user("(You take this call over from main. In its words: wants a bill)"),
                .assistant("Billing, good day sip:a@x.", calls: []), .user("How much?"),
            ])
    }

    @Test("T-50 Agents don't hand a call to and fro without the caller, nor more than eight times")
    func bounds() throws {
        var hands = HandOvers(first: "main")
        try hands.handOver(from: "main", to: "a")
        #expect(throws: ToolRefusal("main has just handed the call over. Talk to the caller first.")) {
            try hands.handOver(from: "a", to: "main")
        }
        #expect(throws: ToolRefusal("The call has just been handed over to a.")) {
            try hands.handOver(from: "main", to: "b")
        }
        #expect(throws: ToolRefusal("You are a yourself.")) { try hands.handOver(from: "a", to: "a") }
        for number in 0..<7 {
            hands.callerSpoke()
            try hands.handOver(from: hands.current, to: number % 2 == 0 ? "main" : "a")
        }
        hands.callerSpoke()
        #expect(throws: ToolRefusal.self) { try hands.handOver(from: hands.current, to: "b") }
        #expect(hands.current == "main")
    }

    @Test("A loop between two models ends with words")
    func loop() async throws {
        let first = ScriptedModel([Self.over("a", "1"), ScriptedModel.saying("Back.")])
        let second = ScriptedModel([Self.over("main", "2"), ScriptedModel.saying("I help you myself.")])
        let session = try await Self.session(first, [AgentRole(name: "a", instructions: "A.", model: second)])
        let log = await session.whole(.said("Help"))
        #expect(log.said == ["I help you myself."])
        #expect(
            second.requests.last?.messages.last
                == .tool(id: "2", text: "main has just handed the call over. Talk to the caller first.", failed: true))
    }

    @Test("The voice changes with the agent, within the call, and the record says so")
    func voice() async throws {
        let spoken = Mutex([String]())
        struct Named: TextToSpeech {
            let name: String
            let told: @Sendable (String) -> Void
            func makeSession(_ format: SpeechFormat) async throws(ProviderError) -> any TextToSpeechSession {
                Session(voice: self, rate: format.sampleRate)
            }
            struct Session: TextToSpeechSession {
                let voice: Named
                let rate: Int
                func speak(_ text: String) -> AsyncThrowingStream<SpokenSound, any Error> {
                    voice.told("\(voice.name): \(text)")
                    return ScriptedVoice().speak(text, sampleRate: rate)
                }
                func close() async {}
            }
        }
        func named(_ name: String) -> Named { Named(name: name) { text in spoken.withLock { $0.append(text) } } }
        let model = ScriptedModel([
            Self.over("billing"),
            ScriptedModel.calling(ToolCall(id: "2", name: "hang_up", arguments: ""), saying: "Goodbye."),
        ])
        let dialogue = ModelDialogue(
            model: model, configuration: ModelDialogueConfiguration(instructions: "Desk.", greeting: "Good day."),
            tools: [HangUpTool()],
            roles: [AgentRole(name: "billing", instructions: "Bills.", greeting: "Billing here.")])
        let (call, log, hearing) = (ScriptedCall(), EntryLog(), ScriptedHearing())
        async let outcome = SpokenAgent(
            hearing: hearing, dialogue: dialogue, voice: named("anna"), voices: ["billing": named("ben")]
        ).converse(on: call) { log.take($0) }
        await log.turn("Good day.")
        hearing.callerSays("My bill please", at: 16_000)
        await log.turn("Billing here.")
        hearing.callerSays("Goodbye", at: 80_000)
        #expect(await outcome.end == nil)
        #expect(spoken.withLock { $0 } == ["anna: Good day.", "ben: Billing here.", "ben: Goodbye."])
        #expect(
            log.entries.contains { if case .event("handed over", "main to billing", _) = $0 { true } else { false } })
    }
}
