import RTPMedia
import Synchronization
import Telephony
import Testing

@testable import Agent

/// Whole conversations on a call in memory, with parts that do as they are told.
@Suite(.timeLimit(.minutes(1)))
struct SpokenAgentTests {
    private static let long = "We are open from nine to five on every day of the week."

    private struct Talk {
        let call = ScriptedCall()
        let log = EntryLog()
        var hearing = ScriptedHearing()
        var dialogue: any Dialogue
        var voice = ScriptedVoice()
        var configuration = ConversationConfiguration()

        init(_ answer: @escaping @Sendable (DialogueInput) throws -> [DialogueAction]?) {
            dialogue = ScriptedDialogue(answer)
        }

        init(dialogue: any Dialogue) {
            self.dialogue = dialogue
        }

        /// Holds the conversation while `caller` acts.
        func run(_ caller: @escaping @Sendable () async -> Void) async -> ConversationOutcome {
            let agent = SpokenAgent(hearing: hearing, dialogue: dialogue, voice: voice, configuration: configuration)
            async let acting: Void = caller()
            let outcome = await agent.converse(on: call) { [log] in log.take($0) }
            await acting
            return outcome
        }
    }

    @Test("The receptionist is asked, told, and left")
    func receptionist() async throws {
        let talk = Talk(dialogue: FlowDialogue(try SampleFlow.read()))
        let (call, log, hearing) = (talk.call, talk.log, talk.hearing)
        let outcome = await talk.run {
            await log.turn("Good day, this is Harbour Dental. How can I help you?")
            hearing.callerSays("When are you open?", at: 16_000)
            await log.turn("We are open from nine to five, Monday to Friday. Is there anything else?")
            call.press("2")
            await log.turn("May I have your name?")
            hearing.callerSays("My name is Ada.", at: 48_000)
            await log.turn("Thank you, Ada. What shall I write down?")
            hearing.callerSays("My tooth hurts.", at: 80_000)
            await log.entry { if case .note = $0 { true } else { false } }
            await log.turn(
                "I have written that down, Ada, and somebody will call you back. Is there anything else?")
            hearing.callerSays("No, goodbye.", at: 96_000)
        }
        #expect(outcome == ConversationOutcome(reason: .normal))
        #expect(
            log.transcript == [
                "agent: Good day, this is Harbour Dental. How can I help you?",
                "caller: When are you open?",
                "agent: We are open from nine to five, Monday to Friday. Is there anything else?",
                "agent: May I have your name?",
                "caller: My name is Ada.",
                "agent: Thank you, Ada. What shall I write down?",
                "caller: My tooth hurts.",
                "agent: I have written that down, Ada, and somebody will call you back. Is there anything else?",
                "caller: No, goodbye.",
                "agent: Thank you for calling Harbour Dental. Goodbye.",
            ])
        let notes: [String] = log.entries.compactMap { if case .note(_, let value, _) = $0 { value } else { nil } }
        #expect(notes == ["Ada: My tooth hurts."])
        let keys: [String] = log.entries.compactMap { if case .key(let key) = $0 { key.digit } else { nil } }
        #expect(keys == ["2"])
        let times: [Int] = log.entries.compactMap {
            if case .turn(let turn) = $0, turn.who == .caller { turn.startMs } else { nil }
        }
        #expect(times == [1_000, 3_000, 5_000, 6_000])
        #expect(hearing.isClosed)
        #expect(call.hangUps.isEmpty, "whoever runs the call hangs up")
    }

    @Test("Everything that is said is played, whole and in order")
    func played() async {
        let talk = Talk { $0 == .began ? [.say("One two three four. Five six seven."), .hangUp] : [] }
        _ = await talk.run {}
        #expect(talk.call.played.count == 7 * ScriptedVoice.samplesPerWord)
        #expect(talk.call.played.allSatisfy { $0 == 1_000 })
    }

    /// A voice that makes a second of sound whenever it is asked for more, without end.
    private final class EndlessVoice: TextToSpeech, TextToSpeechSession {
        let name = "endless"
        private let seconds = Mutex(0)
        var made: Int { seconds.withLock { $0 } }

        func makeSession(_ format: SpeechFormat) async throws(ProviderError) -> any TextToSpeechSession { self }

        func speak(_ text: String) -> AsyncThrowingStream<SpokenSound, any Error> {
            AsyncThrowingStream {
                self.seconds.withLock { $0 += 1 }
                return SpokenSound(PCMFrame(samples: Array(repeating: 1_000, count: 8_000), sampleRate: 8_000))
            }
        }

        func close() async {}
    }

    @Test("Sound is made ten seconds ahead, and more as soon as some was played")
    func ahead() async {
        let (call, voice) = (ScriptedCall(), EndlessVoice())
        call.stopClock()
        let agent = SpokenAgent(
            hearing: ScriptedHearing(), dialogue: ScriptedDialogue { _ in [.say("Once upon a time.")] }, voice: voice)
        async let outcome = agent.converse(on: call) { _ in }
        for second in 0..<5 {
            // What is in the call is made, but not ahead.
            await until { voice.made == second + 11 && call.played.count == second * 8_000 + 1_600 }
            for _ in 0..<1_000 { await Task.yield() }
            #expect(voice.made == second + 11)
            for _ in 0..<50 {
                let given = call.played.count
                call.sound(samples: 160)
                await until { call.played.count == given + 160 }
            }
        }
        call.remoteHangUp()
        #expect(await outcome.end?.cause == .remoteHangUp)
    }

    @Test("The caller's sound reaches the hearing at its own rate", arguments: [8_000, 16_000])
    func heard(rate: Int) async {
        var talk = Talk { _ in [] }
        talk.hearing = ScriptedHearing(sampleRate: rate)
        let (call, hearing) = (talk.call, talk.hearing)
        _ = await talk.run {
            for _ in 0..<50 { call.say(Array(repeating: 100, count: 160)) }
            await until { hearing.heardSamples >= rate * 19 / 20 }
            call.remoteHangUp()
        }
        #expect(hearing.heardSamples <= rate)
    }

    @Test("A caller who speaks over the agent silences it at once")
    func bargeIn() async throws {
        let talk = Talk { input in
            switch input {
            case .began: [.say(Self.long)]
            case .said: [.say("Goodbye."), .hangUp]
            default: []
            }
        }
        let (call, log, hearing) = (talk.call, talk.log, talk.hearing)
        call.stopClock()
        let outcome = await talk.run {
            await call.sound(upTo: 9_600)
            let given = call.played.count
            hearing.tell(.speechStarted(at: 0))
            await until { call.flushes >= 2 }
            // Of what was given before, at most the queue of 200 ms and one frame more was ever there to be dropped.
            #expect(call.played.count <= given + 160)
            #expect(await call.playedSamples() == 9_600)
            hearing.tell(.speechEnded(at: 8_000), .final("Stop", start: 0, end: 8_000))
            await log.turn("Stop")
            await until { call.played.count > given + 160 }
            while !log.transcript.contains("agent: Goodbye."), !Task.isCancelled {
                call.sound(samples: 1_600)
                await Task.yield()
            }
        }
        #expect(outcome.reason == .normal)
        // 1.2 s of a sentence of 55 letters, at 14.5 letters a second.
        let heard = try #require(log.transcript.first)
        #expect(heard == "agent: We are open from —")
        #expect(log.transcript == [heard, "caller: Stop", "agent: Goodbye."])
        let dialogue = try #require(talk.dialogue as? ScriptedDialogue)
        #expect(dialogue.heard == ["We are open from"])
        #expect(dialogue.inputs == [.began, .said("Stop")])
    }

    @Test("After a noise the agent goes on, and nothing is told to the dialogue")
    func falseBargeIn() async throws {
        let talk = Talk { $0 == .began ? [.say(Self.long), .hangUp] : [] }
        let (call, log, hearing) = (talk.call, talk.log, talk.hearing)
        call.stopClock()
        let outcome = await talk.run {
            await until { call.played.count >= 1_600 }
            call.sound(samples: 1_600)
            await until { call.played.count >= 3_200 }
            hearing.tell(.speechStarted(at: 0), .speechDismissed(at: 100))
            await until { call.flushes >= 2 }
            while !log.transcript.contains("agent: \(Self.long)"), !Task.isCancelled {
                call.sound(samples: 1_600)
                await Task.yield()
            }
        }
        #expect(outcome.reason == .normal)
        let dialogue = try #require(talk.dialogue as? ScriptedDialogue)
        #expect(dialogue.inputs == [.began])
        #expect(dialogue.heard.isEmpty)
    }

    @Test("The caller hangs up in the midst of a sentence")
    func hangUpWhileSpeaking() async {
        let talk = Talk { _ in [.say(Self.long)] }
        let call = talk.call
        call.stopClock()
        let outcome = await talk.run {
            await call.sound(upTo: 9_600)
            call.remoteHangUp()
        }
        #expect(outcome.end?.cause == .remoteHangUp)
        #expect(talk.log.transcript == ["agent: We are open from —"])
    }

    @Test("A transfer is asked for after the words, and its failure is told")
    func transfer() async {
        let talk = Talk { input in
            switch input {
            case .began: [.say("One moment."), .transfer(to: "sip:desk@example.com")]
            case .transferFailed(let reason): [.say("Sorry: \(reason)."), .hangUp]
            default: []
            }
        }
        talk.call.refuseTransfers(.refused(status: 486, reason: "Busy Here"))
        let outcome = await talk.run {}
        #expect(outcome.reason == .normal)
        #expect(talk.call.transfers == ["sip:desk@example.com"])
        #expect(talk.log.events == ["transfer failed"])
        #expect(talk.log.transcript.last?.contains("486") == true)
    }

    @Test(
        "A transfer that succeeds is in the record, and how the call ended, whoever hangs up first",
        arguments: [true, false])
    func putThrough(endsCall: Bool) async {
        let talk = Talk { input in input == .began ? [.transfer(to: "sip:desk@example.com")] : [] }
        if endsCall { talk.call.endWithTransfer() }
        let outcome = await talk.run {}
        #expect(outcome.end?.cause == .transferred)
        #expect(talk.log.events == ["transferred"])
    }

    @Test("Keys of the agent are sent before it hangs up")
    func keys() async {
        let talk = Talk { _ in [.say("Opening."), .sendDTMF("1"), .hangUp] }
        let outcome = await talk.run {}
        #expect(outcome.reason == .normal)
        #expect(talk.call.digits == "1")
    }

    @Test("The hearing is told what the dialogue expects")
    func expectations() async {
        let talk = Talk { $0 == .began ? [.say("Yes or no?")] : [.hangUp] }
        let (log, hearing) = (talk.log, talk.hearing)
        _ = await talk.run {
            await log.turn("Yes or no?")
            hearing.callerSays("yes")
        }
        #expect(hearing.expected.first == ["yes", "no"])
    }

    @Test("Silence is prompted and then ended")
    func silence() async throws {
        var talk = Talk(dialogue: FlowDialogue(try SampleFlow.read()))
        talk.configuration.silencePrompt = .milliseconds(1)
        talk.configuration.silenceHangUp = .milliseconds(2)
        let outcome = await talk.run {}
        #expect(outcome.reason == .silence)
        #expect(
            talk.log.transcript.suffix(2) == [
                "agent: Are you still there?", "agent: I can't hear you, so I will hang up now. Goodbye.",
            ])
    }

    // MARK: Failures

    @Test(
        "F-34 A part that is not there ends the call, and the record has the reason at once", arguments: [true, false])
    func refused(hearingRefuses: Bool) async {
        var talk = Talk(dialogue: ScriptedDialogue(refuses: !hearingRefuses) { _ in [] })
        talk.hearing = ScriptedHearing(refuses: hearingRefuses)
        let outcome = await talk.run {}
        #expect(outcome.reason == .failure)
        #expect(talk.log.events == ["agent failed"])
        #expect(hearingRefuses || talk.hearing.isClosed)
    }

    @Test("A dialogue that fails in mid-call is apologised for, aloud")
    func dialogueFails() async {
        let talk = Talk { input in
            guard input == .began else { throw ProviderError.failed("The model fell over.") }
            return [.say("Hello.")]
        }
        let (log, hearing) = (talk.log, talk.hearing)
        let outcome = await talk.run {
            await log.turn("Hello.")
            hearing.callerSays("Hello")
        }
        #expect(outcome.reason == .failure)
        #expect(log.events == ["dialogue failed"])
        #expect(log.transcript.last == "agent: \(ConversationConfiguration().apology)")
    }

    @Test("A dialogue that never answers is given up")
    func dialogueHangs() async {
        var talk = Talk { _ in nil }
        talk.configuration.patience = .milliseconds(1)
        let outcome = await talk.run {}
        #expect(outcome.reason == .failure)
        #expect(talk.log.events.first == "dialogue failed")
    }

    @Test("A voice that fails for one sentence apologises; one that fails always ends the call")
    func voiceFails() async {
        var talk = Talk { _ in [.say("Abracadabra.")] }
        talk.voice.fails = { $0.contains("Abra") }
        let outcome = await talk.run {}
        #expect(outcome.reason == .failure)
        #expect(talk.log.transcript == ["agent: \(ConversationConfiguration().apology)"])

        var mute = Talk { _ in [.say("Abracadabra.")] }
        mute.voice.fails = { _ in true }
        #expect(await mute.run {}.reason == .failure)
        #expect(mute.log.events == ["voice failed", "voice failed"])
    }

    @Test("Ears that die, or hear at a rate that can't be made, are apologised for", arguments: [16_000, 1])
    func deaf(rate: Int) async {
        var talk = Talk { _ in [] }
        talk.hearing = ScriptedHearing(sampleRate: rate)
        if rate == 16_000 { talk.hearing.die() }
        let outcome = await talk.run {}
        #expect(outcome.reason == .failure)
        #expect(talk.log.transcript.last == "agent: \(ConversationConfiguration().apology)")
    }

    @Test("A conversation that is cancelled stops, with everything that it started")
    func cancelled() async {
        let talk = Talk { _ in [.say(Self.long)] }
        let (call, log) = (talk.call, talk.log)
        call.stopClock()
        let agent = SpokenAgent(hearing: talk.hearing, dialogue: talk.dialogue, voice: talk.voice)
        let running = Task { await agent.converse(on: call) { log.take($0) } }
        await until { call.played.count >= 1_600 }
        running.cancel()
        #expect(await running.value.reason == .shutdown)
        #expect(talk.hearing.isClosed)
    }

    @Test("F-25 Ears that only make text of speech are told by the call's front end when the caller has stopped")
    func frontEndListens() async throws {
        let hearing = ScriptedHearing(
            sampleRate: 8_000, abilities: HearingAbilities(findsSpeech: false, judgesTurns: false))
        let (call, log) = (ScriptedCall(), EntryLog())
        let dialogue = ScriptedDialogue { input in input == .began ? [.say("Good day.")] : [.say("Goodbye."), .hangUp] }
        let agent = SpokenAgent(hearing: hearing, dialogue: dialogue, voice: ScriptedVoice())
        async let outcome = agent.converse(on: call) { log.take($0) }
        await log.turn("Good day.")
        for _ in 0..<10 { call.say(Array(repeating: 0, count: 160)) }
        await until { call.frontEnd != nil }
        #expect(call.frontEnd?.cancelsEcho == true)
        for _ in 0..<20 { call.say(Array(repeating: 9_000, count: 160)) }
        for _ in 0..<20 { call.say(Array(repeating: 0, count: 160)) }
        await until { hearing.utterances == 1 }
        hearing.tell(.final("bye", start: 1_600, end: 4_800))
        #expect(await outcome == ConversationOutcome(reason: .normal))
        #expect(log.transcript == ["agent: Good day.", "caller: bye", "agent: Goodbye."])
    }
}
