internal import RTPMedia
internal import Synchronization
internal import Telephony

/// Carries what one call hears to another call, frame by frame, at that one's rate; music while the first is on hold.
final class SoundPipe: Sendable {
    private struct State: ~Copyable {
        var resampler: Resampler
        /// Samples that were given to the other call, and dropped there, as it counts them.
        var given: Int
        var music: BackgroundSound?
        var isHeld = false
    }

    /// What may wait in the other call, in milliseconds: more would be heard late for ever.
    private static let longestWait = 80

    private let target: any Call
    private let isPlain: Bool
    private let state: Mutex<State>

    /// - Parameters:
    ///   - sampleRate: of what is carried.
    ///   - played: what `target` has sent already; nothing of what was given to it before may wait.
    ///   - music: heard while ``isHeld``.
    /// - Throws: when the rates can't be converted.
    init(
        from sampleRate: Int, to target: any Call, played: Int, music: WaitingSound?
    ) throws(ResamplerError) {
        self.target = target
        isPlain = sampleRate == target.sampleRate
        let resampler = try Resampler(from: sampleRate, to: target.sampleRate)
        let music = music?.begin(sampleRate: target.sampleRate)
        state = Mutex(State(resampler: resampler, given: played, music: music))
    }

    /// Whether the call that it comes from is on hold: what is heard there is meant for nobody.
    var isHeld: Bool {
        get { state.withLock { $0.isHeld } }
        set { state.withLock { $0.isHeld = newValue } }
    }

    /// By one task at a time.
    func carry(_ frame: PCMFrame) async {
        let played = await target.playedSamples()
        let samples: [Int16] = state.withLock { state in
            let samples: [Int16]
            if state.isHeld {
                samples = state.music?.frame().samples ?? []
            } else {
                samples = isPlain ? frame.samples : state.resampler.process(frame.samples)
            }
            // The other side does not take sound at the moment, or one clock had a pause.
            guard state.given - played <= target.sampleRate * Self.longestWait / 1_000 else { return [] }
            state.given = max(state.given, played) + samples.count
            return samples
        }
        guard !samples.isEmpty else { return }
        try? await target.play(PCMFrame(samples: samples, sampleRate: target.sampleRate))
    }
}
