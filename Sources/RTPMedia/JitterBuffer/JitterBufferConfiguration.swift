/// What a ``JitterBuffer`` plays and how far it may adapt.
public struct JitterBufferConfiguration: Sendable, Equatable {
    /// Samples per second of the decoded audio.
    public var sampleRate: Int
    /// RTP timestamp units per second. It differs from ``sampleRate`` for G.722 (8 000 and 16 000, RFC 3551 §4.5.2).
    public var clockRate: Int
    /// The delay aimed at on a line without jitter. Playout starts at the pull nearest to it, so that the delay of a
    /// clean line lies within half a frame of it.
    public var minimumDelay: Duration
    /// The longest delay that jitter may lead to; audio that would be played later than this is dropped.
    public var maximumDelay: Duration
    /// The most audio that is held, whatever arrives.
    public var capacity: Duration

    /// - Parameters:
    ///   - sampleRate: 8 000 to 48 000; values outside are clamped.
    ///   - clockRate: ``sampleRate`` unless told otherwise.
    ///   - minimumDelay: see ``minimumDelay``.
    ///   - maximumDelay: see ``maximumDelay``.
    ///   - capacity: see ``capacity``.
    public init(
        sampleRate: Int = 8000,
        clockRate: Int? = nil,
        minimumDelay: Duration = .milliseconds(20),
        maximumDelay: Duration = .milliseconds(400),
        capacity: Duration = .seconds(2)
    ) {
        self.sampleRate = min(max(sampleRate, 8000), 48_000)
        self.clockRate = min(max(clockRate ?? self.sampleRate, 1000), 192_000)
        self.minimumDelay = min(max(minimumDelay, .zero), .seconds(1))
        self.maximumDelay = min(max(maximumDelay, self.minimumDelay + .milliseconds(40)), .seconds(5))
        self.capacity = min(max(capacity, self.maximumDelay + .milliseconds(200)), .seconds(10))
    }

    /// Samples in the 20 ms that every pull yields.
    public var frameLength: Int { sampleRate / 50 }
}
