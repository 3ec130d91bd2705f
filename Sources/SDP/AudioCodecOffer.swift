/// A codec as session descriptions name it: an `a=rtpmap` with its `a=fmtp` (RFC 8866 §6.6, §6.15).
public struct AudioCodecOffer: Sendable, Hashable {
    /// The encoding name, e.g. `PCMU`; compared without case (RFC 4855 §3).
    public var name: String
    /// The RTP clock rate in hertz.
    public var clockRate: Int
    /// The number of audio channels.
    public var channels: Int
    /// The payload type RFC 3551 §6 fixes for it; `nil`: one is chosen from 96 to 127.
    public var staticPayloadType: UInt8?
    /// What `a=fmtp` says after the payload type.
    public var parameters: String?

    /// Names a codec; by default mono, with a number chosen for it, and without parameters.
    public init(
        name: String, clockRate: Int, channels: Int = 1, staticPayloadType: UInt8? = nil, parameters: String? = nil
    ) {
        self.name = name
        self.clockRate = clockRate
        self.channels = channels
        self.staticPayloadType = staticPayloadType
        self.parameters = parameters
    }

    /// G.711 mu-law, payload type 0.
    public static let pcmu = AudioCodecOffer(name: "PCMU", clockRate: 8_000, staticPayloadType: 0)
    /// G.711 A-law, payload type 8.
    public static let pcma = AudioCodecOffer(name: "PCMA", clockRate: 8_000, staticPayloadType: 8)

    /// G.722 at 16 kHz, payload type 9; its clock is 8 kHz by an old mistake (RFC 3551 §4.5.2).
    public static let g722 = AudioCodecOffer(name: "G722", clockRate: 8_000, staticPayloadType: 9)

    /// Whether both name the same encoding: name, clock rate and channels, whatever the payload type and parameters.
    ///
    /// Opus counts as stereo even where a peer forgot to write `/2`, the only form RFC 7587 §4.1 has.
    public func isSameEncoding(as other: AudioCodecOffer) -> Bool {
        name.lowercased() == other.name.lowercased() && clockRate == other.clockRate
            && namedChannels == other.namedChannels
    }

    private var namedChannels: Int {
        name.lowercased() == "opus" ? 2 : channels
    }

    /// Reads `PCMU/8000` or `opus/48000/2`.
    init?(encoding: some StringProtocol, staticPayloadType: UInt8? = nil) {
        let parts = encoding.split(separator: "/", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), !parts[0].isEmpty, let clockRate = decimal(parts[1]), clockRate > 0
        else { return nil }
        let channels = parts.count > 2 ? decimal(parts[2]) ?? 1 : 1
        self.init(
            name: String(parts[0]), clockRate: clockRate, channels: max(1, channels),
            staticPayloadType: staticPayloadType)
    }

    /// `PCMU/8000`, `opus/48000/2`
    var encoding: String {
        channels > 1 ? "\(name)/\(clockRate)/\(channels)" : "\(name)/\(clockRate)"
    }

    /// The audio payload types that need no `a=rtpmap` (RFC 3551 §6, table 4).
    static func assigned(_ payloadType: UInt8) -> AudioCodecOffer? {
        let encoding: String? =
            switch payloadType {
            case 0: "PCMU/8000"
            case 3: "GSM/8000"
            case 4: "G723/8000"
            case 5: "DVI4/8000"
            case 6: "DVI4/16000"
            case 7: "LPC/8000"
            case 8: "PCMA/8000"
            case 9: "G722/8000"
            case 10: "L16/44100/2"
            case 11: "L16/44100"
            case 12: "QCELP/8000"
            case 13: "CN/8000"
            case 14: "MPA/90000"
            case 15: "G728/8000"
            case 16: "DVI4/11025"
            case 17: "DVI4/22050"
            case 18: "G729/8000"
            default: nil
            }
        return encoding.flatMap { AudioCodecOffer(encoding: $0, staticPayloadType: payloadType) }
    }
}
