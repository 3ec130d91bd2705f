package import RTPMedia
internal import Synchronization

/// Stands between the sound of a call and whoever hears it: while it is shut, silence comes in place of each frame.
public final class SoundGate: Sendable {
    private let state = Atomic(false)

    public init() {}

    public var isShut: Bool {
        get { state.load(ordering: .acquiring) }
        set { state.store(newValue, ordering: .releasing) }
    }
}

extension CallAudio {
    /// The same sound, frame by frame, as long as `gate` is open; silence of the same length while it is shut.
    public func behind(_ gate: SoundGate) -> CallAudio {
        var audio = self
        audio.gate = gate
        return audio
    }
}

extension PCMFrame {
    /// Silence in its place.
    package var silenced: PCMFrame {
        PCMFrame(samples: Array(repeating: 0, count: samples.count), sampleRate: sampleRate, origin: .silence)
    }
}
