/// How sound is coded on a stream.
public struct StreamEncoding: OpenName {
    public let rawValue: String

    /// - Parameter rawValue: in Telnyx's spelling. Other cases and the names of other carriers are read as well.
    public init(rawValue: String) {
        self.rawValue =
            switch rawValue.lowercased() {
            case "pcmu", "mulaw", "ulaw", "g711u", "audio/x-mulaw", "audio/pcmu": "PCMU"
            case "pcma", "alaw", "g711a", "audio/x-alaw", "audio/pcma": "PCMA"
            case "g722", "audio/g722": "G722"
            case "opus", "audio/opus": "OPUS"
            case "amr-wb", "amr_wb", "amrwb", "audio/amr-wb": "AMR-WB"
            case "l16", "linear16", "audio/l16", "pcm_s16": "L16"
            default: rawValue
            }
    }

    public static let pcmu: StreamEncoding = "PCMU"
    public static let pcma: StreamEncoding = "PCMA"
    /// 16 000 Hz of sound in 64 kbit/s; its clock, and so its rate on the wire, is 8 000 Hz (RFC 3551 §4.5.2).
    public static let g722: StreamEncoding = "G722"
    public static let opus: StreamEncoding = "OPUS"
    /// Read and written as octets only: there is no codec for it here.
    public static let amrWB: StreamEncoding = "AMR-WB"
    /// 16-bit samples; in which order their octets are is ``SampleOrder``.
    public static let l16: StreamEncoding = "L16"
    /// As on the call.
    public static let asOnCall: StreamEncoding = "default"
}

/// A coding at a rate.
public struct StreamFormat: Sendable, Hashable, CustomStringConvertible {
    public var encoding: StreamEncoding
    /// Hz, as Telnyx counts it: 8 000 with G722.
    public var sampleRate: Int
    public var channels: Int

    public init(_ encoding: StreamEncoding, sampleRate: Int, channels: Int = 1) {
        self.encoding = encoding
        self.sampleRate = sampleRate
        self.channels = channels
    }

    public var description: String { "\(encoding) at \(sampleRate) Hz" }

    /// Whether Telnyx takes it from us.
    public var isAllowed: Bool {
        guard channels == 1 else { return false }
        switch encoding {
        case .pcmu, .pcma, .g722: return sampleRate == 8_000
        case .opus, .amrWB: return sampleRate == 8_000 || sampleRate == 16_000
        case .l16: return [8_000, 16_000, 22_050, 24_000, 48_000].contains(sampleRate)
        default: return false
        }
    }

    /// Octets of a second, where every second has as many; `nil` for packets of any size.
    public var octetsPerSecond: Int? {
        switch encoding {
        case .pcmu, .pcma, .g722: 8_000
        case .l16:
            (1_000...192_000).contains(sampleRate) && (1...8).contains(channels) ? 2 * sampleRate * channels : nil
        default: nil
        }
    }
}
