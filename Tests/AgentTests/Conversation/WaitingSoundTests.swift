import RTPMedia
import Synchronization
import Telephony
import TelephonyPrimitives
import Testing

@testable import Agent

/// The sound that covers a tool: when it plays, and that it is nobody's words.
@Suite(.timeLimit(.minutes(1)))
struct WaitingSoundTests {
    private static let tool = ToolCall(id: "1", name: "look_up", arguments: "{}")
    private static let outcome = ToolOutcome(call: tool, text: "yes", failed: false)
    private static let done = DialogueAction.toolEnded(outcome)

    private static func talk(fillers: [String] = []) -> VirtualTalk {
        var talk = VirtualTalk.greeted {
            $0.toolFillerAfter = .milliseconds(700)
            $0.waitingSound = .typing
            $0.fillers = fillers
        }
        talk.callerSays("Is my order there?")
        talk.tell(.action(reply: talk.replyID, .toolStarted(tool)))
        return talk
    }

    /// The same, once the sound plays.
    private static func waiting() -> VirtualTalk {
        var talk = talk()
        talk.wait(seconds: 0.7)
        _ = talk.news()
        return talk
    }

    // MARK: When it plays

    @Test("It begins when a tool has taken long, and ends with the first sound of the answer, not with its first words")
    func answer() {
        var talk = Self.talk()
        talk.wait(seconds: 0.69)
        #expect(!talk.news().contains(.waitingSound(true)))
        talk.wait(seconds: 0.01)
        #expect(talk.news() == [.waitingSound(true)])
        talk.wait(seconds: 5)
        #expect(talk.news().isEmpty, "it goes on without a word")
        talk.tell(.action(reply: talk.replyID, Self.done))
        talk.reply(.say("It came this morning."))
        #expect(!talk.news().contains(.waitingSound(false)))
        talk.make(seconds: 2)
        #expect(talk.news().filter { $0 == .waitingSound(false) }.count == 1)
        talk.wait(seconds: 2)
        talk.tell(.drained)
        #expect(talk.transcript.last == "agent: It came this morning.")
        #expect(talk.events.filter { !$0.hasPrefix("tool") }.isEmpty)
    }

    @Test("It covers a slow answer to a quick tool, and nothing once the answer has begun", arguments: [[], ["Wait."]])
    func slowAnswer(fillers: [String]) {
        var talk = Self.talk(fillers: fillers)
        talk.tell(.action(reply: talk.replyID, Self.done))
        talk.wait(seconds: 0.7)
        talk.playAll()
        #expect(talk.outputs.last == .waitingSound(true))
        talk.tell(.action(reply: talk.replyID, .say("It came this morning.")))
        talk.playAll()
        _ = talk.news()
        talk.wait(seconds: 5)
        #expect(talk.news().isEmpty, "the pauses of an answer are none of its affair")
    }

    @Test("It follows the words that fill the time, and gives way to the next of them")
    func fillers() {
        var talk = Self.talk(fillers: ["One moment, please.", "Just a second."])
        talk.wait(seconds: 0.7)
        #expect(talk.spoken.last == "One moment, please.")
        #expect(!talk.outputs.contains(.waitingSound(true)))
        talk.playAll()
        #expect(talk.outputs.last == .waitingSound(true))
        talk.wait(seconds: 6)
        #expect(talk.spoken.last == "Just a second.")
        talk.playAll()
        #expect(
            talk.outputs.filter { if case .waitingSound = $0 { true } else { false } } == [
                .waitingSound(true), .waitingSound(false), .waitingSound(true),
            ])
    }

    @Test(
        "It ends when there is something else to hear or nothing to wait for",
        arguments: [
            .speechStarted, .pressed("1"), .held(true), .replyFinished(2), .replyFailed(2, "no"),
            .hearingEnded("deaf"), .final("Leave it", startMs: 0, endMs: 1),
        ] as [TurnTaking.Input])
    func ends(input: TurnTaking.Input) {
        var talk = Self.waiting()
        talk.tell(input)
        let news = talk.news()
        #expect(news.contains(.waitingSound(false)))
        #expect(!news.contains(.stopPlayout), "nothing of the agent's was interrupted")
        #expect(talk.transcript.last != "agent: ")
        talk.wait(seconds: 3)
        #expect(!talk.news().contains(.waitingSound(true)))
    }

    @Test("A cough, or a hold, takes it away for as long as that lasts")
    func comesBack() {
        var talk = Self.waiting()
        talk.tell(.speechStarted)
        talk.wait(seconds: 0.2)
        #expect(talk.tell(.speechDismissed).contains(.waitingSound(true)))
        talk.tell(.held(true))
        talk.wait(seconds: 5)
        #expect(talk.tell(.held(false)).contains(.waitingSound(true)))
    }

    @Test("The answer to what is said over it has a wait of its own")
    func nextReply() {
        var talk = Self.waiting()
        talk.callerSays("And my other order?")
        _ = talk.news()
        talk.tell(.action(reply: talk.replyID, .toolStarted(Self.tool)))
        talk.wait(seconds: 0.6)
        #expect(talk.news().allSatisfy { $0 != .waitingSound(true) })
        talk.wait(seconds: 0.1)
        #expect(talk.news() == [.waitingSound(true)])
    }

    @Test("Without one in the configuration there is none")
    func off() {
        var talk = VirtualTalk.greeted { $0.toolFillerAfter = .milliseconds(700) }
        talk.callerSays("Is my order there?")
        talk.tell(.action(reply: talk.replyID, .toolStarted(Self.tool)))
        talk.wait(seconds: 60)
        #expect(!talk.outputs.contains(.waitingSound(true)))
    }

    // MARK: On a call

    /// Uses a tool until a test lets it end.
    private final class Looking: Dialogue, DialogueSession {
        let name = "looking"
        private let sink = Mutex(AsyncThrowingStream<DialogueAction, any Error>.Continuation?.none)

        func makeSession(_ context: DialogueContext) async throws(ProviderError) -> any DialogueSession { self }
        func interrupted(heard: String) async {}

        func reply(to input: DialogueInput, turn: TurnCommitment) -> AsyncThrowingStream<DialogueAction, any Error> {
            let (stream, continuation) = AsyncThrowingStream.makeStream(of: DialogueAction.self)
            continuation.yield(.toolStarted(WaitingSoundTests.tool))
            sink.withLock { $0 = continuation }
            return stream
        }

        func find(_ actions: DialogueAction...) {
            sink.withLock { sink in
                sink?.yield(WaitingSoundTests.done)
                for action in actions { sink?.yield(action) }
                sink?.finish()
            }
        }
    }

    private static func agent(_ dialogue: Looking, _ hearing: ScriptedHearing) -> SpokenAgent {
        var configuration = ConversationConfiguration()
        configuration.toolFillerAfter = .zero
        configuration.fillers = []
        configuration.waitingSound = .typing
        return SpokenAgent(
            hearing: hearing, dialogue: dialogue, voice: ScriptedVoice(), configuration: configuration)
    }

    @Test("On a call it is quiet within 20 ms of the answer's first sound, and the answer follows at once")
    func onCall() async {
        let (call, log, dialogue) = (ScriptedCall(), EntryLog(), Looking())
        call.stopClock()
        async let outcome = Self.agent(dialogue, ScriptedHearing()).converse(on: call) { log.take($0) }
        await call.sound(upTo: 16_000)
        #expect(call.played.contains { $0.magnitude > 100 })
        dialogue.find(.say("It is here."), .hangUp)
        // The voice makes the words while the last frame waits for its place.
        await until { log.events.contains("tool done") }
        while !call.played.suffix(160).allSatisfy({ $0 == 1_000 }), !Task.isCancelled {
            if call.flushes == 0 { call.sound(samples: 160) }
            for _ in 0..<100 { await Task.yield() }
        }
        // Nothing of the sound lies between: what had not sounded was dropped. The first of the answer may have sounded.
        let begin = call.sentAtFlush ?? 0
        while log.transcript.isEmpty, !Task.isCancelled {
            call.sound(samples: 160)
            await Task.yield()
        }
        #expect(await outcome.reason == .normal)
        #expect(await call.playedSamples() - begin == 3 * ScriptedVoice.samplesPerWord)
        #expect(log.transcript == ["agent: It is here."])
    }

    @Test("On a call a caller who speaks hears it no more, and hears it again after a cough")
    func spokenOver() async {
        let (call, log, dialogue, hearing) = (ScriptedCall(), EntryLog(), Looking(), ScriptedHearing())
        call.stopClock()
        async let outcome = Self.agent(dialogue, hearing).converse(on: call) { log.take($0) }
        await call.sound(upTo: 3_200)
        hearing.tell(.speechStarted(at: 0))
        while call.flushes == 0, !Task.isCancelled {
            call.sound(samples: 160)
            for _ in 0..<100 { await Task.yield() }
        }
        let given = call.played.count
        for _ in 0..<1_000 { await Task.yield() }
        #expect(call.played.count == given)
        hearing.tell(.speechDismissed(at: 100))
        await until { call.played.count >= given + 1_600 }
        call.remoteHangUp()
        #expect(await outcome.end?.cause == .remoteHangUp)
        #expect(log.transcript.isEmpty)
        #expect(log.events == ["tool"])
    }

    // MARK: With a model that hears and speaks

    /// Its turns, with a tool at work from the beginning on.
    private struct Duplex {
        var turns: DuplexTurns
        var now = Instant.zero
        var switches: [Bool] = []

        init() {
            var configuration = ConversationConfiguration()
            configuration.waitingSound = .typing
            turns = DuplexTurns(
                configuration: configuration, sampleRate: 8_000, isFullDuplex: false, played: 0, now: .zero)
            give(.event(.action(.toolStarted(tool))))
        }

        mutating func give(_ inputs: DuplexTurns.Input...) {
            for input in inputs {
                for case .waitingSound(let isOn) in turns.receive(input, now: now) { switches.append(isOn) }
            }
        }

        mutating func wait(_ milliseconds: Int) {
            let end = now + .milliseconds(milliseconds)
            while let due = turns.deadline, due <= end {
                now = max(now, due)
                give(.tick)
            }
            now = end
        }
    }

    @Test("A model's tool is covered from 700 ms on until the answer has its first sound")
    func duplex() {
        var talk = Duplex()
        talk.wait(699)
        #expect(talk.switches == [])
        talk.wait(1)
        #expect(talk.switches == [true])
        talk.wait(10_000)
        talk.give(.event(.action(Self.done)))
        talk.wait(1_900)
        talk.give(.event(.replyStarted(1)), .event(.agentText("It came", reply: 1)))
        talk.wait(5_000)
        #expect(talk.switches == [true], "it goes on while the answer is on its way")
        talk.give(.sound(reply: 1, samples: 8_000))
        #expect(talk.switches == [true, false])
        talk.give(.event(.replyDone(1, wasCut: false)), .drained(played: 8_000))
        talk.wait(5_000)
        #expect(talk.switches == [true, false])
    }

    @Test("Words of the model about its tool come first")
    func duplexWords() {
        var talk = Duplex()
        talk.give(.event(.replyStarted(1)), .sound(reply: 1, samples: 8_000), .event(.replyDone(1, wasCut: false)))
        talk.wait(1_000)
        #expect(talk.switches == [])
        talk.give(.drained(played: 8_000))
        #expect(talk.switches == [true])
    }

    @Test(
        "With a model too it ends when there is something else to hear or nothing to wait for",
        arguments: [
            .event(.callerStarted), .held(true), .sessionEnded, .event(.action(.toolEnded(outcome))),
        ] as [DuplexTurns.Input])
    func duplexEnds(input: DuplexTurns.Input) {
        var talk = Duplex()
        talk.wait(700)
        talk.give(input)
        // No answer comes to a tool whose actions are all.
        talk.wait(2_000)
        #expect(talk.switches == [true, false])
    }

    @Test("A model's tool is covered on a call, and its reply is counted without it")
    func duplexOnCall() async {
        let (call, log, model) = (ScriptedCall(), EntryLog(), ScriptedSpeaker())
        var configuration = ConversationConfiguration()
        configuration.toolFillerAfter = .zero
        configuration.waitingSound = .typing
        call.stopClock()
        let agent = SpeechToSpeechAgent(model, configuration: configuration)
        async let outcome = agent.converse(on: call) { log.take($0) }
        model.tell(.action(.toolStarted(Self.tool)))
        await call.sound(upTo: 16_000)
        #expect(call.played.contains { $0.magnitude > 100 })
        model.tell(.action(Self.done))
        model.say(Array(repeating: 1, count: 32_000), reply: 1, text: "One two three four five six seven eight.")
        while call.flushes == 0, !Task.isCancelled {
            call.sound(samples: 160)
            for _ in 0..<100 { await Task.yield() }
        }
        // The first of the reply may have sounded by now.
        let begin = call.sentAtFlush ?? 0
        while await call.playedSamples() < begin + 8_000, !Task.isCancelled {
            await until { call.queuedSamples >= 160 }
            call.sound(samples: 160)
        }
        await until { call.played.suffix(1_600).allSatisfy { $0 == 1 } }
        #expect(await call.playedSamples() == begin + 8_000)
        model.tell(.callerStarted)
        await until { model.cuts == [[1, 1_000]] }
        call.remoteHangUp()
        #expect(await outcome.end?.cause == .remoteHangUp)
        #expect(log.transcript.first == "agent: One two —")
    }

    // MARK: The sound

    @Test("Typing is soft, has pauses, and is the same at every start", arguments: [8_000, 16_000, 48_000, 24_000])
    func typing(rate: Int) throws {
        var sound = try #require(WaitingSound.typing.begin(sampleRate: rate))
        let frames = (0..<400).map { _ in sound.frame() }
        #expect(frames.allSatisfy { $0.sampleRate == rate && $0.samples.count == rate / 50 })
        let peak = frames.flatMap(\.samples).map(\.magnitude).max() ?? 0
        #expect((300...4_000).contains(peak), "\(peak)")
        #expect(frames.filter { $0.samples.allSatisfy { $0.magnitude < 50 } }.count > 100)
    }

    @Test("A sound of any rate is played 12 dB softer than it is")
    func file() throws {
        let tone = AudioClip(samples: (0..<22_050).map { $0 % 50 < 25 ? 8_000 : -8_000 }, sampleRate: 22_050)
        var sound = try #require(try WaitingSound(tone).begin(sampleRate: 8_000))
        let samples = (0..<50).flatMap { _ in sound.frame().samples }.dropFirst(400)
        let mean = samples.reduce(0.0) { $0 + Double($1.magnitude) } / Double(samples.count)
        #expect(abs(mean - 2_000) < 250, "\(mean)")
    }
}
