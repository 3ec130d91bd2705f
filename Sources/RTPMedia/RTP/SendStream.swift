/// The numbers of the one stream we send: sequence, timestamp, and what a sender report counts (RFC 3550 §5.1, §6.4.1).
public struct SendStream: Sendable {
    public let ssrc: UInt32
    /// The number of the next packet.
    public private(set) var sequence: UInt16
    /// The timestamp of the next 20 ms; it runs on whether anything is sent or not.
    public private(set) var timestamp: UInt32
    public private(set) var packets = 0
    /// Payload octets, without headers and padding.
    public private(set) var octets = 0

    /// - Parameters:
    ///   - ssrc: the source's number, random on the wire.
    ///   - sequence: where the numbers begin; random on the wire (RFC 3550 §5.1).
    ///   - timestamp: likewise.
    public init(ssrc: UInt32, sequence: UInt16, timestamp: UInt32) {
        self.ssrc = ssrc
        self.sequence = sequence
        self.timestamp = timestamp
    }

    /// The next packet on the wire.
    ///
    /// - Parameters:
    ///   - payloadType: 0…127, as it was negotiated.
    ///   - payload: what the codec made.
    ///   - marker: the first packet after a silence, or of an event (RFC 3551 §4.1).
    ///   - timestamp: the present one, unless the packet is about an event that began earlier.
    public mutating func packet(
        payloadType: UInt8, payload: [UInt8], marker: Bool, timestamp: UInt32? = nil
    ) -> [UInt8] {
        let packet = RTPPacket(
            marker: marker, payloadType: payloadType, sequence: sequence, timestamp: timestamp ?? self.timestamp,
            ssrc: ssrc, payload: payload[...])
        sequence &+= 1
        packets += 1
        octets += payload.count
        return packet.serialized
    }

    /// Lets the timestamp run on.
    public mutating func advance(by units: UInt32) {
        timestamp &+= units
    }
}
