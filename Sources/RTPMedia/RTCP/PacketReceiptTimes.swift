/// When the packets of a range of sequence numbers came (RFC 3611 §4.3).
public struct PacketReceiptTimes: Sendable, Equatable {
    static let headerLength = 8

    /// Every 2ⁿ-th packet alone is told of, 0 to 15; 0 is all.
    public var thinning: UInt8
    /// The stream that it is about.
    public var ssrc: UInt32
    /// The first sequence number that is told of.
    public var first: UInt16
    /// The first that isn't told of any more.
    public var end: UInt16
    /// Of each packet in order, in RTP timestamp units of the stream.
    public var times: [UInt32]

    /// - Parameters:
    ///   - ssrc: the stream that it is about.
    ///   - first: the first sequence number that is told of.
    ///   - end: the first that isn't told of any more.
    ///   - times: of each packet, in RTP timestamp units.
    ///   - thinning: every 2ⁿ-th packet alone, 0 to 15.
    public init(ssrc: UInt32, first: UInt16, end: UInt16, times: [UInt32], thinning: UInt8 = 0) {
        self.ssrc = ssrc
        self.first = first
        self.end = end
        self.times = times
        self.thinning = thinning & 0x0F
    }

    /// Reads a block's content, of which there are at least ``headerLength`` octets.
    init(specific: UInt8, _ content: ArraySlice<UInt8>) {
        let start = content.startIndex
        self.init(
            ssrc: content.bigEndian32(at: start), first: content.bigEndian16(at: start + 4),
            end: content.bigEndian16(at: start + 6),
            times: stride(from: start + Self.headerLength, to: content.endIndex, by: 4).map {
                content.bigEndian32(at: $0)
            }, thinning: specific)
    }

    func append(to octets: inout [UInt8]) {
        octets.append(bigEndian: ssrc)
        octets.append(bigEndian: first)
        octets.append(bigEndian: end)
        for time in times.prefix(Int(UInt16.max) - 2) { octets.append(bigEndian: time) }
    }
}
