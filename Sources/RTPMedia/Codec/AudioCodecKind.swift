/// A codec that a call can be made with, and what was agreed on about it.
public enum AudioCodecKind: Sendable, Hashable {
    /// G.711 µ-law (RFC 3551 §4.5.14).
    case pcmu
    /// G.711 A-law (RFC 3551 §4.5.14).
    case pcma
    /// G.722 at 64 kbit/s: 16 kHz, though its RTP clock and its name in `a=rtpmap` say 8 000 (RFC 3551 §4.5.2).
    case g722
    /// Opus (RFC 7587), decoded to and encoded from mono at a rate of ours, whatever is on the line.
    ///
    /// The parameters are those that the other side gave: they say what it wants to be sent.
    case opus(OpusParameters = .speech, sampleRate: OpusSampleRate = .wideband)
    /// Samples as they are, in mono (RFC 3551 §4.5.11).
    case l16(sampleRate: Int)

    /// Reads an `a=rtpmap` with its `a=fmtp`.
    ///
    /// - Parameters:
    ///   - name: the encoding name, compared without case (RFC 4855 §3).
    ///   - clockRate: the number behind it.
    ///   - channels: the third part; Opus counts as `2` even where a peer forgot to write it.
    ///   - parameters: what `a=fmtp` says behind the payload type.
    /// - Returns: `nil` for a codec that is not there.
    public init?(name: String, clockRate: Int, channels: Int = 1, parameters: String? = nil) {
        switch (name.lowercased(), clockRate, channels) {
        case ("pcmu", 8000, 1): self = .pcmu
        case ("pcma", 8000, 1): self = .pcma
        case ("g722", 8000, 1): self = .g722
        case ("opus", 48_000, 1...2): self = .opus(parameters.map { OpusParameters(parsing: $0) } ?? OpusParameters())
        case ("l16", 4000...192_000, 1): self = .l16(sampleRate: clockRate)
        default: return nil
        }
    }

    /// The name in `a=rtpmap`.
    public var name: String {
        switch self {
        case .pcmu: "PCMU"
        case .pcma: "PCMA"
        case .g722: "G722"
        case .opus: "opus"
        case .l16: "L16"
        }
    }

    /// RTP timestamp units per second, the number in `a=rtpmap`.
    public var clockRate: Int {
        switch self {
        case .pcmu, .pcma, .g722: 8000
        case .opus: 48_000
        case .l16(let sampleRate): sampleRate
        }
    }

    /// Samples per second of the sound.
    public var sampleRate: Int {
        switch self {
        case .pcmu, .pcma: 8000
        case .g722: 16_000
        case .opus(_, let sampleRate): sampleRate.rawValue
        case .l16(let sampleRate): sampleRate
        }
    }

    /// The number of channels in `a=rtpmap`. Opus always says 2 (RFC 7587 §7).
    public var channels: Int {
        if case .opus = self { 2 } else { 1 }
    }

    /// The payload type that RFC 3551 §6 fixes for it; `nil`: one from 96 to 127 is agreed on.
    public var staticPayloadType: UInt8? {
        switch self {
        case .pcmu: 0
        case .pcma: 8
        case .g722: 9
        case .l16(44_100): 11
        case .opus, .l16: nil
        }
    }

    /// What to say in `a=fmtp`; `nil` when there is nothing to say.
    public var parameters: String? {
        guard case .opus(let parameters, _) = self else { return nil }
        let text = parameters.serialized
        return text.isEmpty ? nil : text
    }

    /// A new decoder.
    public func makeDecoder() -> any AudioDecoder {
        switch self {
        case .pcmu: G711(.mu)
        case .pcma: G711(.a)
        case .g722: G722Decoder()
        case .opus(_, let sampleRate): OpusDecoder(sampleRate: sampleRate)
        case .l16(let sampleRate): L16(sampleRate: sampleRate)
        }
    }

    /// A new encoder.
    public func makeEncoder() -> any AudioEncoder {
        switch self {
        case .pcmu: G711(.mu)
        case .pcma: G711(.a)
        case .g722: G722Encoder()
        case .opus(let parameters, let sampleRate):
            OpusEncoder(sampleRate: sampleRate, settings: OpusEncoder.Settings(parameters))
        case .l16(let sampleRate): L16(sampleRate: sampleRate)
        }
    }
}
