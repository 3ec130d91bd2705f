package import Agent
internal import RTPMedia

/// Speaks what callers say; each text once, however many callers say it.
package actor CallerVoice {
    private let voice: any TextToSpeech
    private var spoken: [String: AudioClip] = [:]

    private static let sampleRate = 16_000

    package init(_ voice: any TextToSpeech) {
        self.voice = voice
    }

    /// - Throws: ``ProviderError`` when the voice fails.
    func clip(_ text: String) async throws -> AudioClip {
        if let known = spoken[text] { return known }
        let session = try await voice.makeSession(SpeechFormat(sampleRate: Self.sampleRate))
        var samples: [Int16] = []
        do {
            for try await sound in session.speak(text) { samples += sound.frame.samples }
        } catch {
            await session.close()
            throw error
        }
        await session.close()
        let clip = AudioClip(samples: Loudness.evened(samples), sampleRate: Self.sampleRate)
        spoken[text] = clip
        return clip
    }
}
