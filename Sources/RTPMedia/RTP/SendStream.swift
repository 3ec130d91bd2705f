/// The numbers of the one stream we send: sequence, timestamp, and what a sender report counts (RFC 3550 §5.1, §6.4.1).
public struct SendStream: Sendable {
    /// The source that we send as.
    public private(set) var ssrc: UInt32
    /// The number of the next packet.
    public private(set) var sequence: UInt16
    /// The timestamp of the next 20 ms; it runs on whether anything is sent or not.
    public private(set) var timestamp: UInt32
    /// Packets sent so far.
    public private(set) var packets = 0
    /// Payload octets, without headers and padding.
    public private(set) var octets = 0
    /// What had been sent when the SSRC changed last: sender reports count from there (RFC 3550 §6.4.1).
    private var before = (packets: 0, octets: 0)

    /// - Parameters:
    ///   - ssrc: the source's number, random on the wire.
    ///   - sequence: where the numbers begin; random on the wire (RFC 3550 §5.1).
    ///   - timestamp: likewise.
    public init(ssrc: UInt32, sequence: UInt16, timestamp: UInt32) {
        self.ssrc = ssrc
        self.sequence = sequence
        self.timestamp = timestamp
    }

    /// Puts the header of the next packet in front of what is to become its payload: the packet is `octets`, emptied
    /// but for the header. It counts once ``sent(payload:)`` is told of it.
    ///
    /// - Parameters:
    ///   - octets: storage for the packet.
    ///   - payloadType: 0…127, as it was negotiated.
    ///   - marker: the first packet after a silence, or of an event (RFC 3551 §4.1).
    ///   - timestamp: the present one, unless the packet is about an event that began earlier.
    ///   - headerExtension: the whole of a header extension on the wire, or nothing.
    public func begin(
        _ octets: inout [UInt8], payloadType: UInt8, marker: Bool, timestamp: UInt32? = nil,
        headerExtension: [UInt8] = []
    ) {
        octets.removeAll(keepingCapacity: true)
        octets.append(headerExtension.isEmpty ? 0x80 : 0x90)
        octets.append((marker ? 0x80 : 0) | (payloadType & 0x7F))
        octets.append(bigEndian: sequence)
        octets.append(bigEndian: timestamp ?? self.timestamp)
        octets.append(bigEndian: ssrc)
        octets.append(contentsOf: headerExtension)
    }

    /// The packet that was begun goes out with a payload of `octets` octets.
    public mutating func sent(payload octets: Int) {
        sequence &+= 1
        packets += 1
        self.octets += octets
    }

    /// The next packet on the wire.
    ///
    /// - Parameters: as of ``begin(_:payloadType:marker:timestamp:headerExtension:)``.
    public mutating func packet(
        payloadType: UInt8, payload: [UInt8], marker: Bool, timestamp: UInt32? = nil
    ) -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(RTPPacket.fixedHeaderLength + payload.count)
        begin(&octets, payloadType: payloadType, marker: marker, timestamp: timestamp)
        octets += payload
        sent(payload: payload.count)
        return octets
    }

    /// Lets the timestamp run on.
    public mutating func advance(by units: UInt32) {
        timestamp &+= units
    }

    /// Packets of the present SSRC, as sender reports count them.
    public var packetsOfSource: Int { packets - before.packets }
    /// Payload octets of the present SSRC, as sender reports count them.
    public var octetsOfSource: Int { octets - before.octets }

    /// Goes on under another SSRC; numbers and timestamps run on (RFC 3550 §8.2).
    public mutating func changeSource(to ssrc: UInt32) {
        self.ssrc = ssrc
        before = (packets, octets)
    }
}
