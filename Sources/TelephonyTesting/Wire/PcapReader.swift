public import TelephonyPrimitives

/// Why a capture can't be read.
public struct PcapError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Where in the file, in octets from its beginning.
    public let offset: Int
    /// What is wrong and what to do, as a sentence.
    public let message: String

    public var description: String { "\(message) (at octet \(offset))" }
}

/// What a capture held.
public struct Capture: Sendable {
    /// The datagrams and SIP messages, with times since the first packet.
    public let trace: Trace
    /// Packets in the file.
    public let packets: Int
    /// Packets that are not in the trace: other protocols, cut short, copies of the same packet from another interface.
    public let skipped: Int
}

/// Reads a capture of a real call, in the classic pcap format, as a ``Trace``.
///
/// Microseconds and nanoseconds, both byte orders; Ethernet, raw IP and the two formats of Linux' "any" device; UDP over
/// IPv4 and IPv6, fragments put together; SIP over TCP cut into messages. A file whose writer was killed is read up to
/// its last whole packet. Nothing in a file makes it trap or take more memory than a small multiple of the file.
public enum PcapReader {
    /// Files with more packets than this are refused.
    public static let maximumPackets = 2_000_000
    /// Packets longer than this are a sign of damage.
    static let maximumPacketLength = 1 << 18

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - octets: the whole file.
    ///   - decrypted: ports at which TLS was spoken, when the file shows what was inside, as one that the program wrote
    ///     itself does.
    ///   - name: the side that an address belongs to, where the caller knows. By itself a side is named for its IP
    ///     address; where two sides share one, for the address and port at which they speak SIP.
    /// - Throws: when it is no pcap file, is damaged, or is of a link type other than those above.
    public static func read(
        _ octets: [UInt8], decrypted: Set<UInt16> = [], name: (TransportAddress) -> String? = { _ in nil }
    ) throws(PcapError) -> Capture {
        let header = try PcapHeader(octets)
        var collector = CaptureCollector(link: header.link, decrypted: decrypted)
        var offset = PcapHeader.length
        var packets = 0
        var origin: Int64?
        while let record = header.record(in: octets, at: offset) {
            guard record.length <= maximumPacketLength else {
                throw PcapError(
                    offset: offset,
                    message: "A packet of \(record.length) octets can't be right; the file is damaged here.")
            }
            // A file that ends within a packet was cut off, or is still being written.
            guard record.start + record.length <= octets.count else { break }
            guard packets < maximumPackets else {
                throw PcapError(
                    offset: offset, message: "There are more than \(maximumPackets) packets; split the capture.")
            }
            packets += 1
            let start = origin ?? record.nanoseconds
            origin = start
            collector.add(
                octets[record.start..<record.start + record.length],
                at: Instant(nanoseconds: record.nanoseconds - start))
            offset = record.start + record.length
        }
        return collector.capture(packets: packets, name: name)
    }
}

/// The 24 octets at the start of a pcap file, and how to read what follows.
private struct PcapHeader {
    static let length = 24

    let link: CaptureLink
    private let isLittleEndian: Bool
    private let hasNanoseconds: Bool

    /// The header in front of a packet.
    struct Record {
        let nanoseconds: Int64
        let start: Int
        let length: Int
    }

    init(_ octets: [UInt8]) throws(PcapError) {
        let file = octets[...]
        guard let magic = file.big32(at: 0), octets.count >= Self.length else {
            throw PcapError(offset: 0, message: "The file is too short for a capture.")
        }
        switch magic {
        case 0xA1B2_C3D4: (isLittleEndian, hasNanoseconds) = (false, false)
        case 0xA1B2_3C4D: (isLittleEndian, hasNanoseconds) = (false, true)
        case 0xD4C3_B2A1: (isLittleEndian, hasNanoseconds) = (true, false)
        case 0x4D3C_B2A1: (isLittleEndian, hasNanoseconds) = (true, true)
        case 0x0A0D_0D0A:
            throw PcapError(offset: 0, message: "This is a pcapng file; save the capture in the classic pcap format.")
        default:
            throw PcapError(offset: 0, message: "This is no pcap file: it does not begin with one of pcap's numbers.")
        }
        // The upper bits tell of frame check sequences, which lie behind the IP packet and do no harm.
        let type = Int((isLittleEndian ? file.little32(at: 20) : file.big32(at: 20)) ?? 0) & 0xFFFF
        guard let link = CaptureLink(rawValue: type) else {
            throw PcapError(
                offset: 20,
                message: "Link type \(type) can't be read; capture on an Ethernet or \"any\" device (1, 101, 113, 276)."
            )
        }
        self.link = link
    }

    func record(in octets: [UInt8], at offset: Int) -> Record? {
        let file = octets[...]
        let number = { (index: Int) in
            isLittleEndian ? file.little32(at: offset + 4 * index) : file.big32(at: offset + 4 * index)
        }
        guard let seconds = number(0), let fraction = number(1), let length = number(2), number(3) != nil else {
            return nil
        }
        return Record(
            nanoseconds: Int64(seconds) * 1_000_000_000 + Int64(fraction) * (hasNanoseconds ? 1 : 1000),
            start: offset + 16, length: Int(length))
    }
}

extension ArraySlice<UInt8> {
    /// The octet this far from the start; `nil` beyond the end.
    func octet(at offset: Int) -> UInt8? {
        offset >= 0 && offset < count ? self[startIndex + offset] : nil
    }

    /// Two octets in network order.
    func big16(at offset: Int) -> Int? {
        guard let upper = octet(at: offset), let lower = octet(at: offset + 1) else { return nil }
        return Int(upper) << 8 | Int(lower)
    }

    /// Four octets in network order.
    func big32(at offset: Int) -> UInt32? {
        guard let upper = big16(at: offset), let lower = big16(at: offset + 2) else { return nil }
        return UInt32(upper) << 16 | UInt32(lower)
    }

    /// Four octets, the lowest first.
    func little32(at offset: Int) -> UInt32? { big32(at: offset)?.byteSwapped }
}
