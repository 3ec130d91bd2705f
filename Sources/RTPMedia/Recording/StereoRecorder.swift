public import TelephonyPrimitives

/// Both sides of a call as one stereo file, the caller on the left, the agent on the right: WAV with 16-bit PCM, or Opus
/// in Ogg.
///
/// Sans-IO: it says which octets to write where, and the rim writes them. A file whose writer was killed is valid up to
/// its last second: the sizes in a WAV header are brought up to date once for each second of audio, after that audio, and
/// a page of Ogg holds a second. ``WAVFile`` reads even what lies beyond.
///
/// Frames are placed on one time line. Each side runs on by its own samples, so that the jitter of timers leaves no
/// marks; frames that are missing are silence, so that both sides stay in step; a clock that is off is followed.
public struct StereoRecorder: ~Copyable, Sendable {
    /// Whose voice.
    public enum Side: Sendable, Equatable {
        /// The left channel.
        case caller
        /// The right channel.
        case agent
    }

    /// Octets to be written.
    public struct Write: Sendable, Equatable {
        /// Where in the file, in octets from its beginning.
        public let offset: Int
        /// What to write there, over what may be there already.
        public let octets: [UInt8]
    }

    /// What is written.
    public let format: RecordingFormat
    /// Samples per second of the file.
    public var sampleRate: Int { timeline.sampleRate }
    /// Samples of a side that ran too far ahead of the time, or came in a rate that can't be converted.
    public var samplesDropped: Int { timeline.left.dropped + timeline.right.dropped }
    /// The length of what was recorded so far.
    public var duration: Duration { timeline.duration(timeline.taken) }
    /// Whether sound is left out at the moment (``pause(at:)``).
    public var isPaused: Bool { timeline.isPaused }
    /// What there is to say of the whole; `nil` until ``finish()``.
    public private(set) var summary: RecordingSummary?
    /// Whether ``finish()`` was called: nothing more is recorded.
    public var isFinished: Bool { summary != nil }

    private var timeline: StereoTimeline
    private var container: any RecordingContainer
    private var writes: [Write]
    private var left: [Int16] = []
    private var right: [Int16] = []

    /// - Parameters:
    ///   - format: what is written.
    ///   - sampleRate: of the file, 8 000 to 48 000; clamped. Opus takes the next of 8 000, 16 000, 24 000 and 48 000.
    ///     Frames of other rates are converted.
    ///   - start: the instant of the first sample.
    ///   - comments: such as `TITLE=…`, for a file of Opus; see ``OggOpusWriter/begin(_:comments:)``.
    public init(format: RecordingFormat = .wav, sampleRate: Int, start: Instant, comments: [String] = []) {
        self.format = format
        let wanted = min(max(sampleRate, 8000), 48_000)
        switch format {
        case .wav:
            timeline = StereoTimeline(sampleRate: wanted, start: start)
            container = WAVContainer(sampleRate: wanted)
        case .oggOpus(let bitRate):
            let rate = OpusSampleRate(atLeast: wanted)
            timeline = StereoTimeline(sampleRate: rate.rawValue, start: start)
            container = OggOpusContainer(sampleRate: rate, bitRate: bitRate, comments: comments)
        }
        writes = container.begin()
    }

    /// What is to be written next, in this order; `nil` when there is nothing.
    public mutating func nextWrite() -> Write? {
        writes.isEmpty ? nil : writes.removeFirst()
    }

    /// Records a frame whose first sample was heard at `instant`.
    public mutating func record(_ frame: PCMFrame, side: Side, at instant: Instant) {
        guard !isFinished else { return }
        timeline.record(frame, side: side, at: instant)
        flush(atLeast: sampleRate / 5)
    }

    /// Tells the time when frames of one side or both may be missing: what has not come by now minus half a second
    /// is recorded as silence. To be called about once a second, at least.
    public mutating func advance(to now: Instant) {
        guard !isFinished else { return }
        timeline.advance(to: now)
        flush(atLeast: 1)
    }

    /// Leaves out the sound of both sides from `instant` on, as while a card number is said: the file is silent there,
    /// and what comes later stays in its place. What was written before can't be taken back.
    public mutating func pause(at instant: Instant) {
        guard !isFinished else { return }
        timeline.pause(at: instant)
    }

    /// Records again from `instant` on. Frames that were heard before it stay silent.
    public mutating func resume(at instant: Instant) {
        guard !isFinished else { return }
        timeline.resume(at: instant)
    }

    /// Ends the recording with what was recorded until now, and completes the file by the writes that follow.
    ///
    /// - Returns: what there is to say of the whole.
    @discardableResult
    public mutating func finish() -> RecordingSummary {
        if let summary { return summary }
        timeline.finish()
        flush(atLeast: 1)
        writes += container.finish()
        let summary = RecordingSummary(
            format: format, sampleRate: sampleRate, duration: duration, octets: container.length,
            caller: timeline.leg(.caller), agent: timeline.leg(.agent), pauses: timeline.pauseMarks,
            omitted: timeline.duration(timeline.omitted))
        self.summary = summary
        return summary
    }

    private mutating func flush(atLeast least: Int) {
        let end = timeline.settledEnd
        guard end - timeline.taken >= least else { return }
        left.removeAll(keepingCapacity: true)
        right.removeAll(keepingCapacity: true)
        timeline.take(until: end, left: &left, right: &right)
        writes += container.append(left: left, right: right)
    }
}

extension OpusSampleRate {
    /// The lowest rate that loses nothing of another, 48 000 at most.
    init(atLeast rate: Int) {
        self = Self.allCases.first { $0.rawValue >= rate } ?? .fullband
    }
}
