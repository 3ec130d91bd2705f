import Telephony
import Testing

@testable import Agent

/// What others have the agent say.
struct AnnouncementTests {
    private func spoken(_ outputs: [TurnTaking.Output]) -> [String] {
        outputs.compactMap { if case .speak(_, let text) = $0 { text } else { nil } }
    }

    private func agentTurns(_ talk: VirtualTalk) -> [TurnRecord] {
        talk.outputs.compactMap { output in
            if case .record(.turn(let turn)) = output, turn.who == .agent { turn } else { nil }
        }
    }

    @Test("It is said at once when nobody is in the midst of something, and is a turn of the agent's")
    func idle() {
        var talk = VirtualTalk.greeted()
        #expect(spoken(talk.tell(.announce("Your table is ready."))) == ["Your table is ready."])
        #expect(talk.outputs.contains(.announced("Your table is ready.")))
        talk.playAll()
        #expect(agentTurns(talk).map(\.text) == ["Good day.", "Your table is ready."])
        #expect(!talk.outputs.contains { if case .hangUp = $0 { true } else { false } })
    }

    @Test("It waits until the caller has been answered")
    func callerSpeaks() {
        var talk = VirtualTalk.greeted { $0.pauses = PauseHabits(all: .milliseconds(500)) }
        talk.tell(.speechStarted)
        #expect(spoken(talk.tell(.announce("One thing more."))).isEmpty)
        talk.wait(seconds: 1)
        talk.tell(.speechEnded())
        talk.tell(.final("When do you open?", startMs: 0, endMs: 900))
        // An answer that may still be dropped is no place for it.
        talk.reply(.say("At nine."))
        #expect(spoken(talk.outputs).last == "At nine.")
        talk.wait(seconds: 1)
        #expect(spoken(talk.outputs).last == "At nine.")
        talk.playAll()
        #expect(spoken(talk.outputs).last == "One thing more.")
    }

    @Test("It waits until the agent has finished, and the order stays")
    func agentSpeaks() {
        var talk = VirtualTalk()
        talk.tell(.began)
        talk.tell(.announce("First."))
        talk.tell(.announce("Second."))
        talk.reply(.say("Good day."))
        #expect(spoken(talk.outputs) == ["Good day."])
        talk.playAll()
        #expect(spoken(talk.outputs) == ["Good day.", "First."])
        talk.playAll()
        #expect(spoken(talk.outputs) == ["Good day.", "First.", "Second."])
    }

    @Test("A caller who cuts in ends it, and the dialogue is told only of its own words")
    func interrupted() {
        var talk = VirtualTalk.greeted()
        talk.tell(.announce("There are seven things that I have to tell you now."))
        talk.make(seconds: 4)
        talk.wait(seconds: 1)
        talk.tell(.speechStarted)
        talk.stopped(afterSeconds: 2)
        talk.wait(seconds: 1)
        talk.tell(.speechEnded())
        talk.tell(.final("I would like to speak with somebody.", startMs: 0, endMs: 900))
        #expect(agentTurns(talk).last?.interrupted == true)
        #expect(talk.outputs.contains(.interrupted(heard: "Good day.")))
        #expect(talk.outputs.contains(.startReply(2, .said("I would like to speak with somebody."))))
    }

    @Test("While the caller is put through, nothing is said, and the record says so")
    func transferring() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("The desk please.")
        talk.reply(.say("Just a moment."), .transfer(to: "sip:desk@example.com"))
        talk.playAll()
        #expect(spoken(talk.tell(.announce("Too late."))).isEmpty)
        #expect(
            talk.outputs.contains {
                if case .record(.event("not said", "Too late.", _)) = $0 { true } else { false }
            })
    }

    @Test("Only so many wait")
    func bounded() {
        var talk = VirtualTalk.greeted()
        talk.tell(.speechStarted)
        for number in 0..<25 { talk.tell(.announce("\(number)")) }
        #expect(talk.turns.announcements.count == 20)
    }

    @Test("A prompter says nothing before the conversation and after it")
    func prompter() async {
        let call = ScriptedCall()
        let log = EntryLog()
        let brief = CallBrief()
        let agent = SpokenAgent(
            hearing: ScriptedHearing(), dialogue: ScriptedDialogue { $0 == .began ? [.say("Good day.")] : [] },
            voice: ScriptedVoice())
        #expect(await !brief.prompter.say("Too early."))
        async let outcome = agent.converse(on: call, brief: brief) { log.take($0) }
        await log.turn("Good day.")
        #expect(await brief.prompter.say("Your taxi is there."))
        await log.turn("Your taxi is there.")
        call.remoteHangUp()
        _ = await outcome
        #expect(await !brief.prompter.say("Too late."))
        #expect(agent.abilities == [.speaking, .answering])
    }

    @Test("A model is told what was said for it, and what this call is about")
    func model() async throws {
        let model = ScriptedModel([ScriptedModel.saying("Fine.")])
        let dialogue = ModelDialogue(
            model: model, configuration: ModelDialogueConfiguration(instructions: "Usual."), date: { "today" })
        let session = try await dialogue.makeSession(
            DialogueContext(
                callID: "1", caller: "a", called: "b", instructions: "Remind {who} of {what}. {unknown}",
                variables: ["who": "Ada {what}", "what": "the dentist"]))
        await session.announced("The office closes.")
        for try await _ in session.reply(to: .said("Hello."), turn: TurnCommitment(isCommitted: true)) {}
        let request = try #require(model.requests.last)
        #expect(request.instructions.contains("Remind Ada what of the dentist. {unknown}"))
        #expect(!request.instructions.contains("Usual."))
        #expect(request.messages == [.user("(You were made to say: The office closes.)\nHello.")])
        #expect(dialogue.abilities == [.instructions, .variables, .notes])
    }
}
