internal import RTPMedia

/// A voice behind a voice: what the first can't say, or not in time, the second says.
public struct FallbackVoice: TextToSpeech {
    private let first: any TextToSpeech
    private let second: any TextToSpeech
    private let patience: Duration
    private let sleep: @Sendable (Duration) async throws -> Void

    public var name: String { "\(first.name), else \(second.name)" }

    /// - Parameters:
    ///   - first: the voice that speaks as a rule.
    ///   - second: the one that takes over.
    ///   - patience: how long the first sound of a sentence may take.
    public init(_ first: any TextToSpeech, else second: any TextToSpeech, patience: Duration = .seconds(2)) {
        self.init(first, else: second, patience: patience) { try await Task.sleep(for: $0) }
    }

    init(
        _ first: any TextToSpeech, else second: any TextToSpeech, patience: Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.first = first
        self.second = second
        self.patience = patience
        self.sleep = sleep
    }

    public func makeSession(_ format: SpeechFormat) async throws(ProviderError) -> any TextToSpeechSession {
        let reserve = try await second.makeSession(format)
        let regular: (any TextToSpeechSession)?
        do throws(ProviderError) {
            regular = try await first.makeSession(format)
        } catch {
            regular = nil
        }
        return FallbackVoiceSession(
            regular: regular, reserve: reserve, sampleRate: format.sampleRate, patience: patience, sleep: sleep)
    }
}

private actor FallbackVoiceSession: TextToSpeechSession {
    private let regular: (any TextToSpeechSession)?
    private let reserve: any TextToSpeechSession
    private let sampleRate: Int
    private let patience: Duration
    private let sleep: @Sendable (Duration) async throws -> Void
    /// Sentences in a row that the regular voice could not say; after two it is not asked any more on this call.
    private var failures = 0

    init(
        regular: (any TextToSpeechSession)?, reserve: any TextToSpeechSession, sampleRate: Int, patience: Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.regular = regular
        self.reserve = reserve
        self.sampleRate = sampleRate
        self.patience = patience
        self.sleep = sleep
        if regular == nil { failures = 2 }
    }

    nonisolated func speak(_ text: String) -> AsyncThrowingStream<SpokenSound, any Error> {
        AsyncThrowingStream { sink in
            // Unstructured, since a stream has no scope of its own; it ends with its reader.
            let task = Task {
                do {
                    try await self.speak(text, to: sink)
                    sink.finish()
                } catch {
                    sink.finish(throwing: error)
                }
            }
            sink.onTermination = { _ in task.cancel() }
        }
    }

    private func speak(_ text: String, to sink: AsyncThrowingStream<SpokenSound, any Error>.Continuation) async throws {
        var rest = text
        var offsetMs = 0
        if let regular, failures < 2 {
            let part = await speak(text, with: regular, to: sink)
            try Task.checkCancellation()
            guard part.hasFailed else {
                failures = 0
                return
            }
            failures += 1
            rest = part.unspoken(of: text)
            offsetMs = part.samples * 1_000 / max(1, sampleRate)
            if rest.isEmpty { return }
        }
        for try await sound in reserve.speak(rest) {
            var sound = sound
            for index in sound.words.indices {
                sound.words[index].startMs += offsetMs
                sound.words[index].endMs += offsetMs
            }
            sink.yield(sound)
        }
    }

    /// What the regular voice has said of a text.
    private struct Part {
        var samples = 0
        var sampleRate: Int
        var words: [SpokenWord] = []
        var hasFailed = false

        /// The words that were not said, by the voice's word times or else by how fast people speak.
        func unspoken(of text: String) -> String {
            guard samples > 0 else { return text }
            let all = text.split(separator: " ")
            let said: Int
            if words.isEmpty {
                var letters = Int(Double(samples) / Double(max(1, sampleRate)) * 14.5)
                said =
                    all.prefix { word in
                        letters -= word.count + 1
                        return letters >= 0
                    }.count
            } else {
                let end = samples * 1_000 / max(1, sampleRate)
                said = words.filter { $0.endMs <= end }.count
            }
            return all.dropFirst(said).joined(separator: " ")
        }
    }

    private func speak(
        _ text: String, with voice: any TextToSpeechSession,
        to sink: AsyncThrowingStream<SpokenSound, any Error>.Continuation
    ) async -> Part {
        let begun = Flag()
        let (patience, sleep, sampleRate) = (patience, sleep, sampleRate)
        return await withTaskGroup(of: Part?.self) { group in
            group.addTask {
                var part = Part(sampleRate: sampleRate)
                do {
                    for try await sound in voice.speak(text) {
                        guard begun.raise() else { break }
                        sink.yield(sound)
                        part.samples += sound.frame.samples.count
                        part.words += sound.words
                    }
                } catch {
                    part.hasFailed = true
                }
                // A voice that ends without a sound has said nothing.
                if part.samples == 0, text.contains(where: \.isLetter) { part.hasFailed = true }
                return part
            }
            group.addTask {
                try? await sleep(patience)
                // Too late, unless it has begun: from now on nothing of it is taken.
                return Task.isCancelled || !begun.block() ? nil : Part(sampleRate: sampleRate, hasFailed: true)
            }
            var result: Part?
            while result == nil, let next = await group.next() { result = next }
            group.cancelAll()
            return result ?? Part(sampleRate: sampleRate, hasFailed: true)
        }
    }

    func close() async {
        await regular?.close()
        await reserve.close()
    }
}
