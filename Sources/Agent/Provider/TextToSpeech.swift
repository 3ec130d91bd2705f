public import RTPMedia

/// Turns text into speech. One value serves all calls; each call has a session of its own.
public protocol TextToSpeech: Sendable {
    /// What this is, for people and records, e.g. `piper-joe`.
    var name: String { get }
    /// - Parameter format: the sound of the call.
    /// - Throws: ``ProviderError`` when no further session can be served.
    func makeSession(_ format: SpeechFormat) async throws(ProviderError) -> any TextToSpeechSession
}

/// The voice of one call.
public protocol TextToSpeechSession: Sendable {
    /// Speaks `text`, a clause or a sentence: frames of any length at the call's sample rate, in order, as soon as they
    /// are made. Cancelling the reading task stops the work, and nothing of it comes any more.
    ///
    /// The stream fails with ``ProviderError``.
    func speak(_ text: String) -> AsyncThrowingStream<SpokenSound, any Error>
    func close() async
}

/// A piece of speech.
public struct SpokenSound: Sendable, Equatable {
    public var frame: PCMFrame
    /// Words that become whole with this frame, with their places, where the voice tells them; they may also come later
    /// than their sound.
    public var words: [SpokenWord]

    public init(_ frame: PCMFrame, words: [SpokenWord] = []) {
        self.frame = frame
        self.words = words
    }
}

/// One word as it was spoken.
public struct SpokenWord: Sendable, Equatable {
    public var text: String
    /// Where it begins and ends: milliseconds from the beginning of what is being spoken.
    public var startMs: Int
    public var endMs: Int

    public init(_ text: String, startMs: Int, endMs: Int) {
        self.text = text
        self.startMs = startMs
        self.endMs = endMs
    }
}
