/// What there is to say of a recording that is complete.
public struct RecordingSummary: Sendable, Equatable {
    /// A time in which nothing was recorded: the file is silent there, and goes on at the right place.
    public struct Pause: Sendable, Equatable {
        /// Since the beginning of the recording.
        public let start: Duration
        /// Since the beginning of the recording; where the recording ends when nobody resumed it.
        public let end: Duration

        /// Both since the beginning of the recording.
        public init(start: Duration, end: Duration) {
            self.start = start
            self.end = end
        }
    }

    /// One side of the call.
    public struct Leg: Sendable, Equatable {
        /// Where its last sound ends, since the beginning of the recording.
        public var length = Duration.zero
        /// How much sound of it the file holds, pauses included.
        public var recorded = Duration.zero
        /// How much silence stands in for what did not come, up to the end of the recording.
        public var missing = Duration.zero
        /// Samples that ran too far ahead of the time, or came in a rate that can't be converted.
        public var samplesDropped = 0

        /// A side of which nothing came.
        public init() {}
    }

    /// What was written.
    public let format: RecordingFormat
    /// Samples per second of the file.
    public let sampleRate: Int
    /// How long the file plays.
    public let duration: Duration
    /// The length of the file in octets.
    public let octets: Int
    /// The left channel.
    public let caller: Leg
    /// The right channel.
    public let agent: Leg
    /// In their order; beyond a thousand they are one with the last.
    public let pauses: [Pause]
    /// Leaps of the clock beyond ten minutes, which the recording leaves out.
    public let omitted: Duration
}
