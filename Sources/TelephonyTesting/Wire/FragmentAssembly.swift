import TelephonyPrimitives

/// Puts IP fragments together (RFC 791 §3.2, RFC 8200 §4.5): an INVITE with a long session description may need it.
struct FragmentAssembly {
    /// Packets in the making beyond this many push the oldest out.
    private static let maximumPackets = 64
    private static let maximumLength = 65_535

    private struct Key: Hashable {
        let source: IPAddress
        let destination: IPAddress
        let transport: UInt8
        let identification: UInt32
    }

    private struct Partial {
        var pieces: [Int: ArraySlice<UInt8>] = [:]
        var length: Int?
        let order: Int
    }

    private var partials: [Key: Partial] = [:]
    private var count = 0

    /// The whole payload, once its last missing fragment is added.
    mutating func add(_ packet: CapturedPacket) -> ArraySlice<UInt8>? {
        guard let fragment = packet.fragment else { return packet.payload }
        guard fragment.offset + packet.payload.count <= Self.maximumLength, !packet.payload.isEmpty else { return nil }
        let key = Key(
            source: packet.source, destination: packet.destination, transport: packet.transport,
            identification: fragment.identification)
        var partial = partials[key] ?? Partial(order: count)
        count += 1
        partial.pieces[fragment.offset] = packet.payload
        if fragment.isLast { partial.length = fragment.offset + packet.payload.count }
        if let whole = Self.whole(partial) {
            partials[key] = nil
            return whole
        }
        partials[key] = partial
        if partials.count > Self.maximumPackets, let oldest = partials.min(by: { $0.value.order < $1.value.order }) {
            partials[oldest.key] = nil
        }
        return nil
    }

    private static func whole(_ partial: Partial) -> ArraySlice<UInt8>? {
        guard let length = partial.length else { return nil }
        var result: [UInt8] = []
        while result.count < length {
            guard let piece = partial.pieces[result.count] else { return nil }
            result += piece
        }
        return result.count == length ? result[...] : nil
    }
}
