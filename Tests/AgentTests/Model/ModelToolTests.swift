import Synchronization
import Testing

@testable import Agent

@Suite("Tools of a model dialogue", .timeLimit(.minutes(1)))
struct ModelToolTests {
    private static let context = DialogueContext(callID: "c", caller: "sip:a@example.com", called: "sip:b@example.com")

    private static func session(
        _ model: ScriptedModel, _ tools: [any Tool], rounds: Int = 3,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { _ in try await Task.sleep(for: .seconds(3_600)) }
    ) async throws -> ModelSession {
        let dialogue = ModelDialogue(
            model: model,
            configuration: ModelDialogueConfiguration(instructions: "Be brief.", maximumToolRounds: rounds),
            tools: tools, date: { "today" }, sleep: sleep)
        return try #require(await dialogue.makeSession(context) as? ModelSession)
    }

    private static func call(_ name: String, _ arguments: String = "{}", id: String = "1") -> ToolCall {
        ToolCall(id: id, name: name, arguments: arguments)
    }

    @Test("What a tool came to goes to the model, and its answer is said")
    func useOfTool() async throws {
        let call = Self.call("hours", #"{"day":"Monday"}"#)
        let model = ScriptedModel([
            ScriptedModel.calling(call, saying: "Let me look."), ScriptedModel.saying("At nine."),
        ])
        let session = try await Self.session(
            model, [ScriptedTool("hours") { ToolResult(text: "\($0["day"]?.string ?? "") 9-17") }])
        let log = await session.whole(.said("When do you open?"))
        #expect(
            log.actions == [
                .say("Let me look."), .toolStarted(call),
                .toolEnded(ToolOutcome(call: call, text: "Monday 9-17", failed: false)), .say("At nine."),
            ])
        #expect(model.requests.first?.tools.map(\.name) == ["hours"])
        #expect(
            model.requests.last?.messages == [
                .user("When do you open?"), .assistant("Let me look.", calls: [call]),
                .tool(id: "1", text: "Monday 9-17", failed: false),
            ])
    }

    @Test(
        "A tool waits until the caller's turn is over, and is not used when the caller goes on",
        arguments: [true, false])
    func waiting(stands: Bool) async throws {
        let used = Mutex(0)
        let model = ScriptedModel([ScriptedModel.calling(Self.call("book")), ScriptedModel.saying("Booked.")])
        let session = try await Self.session(
            model,
            [
                ScriptedTool("book") { _ in
                    used.withLock { $0 += 1 }
                    return ToolResult(text: "done")
                }
            ])
        let turn = TurnCommitment()
        let log = ActionLog()
        let reading = log.take(session.reply(to: .said("Book it"), turn: turn))
        await until { model.requests.count == 1 }
        #expect(log.actions.isEmpty)
        if stands { turn.commit() } else { turn.withdraw() }
        await reading.value
        #expect(used.withLock { $0 } == (stands ? 1 : 0))
        #expect(log.said == (stands ? ["Booked."] : []))
        #expect(log.error == (stands ? nil : .cancelled))
    }

    @Test("Whoever stops reading while a tool waits for the turn is not waited for")
    func waitingForNobody() async throws {
        let model = ScriptedModel([ScriptedModel.calling(Self.call("book"))])
        let session = try await Self.session(model, [ScriptedTool("book") { _ in ToolResult(text: "done") }])
        let reading = ActionLog().take(session.reply(to: .said("Book it"), turn: TurnCommitment()))
        await until { model.requests.count == 1 }
        reading.cancel()
        await session.interrupted(heard: "")
        #expect(session.messages == [.user("Book it")])
    }

    @Test("Several tools are used side by side, and answered in their order")
    func parallel() async throws {
        let (first, second) = (Gate(), Gate())
        let model = ScriptedModel([
            ScriptedModel.calling(Self.call("a", id: "1"), Self.call("b", id: "2")), ScriptedModel.saying("Done."),
        ])
        let session = try await Self.session(
            model,
            [
                ScriptedTool("a") { _ in
                    second.open()
                    await first.passes()
                    return ToolResult(text: "A")
                },
                ScriptedTool("b") { _ in
                    await second.passes()
                    first.open()
                    return ToolResult(text: "B")
                },
            ])
        #expect(await session.whole(.said("Go")).said == ["Done."])
        #expect(
            session.messages.dropFirst(2).prefix(2) == [
                .tool(id: "1", text: "A", failed: false), .tool(id: "2", text: "B", failed: false),
            ])
    }

    @Test(
        "The model is told what was wrong with a call",
        arguments: [
            (call("nothing"), "no tool"), (call("a", "{\"x\":"), "no JSON"), (call("a", "[1]"), "no JSON"),
            (call("broken"), "out of paper"), (call("slow"), "not come to an end"),
        ])
    func failures(_ call: ToolCall, _ reason: String) async throws {
        let model = ScriptedModel([ScriptedModel.calling(call), ScriptedModel.saying("Sorry.")])
        let session = try await Self.session(
            model,
            [
                ScriptedTool("a") { _ in ToolResult(text: "fine") },
                ScriptedTool("broken") { _ in throw ToolRefusal("out of paper") },
                ScriptedTool("slow") { _ in
                    await until { false }
                    return ToolResult(text: "late")
                },
            ], sleep: { _ in if call.name != "slow" { try await Task.sleep(for: .seconds(3_600)) } })
        let log = await session.whole(.said("Go"))
        #expect(log.said == ["Sorry."])
        guard case .tool("1", let text, true)? = model.requests.last?.messages.last else {
            Issue.record("the call was not answered")
            return
        }
        #expect(text.contains(reason))
    }

    @Test("Arguments may be left out")
    func noArguments() async throws {
        let model = ScriptedModel([ScriptedModel.calling(Self.call("a", "")), ScriptedModel.saying("Done.")])
        let session = try await Self.session(model, [ScriptedTool("a") { ToolResult(text: $0.json) }])
        _ = await session.whole(.said("Go"))
        #expect(model.requests.last?.messages.last == .tool(id: "1", text: "{}", failed: false))
    }

    @Test("A model that asks for tools without end is stopped, and every call is answered")
    func endlessRounds() async throws {
        let model = ScriptedModel(Array(repeating: ScriptedModel.calling(Self.call("a")), count: 9))
        let session = try await Self.session(model, [ScriptedTool("a") { _ in ToolResult(text: "x") }], rounds: 2)
        #expect(await session.whole(.said("Go")).error != nil)
        #expect(model.requests.count == 3)
        #expect(
            session.messages.filter { if case .assistant(_, let calls) = $0 { !calls.isEmpty } else { false } }.count
                == 2)
        #expect(session.messages.filter { if case .tool = $0 { true } else { false } }.count == 2)
    }

    @Test("A tool that is cut short by the caller is answered, and its question is not asked twice")
    func cancelledTool() async throws {
        let begun = Gate()
        let model = ScriptedModel([ScriptedModel.calling(Self.call("a")), ScriptedModel.saying("Yes.")])
        let session = try await Self.session(
            model,
            [
                ScriptedTool("a") { _ in
                    begun.open()
                    await until { false }
                    return ToolResult(text: "late")
                }
            ])
        let log = ActionLog()
        let reading = log.take(session.reply(to: .said("Go"), turn: TurnCommitment(isCommitted: true)))
        await begun.passes()
        reading.cancel()
        await session.interrupted(heard: "")
        _ = await session.whole(.said("Go on"))
        #expect(
            model.requests.last?.messages == [
                .user("Go"), .assistant("", calls: [Self.call("a")]),
                .tool(id: "1", text: ModelNotes.cancelled, failed: true), .user("on"),
            ])
    }

    // MARK: The built-in ones

    private static let builtIn: [any Tool] = [
        HangUpTool(), TransferTool(destinations: ["reception": "sip:desk@example.com"]), PressKeysTool(),
        TakeNoteTool(),
    ]

    @Test(
        "F-33: the built-in tools act on the call once everything has been said",
        arguments: [
            (call("hang_up"), DialogueAction.hangUp),
            (call("transfer_call", #"{"destination":"reception"}"#), .transfer(to: "sip:desk@example.com")),
            (call("transfer_call", #"{"destination":"Reception"}"#), .transfer(to: "sip:desk@example.com")),
            (call("press_keys", #"{"keys":"12 #"}"#), .sendDTMF("12#")),
            (call("press_keys", #"{"keys":42}"#), .sendDTMF("42")),
        ])
    func actions(_ call: ToolCall, _ action: DialogueAction) async throws {
        let model = ScriptedModel([ScriptedModel.calling(call, saying: "One moment.")])
        let session = try await Self.session(model, Self.builtIn)
        let log = await session.whole(.said("Go"))
        #expect(log.error == nil)
        #expect(log.actions.first == .say("One moment."))
        #expect(log.actions.last == action)
        #expect(model.requests.count == 1)

        // F-33: interrupted, it has not happened, and the model knows whether it still will.
        await session.interrupted(heard: "One")
        let isLost = action == .hangUp
        #expect(
            session.messages.last
                == .tool(id: "1", text: isLost ? ModelNotes.notDone : ModelNotes.notDoneYet, failed: isLost))
    }

    @Test(
        "A destination that was not set up and keys that do not exist are refused",
        arguments: [
            call("transfer_call", #"{"destination":"sip:+900123@evil.example"}"#), call("transfer_call"),
            call("press_keys", #"{"keys":"12x"}"#), call("press_keys"),
            call("press_keys", #"{"keys":"\#(String(repeating: "1", count: 33))"}"#), call("take_note"),
        ])
    func refusals(_ call: ToolCall) async throws {
        let model = ScriptedModel([ScriptedModel.calling(call), ScriptedModel.saying("Sorry.")])
        let log = await (try await Self.session(model, Self.builtIn)).whole(.said("Go"))
        #expect(log.actions.count == 3)
        guard case .toolEnded(let outcome) = log.actions[1] else {
            Issue.record("no outcome")
            return
        }
        #expect(outcome.failed)
    }

    @Test("Nobody is hung up on without a word, but a model that has none is not asked for ever")
    func wordless() async throws {
        let call = Self.call("hang_up")
        let model = ScriptedModel([ScriptedModel.calling(call), ScriptedModel.saying("Goodbye!")])
        let log = await (try await Self.session(model, Self.builtIn)).whole(.said("Bye"))
        #expect(log.actions.suffix(2) == [.hangUp, .say("Goodbye!")])

        let mute = ScriptedModel(Array(repeating: ScriptedModel.calling(call), count: 9))
        let muteLog = await (try await Self.session(mute, Self.builtIn)).whole(.said("Bye"))
        #expect(muteLog.error == nil)
        #expect(muteLog.actions.last == .hangUp)
        #expect(mute.requests.count == 2)
    }

    @Test("A note is written down at once, and the model goes on")
    func note() async throws {
        let model = ScriptedModel([
            ScriptedModel.calling(Self.call("take_note", #"{"key":"message","value":"Call back"}"#)),
            ScriptedModel.saying("Noted."),
        ])
        let log = await (try await Self.session(model, Self.builtIn)).whole(.said("Tell her"))
        #expect(log.actions.suffix(2) == [.note(key: "message", value: "Call back"), .say("Noted.")])
    }
}
