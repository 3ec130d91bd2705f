internal import CSherpa

/// Moonshine: one stretch of speech in, its text out. Shared by all calls; each decode stands alone.
@safe final class SpeechRecognizer: @unchecked Sendable {
    static let sampleRate = 16_000

    private let library: SherpaLibrary
    private let handle: OpaquePointer

    init(_ library: SherpaLibrary, _ directory: SpeechDirectory) throws(ProviderError) {
        let paths = [directory.encoder, directory.decoder, directory.recognizerTokens, "cpu", "greedy_search"]
        let created: OpaquePointer? = unsafe try withCStrings(paths) { strings in
            var configuration = unsafe SherpaOnnxOfflineRecognizerConfig()
            unsafe configuration.feat_config.sample_rate = Int32(Self.sampleRate)
            unsafe configuration.feat_config.feature_dim = 80
            unsafe configuration.model_config.moonshine.encoder = strings[0]
            unsafe configuration.model_config.moonshine.merged_decoder = strings[1]
            unsafe configuration.model_config.tokens = strings[2]
            unsafe configuration.model_config.num_threads = 1
            unsafe configuration.model_config.provider = strings[3]
            unsafe configuration.decoding_method = strings[4]
            return unsafe library.createRecognizer(&configuration)
        }
        guard let created = unsafe created else {
            throw .unavailable("The speech recogniser in \(directory.path) can't be loaded.")
        }
        unsafe handle = created
        self.library = library
    }

    deinit {
        unsafe library.destroyRecognizer(handle)
    }

    /// Takes as long as a twentieth of the speech, on this thread.
    ///
    /// - Parameter samples: −1…1, at ``sampleRate``.
    func recognize(_ samples: [Float]) throws(ProviderError) -> String {
        guard let stream = unsafe library.createStream(handle) else {
            throw .failed("The speech recogniser has no memory left.")
        }
        defer { unsafe library.destroyStream(stream) }
        unsafe samples.withUnsafeBufferPointer { buffer in
            unsafe library.acceptOffline(
                stream, Int32(Self.sampleRate), buffer.baseAddress, Int32(clamping: buffer.count))
        }
        unsafe library.decode(handle, stream)
        guard let result = unsafe library.result(stream) else { throw .failed("The speech recogniser gave no result.") }
        defer { unsafe library.destroyResult(result) }
        guard let text = unsafe result.pointee.text else { return "" }
        return unsafe String(cString: text)
    }
}
