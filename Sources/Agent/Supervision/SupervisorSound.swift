internal import RTPMedia
internal import Synchronization

/// Who gets what a supervisor says, and whom the supervisor hears.
final class SupervisorSound: Sendable {
    enum Listener: Sendable {
        case nobody
        /// The agent's model, in words.
        case agent
        case caller(SoundPipe)
    }

    private let state = Mutex(Listener.nobody)

    var listener: Listener {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    /// Whether the supervisor hears what the caller is told: not one's own voice.
    private var hearsSent: Bool {
        if case .caller = listener { false } else { true }
    }

    /// What the supervisor hears of a moment of the call.
    func mix(_ moment: LiveSound.Moment, with mixer: inout AudioMixer) -> PCMFrame {
        guard hearsSent else { return moment.heard }
        mixer.add(moment.heard.samples.span)
        mixer.add(moment.sent.samples.span)
        var samples: [Int16] = []
        samples.reserveCapacity(mixer.frameLength)
        mixer.mix(into: &samples)
        return PCMFrame(samples: samples, sampleRate: moment.heard.sampleRate)
    }
}
