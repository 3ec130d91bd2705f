internal import RTPMedia

/// Text to speech in this process: espeak-ng for the sounds, Piper for the voice. English.
public final class LocalVoice: TextToSpeech {
    public let name = "piper-joe"

    private let synthesizer: SpeechSynthesizer
    private let phonemes: PhonemeSource
    private let pool: InferencePool

    init(synthesizer: SpeechSynthesizer, phonemes: PhonemeSource, pool: InferencePool) {
        self.synthesizer = synthesizer
        self.phonemes = phonemes
        self.pool = pool
    }

    public func makeSession(_ format: SpeechFormat) async throws(ProviderError) -> any TextToSpeechSession {
        LocalVoiceSession(voice: self, sampleRate: format.sampleRate)
    }

    func speak(_ text: String, sampleRate: Int) -> AsyncThrowingStream<SpokenSound, any Error> {
        AsyncThrowingStream { sink in
            // Unstructured, since a stream has no scope of its own; it ends with its reader.
            let task = Task {
                do {
                    for (index, clause) in ClauseSplitter.split(SpokenText.words(for: text)).enumerated() {
                        try Task.checkCancellation()
                        let frame = try await sound(of: clause, sampleRate: sampleRate, isFirst: index == 0)
                        sink.yield(SpokenSound(frame))
                    }
                    sink.finish()
                } catch {
                    sink.finish(throwing: error)
                }
            }
            sink.onTermination = { _ in task.cancel() }
        }
    }

    private func sound(of clause: Clause, sampleRate: Int, isFirst: Bool) async throws(ProviderError) -> PCMFrame {
        let (phonemes, synthesizer) = (phonemes, synthesizer)
        return try await pool.run(isFirst ? .urgent : .speech) { () throws(ProviderError) -> PCMFrame in
            let ipa = try phonemes.phonemes(of: clause.text)
            let (samples, rate) = try synthesizer.speak(ipa + String(clause.mark))
            var converted: [Int16]
            do {
                var resampler = try Resampler(from: rate, to: sampleRate)
                converted = resampler.process(samples)
                converted += resampler.finish()
            } catch {
                throw .failed("The voice's \(rate) Hz can't be turned into \(sampleRate) Hz: \(error)")
            }
            let pause = PCMFrame.silence(sampleRate: sampleRate, duration: clause.pause).samples
            return PCMFrame(samples: converted + pause, sampleRate: sampleRate)
        }
    }
}

private struct LocalVoiceSession: TextToSpeechSession {
    let voice: LocalVoice
    let sampleRate: Int

    func speak(_ text: String) -> AsyncThrowingStream<SpokenSound, any Error> {
        voice.speak(text, sampleRate: sampleRate)
    }

    func close() async {}
}
