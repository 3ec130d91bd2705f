/// A piece of mono sound that is played on calls of any rate.
public struct AudioClip: Sendable, Equatable {
    /// Linear 16-bit samples, oldest first.
    public let samples: [Int16]
    /// Samples per second.
    public let sampleRate: Int

    /// - Parameters:
    ///   - samples: oldest first.
    ///   - sampleRate: samples per second.
    public init(samples: [Int16], sampleRate: Int) {
        self.samples = samples
        self.sampleRate = sampleRate
    }

    /// The same sound at another rate, from 4 000 to 192 000 samples per second.
    public func converted(to rate: Int) throws(ResamplerError) -> AudioClip {
        guard rate != sampleRate else { return self }
        var resampler = try Resampler(from: sampleRate, to: rate)
        // The sound comes late out of a resampler; the clip begins where it did.
        let all = resampler.process(samples) + resampler.finish()
        return AudioClip(samples: Array(all.dropFirst(resampler.outputLatency)), sampleRate: rate)
    }

    /// Pieces of 20 ms, the last one shorter.
    public var frames: some Sequence<PCMFrame> & Sendable {
        let length = max(1, sampleRate / 50)
        return stride(from: 0, to: samples.count, by: length).lazy.map { start in
            PCMFrame(samples: Array(samples[start..<Swift.min(start + length, samples.count)]), sampleRate: sampleRate)
        }
    }
}
