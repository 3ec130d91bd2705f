internal import Agent
internal import RTPMedia

/// How samples stand in the octets that a service takes or gives.
enum WireEncoding: Sendable, Hashable {
    case muLaw
    case aLaw
    /// 16 bits, the low octet first.
    case linear16

    init(_ companding: SpeechFormat.Companding) {
        self = companding == .muLaw ? .muLaw : .aLaw
    }

    var octetsPerSample: Int { self == .linear16 ? 2 : 1 }

    /// The law's octets of samples that were decoded by it are those that they came from.
    func octets(_ samples: [Int16]) -> [UInt8] {
        switch self {
        case .muLaw: return G711(.mu).encode(samples)
        case .aLaw: return G711(.a).encode(samples)
        case .linear16:
            var octets: [UInt8] = []
            octets.reserveCapacity(samples.count * 2)
            for sample in samples {
                let bits = UInt16(bitPattern: sample)
                octets.append(UInt8(truncatingIfNeeded: bits))
                octets.append(UInt8(truncatingIfNeeded: bits >> 8))
            }
            return octets
        }
    }

    func silence(_ count: Int) -> [UInt8] {
        octets(Array(repeating: 0, count: max(0, count)))
    }
}
