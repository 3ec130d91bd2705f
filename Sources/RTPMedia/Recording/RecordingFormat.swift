/// What a recording is written as.
public enum RecordingFormat: Sendable, Hashable {
    /// Stereo WAV with 16-bit PCM: exact, 64 kB for each second at 16 kHz.
    case wav
    /// Stereo Opus in Ogg (RFC 7845); bits per second for both sides together, 24 000 to 510 000. With fewer the encoder
    /// would make both sides one.
    case oggOpus(bitRate: Int = 32_000)

    /// The format that a file's name asks for: Opus for `.opus` and `.ogg`, else WAV.
    public init(fileName: String) {
        let name = fileName.lowercased()
        self = name.hasSuffix(".opus") || name.hasSuffix(".ogg") ? .oggOpus() : .wav
    }

    /// `wav`, or `opus` (RFC 7845 §9), without the point.
    public var fileExtension: String {
        switch self {
        case .wav: "wav"
        case .oggOpus: "opus"
        }
    }
}
