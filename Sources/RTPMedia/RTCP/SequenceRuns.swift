/// One bit of each packet of a range of sequence numbers, in runs (RFC 3611 §4.1, §4.2): whether it came, or whether it
/// came only once.
public struct SequenceRuns: Sendable, Equatable {
    static let headerLength = 8

    /// A chunk of a run-length encoding (RFC 3611 §4.1.1 to §4.1.3).
    public enum Chunk: Sendable, Hashable {
        /// The same bit for 1 to 16 383 packets.
        case run(Bool, length: UInt16)
        /// The bits of 15 packets, the first of them in the highest of the 15 bits.
        case bits(UInt16)
        /// Fills up the last word.
        case null

        init(_ word: UInt16) {
            if word & 0x8000 != 0 {
                self = .bits(word & 0x7FFF)
            } else {
                let length = word & 0x3FFF
                self = length == 0 ? .null : .run(word & 0x4000 != 0, length: length)
            }
        }

        var word: UInt16 {
            switch self {
            case .run(let bit, let length): (bit ? 0x4000 : 0) | min(length, 0x3FFF)
            case .bits(let bits): 0x8000 | bits & 0x7FFF
            case .null: 0
            }
        }
    }

    /// Every 2ⁿ-th packet alone is told of, 0 to 15; 0 is all.
    public var thinning: UInt8
    /// The stream that it is about.
    public var ssrc: UInt32
    /// The first sequence number that is told of.
    public var first: UInt16
    /// The first that isn't told of any more.
    public var end: UInt16
    /// Null chunks at the end are left out.
    public var chunks: [Chunk]

    /// - Parameters:
    ///   - ssrc: the stream that it is about.
    ///   - first: the first sequence number that is told of.
    ///   - end: the first that isn't told of any more.
    ///   - chunks: without the null chunks at the end.
    ///   - thinning: every 2ⁿ-th packet alone, 0 to 15.
    public init(ssrc: UInt32, first: UInt16, end: UInt16, chunks: [Chunk], thinning: UInt8 = 0) {
        self.ssrc = ssrc
        self.first = first
        self.end = end
        self.chunks = chunks
        self.thinning = thinning & 0x0F
    }

    /// Encodes the bits of consecutive packets: runs where they are longer than the 15 bits of the other kind of chunk.
    ///
    /// - Parameters:
    ///   - ssrc: the stream that it is about.
    ///   - first: the sequence number of the first bit.
    ///   - bits: at most 65 534; what is more is left out, as the range wraps.
    public init(ssrc: UInt32, first: UInt16, bits: some Collection<Bool>) {
        let bits = Array(bits.prefix(65_534))
        var chunks: [Chunk] = []
        var next = 0
        while next < bits.count {
            let run = bits[next...].prefix(0x3FFF).prefix { $0 == bits[next] }.count
            if run > 15 || run == bits.count - next {
                chunks.append(.run(bits[next], length: UInt16(run)))
                next += run
            } else {
                let part = bits[next...].prefix(15)
                let word = part.reduce(UInt16(0)) { $0 << 1 | ($1 ? 1 : 0) }
                chunks.append(.bits(word << UInt16(15 - part.count)))
                next += part.count
            }
        }
        self.init(ssrc: ssrc, first: first, end: first &+ UInt16(bits.count), chunks: chunks)
    }

    /// The bit of each packet that is told of, in order, as far as the chunks go. With thinning these are every 2ⁿ-th
    /// packet from the first whose number is a multiple of 2ⁿ.
    public var bits: [Bool] {
        let step = 1 << Int(thinning & 0x0F)
        let count = Int(end &- first)
        // To the first number that is told of.
        let skipped = (step - Int(first) % step) % step
        let told = count > skipped ? (count - skipped + step - 1) / step : 0
        var bits: [Bool] = []
        for chunk in chunks where bits.count < told {
            let room = told - bits.count
            switch chunk {
            case .run(let bit, let length): bits += repeatElement(bit, count: min(room, Int(length)))
            case .bits(let word): bits += (0..<min(room, 15)).map { word & (0x4000 >> UInt16($0)) != 0 }
            case .null: break
            }
        }
        return bits
    }

    /// Reads a block's content, of which there are at least ``headerLength`` octets.
    init(specific: UInt8, _ content: ArraySlice<UInt8>) {
        let start = content.startIndex
        var chunks = stride(from: start + Self.headerLength, to: content.endIndex, by: 2).map {
            Chunk(content.bigEndian16(at: $0))
        }
        while chunks.last == .null { chunks.removeLast() }
        self.init(
            ssrc: content.bigEndian32(at: start), first: content.bigEndian16(at: start + 4),
            end: content.bigEndian16(at: start + 6), chunks: chunks, thinning: specific)
    }

    func append(to octets: inout [UInt8]) {
        octets.append(bigEndian: ssrc)
        octets.append(bigEndian: first)
        octets.append(bigEndian: end)
        for chunk in chunks.prefix(Int(UInt16.max - 2) * 2) { octets.append(bigEndian: chunk.word) }
    }
}
