/// What a party reports beyond loss and jitter: a row of blocks (RFC 3611 §2).
public struct ExtendedReport: Sendable, Equatable {
    /// The party that reports.
    public var ssrc: UInt32
    /// In the order of the packet.
    public var blocks: [ExtendedReportBlock]

    /// - Parameters:
    ///   - ssrc: the party that reports.
    ///   - blocks: what it reports.
    public init(ssrc: UInt32, blocks: [ExtendedReportBlock]) {
        self.ssrc = ssrc
        self.blocks = blocks
    }

    /// Reads the body of an RTCP packet of type 207; `nil` when a block reaches beyond it.
    init?(_ body: ArraySlice<UInt8>) {
        guard body.count >= 4 else { return nil }
        ssrc = body.bigEndian32(at: body.startIndex)
        blocks = []
        var rest = body.dropFirst(4)
        while !rest.isEmpty {
            guard rest.count >= 4 else { return nil }
            let start = rest.startIndex
            let length = Int(rest.bigEndian16(at: start + 2)) * 4
            guard rest.count - 4 >= length else { return nil }
            let content = rest[(start + 4)..<(start + 4 + length)]
            blocks.append(ExtendedReportBlock(type: rest[start], specific: rest[start + 1], content))
            rest = rest[(start + 4 + length)...]
        }
    }

    func append(to octets: inout [UInt8]) {
        octets.append(bigEndian: ssrc)
        for block in blocks { block.append(to: &octets) }
    }
}
