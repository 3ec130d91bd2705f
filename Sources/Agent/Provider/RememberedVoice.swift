internal import RTPMedia
internal import Synchronization

/// A voice that remembers what it has said: a greeting, a filler or an apology is there at once, and is made once for all
/// calls.
///
/// Texts are remembered as a whole when they were made to their end, the shorter ones first, up to a bound in octets.
public final class RememberedVoice: TextToSpeech {
    public var name: String { voice.name }

    private struct Key: Hashable {
        var text: String
        var format: SpeechFormat
    }

    private struct State {
        var sounds: [Key: [SpokenSound]] = [:]
        /// The least recently used first.
        var order: [Key] = []
        var octets = 0
    }

    /// Longer texts are hardly ever said twice.
    private static let longestText = 300

    private let voice: any TextToSpeech
    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - voice: what makes the sound.
    ///   - capacity: octets of sound that are remembered.
    public init(_ voice: any TextToSpeech, capacity: Int = 32_000_000) {
        self.voice = voice
        self.capacity = capacity
    }

    /// Makes texts before they are needed, sentence by sentence, as they will be asked for.
    ///
    /// - Throws: ``ProviderError`` of the voice; what was made before is kept.
    public func prepare(_ texts: [String], for formats: [SpeechFormat]) async throws(ProviderError) {
        for format in formats {
            let session = try await makeSession(format)
            for sentence in texts.flatMap(SentenceSplitter.split) {
                do {
                    for try await _ in session.speak(sentence) {}
                } catch {
                    await session.close()
                    throw (error as? ProviderError) ?? .failed("\(error)")
                }
            }
            await session.close()
        }
    }

    public func makeSession(_ format: SpeechFormat) async throws(ProviderError) -> any TextToSpeechSession {
        RememberedVoiceSession(memory: self, format: format, voice: voice)
    }

    fileprivate func recall(_ text: String, _ format: SpeechFormat) -> [SpokenSound]? {
        let key = Key(text: text, format: format)
        return state.withLock { state in
            guard let sounds = state.sounds[key] else { return nil }
            if let place = state.order.firstIndex(of: key) {
                state.order.remove(at: place)
                state.order.append(key)
            }
            return sounds
        }
    }

    fileprivate func remember(_ sounds: [SpokenSound], of text: String, _ format: SpeechFormat) {
        let octets = sounds.reduce(0) { $0 + $1.frame.samples.count * 2 }
        guard text.count <= Self.longestText, octets > 0, octets <= capacity / 4 else { return }
        let key = Key(text: text, format: format)
        state.withLock { state in
            guard state.sounds[key] == nil else { return }
            state.sounds[key] = sounds
            state.order.append(key)
            state.octets += octets
            while state.octets > capacity, !state.order.isEmpty {
                let oldest = state.order.removeFirst()
                let gone = state.sounds.removeValue(forKey: oldest) ?? []
                state.octets -= gone.reduce(0) { $0 + $1.frame.samples.count * 2 }
            }
        }
    }
}

/// Says what is remembered; what is not is made by a session of the voice, which is opened when it is first needed.
private actor RememberedVoiceSession: TextToSpeechSession {
    private let memory: RememberedVoice
    private let format: SpeechFormat
    private let voice: any TextToSpeech
    private var opening: Task<any TextToSpeechSession, any Error>?
    private var isClosed = false

    init(memory: RememberedVoice, format: SpeechFormat, voice: any TextToSpeech) {
        self.memory = memory
        self.format = format
        self.voice = voice
    }

    nonisolated func speak(_ text: String) -> AsyncThrowingStream<SpokenSound, any Error> {
        if let sounds = memory.recall(text, format) {
            return AsyncThrowingStream { sink in
                for sound in sounds { sink.yield(sound) }
                sink.finish()
            }
        }
        return AsyncThrowingStream { sink in
            // Unstructured, since a stream has no scope of its own; it ends with its reader.
            let task = Task {
                do {
                    var sounds: [SpokenSound] = []
                    for try await sound in try await self.session().speak(text) {
                        sink.yield(sound)
                        sounds.append(sound)
                    }
                    try Task.checkCancellation()
                    self.memory.remember(sounds, of: text, self.format)
                    sink.finish()
                } catch {
                    sink.finish(throwing: error)
                }
            }
            sink.onTermination = { _ in task.cancel() }
        }
    }

    private func session() async throws -> any TextToSpeechSession {
        guard !isClosed else { throw ProviderError.cancelled }
        if let opening { return try await opening.value }
        let (voice, format) = (voice, format)
        let task = Task { try await voice.makeSession(format) as any TextToSpeechSession }
        opening = task
        do {
            return try await task.value
        } catch {
            opening = nil
            throw error
        }
    }

    func close() async {
        isClosed = true
        if let session = try? await opening?.value { await session.close() }
        opening = nil
    }
}
