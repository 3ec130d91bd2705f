internal import Agent
internal import RTPMedia

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
