import RTPMedia
import Synchronization
import Telephony
import Testing

@testable import Agent

/// A model that does what a test says.
final class ScriptedSpeaker: SpeechToSpeech, SpeechToSpeechSession {
    let name: String
    let inputSampleRate: Int
    let outputSampleRate: Int
    let isFullDuplex: Bool
    let events: AsyncStream<SpeechToSpeechEvent>
    private let sink: AsyncStream<SpeechToSpeechEvent>.Continuation
    private let refuses: Bool
    private let state = Mutex(
        (
            heard: [Int16](), prompts: [DialogueInput](), cuts: [[Int]](), isClosed: false, told: [TurnRecord]()
        ))

    init(_ name: String = "model", rate: Int = 8_000, isFullDuplex: Bool = false, refuses: Bool = false) {
        self.name = name
        self.refuses = refuses
        self.isFullDuplex = isFullDuplex
        inputSampleRate = rate
        outputSampleRate = rate
        (events, sink) = AsyncStream.makeStream()
    }

    func makeSession(
        _ context: DialogueContext, _ format: SpeechFormat
    ) async throws(ProviderError) -> any SpeechToSpeechSession {
        if refuses { throw .overloaded("Too many calls.") }
        state.withLock { $0.told = context.history }
        return self
    }

    func hear(_ samples: [Int16]) async { state.withLock { $0.heard += samples } }
    func prompt(_ input: DialogueInput) async { state.withLock { $0.prompts.append(input) } }
    func interrupted(reply: Int, heardMs: Int) async { state.withLock { $0.cuts.append([reply, heardMs]) } }

    func close() async {
        state.withLock { $0.isClosed = true }
        sink.finish()
    }

    func tell(_ events: SpeechToSpeechEvent...) { for event in events { sink.yield(event) } }

    func say(_ samples: [Int16], reply: Int, text: String) {
        tell(
            .replyStarted(reply), .agentText(text, reply: reply),
            .audio(PCMFrame(samples: samples, sampleRate: outputSampleRate), reply: reply),
            .replyDone(reply, wasCut: false))
    }

    func die() { sink.finish() }

    var heard: [Int16] { state.withLock { $0.heard } }
    var prompts: [DialogueInput] { state.withLock { $0.prompts } }
    var cuts: [[Int]] { state.withLock { $0.cuts } }
    var isClosed: Bool { state.withLock { $0.isClosed } }
    /// What it was told of the call before its session.
    var told: [String] { state.withLock { $0.told.map { "\($0.who): \($0.text)" } } }
}

@Suite(.timeLimit(.minutes(1))) struct SpeechToSpeechAgentTests {
    @Test func `sound goes through both ways as it is, and at most 200 ms wait in the call`() async {
        let (call, log, model) = (ScriptedCall(), EntryLog(), ScriptedSpeaker())
        call.stopClock()
        async let outcome = SpeechToSpeechAgent(model).converse(on: call) { log.take($0) }
        await until { model.prompts == [.began] }
        let caller = (0..<480).map { Int16($0) }
        call.say(caller)
        await until { model.heard == caller }
        let speech = (0..<16_001).map { Int16(truncatingIfNeeded: $0 &* 7) }
        model.say(speech, reply: 1, text: "Hello.")
        await until { call.played.count >= 1_600 }
        #expect(call.played.count <= 1_600 + 160)
        for sent in stride(from: 160, through: 16_160, by: 160) {
            call.sound(samples: 160)
            await until { call.played.count >= min(16_001, sent + 1_600) }
        }
        await log.turn("Hello.")
        #expect(call.played == speech)
        model.tell(.action(.hangUp))
        #expect(await outcome == ConversationOutcome(reason: .normal))
        #expect(model.isClosed)
    }

    @Test func `who speaks over it silences it at once, and the model is told what was heard`() async {
        let (call, log, model) = (ScriptedCall(), EntryLog(), ScriptedSpeaker())
        call.stopClock()
        async let outcome = SpeechToSpeechAgent(model).converse(on: call) { log.take($0) }
        model.say(Array(repeating: 1, count: 32_000), reply: 1, text: "One two three four five six seven eight.")
        await call.sound(upTo: 8_000)
        model.tell(.callerStarted)
        await until { model.cuts == [[1, 1_000]] }
        model.tell(.audio(PCMFrame(samples: [9, 9, 9], sampleRate: 8_000), reply: 1), .callerStopped)
        model.say([2, 2, 2], reply: 2, text: "Yes?")
        await until { call.played.suffix(3) == [2, 2, 2] }
        #expect(!call.played.contains(9))
        call.remoteHangUp()
        #expect(await outcome.end?.cause == .remoteHangUp)
        await log.turn("One two")
    }

    @Test func `another rate is converted, both ways`() async {
        let (call, model) = (ScriptedCall(), ScriptedSpeaker(rate: 24_000))
        async let outcome = SpeechToSpeechAgent(model).converse(on: call) { _ in }
        call.say(Array(repeating: 100, count: 8_000))
        await until { model.heard.count > 23_000 }
        model.say(Array(repeating: 100, count: 24_000), reply: 1, text: "")
        await until { call.played.count > 7_800 }
        #expect(call.played.count <= 8_000)
        call.remoteHangUp()
        _ = await outcome
    }

    @Test func `another model answers when the first can't be opened, and nobody is left on a dead line`() async {
        let (call, log) = (ScriptedCall(), EntryLog())
        let (first, second) = (ScriptedSpeaker("first", refuses: true), ScriptedSpeaker("second"))
        async let outcome = SpeechToSpeechAgent(first, fallbacks: [second]).converse(on: call) { log.take($0) }
        await until { second.prompts == [.began] }
        #expect(log.events == ["agent failed"])
        // It is lost in mid-call: what it said is heard out, then the apology.
        second.say([5, 5, 5], reply: 1, text: "I")
        second.die()
        #expect(await outcome == ConversationOutcome(reason: .failure))
        let sorry = AudioClip(samples: [7, 7], sampleRate: 8_000)
        let other = ScriptedCall()
        let agent = SpeechToSpeechAgent(first, apology: sorry)
        #expect(await agent.converse(on: other) { _ in } == ConversationOutcome(reason: .failure))
        #expect(other.played == [7, 7])
    }

    @Test func `a farewell cuts a model off that talks for ever, closes it, and says the goodbye in its place`() async {
        let (call, log, model, brief) = (ScriptedCall(), EntryLog(), ScriptedSpeaker(), CallBrief())
        let goodbye = AudioClip(samples: [7, 7], sampleRate: 8_000)
        let agent = SpeechToSpeechAgent(model, goodbye: goodbye)
        #expect(await !brief.farewells.order(Farewell(text: "", reason: .budget)))
        call.stopClock()
        async let outcome = agent.converse(on: call, brief: brief) { log.take($0) }
        model.say(Array(repeating: 1, count: 800_000), reply: 1, text: String(repeating: "On and on. ", count: 200))
        await call.sound(upTo: 1_600)
        #expect(await brief.farewells.order(Farewell(text: "Bye.", reason: .maximumDuration)))
        await until { call.played.last == 7 }
        #expect(model.isClosed)
        call.sound(samples: 160)
        #expect(await outcome == ConversationOutcome(reason: .maximumDuration))
        #expect(call.played.filter { $0 == 1 }.count < 8_000)
    }

    @Test func `a lost model is heard out and apologised for`() async {
        let (call, log, model) = (ScriptedCall(), EntryLog(), ScriptedSpeaker())
        let sorry = AudioClip(samples: [7, 7], sampleRate: 8_000)
        async let outcome = SpeechToSpeechAgent(model, apology: sorry).converse(on: call) { log.take($0) }
        call.stopClock()
        let speech = (0..<4_000).map { Int16($0) }
        model.tell(
            .replyStarted(1), .audio(PCMFrame(samples: speech, sampleRate: 8_000), reply: 1),
            .failed(.failed("It broke.")))
        model.die()
        await log.entry { if case .event("agent failed", _, _) = $0 { true } else { false } }
        for position in stride(from: 160, through: 4_000, by: 160) {
            await until { call.played.count >= position }
            call.sound(samples: 160)
        }
        await until { call.played.count == 4_002 }
        call.sound(samples: 160)
        #expect(await outcome == ConversationOutcome(reason: .failure))
        #expect(call.played == speech + [7, 7])
        #expect(log.events == ["model failed", "agent failed"])
    }

    @Test(arguments: [8_000, 24_000])
    func `a model that is lost in mid-call is followed by the next, which knows what was said`(rate: Int) async {
        let (call, log) = (ScriptedCall(), EntryLog())
        let (first, second) = (ScriptedSpeaker("first"), ScriptedSpeaker("second", rate: rate))
        let agent = SpeechToSpeechAgent(first, fallbacks: [ScriptedSpeaker("absent", refuses: true), second])
        async let outcome = agent.converse(on: call) { log.take($0) }
        first.say([1, 1, 1], reply: 1, text: "Good day.")
        await log.turn("Good day.")
        call.say([7])
        await until { first.heard == [7] }
        first.tell(.callerStarted, .callerStopped, .callerText("A table for two."))
        await log.turn("A table for two.")
        first.tell(.failed(.failed("It broke.")))
        first.die()
        await until { second.prompts == [.said("A table for two.")] }
        #expect(second.told == ["agent: Good day."], "what is asked is not told twice")
        #expect(first.isClosed)
        call.say(Array(repeating: 8, count: 160))
        await until { !second.heard.isEmpty }
        second.say(Array(repeating: 500, count: rate / 50), reply: 1, text: "With pleasure.")
        await log.turn("With pleasure.")
        second.tell(.action(.hangUp))
        #expect(await outcome == ConversationOutcome(reason: .normal))
        #expect(log.events == ["model failed", "agent failed", "agent failed", "agent failed", "agent"])
    }

    @Test func `what the caller says while there is no model is heard by the next`() async {
        let (call, log) = (ScriptedCall(), EntryLog())
        let (first, second) = (ScriptedSpeaker("first"), ScriptedSpeaker("second"))
        call.stopClock()
        async let outcome = SpeechToSpeechAgent(first, fallbacks: [second]).converse(on: call) { log.take($0) }
        first.say([5, 5, 5], reply: 1, text: "I")
        first.die()
        // It is heard out before the next is opened.
        await log.entry { if case .event("agent failed", _, _) = $0 { true } else { false } }
        let words = (1...480).map { Int16($0) }
        call.say(words)
        await until { call.played.count == 3 }
        for _ in 0..<1_000 { await Task.yield() }
        #expect(second.heard.isEmpty)
        call.sound(samples: 3)
        await until { second.heard == words }
        #expect(first.heard.isEmpty)
        call.remoteHangUp()
        _ = await outcome
    }

    @Test(arguments: [nil, CallError.refused(status: 486, reason: "Busy Here")])
    func `after the apology the caller is put through`(refusal: CallError?) async {
        let sorry = AudioClip(samples: [7, 7], sampleRate: 8_000)
        var configuration = ConversationConfiguration()
        configuration.failureTransfer = "sip:desk@example.com"
        for isOpened in [true, false] {
            let (call, log, model) = (ScriptedCall(), EntryLog(), ScriptedSpeaker(refuses: !isOpened))
            if let refusal { call.refuseTransfers(refusal) }
            model.die()
            let agent = SpeechToSpeechAgent(model, configuration: configuration, apology: sorry)
            let outcome = await agent.converse(on: call) { log.take($0) }
            #expect(outcome == (refusal == nil ? .putThrough : ConversationOutcome(reason: .failure)))
            #expect(call.played == [7, 7])
            #expect(call.transfers == ["sip:desk@example.com"])
            #expect(log.events == ["agent failed", refusal == nil ? "transferred" : "transfer failed"])
        }
    }

    @Test func `keys, transfers and tones go where they belong`() async {
        let (call, log, model) = (ScriptedCall(), EntryLog(), ScriptedSpeaker())
        call.refuseTransfers(.refused(status: 486, reason: "Busy"))
        async let outcome = SpeechToSpeechAgent(model).converse(on: call) { log.take($0) }
        await until { model.prompts == [.began] }
        call.press("5")
        await until { model.prompts.last == .pressed("5") }
        model.tell(.action(.sendDTMF("42")))
        await until { call.digits == "42" }
        model.tell(.action(.transfer(to: "sip:x@y")))
        await until { if case .transferFailed? = model.prompts.last { true } else { false } }
        #expect(call.transfers == ["sip:x@y"])
        model.tell(.action(.note(key: "message", value: "call back")), .replyStarted(1), .replyDone(1, wasCut: false))
        await log.entry { if case .note("message", "call back", _) = $0 { true } else { false } }
        call.remoteHangUp()
        _ = await outcome
    }

    @Test func `a model in full duplex is played as it comes, and what runs ahead is dropped`() async {
        let (call, log, model) = (ScriptedCall(), EntryLog(), ScriptedSpeaker(isFullDuplex: true))
        call.stopClock()
        async let outcome = SpeechToSpeechAgent(model).converse(on: call) { log.take($0) }
        for number in 1...100 {
            model.tell(
                .audio(PCMFrame(samples: Array(repeating: Int16(number), count: 160), sampleRate: 8_000), reply: 0))
        }
        model.tell(.callerStarted, .failed(.failed("All has come.")))
        await until { log.events == ["model failed"] }
        var sounded = 0
        while call.played.last != 100 {
            call.sound(samples: 160)
            sounded += 1
            await Task.yield()
            if sounded > 100_000 { break }
        }
        // 200 ms in the call and 400 ms here.
        #expect(call.played.count <= (10 + 20 + 2) * 160)
        #expect(call.flushes == 0)
        call.remoteHangUp()
        _ = await outcome
    }
}
