/// What an Opus packet says about itself before anything is decoded (RFC 6716 §3).
public struct OpusPacket: Sendable, Equatable {
    /// Which of the two coders inside Opus made it.
    public enum Mode: Sendable, Hashable {
        /// The coder of speech, SILK.
        case silk
        /// Both: SILK below 8 kHz, CELT above.
        case hybrid
        /// The coder of music, CELT.
        case celt
    }

    /// A packet lasts 120 ms at most (requirement R5), here in samples at 48 kHz.
    static let maximumSamples = 5760
    /// A frame has 1 275 octets at most (requirement R2).
    static let maximumFrameLength = 1275

    /// Which coder made it (RFC 6716 §3.1).
    public let mode: Mode
    /// Whether it holds two channels.
    public let isStereo: Bool
    /// Samples of each frame, at 48 kHz.
    public let samplesPerFrame: Int
    /// Frames in the packet, 1 to 48.
    public let frameCount: Int
    /// Where the first frame is. Empty: the frame was left out, or lost on the way to a mixer.
    let firstFrame: Range<Int>

    /// Samples of the whole packet, at 48 kHz.
    public var sampleCount: Int { frameCount &* samplesPerFrame }

    /// - Returns: `nil` for what breaks one of the requirements R1 to R7.
    public init?(parsing octets: Span<UInt8>) {
        var first: Range<Int>?
        guard let packet = Self.walk(octets, { frame in if first == nil { first = frame } }), let first else {
            return nil
        }
        mode = packet.mode
        isStereo = packet.isStereo
        samplesPerFrame = packet.samplesPerFrame
        frameCount = packet.count
        firstFrame = first
    }

    /// Where the frames of a packet are; empty for a packet that is malformed.
    public static func frames(in octets: Span<UInt8>) -> [Range<Int>] {
        var frames: [Range<Int>] = []
        return walk(octets, { frames.append($0) }) == nil ? [] : frames
    }

    /// Whether the packet tells about the one before it, in-band: the flag behind those of the voice activity (RFC 6716
    /// §4.2.3), of both channels. They are the first bits of the first frame, as their code costs one bit each.
    public static func hasRedundancy(_ octets: Span<UInt8>) -> Bool {
        guard let packet = OpusPacket(parsing: octets), packet.mode != .celt, let place = packet.firstFrame.first else {
            return false
        }
        let parts = max(1, packet.samplesPerFrame / 960)
        let flags = octets[place]
        let first = flags &>> UInt8(7 &- parts) & 1
        let second = packet.isStereo ? flags &>> UInt8(6 &- 2 &* parts) & 1 : 0
        return first | second != 0
    }

    private struct Header {
        var mode: Mode
        var isStereo: Bool
        var samplesPerFrame: Int
        var count: Int
    }

    /// Goes over the frames; what it told of a packet counts only when the whole of it was well-formed.
    private static func walk(_ octets: Span<UInt8>, _ body: (Range<Int>) -> Void) -> Header? {
        guard !octets.isEmpty else { return nil }
        let contents = octets[0]
        let configuration = Int(contents &>> 3)
        var header = Header(
            mode: configuration < 12 ? .silk : configuration < 16 ? .hybrid : .celt, isStereo: contents & 4 != 0,
            samplesPerFrame: samplesPerFrame(configuration), count: 1)
        var start = 1
        var end = octets.count
        switch contents & 3 {
        case 0:
            guard tell(start, end &- start, &start, end, body) else { return nil }
            return header
        case 1:
            header.count = 2
            let length = (end &- start) / 2
            guard length &* 2 == end &- start, tell(start, length, &start, end, body) else { return nil }
            return tell(start, length, &start, end, body) ? header : nil
        case 2:
            header.count = 2
            guard let length = length(octets, &start, end), tell(start, length, &start, end, body) else { return nil }
            return tell(start, end &- start, &start, end, body) ? header : nil
        default:
            guard octets.count > 1 else { return nil }
            start = 2
            header.count = Int(octets[1] & 0x3F)
            guard header.count > 0, header.count &* header.samplesPerFrame <= maximumSamples,
                takePadding(octets[1] & 0x40 != 0, octets, &start, &end)
            else { return nil }
            let isVariable = octets[1] & 0x80 != 0
            return walk(octets, start, end, header.count, isVariable, body) ? header : nil
        }
    }

    /// The frames of a packet of any number of them (code 3).
    private static func walk(
        _ octets: Span<UInt8>, _ lengths: Int, _ end: Int, _ count: Int, _ isVariable: Bool,
        _ body: (Range<Int>) -> Void
    ) -> Bool {
        var start = lengths
        guard isVariable else {
            let length = (end &- start) / count
            guard length &* count == end &- start else { return false }
            for _ in 0..<count { guard tell(start, length, &start, end, body) else { return false } }
            return true
        }
        // The lengths of all but the last stand in front: once to find their end, once to go by them.
        for _ in 1..<count { guard length(octets, &start, end) != nil else { return false } }
        var place = lengths
        for _ in 1..<count {
            guard let length = length(octets, &place, end), tell(start, length, &start, end, body) else { return false }
        }
        return tell(start, end &- start, &start, end, body)
    }

    private static func tell(
        _ place: Int, _ length: Int, _ next: inout Int, _ end: Int, _ body: (Range<Int>) -> Void
    ) -> Bool {
        guard length >= 0, length <= maximumFrameLength, place &+ length <= end else { return false }
        body(place..<(place &+ length))
        next = place &+ length
        return true
    }

    /// The length of a frame in one or two octets (§3.2.1).
    private static func length(_ octets: Span<UInt8>, _ place: inout Int, _ end: Int) -> Int? {
        guard place < end else { return nil }
        let first = Int(octets[place])
        guard first >= 252 else {
            place &+= 1
            return first
        }
        guard place &+ 1 < end else { return nil }
        let second = Int(octets[place &+ 1])
        place &+= 2
        return second &* 4 &+ first
    }

    /// The octets that only fill up (§3.2.5).
    private static func takePadding(
        _ isPresent: Bool, _ octets: Span<UInt8>, _ start: inout Int, _ end: inout Int
    ) -> Bool {
        guard isPresent else { return true }
        var padding = 0
        while true {
            guard start < end else { return false }
            let octet = Int(octets[start])
            start &+= 1
            padding &+= octet == 255 ? 254 : octet
            if octet != 255 { break }
        }
        end &-= padding
        return end >= start
    }

    /// §3.1, table 2
    private static func samplesPerFrame(_ configuration: Int) -> Int {
        if configuration >= 16 { return 120 &<< (configuration & 3) }
        if configuration >= 12 { return 480 &<< (configuration & 1) }
        return configuration & 3 == 3 ? 2880 : 480 &<< (configuration & 3)
    }
}
