import RTPMedia

/// A codec of a media stream at a rate, to and from samples at 8 kHz (reference C1).
struct StreamCoder: Sendable {
    /// As `media_format` names it.
    let encoding: String
    let sampleRate: Int
    private let isLittleEndian: Bool
    private var decoder = G722Decoder()
    private var encoder = G722Encoder()
    /// The last sample before those that come: a line is drawn from it.
    private var last: Int16 = 0

    /// - Parameters:
    ///   - encoding: as `stream_codec` names it.
    ///   - sampleRate: of L16; the others have but one.
    /// - Returns: `nil` for a codec that the sandbox does not speak.
    init?(_ encoding: String, sampleRate: Int, isLittleEndian: Bool) {
        switch encoding {
        case "PCMU", "PCMA": self.sampleRate = 8_000
        // What is said of it is its RTP clock.
        case "G722": self.sampleRate = 8_000
        case "L16" where [8_000, 16_000].contains(sampleRate): self.sampleRate = sampleRate
        default: return nil
        }
        self.encoding = encoding
        self.isLittleEndian = isLittleEndian
    }

    /// The payload of samples at 8 kHz.
    mutating func encode(_ samples: [Int16]) -> [UInt8] {
        var octets: [UInt8] = []
        switch encoding {
        case "PCMU": return G711(.mu).encode(samples)
        case "PCMA": return G711(.a).encode(samples)
        case "G722": encoder.encode(doubled(samples).span, into: &octets)
        default:
            for sample in sampleRate == 8_000 ? samples : doubled(samples) {
                let pair = [UInt8(truncatingIfNeeded: sample >> 8), UInt8(truncatingIfNeeded: sample)]
                octets += isLittleEndian ? pair.reversed() : pair
            }
        }
        return octets
    }

    /// Samples at 8 kHz of a payload.
    mutating func decode(_ payload: [UInt8]) -> [Int16] {
        switch encoding {
        case "PCMU": return G711(.mu).decode(payload[...])
        case "PCMA": return G711(.a).decode(payload[...])
        case "G722":
            var samples: [Int16] = []
            decoder.decode(payload.span, into: &samples)
            return halved(samples)
        default:
            var samples: [Int16] = []
            samples.reserveCapacity(payload.count / 2)
            var rest = payload[...]
            while let one = rest.popFirst(), let other = rest.popFirst() {
                let (upper, lower) = isLittleEndian ? (other, one) : (one, other)
                samples.append(Int16(bitPattern: UInt16(upper) << 8 | UInt16(lower)))
            }
            return sampleRate == 8_000 ? samples : halved(samples)
        }
    }

    private mutating func doubled(_ samples: [Int16]) -> [Int16] {
        var doubled: [Int16] = []
        doubled.reserveCapacity(samples.count * 2)
        for sample in samples {
            doubled.append(Int16((Int(last) + Int(sample)) / 2))
            doubled.append(sample)
            last = sample
        }
        return doubled
    }

    private func halved(_ samples: [Int16]) -> [Int16] {
        var halved: [Int16] = []
        halved.reserveCapacity(samples.count / 2)
        var rest = samples[...]
        while let one = rest.popFirst(), let other = rest.popFirst() {
            halved.append(Int16((Int(one) + Int(other)) / 2))
        }
        return halved
    }
}
