internal import RTPMedia

extension LocalHearing {
    /// Writes down what a recording says, all of it at once.
    ///
    /// - Parameters:
    ///   - samples: one channel.
    ///   - sampleRate: 8 000 to 48 000 Hz.
    /// - Throws: ``ProviderError``, also when the pool has all the work it can take.
    public func transcribe(_ samples: [Int16], sampleRate: Int) async throws(ProviderError) -> String {
        let (library, directory, recognizer) = (library, directory, recognizer)
        return try await pool.run(.partial) { () throws(ProviderError) -> String in
            let sound: [Float]
            do {
                var resampler = try Resampler(from: sampleRate, to: VoiceDetector.sampleRate)
                // A second of silence ends the last sentence.
                let padded = samples + [Int16](repeating: 0, count: sampleRate)
                sound = (resampler.process(padded) + resampler.finish()).map { Float($0) / 32_768 }
            } catch {
                throw .failed("A recording with \(sampleRate) samples per second can't be understood: \(error)")
            }
            let detector = try VoiceDetector(library, directory)
            let lead = VoiceDetector.sampleRate * 2 / 5
            var texts: [String] = []
            var begin: Int?
            var before = 0
            for start in stride(from: 0, to: sound.count - VoiceDetector.window, by: VoiceDetector.window) {
                let end = start + VoiceDetector.window
                let isSpeech = detector.isSpeech(Array(sound[start..<end]))
                if isSpeech, begin == nil { begin = max(before, start - lead) }
                guard let first = begin, !isSpeech || end - first > VoiceDetector.sampleRate * 25 else { continue }
                let text = Reading.clean(try recognizer.recognize(Array(sound[first..<end])), voiced: end - first)
                if !text.isEmpty { texts.append(text) }
                before = end
                begin = nil
            }
            return texts.joined(separator: " ")
        }
    }
}
