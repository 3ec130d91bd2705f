/// What a receiver reports of one stream (RFC 3550 §6.4.1).
public struct ReportBlock: Sendable, Equatable {
    static let length = 24

    /// The stream that the report is about.
    public var ssrc: UInt32
    /// Packets lost since the last report, in 1/256 of those that should have come.
    public var fractionLost: UInt8
    /// Packets lost since the beginning: 24 bits, signed; negative when duplicates outweigh them.
    public var cumulativeLost: Int32
    /// The highest sequence number with the count of its wraps above.
    public var extendedHighest: UInt32
    /// Interarrival jitter in timestamp units.
    public var jitter: UInt32
    /// LSR: the middle bits of the last sender report's time, 0 if none came.
    public var lastReport: UInt32
    /// DLSR: how long ago that came, in 2⁻¹⁶ seconds.
    public var delaySinceLastReport: UInt32

    /// - Parameters:
    ///   - ssrc: the stream that the report is about.
    ///   - fractionLost: lost since the last report, in 1/256.
    ///   - cumulativeLost: lost since the beginning; clamped to 24 bits.
    ///   - extendedHighest: the highest sequence number, with the count of its wraps above.
    ///   - jitter: in timestamp units.
    ///   - lastReport: LSR, the middle bits of the last sender report's time.
    ///   - delaySinceLastReport: DLSR, in 2⁻¹⁶ seconds.
    public init(
        ssrc: UInt32, fractionLost: UInt8, cumulativeLost: Int32, extendedHighest: UInt32, jitter: UInt32,
        lastReport: UInt32, delaySinceLastReport: UInt32
    ) {
        self.ssrc = ssrc
        self.fractionLost = fractionLost
        self.cumulativeLost = min(max(cumulativeLost, -0x80_0000), 0x7F_FFFF)
        self.extendedHighest = extendedHighest
        self.jitter = jitter
        self.lastReport = lastReport
        self.delaySinceLastReport = delaySinceLastReport
    }

    /// Reads the block at the start of `octets`, of which there are at least ``length``.
    init(_ octets: ArraySlice<UInt8>) {
        let start = octets.startIndex
        let loss = octets.bigEndian32(at: start + 4)
        self.init(
            ssrc: octets.bigEndian32(at: start), fractionLost: UInt8(loss >> 24),
            // Shifted up and down again, which extends the sign of the 24 bits.
            cumulativeLost: Int32(bitPattern: loss << 8) >> 8,
            extendedHighest: octets.bigEndian32(at: start + 8), jitter: octets.bigEndian32(at: start + 12),
            lastReport: octets.bigEndian32(at: start + 16),
            delaySinceLastReport: octets.bigEndian32(at: start + 20))
    }

    func append(to octets: inout [UInt8]) {
        octets.append(bigEndian: ssrc)
        octets.append(bigEndian: UInt32(fractionLost) << 24 | UInt32(bitPattern: cumulativeLost) & 0xFF_FFFF)
        octets.append(bigEndian: extendedHighest)
        octets.append(bigEndian: jitter)
        octets.append(bigEndian: lastReport)
        octets.append(bigEndian: delaySinceLastReport)
    }
}
