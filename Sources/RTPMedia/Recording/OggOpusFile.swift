/// Why a file can't be read as Opus in Ogg (RFC 7845).
public enum OggOpusError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Longer than 512 MiB.
    case tooLong
    /// There is no page of an Opus stream.
    case noOpus
    /// The header is cut off, or of a version or a layout of channels that is not known.
    case header

    public var description: String {
        switch self {
        case .tooLong: "The file is longer than \(OggOpusFile.maximumLength) octets."
        case .noOpus: "This is no Ogg file with Opus in it."
        case .header: "The header of the Opus stream is cut off, or of a kind that can't be read (RFC 7845 §5.1)."
        }
    }
}

/// An Ogg file with Opus in it (RFC 7845): the first such stream, mono or stereo.
///
/// Written for files that are not quite right: what is damaged or of other streams is passed over, and a file that was
/// cut off yields the packets that are there.
public struct OggOpusFile: Sendable, Equatable {
    /// Files longer than this are refused: 512 MiB, in octets.
    public static let maximumLength = 512 * 1024 * 1024

    /// What the file says of itself (RFC 7845 §5.1).
    public let header: OggOpusWriter.Header
    /// The packets, each well-formed.
    public let packets: [[UInt8]]
    /// Samples at 48 kHz by the position of the last page; `nil` when the end is missing.
    public let length: Int64?

    /// Reads a file.
    public init(parsing file: [UInt8]) throws(OggOpusError) {
        guard file.count <= Self.maximumLength else { throw .tooLong }
        var reader = Reader(file)
        while reader.next() {}
        guard reader.serial != nil else { throw .noOpus }
        guard let header = reader.header else { throw .header }
        self.header = header
        packets = reader.packets
        length = reader.length
    }

    /// The sound of each channel, at a rate: without what is to be left out at the beginning, and as far as the last page
    /// says. The output gain is applied.
    public func channels(sampleRate: OpusSampleRate = .wideband) -> [[Int16]] {
        decoded(sampleRate, isStereo: header.channels == 2)
    }

    /// The sound, stereo mixed to mono, otherwise like ``channels(sampleRate:)``.
    public func samples(sampleRate: OpusSampleRate = .wideband) -> [Int16] {
        decoded(sampleRate, isStereo: false).first ?? []
    }

    private func decoded(_ rate: OpusSampleRate, isStereo: Bool) -> [[Int16]] {
        let decoder = OpusState.decoder(sampleRate: rate, isStereo: isStereo)
        var sound: [Int16] = []
        for packet in packets {
            // Packets of a few octets may be long: no file makes more sound than the largest WAV file.
            guard sound.count < Self.maximumLength / 2, let parsed = OpusPacket(parsing: packet.span) else { break }
            let count = parsed.sampleCount * rate.rawValue / 48_000
            if !decoder.decode(packet.span, count, redundancy: false, into: &sound) {
                sound.append(contentsOf: repeatElement(0, count: count * decoder.channels))
            }
        }
        let factor = 48_000 / rate.rawValue
        let all = sound.count / decoder.channels
        let end = length.map { $0 >= 0 && $0 / Int64(factor) < Int64(all) ? Int($0) / factor : all } ?? all
        let start = min(header.preSkip / factor, end)
        let gain = self.gain
        return (0..<decoder.channels).map { channel in
            (start..<end).map { index in
                let sample = sound[index * decoder.channels + channel]
                return gain == 1 ? sample : Int16(min(max(Double(sample) * gain, -32_768), 32_767).rounded())
            }
        }
    }

    /// 10^(1/(20 · 256)) for each 256th of a decibel.
    private var gain: Double {
        let step = header.outputGain > 0 ? 1.000_449_83 : 0.999_550_37
        return (0..<abs(header.outputGain)).reduce(1) { gain, _ in gain * step }
    }

    /// Goes over the pages of a file and puts packets together.
    private struct Reader {
        private let file: [UInt8]
        private var place = 0
        private(set) var serial: UInt32?
        private(set) var header: OggOpusWriter.Header?
        private(set) var packets: [[UInt8]] = []
        private(set) var length: Int64?
        private var part: [UInt8] = []
        /// What is being put together has lost its beginning or is too long.
        private var isBroken = false
        private var hasTags = false
        private var sequence: UInt32?
        private var isOver = false

        init(_ file: [UInt8]) {
            self.file = file
        }

        /// Takes the next page; `false` when there is none.
        mutating func next() -> Bool {
            guard !isOver, file.count - place >= OggPage.headerLength else { return false }
            guard let page = OggPage(parsing: file, at: place) else {
                // Damaged: the next one begins somewhere behind.
                place = file[(place + 1)...].firstIndex(of: 0x4F) ?? file.count
                return true
            }
            place = page.contents.upperBound
            if serial == nil {
                guard page.isFirst, file[page.contents].starts(with: Array("OpusHead".utf8)) else { return true }
                serial = page.serial
            }
            guard page.serial == serial else { return true }
            take(page)
            return true
        }

        private mutating func take(_ page: OggPage) {
            let follows = sequence.map { $0 &+ 1 == page.sequence } ?? true
            sequence = page.sequence
            if !page.isContinued || !follows {
                part.removeAll(keepingCapacity: true)
                isBroken = page.isContinued
            }
            var start = page.contents.lowerBound
            for segment in page.segments {
                let end = start + Int(segment)
                if part.count + Int(segment) > OggOpusWriter.maximumPacketLength {
                    isBroken = true
                } else if !isBroken {
                    part += file[start..<end]
                }
                start = end
                guard segment < 255 else { continue }
                if !isBroken { take(part) }
                part.removeAll(keepingCapacity: true)
                isBroken = false
            }
            if page.isLast {
                isOver = true
                if page.position >= 0 { length = page.position }
            }
        }

        private mutating func take(_ packet: [UInt8]) {
            if header == nil {
                header = Self.header(packet)
                isOver = header == nil
            } else if !hasTags, packet.starts(with: Array("OpusTags".utf8)) {
                hasTags = true
            } else if OpusPacket(parsing: packet.span) != nil {
                packets.append(packet)
            }
        }

        /// Versions 0 to 15 are compatible, and one or two channels need no table (RFC 7845 §5.1).
        private static func header(_ packet: [UInt8]) -> OggOpusWriter.Header? {
            guard packet.count >= 19, packet.starts(with: Array("OpusHead".utf8)), packet[8] & 0xF0 == 0,
                (1...2).contains(packet[9]), packet[18] == 0
            else { return nil }
            let gain = Int16(bitPattern: UInt16(truncatingIfNeeded: OggPage.number(packet, 16, 2)))
            return OggOpusWriter.Header(
                channels: Int(packet[9]), preSkip: Int(OggPage.number(packet, 10, 2)),
                inputSampleRate: Int(OggPage.number(packet, 12, 4)), outputGain: Int(gain))
        }
    }
}
