import Telephony
import Testing

@testable import Agent

/// Whole conversations with a model on a call in memory.
@Suite("A conversation with a model", .timeLimit(.minutes(1)))
struct ModelConversationTests {
    private static func agent(_ model: ScriptedModel, _ hearing: ScriptedHearing, greeting: String) -> SpokenAgent {
        SpokenAgent(
            hearing: hearing,
            dialogue: ModelDialogue(
                model: model,
                configuration: ModelDialogueConfiguration(instructions: "Be brief.", greeting: greeting),
                tools: [HangUpTool(), TakeNoteTool(), TransferTool(destinations: ["desk": "sip:desk@example.com"])]),
            voice: ScriptedVoice())
    }

    @Test("A caller is greeted, answered, noted and left")
    func wholeCall() async {
        let model = ScriptedModel([
            ScriptedModel.calling(
                ToolCall(id: "1", name: "take_note", arguments: #"{"key":"message","value":"My tooth hurts"}"#),
                saying: "One moment please."),
            ScriptedModel.saying("I have written it down, ", "Ada. Anything", " else?"),
            ScriptedModel.calling(ToolCall(id: "2", name: "hang_up", arguments: ""), saying: "Goodbye then."),
        ])
        let (call, log, hearing) = (ScriptedCall(), EntryLog(), ScriptedHearing())
        async let outcome = Self.agent(model, hearing, greeting: "Harbour Dental, good day.")
            .converse(on: call) { log.take($0) }
        await log.turn("Harbour Dental, good day.")
        // Nothing sounds before the reply is whole: it is one turn, however long the tool and the model took.
        call.stopClock()
        hearing.callerSays("My tooth hurts", at: 16_000)
        await until { hearing.expected.count >= 2 }
        while !log.transcript.contains(where: { $0.hasSuffix("Anything else?") }), !Task.isCancelled {
            call.sound(samples: 1_600)
            await Task.yield()
        }
        hearing.callerSays("No, goodbye", at: 64_000)
        while !log.transcript.contains("agent: Goodbye then."), !Task.isCancelled {
            call.sound(samples: 1_600)
            await Task.yield()
        }
        #expect(await outcome == ConversationOutcome(reason: .normal))
        #expect(
            log.transcript == [
                "agent: Harbour Dental, good day.", "caller: My tooth hurts",
                "agent: One moment please. I have written it down, Ada. Anything else?", "caller: No, goodbye",
                "agent: Goodbye then.",
            ])
        let notes = log.entries.compactMap { if case .note(_, let value, _) = $0 { value } else { nil } }
        #expect(notes == ["My tooth hurts"])
    }

    @Test(
        "F-33: a caller who speaks over a promise is still put through, unless the model takes it back",
        arguments: [true, false])
    func bargeIn(takesBack: Bool) async throws {
        let model = ScriptedModel([
            ScriptedModel.calling(
                ToolCall(id: "1", name: "transfer_call", arguments: #"{"destination":"desk"}"#),
                saying: "I will put you through to the desk in a moment."),
            takesBack
                ? ScriptedModel.calling(
                    ToolCall(id: "2", name: "cancel_plans", arguments: ""), saying: "I am listening.")
                : ScriptedModel.saying("I am listening."), ScriptedModel.saying(""),
        ])
        let (call, log, hearing) = (ScriptedCall(), EntryLog(), ScriptedHearing())
        async let outcome = Self.agent(model, hearing, greeting: "Good day.").converse(on: call) { log.take($0) }
        await log.turn("Good day.")
        let begin = await call.playedSamples()
        call.stopClock()
        hearing.callerSays("The desk please", at: 16_000)
        await call.sound(upTo: begin + 9_600)
        // The promise is made once the reply is over, not when its first words sound.
        await until { hearing.expected.count >= 2 }
        hearing.tell(.speechStarted(at: 40_000))
        await until { call.flushes >= 2 }
        hearing.tell(.speechEnded(at: 48_000), .final("Wait", start: 40_000, end: 48_000))
        await log.turn("Wait")
        while !log.transcript.contains("agent: I am listening."), !Task.isCancelled {
            call.sound(samples: 1_600)
            await Task.yield()
        }
        if takesBack { call.remoteHangUp() }
        #expect(await outcome.end?.cause == (takesBack ? .remoteHangUp : .transferred))
        #expect(call.transfers == (takesBack ? [] : ["sip:desk@example.com"]))
        let asked = try #require(model.requests.dropFirst().first?.messages.suffix(4))
        #expect(asked.first == .user("The desk please"))
        guard case .assistant(let heard, let calls) = asked[asked.startIndex + 1] else {
            Issue.record("no answer")
            return
        }
        #expect(!heard.isEmpty)
        #expect("I will put you through to the desk in a moment.".hasPrefix(heard))
        #expect(heard.count < 40)
        #expect(calls.count == 1)
        #expect(asked.suffix(2) == [.tool(id: "1", text: ModelNotes.pending, failed: false), .user("Wait")])
    }
}
