/// What a ``JitterBuffer`` plays and how far it may adapt.
public struct JitterBufferConfiguration: Sendable, Equatable {
    /// Samples per second of the decoded audio, 8 000 to 48 000.
    public var sampleRate: Int
    /// How much audio each pull yields: 10 or 20 ms.
    public var frameDuration: Duration
    /// The delay that playout has at least, whatever the line allows. Playout starts at the first pull that is this
    /// much later than the first packet, so that the delay of a clean line is at most a frame more.
    public var minimumDelay: Duration
    /// The longest delay that jitter may lead to; audio that would be played later than this is dropped.
    public var maximumDelay: Duration
    /// How much of the audio that a stall of the line delayed may be left out, concealment having stood in for it; the
    /// rest is played, later and faster. Less keeps more of the words, more keeps the conversation in time.
    public var longestOmission: Duration
    /// The most audio that is held, whatever arrives.
    public var capacity: Duration

    /// - Parameters:
    ///   - sampleRate: 8 000 to 48 000; values outside are clamped.
    ///   - frameDuration: 10 or 20 ms; others become the nearer one.
    ///   - minimumDelay: see ``minimumDelay``.
    ///   - maximumDelay: see ``maximumDelay``.
    ///   - longestOmission: see ``longestOmission``.
    ///   - capacity: see ``capacity``.
    public init(
        sampleRate: Int = 8000,
        frameDuration: Duration = .milliseconds(20),
        minimumDelay: Duration = .zero,
        maximumDelay: Duration = .milliseconds(400),
        longestOmission: Duration = .milliseconds(200),
        capacity: Duration = .seconds(2)
    ) {
        self.sampleRate = min(max(sampleRate, 8000), 48_000)
        self.frameDuration = frameDuration < .milliseconds(15) ? .milliseconds(10) : .milliseconds(20)
        self.minimumDelay = min(max(minimumDelay, .zero), .seconds(1))
        self.maximumDelay = min(max(maximumDelay, self.minimumDelay + .milliseconds(40)), .seconds(5))
        self.longestOmission = min(max(longestOmission, .zero), .seconds(5))
        self.capacity = min(max(capacity, self.maximumDelay + .milliseconds(200)), .seconds(10))
    }

    /// Samples in what every pull yields.
    public var frameLength: Int { frameDuration < .milliseconds(15) ? sampleRate / 100 : sampleRate / 50 }
}
