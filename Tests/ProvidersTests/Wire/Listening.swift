import Agent
import RTPMedia

/// What came of one text.
struct Listened: Sendable {
    var samples: [Int16] = []
    var rates: Set<Int> = []
    var words: [SpokenWord] = []
    var error: ProviderError?
}

/// Reads a stream of speech to its end.
func listen(to stream: AsyncThrowingStream<SpokenSound, any Error>) async -> Listened {
    var listened = Listened()
    do {
        for try await sound in stream {
            listened.samples += sound.frame.samples
            listened.rates.insert(sound.frame.sampleRate)
            listened.words += sound.words
        }
    } catch {
        listened.error = error as? ProviderError
    }
    return listened
}
