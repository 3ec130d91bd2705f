/// One channel of a recording: what waits to be written, and where its end lies on the time line.
///
/// A side runs on by its own samples, so that the jitter of timers leaves no marks. Where it lacks some, there are three
/// cases. More than 60 ms: silence is put in at once. About one frame or a few: what follows is watched for 160 ms,
/// because a late timer looks the same; if the frames stay late by so much, silence of whole frames is put in where they
/// are missing. A clock that is a little off: single samples are repeated or left out, far apart.
struct RecordedTrack: ~Copyable {
    /// Distances in samples.
    struct Limits {
        /// A side's end may differ from the time by this much without silence being put in at once.
        let tolerance: Int
        /// For so long it is watched whether frames are late or missing.
        let watch: Int
        /// A side may run ahead of the time by this much; what is beyond is dropped.
        let lead: Int
        /// A steady difference beyond this is worked off, until it is below ``driftEnd``.
        let driftStart: Int
        let driftEnd: Int

        init(sampleRate: Int) {
            tolerance = sampleRate * 60 / 1000
            watch = sampleRate * 160 / 1000
            lead = sampleRate * 5
            driftStart = sampleRate * 15 / 1000
            driftEnd = sampleRate * 2 / 1000
        }
    }

    /// Frames after one that came late, of which is not known yet whether others are missing before them.
    private struct Watch {
        /// Where the first of them is.
        let start: Int
        /// The usual difference before.
        let base: Int
        /// By how many samples each was late.
        var gaps: [Int]
        let frameLength: Int
    }

    private static let recentGaps = 16

    private let sampleRate: Int
    private let limits: Limits
    /// What was not taken yet; the last one lies before ``end``.
    private(set) var samples: [Int16] = []
    /// The place of the next sample, counted from the start of the recording.
    private(set) var end = 0
    /// Where the last sound ended.
    private(set) var soundEnd = 0
    /// Samples of sound.
    private(set) var recorded = 0
    private(set) var dropped = 0
    private var watch: Watch?
    /// How far the time was ahead of the end at the last frames, oldest first.
    private var gaps: [Int] = []
    private var isWorkingOff = false
    private var resampler: Resampler?
    /// What the resampler puts in front of the sound.
    private var latency = 0

    init(sampleRate: Int) {
        self.sampleRate = sampleRate
        limits = Limits(sampleRate: sampleRate)
        gaps.reserveCapacity(Self.recentGaps)
    }

    /// Up to here nothing changes any more.
    var settledEnd: Int { watch?.start ?? end }

    // MARK: Sound

    /// Puts a frame at the end, after silence if the end is far before `place`.
    ///
    /// - Parameter isSilenced: whether the samples at a place are not to be recorded.
    mutating func append(_ frame: PCMFrame, at place: Int, isMuted: Bool, silenced: [Range<Int>]) {
        var new = converted(frame, isMuted: isMuted)
        guard !new.isEmpty, frame.sampleRate > 0 else { return }
        let length = max(1, frame.samples.count * sampleRate / frame.sampleRate)
        if place - end > limits.tolerance { settle() }
        if place - end > limits.tolerance { fill(to: start(of: place, frameLength: length)) }
        guard end - place <= limits.lead else {
            dropped += new.count
            return
        }
        observe(place: place, length: length, count: new.count)
        correct(&new, length: length)
        for range in silenced {
            let overlap = range.clamped(to: end..<end + new.count)
            for index in overlap { new[index - end] = 0 }
        }
        samples.append(contentsOf: new)
        end += new.count
        recorded += new.count
        soundEnd = end
    }

    /// Makes the channel silent up to a place.
    mutating func fill(to place: Int) {
        guard place > end else { return }
        settle()
        guard place > end else { return }
        samples.append(contentsOf: repeatElement(0, count: place - end))
        end = place
        gaps.removeAll(keepingCapacity: true)
    }

    /// Where a frame after a long silence begins: whole frames after the one before, if the time says nearly that.
    private func start(of place: Int, frameLength: Int) -> Int {
        guard soundEnd == end, end > 0 else { return place }
        let missing = place - end - Self.median(gaps)
        let whole = (missing + frameLength / 2) / frameLength * frameLength
        return abs(whole - missing) <= frameLength / 4 ? end + whole : place
    }

    /// Silences what was not taken yet from a place on.
    mutating func silence(from place: Int) {
        settle(isEnd: true)
        let first = end - samples.count
        for index in max(0, place - first)..<max(samples.count, max(0, place - first)) { samples[index] = 0 }
    }

    /// Appends what is still inside the resampler, and decides what was undecided.
    mutating func finish(isMuted: Bool) {
        settle(isEnd: true)
        guard !isMuted else { return }
        flushResampler()
    }

    /// Moves the first samples into `target`.
    mutating func take(_ count: Int, into target: inout [Int16]) {
        let count = min(count, samples.count)
        target.append(contentsOf: samples.prefix(count))
        samples.removeFirst(count)
    }

    // MARK: Missing frames

    private mutating func observe(place: Int, length: Int, count: Int) {
        var gap = place - end
        if let current = watch {
            if gap < current.base + length / 2 {
                // Only late; the time has caught up.
                watch = nil
            } else if gap - Self.median(current.gaps) >= length / 2 {
                // More is missing.
                settle()
                gap = place - end
            } else {
                watch?.gaps.append(gap)
                if end + count - current.start >= limits.watch {
                    settle()
                    gap = place - end
                }
                if watch != nil { return }
            }
        }
        let base = gaps.isEmpty ? 0 : Self.median(gaps)
        if gap - base >= max(1, length / 2) {
            watch = Watch(start: end, base: base, gaps: [gap], frameLength: length)
        } else {
            note(gap)
        }
    }

    /// Decides whether frames are missing before those that are watched.
    ///
    /// - Parameter isEnd: nothing follows that could tell; then one late frame is only late.
    private mutating func settle(isEnd: Bool = false) {
        guard let current = watch else { return }
        watch = nil
        guard !isEnd || current.gaps.count > 1 else { return }
        let late = Self.median(current.gaps) - current.base
        let missing = (late + current.frameLength / 2) / current.frameLength * current.frameLength
        for gap in current.gaps { note(gap - missing) }
        guard missing > 0 else { return }
        let index = min(max(0, current.start - (end - samples.count)), samples.count)
        samples.insert(contentsOf: repeatElement(0, count: missing), at: index)
        end += missing
        soundEnd += missing
    }

    private mutating func note(_ gap: Int) {
        if gaps.count == Self.recentGaps { gaps.removeFirst() }
        gaps.append(gap)
    }

    private static func median(_ values: [Int]) -> Int {
        values.isEmpty ? 0 : values.sorted()[values.count / 2]
    }

    // MARK: Clocks

    /// Works off a steady difference to the time by repeating or leaving out samples: one in a frame, and where the
    /// difference is greater than any drift makes it, one in forty samples.
    private mutating func correct(_ new: inout [Int16], length: Int) {
        guard gaps.count == Self.recentGaps, watch == nil, new.count > 2, let least = gaps.min(),
            let most = gaps.max(), most - least < length
        else { return }
        let difference = Self.median(gaps)
        if abs(difference) > limits.driftStart { isWorkingOff = true }
        if abs(difference) < limits.driftEnd { isWorkingOff = false }
        guard isWorkingOff else { return }
        let count = abs(difference) > limits.tolerance ? max(1, new.count / 40) : 1
        let step = new.count / (count + 1)
        for index in (1...count).reversed() {
            let place = index * step
            guard place > 0, place < new.count - 1 else { continue }
            if difference > 0 {
                new.insert(Int16((Int(new[place - 1]) + Int(new[place])) / 2), at: place)
            } else {
                new[place - 1] = Int16((Int(new[place - 1]) + Int(new[place])) / 2)
                new.remove(at: place)
            }
        }
        let change = difference > 0 ? -count : count
        for index in gaps.indices { gaps[index] += change }
    }

    // MARK: Rates

    private mutating func converted(_ frame: PCMFrame, isMuted: Bool) -> [Int16] {
        let input = isMuted ? [Int16](repeating: 0, count: frame.samples.count) : frame.samples
        if let rate = resampler?.inputRate, rate != frame.sampleRate { flushResampler() }
        guard frame.sampleRate != sampleRate else { return input }
        if resampler == nil {
            resampler = try? Resampler(from: frame.sampleRate, to: sampleRate)
            latency = resampler?.outputLatency ?? 0
        }
        guard var output = resampler?.process(input) else {
            dropped += input.count
            return []
        }
        // The sound comes late out of a resampler; the time line has it where it was.
        let surplus = min(latency, output.count)
        latency -= surplus
        output.removeFirst(surplus)
        return output
    }

    private mutating func flushResampler() {
        guard let rest = resampler?.finish() else { return }
        resampler = nil
        let tail = rest.dropFirst(latency)
        latency = 0
        samples.append(contentsOf: tail)
        end += tail.count
        recorded += tail.count
        soundEnd = end
    }
}
