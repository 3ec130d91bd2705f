public import RTPMedia

/// Hears and speaks in one model, in place of ``SpeechToText``, ``Dialogue`` and ``TextToSpeech``.
public protocol SpeechToSpeech: Sendable {
    /// What this is, for people and records, e.g. `openai-realtime gpt-realtime-2.1`.
    var name: String { get }
    func makeSession(_ context: DialogueContext, _ format: SpeechFormat) async throws(ProviderError)
        -> any SpeechToSpeechSession
}

/// One call's model.
public protocol SpeechToSpeechSession: Sendable {
    /// Samples per second that ``hear(_:)`` takes, and those of ``SpeechToSpeechEvent/audio(_:reply:)``.
    var inputSampleRate: Int { get }
    var outputSampleRate: Int { get }
    /// Whether it speaks in real time, silence included, and has no turns: what it says is played as it comes, and
    /// nothing is ever cut.
    var isFullDuplex: Bool { get }
    /// Takes in the next samples of the caller, without gaps.
    func hear(_ samples: [Int16]) async
    /// Asks for a reply to something that was not said aloud.
    func prompt(_ input: DialogueInput) async
    /// The caller spoke over a reply, of which only so much was heard; what the model knows of it is shortened to that.
    func interrupted(reply: Int, heardMs: Int) async
    /// What it does, in order; ends after ``close()``, or when the session is lost for good (after
    /// ``SpeechToSpeechEvent/failed(_:)``).
    var events: AsyncStream<SpeechToSpeechEvent> { get }
    func close() async
}

/// What a speech-to-speech model does. Replies are numbered from 1 in the order of their beginning.
public enum SpeechToSpeechEvent: Sendable, Equatable {
    /// The model hears the caller speak.
    case callerStarted
    case callerStopped
    /// What the caller said, or a part of it; may come after the answer to it has begun. Empty when it is only known that
    /// something is being said.
    case callerText(String)
    case replyStarted(Int)
    case agentText(String, reply: Int)
    case audio(PCMFrame, reply: Int)
    /// All of a reply has been made (not heard). `wasCut` when the model itself gave it up.
    case replyDone(Int, wasCut: Bool)
    case action(DialogueAction)
    /// Something failed; the session goes on unless the events end.
    case failed(ProviderError)
}
