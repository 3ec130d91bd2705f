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

/// Turns the octets of one piece of speech, cut anywhere, into frames at the call's rate.
final class WireSound {
    private let encoding: WireEncoding
    private let rate: Int
    private var resampler: Resampler
    private var half: UInt8?

    /// - Throws: when a rate can't be converted.
    init(_ encoding: WireEncoding, from rate: Int, to callRate: Int) throws(ProviderError) {
        self.encoding = encoding
        self.rate = callRate
        do throws(ResamplerError) {
            resampler = try Resampler(from: rate, to: callRate)
        } catch {
            throw .unavailable(error.description)
        }
    }

    func frame(_ octets: [UInt8]) -> PCMFrame {
        let samples: [Int16]
        switch encoding {
        case .muLaw: samples = G711(.mu).decode(octets[...])
        case .aLaw: samples = G711(.a).decode(octets[...])
        case .linear16: samples = linear(octets)
        }
        return PCMFrame(samples: resampler.process(samples), sampleRate: rate)
    }

    /// What is still inside at the end.
    func rest() -> PCMFrame {
        let isSame = resampler.inputRate == resampler.outputRate
        return PCMFrame(samples: isSame ? [] : resampler.finish(), sampleRate: rate)
    }

    private func linear(_ octets: [UInt8]) -> [Int16] {
        var samples: [Int16] = []
        samples.reserveCapacity(octets.count / 2 + 1)
        for octet in octets {
            if let low = half {
                samples.append(Int16(bitPattern: UInt16(low) | UInt16(octet) << 8))
                half = nil
            } else {
                half = octet
            }
        }
        return samples
    }
}
