internal import RTPMedia
internal import TelephonyPrimitives

/// What other senders do to their packets that ours doesn't: packet times of 10 to 60 ms, numbers that begin anew, other
/// sources, pauses with or without comfort noise. For calls in the clear.
struct SendingHabits {
    /// In milliseconds.
    var packetTime = 20
    /// Sound is left out until then.
    private var pausedUntil: Instant?
    private var announcesNoise = false
    private var source: UInt32 = 0
    private var timestampShift: UInt32 = 0
    private var sequence: UInt16?
    private var needsMarker = false
    /// Sound that is no whole packet yet, and the first of it.
    private var waiting: [UInt8] = []
    private var first: RTPPacket?
    private var octetsPerFrame = 0

    /// Payloads longer than this are cut into packets of 20 ms.
    private static let longestPayload = 1300

    /// A packet of a session as it is sent in the end.
    mutating func rewrite(_ octets: [UInt8], codec: AudioCodecKind, isSound: Bool, now: Instant) -> [[UInt8]] {
        guard let packet = try? RTPPacket(parsing: octets) else { return [octets] }
        guard isSound else { return flush() + [number(packet)] }
        if let pausedUntil, now < pausedUntil {
            var result = flush()
            if announcesNoise {
                announcesNoise = false
                var noise = packet
                noise.payloadType = ComfortNoise.staticPayloadType
                noise.payload = ComfortNoise(level: 60).serialized[...]
                result.append(number(noise))
            }
            needsMarker = true
            return result
        }
        pausedUntil = nil
        guard packetTime != 20, isDivisible(codec), packet.payload.count * packetTime / 20 <= Self.longestPayload else {
            return flush() + [number(packet)]
        }
        var result: [[UInt8]] = []
        if let first, first.payloadType != packet.payloadType { result = flush() }
        if first == nil { first = packet }
        octetsPerFrame = packet.payload.count
        waiting += packet.payload
        let length = octetsPerFrame * packetTime / 20
        while waiting.count >= length { result.append(cut(length, codec)) }
        return result
    }

    mutating func pause(until end: Instant, announcesNoise: Bool) {
        pausedUntil = end
        self.announcesNoise = announcesNoise
    }

    /// Takes another SSRC.
    mutating func changeSource(_ random: inout SeededGenerator) {
        source ^= UInt32(truncatingIfNeeded: random.next()) | 1
    }

    /// Begins the numbers and timestamps anew, under the same SSRC.
    mutating func restart(_ random: inout SeededGenerator) {
        sequence = UInt16(truncatingIfNeeded: random.next())
        timestampShift = UInt32(truncatingIfNeeded: random.next())
    }

    private func isDivisible(_ codec: AudioCodecKind) -> Bool {
        if case .opus = codec { false } else { true }
    }

    /// Sends what waits, as a packet that is shorter than others.
    private mutating func flush() -> [[UInt8]] {
        defer {
            waiting = []
            first = nil
        }
        guard var packet = first, !waiting.isEmpty else { return [] }
        packet.payload = waiting[...]
        return [number(packet)]
    }

    private mutating func cut(_ length: Int, _ codec: AudioCodecKind) -> [UInt8] {
        guard var packet = first else { return [] }
        packet.payload = waiting.prefix(length)
        waiting.removeFirst(length)
        let octets = number(packet)
        packet.marker = false
        packet.timestamp &+= UInt32(clamping: codec.clockRate / 50 * packetTime / 20)
        first = waiting.isEmpty ? nil : packet
        return octets
    }

    private mutating func number(_ packet: RTPPacket) -> [UInt8] {
        var packet = packet
        packet.ssrc ^= source
        packet.timestamp &+= timestampShift
        packet.sequence = sequence ?? packet.sequence
        sequence = packet.sequence &+ 1
        if needsMarker {
            packet.marker = true
            needsMarker = false
        }
        return packet.serialized
    }
}
