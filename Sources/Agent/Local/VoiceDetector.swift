internal import CSherpa

/// Silero: says for every 32 ms whether somebody speaks. One per call.
@safe final class VoiceDetector: @unchecked Sendable {
    static let sampleRate = 16_000
    /// Samples that are judged at once: 32 ms.
    static let window = 512

    private let library: SherpaLibrary
    private let handle: OpaquePointer

    /// - Parameters:
    ///   - speech: how long it has to sound like speech before it is taken for it.
    ///   - silence: how long it has to be silent before speech is taken to be over.
    init(
        _ library: SherpaLibrary, _ directory: SpeechDirectory, speech: Double = 0.06, silence: Double = 0.35
    ) throws(ProviderError) {
        let created: OpaquePointer? = unsafe try withCStrings([directory.detector, "cpu"]) { strings in
            var configuration = unsafe SherpaOnnxVadModelConfig()
            unsafe configuration.silero_vad.model = strings[0]
            unsafe configuration.silero_vad.threshold = 0.5
            unsafe configuration.silero_vad.min_speech_duration = Float(speech)
            unsafe configuration.silero_vad.min_silence_duration = Float(silence)
            unsafe configuration.silero_vad.window_size = Int32(Self.window)
            unsafe configuration.silero_vad.max_speech_duration = 30
            unsafe configuration.sample_rate = Int32(Self.sampleRate)
            unsafe configuration.num_threads = 1
            unsafe configuration.provider = strings[1]
            return unsafe library.createDetector(&configuration, 60)
        }
        guard let created = unsafe created else {
            throw .unavailable("The voice activity detector in \(directory.path) can't be loaded.")
        }
        unsafe handle = created
        self.library = library
    }

    deinit {
        unsafe library.destroyDetector(handle)
    }

    /// - Parameter samples: ``window`` samples, −1…1.
    /// - Returns: whether somebody is speaking now.
    func isSpeech(_ samples: [Float]) -> Bool {
        unsafe samples.withUnsafeBufferPointer { buffer in
            unsafe library.acceptDetector(handle, buffer.baseAddress, Int32(clamping: buffer.count))
        }
        // It collects the speech that it found; we keep our own.
        while unsafe library.isDetectorEmpty(handle) == 0 { unsafe library.popDetector(handle) }
        return unsafe library.detected(handle) != 0
    }
}
