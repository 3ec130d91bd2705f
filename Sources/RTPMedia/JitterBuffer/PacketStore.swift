internal import TelephonyPrimitives

/// A packet as it came, on the sender's time line.
struct StoredPacket: Sendable {
    /// The place of the first sample on the sender's time line, in samples.
    var position: Int64
    /// How many samples it holds.
    var count: Int
    /// The unwrapped sequence number.
    var sequence: Int64
    var payloadType: UInt8
    var marker: Bool
    var arrival: Instant
    var payload: [UInt8]

    var end: Int64 { position &+ Int64(count) }
}

/// Packets that wait for their time, still encoded, in the order of that time. The storage of what has been played is
/// used again.
struct PacketStore: Sendable {
    private(set) var packets: [StoredPacket] = []
    private(set) var sampleCount = 0
    private var spare: [[UInt8]] = []

    /// At most this many payloads are kept for use again.
    private static let maximumSpare = 16

    /// The packet that is due first.
    var first: StoredPacket? { packets.first }

    /// Where the audio held ends.
    var end: Int64? { packets.last?.end }

    /// Storage for a payload, with a copy of `octets` in it.
    mutating func payload(copying octets: Span<UInt8>) -> [UInt8] {
        var payload = spare.popLast() ?? []
        payload.replaceAll(with: octets)
        return payload
    }

    mutating func insert(_ packet: StoredPacket) {
        var index = packets.count
        while index > 0, packets[index - 1].position > packet.position { index -= 1 }
        packets.insert(packet, at: index)
        sampleCount += packet.count
    }

    /// Takes out the packet that is due first; its payload comes back by ``recycle(_:)``.
    mutating func takeFirst() -> StoredPacket? {
        guard !packets.isEmpty else { return nil }
        let packet = packets.removeFirst()
        sampleCount -= packet.count
        return packet
    }

    /// Keeps the storage of a payload.
    mutating func recycle(_ payload: consuming [UInt8]) {
        // Cleared when it is used again: here the packet still refers to it.
        guard spare.count < Self.maximumSpare else { return }
        spare.append(payload)
    }

    /// Drops the packet that is due first.
    mutating func dropFirst() {
        if let packet = takeFirst() { recycle(packet.payload) }
    }

    mutating func removeAll() {
        while !packets.isEmpty { dropFirst() }
        sampleCount = 0
    }

    /// How many samples follow one another from `head` on without a gap.
    func contiguousCount(from head: Int64) -> Int {
        var reached = head
        for index in packets.indices {
            let end = packets[index].end
            guard end > reached else { continue }
            if packets[index].position > reached { break }
            reached = end
        }
        return Int(clamping: reached &- head)
    }
}
