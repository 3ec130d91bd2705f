internal import Agent
internal import RTPMedia

/// Turns the octets of one piece of speech, cut anywhere, into frames at the call's rate.
final class WireSound {
    private var reader: SoundReader
    private let rate: Int
    private var resampler: Resampler

    /// - Throws: when a rate can't be converted.
    init(_ encoding: WireEncoding, from rate: Int, to callRate: Int) throws(ProviderError) {
        reader = SoundReader(encoding)
        self.rate = callRate
        do throws(ResamplerError) {
            resampler = try Resampler(from: rate, to: callRate)
        } catch {
            throw .unavailable(error.description)
        }
    }

    func frame(_ octets: [UInt8]) -> PCMFrame {
        PCMFrame(samples: resampler.process(reader.samples(of: octets)), sampleRate: rate)
    }

    /// What is still inside at the end.
    func rest() -> PCMFrame {
        let isSame = resampler.inputRate == resampler.outputRate
        return PCMFrame(samples: isSame ? [] : resampler.finish(), sampleRate: rate)
    }
}
