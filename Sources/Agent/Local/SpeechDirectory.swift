internal import FoundationEssentials

/// The folder with the embedded speech parts, as `scripts/install-speech.sh` makes it.
public struct SpeechDirectory: Sendable, Hashable {
    public let path: String

    public init(path: String) {
        self.path = path
    }

    var runtime: String { "\(path)/lib/libonnxruntime.so" }
    var library: String { "\(path)/lib/libsherpa-onnx-c-api.so" }
    var encoder: String { "\(path)/moonshine/encoder_model.ort" }
    var decoder: String { "\(path)/moonshine/decoder_model_merged.ort" }
    var recognizerTokens: String { "\(path)/moonshine/tokens.txt" }
    var voice: String { "\(path)/piper/voice.onnx" }
    var voiceTokens: String { "\(path)/piper/tokens.txt" }
    var detector: String { "\(path)/silero/silero_vad.onnx" }

    /// Everything that is needed.
    var files: [String] { [runtime, library, encoder, decoder, recognizerTokens, voice, voiceTokens, detector] }

    /// Whether `file` can be read and holds something. It is mapped, not read.
    private static func isThere(_ file: String) -> Bool {
        guard let content = try? Data(contentsOf: URL(filePath: file), options: .alwaysMapped) else { return false }
        return !content.isEmpty
    }

    /// Looks whether everything is there.
    ///
    /// - Throws: ``ProviderError/unavailable(_:)`` with what is missing and how to get it.
    public func check() throws(ProviderError) {
        let missing = files.filter { !Self.isThere($0) }
        guard let first = missing.first else { return }
        let rest = missing.count > 1 ? " and \(missing.count - 1) more" : ""
        throw .unavailable(
            "The embedded speech parts are not complete: \(first)\(rest) can't be read or is empty. Run "
                + "scripts/install-speech.sh, or set speech.directory to where they are.")
    }
}
