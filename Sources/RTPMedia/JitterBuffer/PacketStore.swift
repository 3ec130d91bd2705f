internal import TelephonyPrimitives

/// The decoded audio of one packet, on the sender's time line.
struct StoredPacket: Sendable {
    /// The place of the first sample on the sender's time line, in samples.
    let position: Int64
    /// The unwrapped sequence number.
    let sequence: Int64
    let marker: Bool
    let arrival: Instant
    let samples: [Int16]

    var end: Int64 { position &+ Int64(samples.count) }
}

/// Packets that wait for their time, in the order of that time.
struct PacketStore: Sendable {
    private(set) var packets: [StoredPacket] = []
    private(set) var sampleCount = 0

    /// The packet that is due first.
    var first: StoredPacket? { packets.first }

    /// Where the audio held ends.
    var end: Int64? { packets.last?.end }

    mutating func insert(_ packet: StoredPacket) {
        var index = packets.count
        while index > 0, packets[index - 1].position > packet.position { index -= 1 }
        packets.insert(packet, at: index)
        sampleCount += packet.samples.count
    }

    /// Drops the packet that is due first.
    mutating func dropFirst() {
        guard !packets.isEmpty else { return }
        sampleCount -= packets.removeFirst().samples.count
    }

    mutating func removeAll() {
        packets.removeAll()
        sampleCount = 0
    }

    /// How many samples follow one another from `head` on without a gap.
    func contiguousCount(from head: Int64) -> Int {
        var reached = head
        for packet in packets where packet.end > reached {
            if packet.position > reached { break }
            reached = packet.end
        }
        return Int(clamping: reached &- head)
    }

    /// Up to `count` samples from `head` on, up to the first gap.
    func samples(from head: Int64, count: Int) -> [Int16] {
        var result: [Int16] = []
        result.reserveCapacity(count)
        var reached = head
        for packet in packets where packet.end > reached {
            if packet.position > reached || result.count >= count { break }
            let start = Int(clamping: reached &- packet.position)
            let length = min(packet.samples.count - start, count - result.count)
            guard length > 0 else { break }
            result.append(contentsOf: packet.samples[start..<start + length])
            reached &+= Int64(length)
        }
        return result
    }
}
