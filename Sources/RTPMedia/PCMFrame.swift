/// Linear 16-bit mono audio of one packet time, usually 20 ms.
public struct PCMFrame: Sendable, Equatable {
    /// How the samples of a received frame came to be.
    public enum Origin: Sendable, Equatable {
        /// Decoded from a packet that arrived, or made by the application.
        case real
        /// Decoded, then made longer or shorter in time to move the jitter buffer toward its target.
        case stretched
        /// Invented because the packet did not arrive in time.
        case concealed
        /// Comfort noise or silence: nothing was expected.
        case silence
    }

    /// The samples, oldest first.
    public var samples: [Int16]
    /// Samples per second: 8 000, 16 000 or 48 000 on a call.
    public var sampleRate: Int
    /// How the samples came to be.
    public var origin: Origin

    /// - Parameters:
    ///   - samples: oldest first.
    ///   - sampleRate: samples per second.
    ///   - origin: how they came to be.
    public init(samples: [Int16], sampleRate: Int, origin: Origin = .real) {
        self.samples = samples
        self.sampleRate = sampleRate
        self.origin = origin
    }

    /// `duration` of silence; 20 ms unless told otherwise.
    public static func silence(sampleRate: Int, duration: Duration = .milliseconds(20)) -> PCMFrame {
        let milliseconds =
            Int(duration.components.attoseconds / 1_000_000_000_000_000) + Int(duration.components.seconds) * 1000
        return PCMFrame(
            samples: Array(repeating: 0, count: max(0, sampleRate * milliseconds / 1000)), sampleRate: sampleRate,
            origin: .silence)
    }

    /// How long the frame plays.
    public var duration: Duration {
        sampleRate > 0 ? .nanoseconds(Int64(samples.count) * 1_000_000_000 / Int64(sampleRate)) : .zero
    }
}
