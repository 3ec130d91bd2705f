public import RTPMedia

/// What is played over and over while a tool works and nothing is said. It is no speech: it is in no transcript, and
/// nobody interrupts it.
public struct WaitingSound: Sendable, Equatable {
    /// At the rates that calls have, so that no call has to wait for it.
    private let clips: [AudioClip]

    /// - Parameter clip: of any rate from 4 000 to 192 000 samples per second. It is played 12 dB softer than it is.
    /// - Throws: when its rate can't be converted.
    public init(_ clip: AudioClip) throws(ResamplerError) {
        var clips: [AudioClip] = []
        for rate in [8_000, 16_000, 48_000] { clips.append(try clip.converted(to: rate)) }
        self.clips = clips
    }

    init(made clips: [AudioClip]) {
        self.clips = clips
    }

    /// Somebody types on a keyboard.
    public static let typing: WaitingSound =
        (try? WaitingSound(TypingSound.clip)) ?? WaitingSound(made: [TypingSound.clip])

    /// - Returns: the sound from its beginning; `nil` when it can't be played at the rate.
    func begin(sampleRate: Int) -> BackgroundSound? {
        guard let clip = clips.first(where: { $0.sampleRate == sampleRate }) ?? clips.last else { return nil }
        return try? BackgroundSound(clip, sampleRate: sampleRate)
    }
}

extension BackgroundSound {
    /// The next 20 ms of it, with nobody speaking.
    mutating func frame() -> PCMFrame {
        var samples: [Int16] = []
        mix(under: [Int16]().span, into: &samples)
        return PCMFrame(samples: samples, sampleRate: sampleRate)
    }
}
