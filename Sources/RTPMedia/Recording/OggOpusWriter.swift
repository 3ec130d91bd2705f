/// Writes Opus packets as an Ogg file (RFC 7845), piece by piece. Sans-IO: it tells the octets, and the rim writes them
/// one behind the other.
///
/// A page holds a second, so that a file whose writer was killed is valid up to its last second.
public struct OggOpusWriter: Sendable {
    /// What the file says of itself.
    public struct Header: Sendable, Equatable {
        /// 1 or 2.
        public var channels: Int
        /// The samples at 48 kHz at the beginning that are to be left out: the delay of the encoder.
        public var preSkip: Int
        /// Samples per second of what was encoded, for the reader's information.
        public var inputSampleRate: Int
        /// In 256ths of a decibel; readers apply it.
        public var outputGain: Int

        /// - Parameters:
        ///   - channels: 1 or 2.
        ///   - preSkip: samples at 48 kHz that are to be left out.
        ///   - inputSampleRate: in Hz, for the reader's information.
        ///   - outputGain: in 256ths of a decibel.
        public init(channels: Int = 1, preSkip: Int = 312, inputSampleRate: Int = 16_000, outputGain: Int = 0) {
            self.channels = channels
            self.preSkip = preSkip
            self.inputSampleRate = inputSampleRate
            self.outputGain = outputGain
        }
    }

    /// A packet longer than this is left out (RFC 7845 §6).
    static let maximumPacketLength = 61_440

    /// Samples at 48 kHz so far, the ones that are to be left out among them.
    public private(set) var position: Int64 = 0
    private let serial: UInt32
    private var sequence: UInt32 = 0
    private var segments: [UInt8] = []
    private var body: [UInt8] = []
    private var samplesInPage = 0
    private var isOver = false

    /// - Parameter serial: tells streams in one file apart; any number.
    public init(serial: UInt32) {
        self.serial = serial
    }

    /// The beginning of the file, to be written before all else.
    ///
    /// - Parameters:
    ///   - header: what decoders are told.
    ///   - comments: such as `TITLE=…`, each up to 1 000 octets; 32 at most.
    public mutating func begin(_ header: Header, comments: [String] = []) -> [UInt8] {
        var identification = Array("OpusHead".utf8) + [1, UInt8(min(max(header.channels, 1), 2))]
        identification += OggPage.little(UInt64(min(max(header.preSkip, 0), 0xFFFF)), octets: 2)
        identification += OggPage.little(UInt64(min(max(header.inputSampleRate, 0), 192_000)), octets: 4)
        let gain = Int16(clamping: header.outputGain)
        identification += OggPage.little(UInt64(UInt16(bitPattern: gain)), octets: 2) + [0]
        let vendor = Array("trunkline".utf8)
        let texts = comments.prefix(32).map { Array($0.utf8.prefix(1000)) }
        var tags = Array("OpusTags".utf8) + OggPage.little(UInt64(vendor.count), octets: 4) + vendor
        tags += OggPage.little(UInt64(texts.count), octets: 4)
        for text in texts { tags += OggPage.little(UInt64(text.count), octets: 4) + text }
        add(identification)
        var octets = page(position: 0) { $0.isFirst = true }
        add(tags)
        octets += page(position: 0) { _ in }
        return octets
    }

    /// Takes a packet. What is no Opus packet is left out.
    ///
    /// - Returns: what to write now; mostly nothing.
    public mutating func append(_ packet: Span<UInt8>) -> [UInt8] {
        guard !isOver, let parsed = OpusPacket(parsing: packet), packet.count <= Self.maximumPacketLength else {
            return []
        }
        var octets: [UInt8] = []
        let needed = packet.count / 255 + 1
        // A full page waits for the next packet, so that the last page always has one to say where the sound ends.
        let isFull = samplesInPage >= 48_000 || segments.count + needed > OggPage.maximumSegments
        if !segments.isEmpty, isFull { octets = page() }
        add((0..<packet.count).map { packet[$0] })
        position += Int64(parsed.sampleCount)
        samplesInPage += parsed.sampleCount
        return octets
    }

    /// The end of the file.
    ///
    /// - Parameter length: samples at 48 kHz that there really are, when the last packet was filled up; `nil`: all.
    public mutating func finish(length: Int64? = nil) -> [UInt8] {
        guard !isOver else { return [] }
        isOver = true
        // The last page may say that it ends earlier than its packets do, but not before it begins (§4.4).
        let start = position - Int64(samplesInPage)
        let end = length.map { min(max($0, start), position) } ?? position
        return page(position: end) { $0.isLast = true }
    }

    private mutating func add(_ packet: [UInt8]) {
        segments += [UInt8](repeating: 255, count: packet.count / 255) + [UInt8(packet.count % 255)]
        body += packet
    }

    private mutating func page() -> [UInt8] { page(position: position) { _ in } }

    private mutating func page(position: Int64, _ change: (inout OggPage) -> Void) -> [UInt8] {
        var page = OggPage(position: position, serial: serial, sequence: sequence, segments: segments)
        change(&page)
        let octets = page.serialized(body)
        sequence &+= 1
        segments.removeAll(keepingCapacity: true)
        body.removeAll(keepingCapacity: true)
        samplesInPage = 0
        return octets
    }
}
