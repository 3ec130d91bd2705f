internal import CSherpa

/// Piper: phonemes in, sound out. Shared by all calls.
@safe final class SpeechSynthesizer: @unchecked Sendable {
    private let library: SherpaLibrary
    private let handle: OpaquePointer

    init(_ library: SherpaLibrary, _ directory: SpeechDirectory) throws(ProviderError) {
        let created: OpaquePointer? = unsafe try withCStrings([directory.voice, directory.voiceTokens, "cpu"]) {
            strings in
            var configuration = unsafe SherpaOnnxOfflineTtsConfig()
            unsafe configuration.model.vits.model = strings[0]
            unsafe configuration.model.vits.tokens = strings[1]
            unsafe configuration.model.vits.noise_scale = 0.667
            unsafe configuration.model.vits.noise_scale_w = 0.8
            unsafe configuration.model.vits.length_scale = 1
            unsafe configuration.model.num_threads = 1
            unsafe configuration.model.provider = strings[2]
            return unsafe library.createVoice(&configuration)
        }
        guard let created = unsafe created else {
            throw .unavailable("The voice in \(directory.path) can't be loaded.")
        }
        unsafe handle = created
        self.library = library
    }

    deinit {
        unsafe library.destroyVoice(handle)
    }

    /// Takes about a tenth of the time that the sound will last, on this thread.
    ///
    /// - Parameter phonemes: IPA, with the punctuation of the sentence.
    /// - Returns: samples, and how many there are per second.
    func speak(_ phonemes: String) throws(ProviderError) -> (samples: [Int16], sampleRate: Int) {
        let codepoints = phonemes.decomposedForPiper.map { Int32(clamping: $0.value) }
        guard !codepoints.isEmpty else { return ([], 22_050) }
        let lengths = [Int32(clamping: codepoints.count)]
        let audio = unsafe codepoints.withUnsafeBufferPointer { phonemes in
            unsafe lengths.withUnsafeBufferPointer { lengths in
                var configuration = unsafe SherpaOnnxGenerationConfig()
                unsafe configuration.speed = 1
                unsafe configuration.silence_scale = 0.2
                unsafe configuration.phoneme_codepoints = phonemes.baseAddress
                unsafe configuration.phoneme_codepoints_lens = lengths.baseAddress
                unsafe configuration.phoneme_codepoints_num_sentences = 1
                return unsafe library.generate(handle, "", &configuration, nil, nil)
            }
        }
        guard let audio = unsafe audio else { throw .failed("The voice could not speak a sentence.") }
        defer { unsafe library.destroyAudio(audio) }
        let count = unsafe Int(audio.pointee.n)
        let rate = unsafe Int(audio.pointee.sample_rate)
        guard count > 0, rate > 0, let samples = unsafe audio.pointee.samples else { return ([], 22_050) }
        let sound = unsafe UnsafeBufferPointer(start: samples, count: count)
        return unsafe (sound.map { Int16(clamping: Int(($0 * 32_767).rounded())) }, rate)
    }
}

extension String {
    /// The scalars in canonical decomposition, as the voice was trained. IPA has few composed letters.
    fileprivate var decomposedForPiper: [Unicode.Scalar] {
        unicodeScalars.flatMap { scalar -> [Unicode.Scalar] in
            switch scalar {
            case "ç": ["c", "\u{327}"]
            case "ã": ["a", "\u{303}"]
            case "ẽ": ["e", "\u{303}"]
            case "ĩ": ["i", "\u{303}"]
            case "õ": ["o", "\u{303}"]
            case "ũ": ["u", "\u{303}"]
            default: [scalar]
            }
        }
    }
}
