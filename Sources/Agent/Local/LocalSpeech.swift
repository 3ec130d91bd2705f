/// The embedded speech parts, loaded once for all calls: no key, no network.
public struct LocalSpeech: Sendable {
    public let hearing: LocalHearing
    public let voice: LocalVoice
    /// How many calls they can serve at once.
    public let capacity: Int

    /// Loads everything (two to three seconds) and tries it once, so that the first caller does not wait.
    ///
    /// - Parameters:
    ///   - directory: where the parts are.
    ///   - threads: how much is computed at once; by default one less than the machine has cores, at least one.
    /// - Throws: ``ProviderError/unavailable(_:)`` with what is missing.
    public static func load(_ directory: SpeechDirectory, threads: Int? = nil) async throws(ProviderError)
        -> LocalSpeech
    {
        try directory.check()
        let pool = InferencePool(name: "inference", threads: threads ?? max(1, Cores.count - 1))
        let listening = InferencePool(name: "listening", threads: 1, capacity: 4_096)
        return try await pool.run(.urgent) { () throws(ProviderError) -> LocalSpeech in
            let library = try SherpaLibrary(directory)
            let phonemes = try PhonemeSource()
            let recognizer = try SpeechRecognizer(library, directory)
            let synthesizer = try SpeechSynthesizer(library, directory)
            _ = try recognizer.recognize([Float](repeating: 0, count: SpeechRecognizer.sampleRate))
            _ = try synthesizer.speak(try phonemes.phonemes(of: "ready") + ".")
            return LocalSpeech(
                hearing: LocalHearing(
                    library: library, directory: directory, recognizer: recognizer, listening: listening, pool: pool),
                voice: LocalVoice(synthesizer: synthesizer, phonemes: phonemes, pool: pool),
                capacity: pool.threads * 10)
        }
    }
}
