internal import TelephonyPrimitives

/// Puts the frames of both sides of a call on one time line: two channels of equal length, whatever was late, missing,
/// of another rate or paused.
struct StereoTimeline: ~Copyable {
    /// Audio of a side is waited for this long before it is taken to be silent.
    private static let patience = Duration.milliseconds(500)
    /// Leaps of the clock are silence up to this length.
    private static let longestLeap = 600
    private static let maximumPauses = 1_000

    let sampleRate: Int
    private(set) var left: RecordedTrack
    private(set) var right: RecordedTrack
    /// Samples per channel that were taken.
    private(set) var taken = 0
    /// Samples of the clock's leaps that were left out.
    private(set) var omitted = 0
    private var start: Instant
    private var pauses: [Range<Int>] = []
    private var pauseStart: Int?
    /// The latest place that was spoken of.
    private var latest = 0

    init(sampleRate: Int, start: Instant) {
        self.sampleRate = sampleRate
        self.start = start
        left = RecordedTrack(sampleRate: sampleRate)
        right = RecordedTrack(sampleRate: sampleRate)
    }

    /// The place where both channels are complete and nothing changes any more.
    var settledEnd: Int { min(left.settledEnd, right.settledEnd) }

    mutating func record(_ frame: PCMFrame, side: StereoRecorder.Side, at instant: Instant) {
        guard !frame.samples.isEmpty else { return }
        let place = reach(instant)
        let length = frame.sampleRate > 0 ? frame.samples.count * sampleRate / frame.sampleRate : 0
        // A frame that was heard within a pause is silent, wherever it comes to lie and however late it is.
        let isMuted = isPaused(within: place..<place + max(1, length))
        let silenced = silenced
        switch side {
        case .caller: left.append(frame, at: place, isMuted: isMuted, silenced: silenced)
        case .agent: right.append(frame, at: place, isMuted: isMuted, silenced: silenced)
        }
    }

    mutating func advance(to now: Instant) {
        _ = reach(now)
        let due = place(of: now - Self.patience)
        left.fill(to: due)
        right.fill(to: due)
    }

    /// Makes both channels equally long.
    mutating func finish() {
        left.finish(isMuted: pauseStart != nil)
        right.finish(isMuted: pauseStart != nil)
        let end = max(left.end, right.end)
        left.fill(to: end)
        right.fill(to: end)
        if let pauseStart { close(pauseStart..<max(pauseStart, end)) }
        pauseStart = nil
    }

    /// Moves what both channels have into `left` and `right`.
    mutating func take(until end: Int, left one: inout [Int16], right other: inout [Int16]) {
        let count = max(0, end - taken)
        left.take(count, into: &one)
        right.take(count, into: &other)
        taken += count
    }

    func leg(_ side: StereoRecorder.Side) -> RecordingSummary.Leg {
        switch side {
        case .caller: leg(left.soundEnd, left.recorded, left.end, left.dropped)
        case .agent: leg(right.soundEnd, right.recorded, right.end, right.dropped)
        }
    }

    private func leg(_ soundEnd: Int, _ recorded: Int, _ end: Int, _ dropped: Int) -> RecordingSummary.Leg {
        var leg = RecordingSummary.Leg()
        leg.length = duration(soundEnd)
        leg.recorded = duration(recorded)
        leg.missing = duration(max(0, end - recorded))
        leg.samplesDropped = dropped
        return leg
    }

    func duration(_ samples: Int) -> Duration {
        let (seconds, rest) = samples.quotientAndRemainder(dividingBy: sampleRate)
        return .seconds(seconds) + .nanoseconds(rest * 1_000_000_000 / sampleRate)
    }

    // MARK: Pauses

    var isPaused: Bool { pauseStart != nil }

    var pauseMarks: [RecordingSummary.Pause] {
        pauses.map { .init(start: duration($0.lowerBound), end: duration($0.upperBound)) }
    }

    mutating func pause(at instant: Instant) {
        guard pauseStart == nil else { return }
        let place = max(reach(instant), taken)
        pauseStart = place
        left.silence(from: place)
        right.silence(from: place)
    }

    mutating func resume(at instant: Instant) {
        guard let pauseStart else { return }
        close(pauseStart..<max(pauseStart, reach(instant)))
        self.pauseStart = nil
    }

    private mutating func close(_ pause: Range<Int>) {
        if pauses.count == Self.maximumPauses, let last = pauses.popLast() {
            pauses.append(last.lowerBound..<pause.upperBound)
        } else {
            pauses.append(pause)
        }
    }

    private func isPaused(within places: Range<Int>) -> Bool {
        if let pauseStart, pauseStart < places.upperBound { return true }
        return pauses.reversed().prefix { $0.upperBound > places.lowerBound }.contains { $0.overlaps(places) }
    }

    /// Where nothing is to be recorded, as far as it was not taken yet.
    private var silenced: [Range<Int>] {
        let closed = pauses.reversed().prefix { $0.upperBound > taken }
        return pauseStart.map { [$0..<Int.max] + closed } ?? Array(closed)
    }

    // MARK: Places

    /// The place of an instant. A clock that leaps by more than ten minutes is taken to have leapt by ten.
    private mutating func reach(_ instant: Instant) -> Int {
        var place = place(of: instant)
        let limit = latest + Self.longestLeap * sampleRate
        if place > limit {
            omitted += place - limit
            start = start + duration(place - limit)
            place = limit
        }
        latest = max(latest, place)
        return place
    }

    private func place(of instant: Instant) -> Int {
        let time = start.duration(to: instant).inNanoseconds
        guard time > 0 else { return 0 }
        let (seconds, rest) = time.quotientAndRemainder(dividingBy: 1_000_000_000)
        return Int(seconds) * sampleRate + Int(rest) * sampleRate / 1_000_000_000
    }
}
