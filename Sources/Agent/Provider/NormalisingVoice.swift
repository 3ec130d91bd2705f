/// A voice that is given numbers, money, times, telephone numbers and abbreviations as the words that people say
/// (English): not every service reads "555-0142" or "9:30" as a person would.
public struct NormalisingVoice: TextToSpeech {
    private let voice: any TextToSpeech

    public var name: String { voice.name }

    public init(_ voice: any TextToSpeech) {
        self.voice = voice
    }

    public func makeSession(_ format: SpeechFormat) async throws(ProviderError) -> any TextToSpeechSession {
        Session(session: try await voice.makeSession(format))
    }

    private struct Session: TextToSpeechSession {
        let session: any TextToSpeechSession

        func speak(_ text: String) -> AsyncThrowingStream<SpokenSound, any Error> {
            session.speak(SpokenText.words(for: text))
        }

        func close() async { await session.close() }
    }
}
