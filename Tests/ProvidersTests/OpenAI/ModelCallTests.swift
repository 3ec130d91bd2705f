import Agent
import ProviderDoubles
import Testing

@testable import Providers

@Suite("A dialogue with a model over the wire", .timeLimit(.minutes(1)))
struct ModelCallTests {
    private static let context = DialogueContext(callID: "c", caller: "sip:a@example.com", called: "sip:b@example.com")

    private static func said(_ session: any DialogueSession, _ input: DialogueInput) async throws -> [DialogueAction] {
        var actions: [DialogueAction] = []
        for try await action in session.reply(to: input, turn: TurnCommitment(isCommitted: true)) {
            if case .usage = action { continue }
            actions.append(action)
        }
        return actions
    }

    @Test("Greeting, question, note, interruption and goodbye are a conversation that OpenAI's interface accepts")
    func openAI() async throws {
        typealias Double = ChatCompletionsDouble
        let double = try await Double(
            key: "sk-1",
            answers: [
                Double.saying("We are open ", "from nine. ", "Till five."),
                Double.calling("take_note", arguments: #"{"key":"message","value":"Call Anna"}"#),
                Double.saying("I wrote it down."), Double.saying("All right."),
                .events(
                    EventScript([
                        Double.role, Double.text("Goodbye!"), Double.call(id: "b", name: "hang_up", arguments: "{}"),
                        Double.finish("tool_calls"), Double.done,
                    ])),
            ])
        let model = ChatCompletionsModel(
            ChatCompletionsConfiguration(service: "double", url: double.url, key: Secret("sk-1"), model: "m"),
            sleep: frozenTime)
        let session = try await ModelDialogue(
            model: model, configuration: ModelDialogueConfiguration(instructions: "Be brief.", greeting: "Good day."),
            tools: [HangUpTool(), TakeNoteTool()]
        ).makeSession(Self.context)
        #expect(try await Self.said(session, .began) == [.say("Good day.")])
        #expect(try await Self.said(session, .said("Hours?")) == [.say("We are open from nine."), .say("Till five.")])
        await session.interrupted(heard: "We are open")
        let noted = try await Self.said(session, .said("Tell Anna to call"))
        #expect(noted.suffix(2) == [.note(key: "message", value: "Call Anna"), .say("I wrote it down.")])
        #expect(try await Self.said(session, .silence(count: 1)) == [.say("All right.")])
        let goodbye = try await Self.said(session, .said("Bye"))
        #expect(goodbye.first == .say("Goodbye!"))
        #expect(goodbye.last == .hangUp)
        #expect(double.violations.isEmpty)
        #expect(double.bodies.last?.contains(#""content":"We are open","role":"assistant""#) == true)
        await double.stop()
    }

    @Test("So they are for Anthropic's, also when a tool was cut short")
    func anthropic() async throws {
        typealias Double = AnthropicDouble
        let double = try await Double(
            key: "sk-1",
            answers: [
                Double.saying("Good day."),
                .events(
                    EventScript([
                        Double.start(), Double.textBlock(0), Double.text("One moment.", 0), Double.endOfBlock(0),
                        Double.toolBlock(1, id: "a", name: "hang_up"), Double.endOfBlock(1), Double.finish("tool_use"),
                        Double.stop,
                    ])), Double.saying("I am still here."),
            ])
        let model = AnthropicModel(
            AnthropicConfiguration(key: Secret("sk-1"), model: "m", url: double.url), sleep: frozenTime)
        let session = try await ModelDialogue(
            model: model, configuration: ModelDialogueConfiguration(instructions: "Be brief."), tools: [HangUpTool()]
        ).makeSession(Self.context)
        #expect(try await Self.said(session, .began) == [.say("Good day.")])
        #expect(try await Self.said(session, .said("Bye")).last == .hangUp)
        await session.interrupted(heard: "")
        #expect(try await Self.said(session, .said("Bye no wait")) == [.say("I am still here.")])
        #expect(double.violations.isEmpty)
        let last = String(decoding: double.requests.last?.body ?? [], as: UTF8.self)
        #expect(last.contains(#""is_error":true"#))
        #expect(last.contains(#""text":"no wait""#))
        await double.stop()
    }
}
