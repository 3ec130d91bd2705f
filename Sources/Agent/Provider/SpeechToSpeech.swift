public import RTPMedia

/// Hears and speaks in one model, in place of ``SpeechToText``, ``Dialogue`` and ``TextToSpeech``.
public protocol SpeechToSpeech: Sendable {
    var name: String { get }
    func makeSession(_ context: DialogueContext) async throws(ProviderError) -> any SpeechToSpeechSession
}

/// One call's model.
public protocol SpeechToSpeechSession: Sendable {
    /// Samples per second of both directions.
    var sampleRate: Int { get }
    /// Takes in the next samples of the caller, without gaps.
    func hear(_ samples: [Int16]) async
    func pressed(_ digit: Character) async
    /// What it does, in order; ends after ``close()``.
    var events: AsyncStream<SpeechToSpeechEvent> { get }
    /// The caller spoke over the reply, of which only `playedSamples` were heard.
    func interrupted(playedSamples: Int) async
    func close() async
}

public enum SpeechToSpeechEvent: Sendable, Equatable {
    case callerStarted
    case callerText(String)
    case agentText(String)
    case audio(PCMFrame)
    case replyDone
    case action(DialogueAction)
    case failed(ProviderError)
}
