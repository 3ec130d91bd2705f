public import TelephonyPrimitives

/// Both sides of a call as one stereo WAV file, 16-bit PCM: the caller on the left, the agent on the right.
///
/// Sans-IO: it says which octets to write where, and the rim writes them. The sizes in the header are brought up to
/// date once for each second of audio, after that audio, so that a file whose writer was killed is valid up to its last
/// second; ``WAVFile`` reads even what lies beyond.
///
/// Frames are placed on one time line. Each side runs on by its own samples, so that the jitter of timers leaves no
/// marks; a side that was silent for longer than 60 ms gets that silence.
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
        /// Where in the file, counted from its beginning.
        public let offset: Int
        public let octets: [UInt8]
    }

    /// One channel: what waits to be interleaved, and where its end lies on the time line.
    private struct Track {
        var samples: [Int16] = []
        /// The place of the next sample, counted from the start of the recording.
        var end = 0
        var dropped = 0

        /// Makes the channel silent up to a place.
        mutating func fill(to place: Int) {
            guard place > end else { return }
            samples.append(contentsOf: repeatElement(0, count: place - end))
            end = place
        }

        /// Puts samples at the end, after silence if the end is far before `place`.
        mutating func append(_ new: [Int16], at place: Int, limits: (tolerance: Int, lead: Int)) {
            if place - end > limits.tolerance { fill(to: place) }
            guard end - place <= limits.lead else {
                dropped += new.count
                return
            }
            samples.append(contentsOf: new)
            end += new.count
        }
    }

    /// A side's end may differ from the time by this much without silence being put in.
    private static let tolerance = Duration.milliseconds(60)
    /// Audio of a side is waited for this long before it is taken to be silent.
    private static let patience = Duration.milliseconds(500)
    /// A side may run ahead of the time by this much; what is beyond is dropped.
    private static let longestLead = Duration.seconds(5)

    /// Samples per second of the file.
    public let sampleRate: Int
    /// Samples of a side that ran too far ahead of the time, or came in a rate that can't be converted.
    public var samplesDropped: Int { left.dropped + right.dropped }
    /// The length of what was recorded so far.
    public var duration: Duration { .nanoseconds(Int64(written) * 1_000_000_000 / Int64(sampleRate)) }

    private let start: Instant
    private var left = Track()
    private var right = Track()
    private var leftResampler: Resampler?
    private var rightResampler: Resampler?
    /// Samples per channel that were written.
    private var written = 0
    private var patched = 0
    private var isFinished = false
    private var writes: [Write] = []

    /// - Parameters:
    ///   - sampleRate: of the file, 8 000 to 48 000; clamped. Frames of other rates are converted.
    ///   - start: the instant of the first sample.
    public init(sampleRate: Int, start: Instant) {
        self.sampleRate = min(max(sampleRate, 8000), 48_000)
        self.start = start
        writes = [
            Write(offset: 0, octets: WAVHeader.octets(sampleRate: self.sampleRate, channels: 2, dataLength: 0))
        ]
    }

    /// What is to be written next, in this order; `nil` when there is nothing.
    public mutating func nextWrite() -> Write? {
        writes.isEmpty ? nil : writes.removeFirst()
    }

    /// Records a frame whose first sample was heard at `instant`.
    public mutating func record(_ frame: PCMFrame, side: Side, at instant: Instant) {
        guard !isFinished, !frame.samples.isEmpty else { return }
        let samples = convert(frame, side: side)
        switch side {
        case .caller: left.append(samples, at: place(of: instant), limits: limits)
        case .agent: right.append(samples, at: place(of: instant), limits: limits)
        }
        flush(until: min(left.end, right.end), atLeast: sampleRate / 5)
    }

    /// Tells the time when frames of one side or both may be missing: what has not come by now minus half a second
    /// is recorded as silence. To be called about once a second, at least.
    public mutating func advance(to now: Instant) {
        guard !isFinished else { return }
        let due = place(of: now - Self.patience)
        left.fill(to: due)
        right.fill(to: due)
        flush(until: min(left.end, right.end), atLeast: 1)
    }

    /// Ends the recording with what was recorded until now, and brings the header up to date.
    public mutating func finish() {
        guard !isFinished else { return }
        let end = max(left.end, right.end)
        left.fill(to: end)
        right.fill(to: end)
        flush(until: end, atLeast: 1)
        patchHeader()
        isFinished = true
    }

    // MARK: Parts

    private func place(of instant: Instant) -> Int {
        let time = start.duration(to: instant).inNanoseconds
        guard time > 0 else { return 0 }
        let (seconds, rest) = time.quotientAndRemainder(dividingBy: 1_000_000_000)
        return Int(seconds) * sampleRate + Int(rest) * sampleRate / 1_000_000_000
    }

    private func samples(_ duration: Duration) -> Int {
        Int(duration.inMilliseconds) * sampleRate / 1000
    }

    private var limits: (tolerance: Int, lead: Int) { (samples(Self.tolerance), samples(Self.longestLead)) }

    private mutating func convert(_ frame: PCMFrame, side: Side) -> [Int16] {
        switch side {
        case .caller: Self.convert(frame, to: sampleRate, with: &leftResampler, dropped: &left.dropped)
        case .agent: Self.convert(frame, to: sampleRate, with: &rightResampler, dropped: &right.dropped)
        }
    }

    private static func convert(
        _ frame: PCMFrame, to sampleRate: Int, with resampler: inout Resampler?, dropped: inout Int
    ) -> [Int16] {
        guard frame.sampleRate != sampleRate else { return frame.samples }
        if resampler?.inputRate != frame.sampleRate {
            resampler = try? Resampler(from: frame.sampleRate, to: sampleRate)
        }
        guard let samples = resampler?.process(frame.samples) else {
            dropped += frame.samples.count
            return []
        }
        return samples
    }

    private mutating func flush(until end: Int, atLeast least: Int) {
        let count = end - written
        guard count >= least, count > 0 else { return }
        var octets: [UInt8] = []
        octets.reserveCapacity(count * 4)
        for (one, other) in zip(left.samples.prefix(count), right.samples.prefix(count)) {
            octets.append(UInt8(truncatingIfNeeded: one))
            octets.append(UInt8(truncatingIfNeeded: one >> 8))
            octets.append(UInt8(truncatingIfNeeded: other))
            octets.append(UInt8(truncatingIfNeeded: other >> 8))
        }
        writes.append(Write(offset: WAVHeader.length + written * 4, octets: octets))
        left.samples.removeFirst(min(count, left.samples.count))
        right.samples.removeFirst(min(count, right.samples.count))
        written += count
        if written - patched >= sampleRate { patchHeader() }
    }

    private mutating func patchHeader() {
        guard patched != written else { return }
        patched = written
        writes.append(Write(offset: WAVHeader.fileSizeOffset, octets: WAVHeader.fileSize(dataLength: written * 4)))
        writes.append(Write(offset: WAVHeader.dataSizeOffset, octets: WAVHeader.dataSize(dataLength: written * 4)))
    }
}
