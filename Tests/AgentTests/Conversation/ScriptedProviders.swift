import RTPMedia
import Synchronization
import Telephony

@testable import Agent

/// Hears what it is told to have heard.
final class ScriptedHearing: SpeechToText, SpeechToTextSession {
    let name = "scripted ears"
    let sampleRate: Int
    let events: AsyncStream<HearingEvent>
    private let sink: AsyncStream<HearingEvent>.Continuation
    private let refuses: Bool
    private let state = Mutex((heard: 0, expected: [[String]](), isClosed: false))
    let abilities: HearingAbilities
    private let finished = Mutex(0)
    private let loudestSample = Mutex(UInt16(0))

    init(
        sampleRate: Int = 16_000, refuses: Bool = false,
        abilities: HearingAbilities = HearingAbilities(findsSpeech: true, judgesTurns: false)
    ) {
        self.sampleRate = sampleRate
        self.abilities = abilities
        self.refuses = refuses
        (events, sink) = AsyncStream.makeStream()
    }

    func makeSession(_ format: SpeechFormat) async throws(ProviderError) -> any SpeechToTextSession {
        if refuses { throw .overloaded("Too many calls.") }
        return self
    }

    func hear(_ samples: [Int16]) async {
        loudestSample.withLock { $0 = max($0, samples.map(\.magnitude).max() ?? 0) }
        state.withLock { $0.heard += samples.count }
    }

    /// The loudest of all samples.
    var loudest: UInt16 { loudestSample.withLock { $0 } }
    func expect(_ phrases: [String]) async { state.withLock { $0.expected.append(phrases) } }

    func close() async {
        state.withLock { $0.isClosed = true }
        sink.finish()
    }

    func tell(_ events: HearingEvent...) { for event in events { sink.yield(event) } }

    func callerSays(_ text: String, at start: Int = 0) {
        tell(
            .speechStarted(at: start), .speechEnded(at: start + sampleRate),
            .final(text, start: start, end: start + sampleRate))
    }

    func die() { sink.finish() }

    func finishUtterance() async { finished.withLock { $0 += 1 } }
    /// How often it was told that the caller has stopped.
    var utterances: Int { finished.withLock { $0 } }

    var heardSamples: Int { state.withLock { $0.heard } }
    var expected: [[String]] { state.withLock { $0.expected } }
    var isClosed: Bool { state.withLock { $0.isClosed } }
}

/// Answers each input by a function.
final class ScriptedDialogue: Dialogue, DialogueSession {
    let name = "script"
    private let answer: @Sendable (DialogueInput) throws -> [DialogueAction]?
    private let refuses: Bool
    private let state = Mutex((inputs: [DialogueInput](), heard: [String]()))

    /// - Parameter answer: the actions; `nil` for an answer that never comes.
    init(refuses: Bool = false, _ answer: @escaping @Sendable (DialogueInput) throws -> [DialogueAction]?) {
        self.refuses = refuses
        self.answer = answer
    }

    func makeSession(_ context: DialogueContext) async throws(ProviderError) -> any DialogueSession {
        if refuses { throw .unavailable("No model.") }
        return self
    }

    func reply(to input: DialogueInput, turn: TurnCommitment) -> AsyncThrowingStream<DialogueAction, any Error> {
        state.withLock { $0.inputs.append(input) }
        return AsyncThrowingStream { sink in
            do {
                guard let actions = try answer(input) else { return }
                for action in actions { sink.yield(action) }
                sink.finish()
            } catch {
                sink.finish(throwing: error)
            }
        }
    }

    func interrupted(heard: String) async { state.withLock { $0.heard.append(heard) } }
    func expectedPhrases() async -> [String] { ["yes", "no"] }

    var inputs: [DialogueInput] { state.withLock { $0.inputs } }
    var heard: [String] { state.withLock { $0.heard } }
}

/// Makes 0.3 s of sound for each word, in frames that fit nothing; fails when it has been told to.
struct ScriptedVoice: TextToSpeech {
    let name = "scripted voice"
    var fails: @Sendable (String) -> Bool = { _ in false }

    static let samplesPerWord = 2_400

    func makeSession(_ format: SpeechFormat) async throws(ProviderError) -> any TextToSpeechSession {
        Session(voice: self, sampleRate: format.sampleRate)
    }

    struct Session: TextToSpeechSession {
        let voice: ScriptedVoice
        let sampleRate: Int

        func speak(_ text: String) -> AsyncThrowingStream<SpokenSound, any Error> {
            voice.speak(text, sampleRate: sampleRate)
        }

        func close() async {}
    }

    func speak(_ text: String, sampleRate: Int) -> AsyncThrowingStream<SpokenSound, any Error> {
        AsyncThrowingStream { sink in
            guard !fails(text) else {
                sink.finish(throwing: ProviderError.failed("The voice is hoarse."))
                return
            }
            var rest = text.split(separator: " ").count * Self.samplesPerWord
            while rest > 0 {
                let count = min(rest, 250)
                sink.yield(
                    SpokenSound(PCMFrame(samples: Array(repeating: 1_000, count: count), sampleRate: sampleRate)))
                rest -= count
            }
            sink.finish()
        }
    }
}

/// Collects what a conversation tells.
final class EntryLog: Sendable {
    private let state = Mutex([CallEntry]())

    func take(_ entry: CallEntry) { state.withLock { $0.append(entry) } }

    /// Returns once an entry that `matches` has been told.
    func entry(where matches: @escaping @Sendable (CallEntry) -> Bool) async {
        await until { self.entries.contains(where: matches) }
    }

    func turn(_ text: String) async {
        await entry { if case .turn(let turn) = $0 { turn.text == text } else { false } }
    }

    var entries: [CallEntry] { state.withLock { $0 } }

    var transcript: [String] {
        entries.compactMap { entry in
            guard case .turn(let turn) = entry else { return nil }
            return "\(turn.who.rawValue): \(turn.text)\(turn.interrupted ? " —" : "")"
        }
    }

    var events: [String] {
        entries.compactMap { if case .event(let kind, _, _) = $0 { kind } else { nil } }
    }
}

/// Returns once `condition` holds, or the test has taken too long; other tasks run meanwhile.
func until(_ condition: @Sendable () -> Bool) async {
    while !condition(), !Task.isCancelled { await Task.yield() }
}
