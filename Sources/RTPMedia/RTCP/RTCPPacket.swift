/// One packet of a compound RTCP datagram (RFC 3550 §6).
public enum RTCPPacket: Sendable, Equatable {
    /// SR (RFC 3550 §6.4.1).
    case senderReport(SenderReport)
    /// RR (RFC 3550 §6.4.2): who reports, and on which streams.
    case receiverReport(ssrc: UInt32, blocks: [ReportBlock])
    /// Of each source its canonical name; other items are not kept.
    case sourceDescription([SourceDescription])
    /// BYE (RFC 3550 §6.6): the sources that leave.
    case goodbye(sources: [UInt32], reason: String?)
    /// APP (RFC 3550 §6.7).
    case application(RTCPApplication)
    /// RTPFB or PSFB (RFC 4585 §6.1).
    case feedback(RTCPFeedback)
    /// XR (RFC 3611).
    case extendedReport(ExtendedReport)
    /// A type that we don't read.
    case other(type: UInt8)

    /// Who reports, of a report or an extended report.
    var reporter: UInt32? {
        switch self {
        case .senderReport(let report): report.ssrc
        case .receiverReport(let ssrc, _): ssrc
        case .extendedReport(let report): report.ssrc
        default: nil
        }
    }

    /// What a sender tells of its stream, and reports of the streams it receives (RFC 3550 §6.4.1).
    public struct SenderReport: Sendable, Equatable {
        /// Who sends it.
        public var ssrc: UInt32
        /// When it was sent.
        public var time: NTPTimestamp
        /// The RTP timestamp that belongs to ``time``.
        public var timestamp: UInt32
        /// RTP packets sent so far.
        public var packets: UInt32
        /// Payload octets sent so far.
        public var octets: UInt32
        /// Of each stream that it receives one, 31 at most.
        public var blocks: [ReportBlock]

        /// - Parameters:
        ///   - ssrc: who sends it.
        ///   - time: when.
        ///   - timestamp: the RTP timestamp that belongs to `time`.
        ///   - packets: RTP packets sent so far.
        ///   - octets: payload octets sent so far.
        ///   - blocks: of each stream that it receives one.
        public init(
            ssrc: UInt32, time: NTPTimestamp, timestamp: UInt32, packets: UInt32, octets: UInt32, blocks: [ReportBlock]
        ) {
            self.ssrc = ssrc
            self.time = time
            self.timestamp = timestamp
            self.packets = packets
            self.octets = octets
            self.blocks = blocks
        }
    }

    /// A source and its canonical name, if told (RFC 3550 §6.5).
    public struct SourceDescription: Sendable, Equatable {
        /// The source.
        public var ssrc: UInt32
        /// CNAME (RFC 3550 §6.5.1); `nil` where it isn't told.
        public var cname: String?

        /// A source and its canonical name.
        public init(ssrc: UInt32, cname: String?) {
            self.ssrc = ssrc
            self.cname = cname
        }
    }

    /// The packet on the wire. Lists are cut to the 31 entries and texts to the 255 octets that fit; one of a type
    /// that we don't read has no octets.
    var serialized: [UInt8] {
        var body: [UInt8] = []
        let type: UInt8
        let count: Int
        switch self {
        case .senderReport(let report):
            type = 200
            count = min(report.blocks.count, 31)
            body.append(bigEndian: report.ssrc)
            body.append(bigEndian: UInt32(truncatingIfNeeded: report.time.bits >> 32))
            body.append(bigEndian: UInt32(truncatingIfNeeded: report.time.bits))
            body.append(bigEndian: report.timestamp)
            body.append(bigEndian: report.packets)
            body.append(bigEndian: report.octets)
            for block in report.blocks.prefix(31) { block.append(to: &body) }
        case .receiverReport(let ssrc, let blocks):
            type = 201
            count = min(blocks.count, 31)
            body.append(bigEndian: ssrc)
            for block in blocks.prefix(31) { block.append(to: &body) }
        case .sourceDescription(let sources):
            type = 202
            count = min(sources.count, 31)
            for source in sources.prefix(31) { Self.append(source, to: &body) }
        case .goodbye(let sources, let reason):
            type = 203
            count = min(sources.count, 31)
            for source in sources.prefix(31) { body.append(bigEndian: source) }
            if let reason {
                let text = reason.utf8.prefix(255)
                body.append(UInt8(text.count))
                body.append(contentsOf: text)
                Self.pad(&body)
            }
        case .application(let application):
            type = 204
            count = Int(application.subtype & 0x1F)
            application.append(to: &body)
        case .feedback(let feedback):
            type = feedback.layer == .transport ? 205 : 206
            count = Int(feedback.format & 0x1F)
            feedback.append(to: &body)
        case .extendedReport(let report):
            type = 207
            count = 0
            report.append(to: &body)
        case .other:
            return []
        }
        var octets: [UInt8] = [0x80 | UInt8(count), type]
        octets.append(bigEndian: UInt16(truncatingIfNeeded: body.count / 4))
        return octets + body
    }

    private static func append(_ source: SourceDescription, to body: inout [UInt8]) {
        body.append(bigEndian: source.ssrc)
        if let cname = source.cname {
            let text = cname.utf8.prefix(255)
            body.append(1)
            body.append(UInt8(text.count))
            body.append(contentsOf: text)
        }
        // The list of items ends with at least one zero (RFC 3550 §6.5).
        body.append(0)
        pad(&body)
    }

    private static func pad(_ body: inout [UInt8]) {
        while body.count % 4 != 0 { body.append(0) }
    }
}
