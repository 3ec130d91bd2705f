import Testing

@testable import Agent

@Suite("Messages that callers leave", .timeLimit(.minutes(1)))
struct LeaveMessageTests {
    private static func session(_ model: ScriptedModel) async throws -> ModelSession {
        let dialogue = ModelDialogue(
            model: model, configuration: ModelDialogueConfiguration(instructions: "Be brief."),
            tools: [LeaveMessageTool()], date: { "today" })
        return try #require(
            await dialogue.makeSession(DialogueContext(callID: "c", caller: "a", called: "b")) as? ModelSession)
    }

    private static func leaving(_ arguments: String) -> [ScriptedModel.Step] {
        ScriptedModel.calling(ToolCall(id: "1", name: "leave_message", arguments: arguments))
    }

    @Test(
        "A message is read back, and kept only once the caller says that it is right",
        arguments: [
            (["yes"], "Ada (+4955): Call me", "It is kept."),
            (["hm", "that's right"], "Ada (+4955): Call me", "kept"),
            (["no, Ida"], nil, "(The message is not right and not kept."), (["hm", "hm"], nil, "not kept"),
        ] as [([String], String?, String)])
    func readBack(answers: [String], note: String?, told: String) async throws {
        let model = ScriptedModel([
            Self.leaving(#"{"text":"Call me","name":"Ada","number":"+49 5 5"}"#), ScriptedModel.saying("Fine."),
        ])
        let session = try await Self.session(model)
        let asked = await session.whole(.said("Take a message"))
        #expect(
            asked.said == ["I have written down: Call me. From Ada. The number is plus, 4 9, 5 5. Is that right?"])
        #expect(!asked.actions.contains { if case .note = $0 { true } else { false } })
        var last = asked
        for answer in answers { last = await session.whole(.said(answer)) }
        let notes = last.actions.compactMap { if case .note("message", let value) = $0 { value } else { nil } }
        #expect(notes == [note].compactMap { $0 } && last.said == ["Fine."])
        guard case .user(let text)? = model.requests.last?.messages.last else {
            Issue.record("no question")
            return
        }
        #expect(text.contains(told))
    }

    @Test("A key is as good as a word, and a message without sender or words is fine or is not")
    func keys() async throws {
        let session = try await Self.session(
            ScriptedModel([Self.leaving(#"{"text":"Hello!"}"#), ScriptedModel.saying("Fine.")]))
        #expect(await session.whole(.said("x")).said == ["I have written down: Hello! Is that right?"])
        #expect(await session.whole(.pressed("7")).actions == [])
        #expect(await session.whole(.pressed("1")).actions.first == .note(key: "message", value: "Hello!"))
        let context = DialogueContext(callID: "c", caller: "a", called: "b")
        await #expect(throws: ToolRefusal.self) { try await LeaveMessageTool().run(["text": " "], context: context) }
    }

    @Test("A message is news, whoever wrote it down")
    func news() {
        #expect(CallNews(.note(key: "message", value: "x", at: 1)) == .messageLeft)
        #expect(CallNews(.note(key: "date", value: "x", at: 1)) == nil)
    }
}
