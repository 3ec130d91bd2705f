internal import RTPMedia

/// Turns the payloads of a stream into samples, and samples into payloads.
public struct StreamSound: Sendable {
    /// Milliseconds of a packet of Opus, and the least that Telnyx takes.
    static let pieceMs = 20

    /// How it is coded.
    public let format: StreamFormat
    /// Samples per second of the sound itself: 16 000 with G722.
    public let sampleRate: Int
    private var decoder: any AudioDecoder
    private var encoder: any AudioEncoder
    /// Fixed by setting, or `nil` to find out.
    private let fixedOrder: SampleOrder?
    private var finder = SampleOrderFinder()
    private var rest: [Int16] = []

    /// - Parameters:
    ///   - format: as `start` tells it.
    ///   - order: of L16; `nil`: found out by listening, and until then as RFC 3551 has it.
    /// - Returns: `nil` when there is no codec for it, as for AMR-WB, or it has several channels.
    public init?(_ format: StreamFormat, order: SampleOrder? = nil) {
        guard format.channels == 1 else { return nil }
        self.format = format
        fixedOrder = order
        switch format.encoding {
        case .pcmu: (decoder, encoder, sampleRate) = (G711(.mu), G711(.mu), 8_000)
        case .pcma: (decoder, encoder, sampleRate) = (G711(.a), G711(.a), 8_000)
        case .g722: (decoder, encoder, sampleRate) = (G722Decoder(), G722Encoder(), 16_000)
        case .opus:
            guard let rate = OpusSampleRate(rawValue: format.sampleRate) else { return nil }
            (decoder, encoder, sampleRate) = (
                OpusDecoder(sampleRate: rate), OpusEncoder(sampleRate: rate), rate.rawValue
            )
        case .l16:
            guard (8_000...48_000).contains(format.sampleRate) else { return nil }
            let linear = L16(sampleRate: format.sampleRate)
            (decoder, encoder, sampleRate) = (linear, linear, format.sampleRate)
        default: return nil
        }
    }

    /// The order of L16's octets, as far as it is known.
    public var order: SampleOrder { fixedOrder ?? finder.order ?? .bigEndian }
    /// Whether ``order`` is sure.
    public var isOrderKnown: Bool { fixedOrder != nil || finder.order != nil }

    /// - Parameter payload: of one message.
    public mutating func samples(of payload: [UInt8]) -> [Int16] {
        if format.encoding == .l16 {
            if fixedOrder == nil { finder.listen(to: payload) }
            return order.samples(of: payload)
        }
        var samples: [Int16] = []
        decoder.decode(payload.span, into: &samples)
        return samples
    }

    /// - Parameter samples: of any number; with Opus and G722 what is not a whole packet yet waits for more.
    /// - Returns: one payload, or with Opus as many as there are whole packets.
    public mutating func payloads(of samples: [Int16]) -> [[UInt8]] {
        switch format.encoding {
        case .l16: return samples.isEmpty ? [] : [order.octets(of: samples)]
        case .opus:
            rest += samples
            let size = sampleRate / 1_000 * Self.pieceMs
            var payloads: [[UInt8]] = []
            while rest.count >= size {
                payloads.append(encoded(Array(rest.prefix(size))))
                rest.removeFirst(size)
            }
            return payloads.filter { !$0.isEmpty }
        default:
            rest += samples
            // G722 makes an octet of two samples.
            let count = format.encoding == .g722 ? rest.count & ~1 : rest.count
            guard count > 0 else { return [] }
            defer { rest.removeFirst(count) }
            return [encoded(Array(rest.prefix(count)))]
        }
    }

    /// What still waits, filled up with silence.
    public mutating func flush() -> [[UInt8]] {
        guard !rest.isEmpty else { return [] }
        let size = format.encoding == .opus ? sampleRate / 1_000 * Self.pieceMs : 2
        return payloads(of: Array(repeating: 0, count: max(0, size - rest.count)))
    }

    private mutating func encoded(_ samples: [Int16]) -> [UInt8] {
        var payload: [UInt8] = []
        encoder.encode(samples.span, into: &payload)
        return payload
    }
}
