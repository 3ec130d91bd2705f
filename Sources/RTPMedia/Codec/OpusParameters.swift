/// The parameters of Opus in `a=fmtp` (RFC 7587 §6.1, §7.1). Those of the other side say what we should send it, the
/// ones that begin with `sprop` what it sends.
public struct OpusParameters: Sendable, Hashable {
    /// The highest sample rate that the receiver can make use of, 8 000 to 48 000 Hz.
    public var maxPlaybackRate: Int?
    /// The highest sample rate that the sender is likely to capture, 8 000 to 48 000 Hz.
    public var maxCaptureRate: Int?
    /// The most that the receiver wants on average, 6 000 to 510 000 bit/s.
    public var maxAverageBitRate: Int?
    /// The receiver would rather have stereo.
    public var prefersStereo: Bool
    /// The sender is likely to send stereo.
    public var sendsStereo: Bool
    /// The receiver wants a constant bit rate.
    public var constantBitRate: Bool
    /// The receiver makes use of in-band forward error correction.
    public var inBandFEC: Bool
    /// The receiver would rather have silence left out.
    public var discontinuous: Bool
    /// The packet time that is wished for, 3 to 120 ms.
    public var packetTime: Int?
    /// The longest packet time that is taken, 3 to 120 ms.
    public var maxPacketTime: Int?
    /// The shortest packet time that is wished for, 3 to 120 ms. Not in RFC 7587, but in use.
    public var minPacketTime: Int?

    /// Everything at the default of RFC 7587.
    public init() {
        prefersStereo = false
        sendsStereo = false
        constantBitRate = false
        inBandFEC = false
        discontinuous = false
    }

    /// What we offer: speech at 16 kHz, mono, with error correction.
    public static let speech: OpusParameters = {
        var parameters = OpusParameters()
        parameters.maxPlaybackRate = 16_000
        parameters.maxCaptureRate = 16_000
        parameters.inBandFEC = true
        return parameters
    }()

    /// More octets than this are not looked at.
    static let maximumLength = 1024
    /// More parameters than this are not looked at.
    static let maximumCount = 64

    /// Reads what `a=fmtp` says behind the payload type. Unknown parameters and values that make no sense are passed
    /// over; of a parameter given twice the first counts.
    public init(parsing text: some StringProtocol) {
        self.init()
        var seen: Set<String> = []
        let bounded = Array(text.utf8.prefix(Self.maximumLength))
        for part in bounded.split(separator: UInt8(ascii: ";")).prefix(Self.maximumCount) {
            let pair = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { continue }
            let name = Self.trimmed(pair[0]).lowercased()
            guard seen.insert(name).inserted, let value = Int(Self.trimmed(pair[1])) else { continue }
            set(name, value)
        }
    }

    /// `maxplaybackrate=16000;useinbandfec=1`; empty when everything is at its default.
    public var serialized: String {
        var parts: [String] = []
        func add(_ name: String, _ value: Int?) { if let value { parts.append("\(name)=\(value)") } }
        func add(_ name: String, _ isSet: Bool) { if isSet { parts.append("\(name)=1") } }
        add("maxplaybackrate", maxPlaybackRate)
        add("sprop-maxcapturerate", maxCaptureRate)
        add("maxaveragebitrate", maxAverageBitRate)
        add("stereo", prefersStereo)
        add("sprop-stereo", sendsStereo)
        add("cbr", constantBitRate)
        add("useinbandfec", inBandFEC)
        add("usedtx", discontinuous)
        add("minptime", minPacketTime)
        add("ptime", packetTime)
        add("maxptime", maxPacketTime)
        return parts.joined(separator: ";")
    }

    private mutating func set(_ name: String, _ value: Int) {
        func within(_ range: ClosedRange<Int>) -> Int? { range.contains(value) ? value : nil }
        switch name {
        case "maxplaybackrate": maxPlaybackRate = within(8000...48_000)
        case "sprop-maxcapturerate": maxCaptureRate = within(8000...48_000)
        case "maxaveragebitrate": maxAverageBitRate = value > 0 ? min(max(value, 6000), 510_000) : nil
        case "stereo": prefersStereo = value == 1
        case "sprop-stereo": sendsStereo = value == 1
        case "cbr": constantBitRate = value == 1
        case "useinbandfec": inBandFEC = value == 1
        case "usedtx": discontinuous = value == 1
        case "ptime": packetTime = within(3...120)
        case "maxptime": maxPacketTime = within(3...120)
        case "minptime": minPacketTime = within(3...120)
        default: break
        }
    }

    private static func trimmed(_ octets: some BidirectionalCollection<UInt8>) -> String {
        let blanks: Set<UInt8> = [0x20, 0x09, 0x0D, 0x0A]
        let front = octets.drop { blanks.contains($0) }
        let back = front.reversed().drop { blanks.contains($0) }
        return String(decoding: back.reversed(), as: UTF8.self)
    }
}
