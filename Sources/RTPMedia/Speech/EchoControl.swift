/// Takes our own voice out of what comes back over a telephone line.
///
/// An echo on a telephone line begins 20 to 800 ms after it was played: longer than an adaptive filter can usefully be.
/// So its delay is found first (``EchoPathFinder``), what was played is held back for as long, and the filter only has to
/// learn how the echo rings. While no echo is found, sound passes untouched. What the filter leaves is turned down to
/// the line's background as long as nobody else speaks, as the non-linear processor of ITU-T G.168 does.
struct EchoControl: Sendable {
    /// What became of a frame.
    struct Outcome {
        var isOwnEcho = false
        var path: SpeechObservation.EchoPath?
    }

    /// How alike two sounds are that have nothing to do with each other, at most.
    private static let alike: Float = 0.3
    /// The filter is given what was played this many samples at 8 kHz sooner than it comes back: the loudest part of an
    /// echo is not its first.
    private static let lead: Float = 96

    private let sampleRate: Int
    private let length: Int
    private let filter: AdaptiveEchoFilter
    private var finder = EchoPathFinder()
    private var equaliser: NotchEqualiser
    private var line: DelayLine
    private var reference: [Int16]
    private var residual: [Int16]
    private var frames = 0

    /// The delay found, in samples at 8 kHz.
    private(set) var delay: Float?
    /// By how much the delay grows in a frame, where the clocks of the line differ.
    private var drift: Float = 0
    private var estimate = DriftEstimate()
    private var candidate: Float = 0
    private var confirmations = 0
    private var likeness: Float = 0
    /// Power of the echo over that of what was played.
    private var returnRatio: Float = 1
    /// Power of what is left of the echo over that of what was played.
    private var residualRatio: Float = 1
    private var heardPower: Float = 0
    private var leftPower: Float = 0
    /// The power of each of the last frames as the filter sees them, to know what still rings.
    private var recent = SIMD8<Float>.zero
    private var background = BackgroundLevel()
    private var suspicion = 0
    private var nearHangover = 0
    private var useless = 0
    private var gain: Float = 1
    private var wasCancelling = false
    private let tailFrames: Int
    private var silentReference = 0

    init(sampleRate: Int, tailMilliseconds: Int) throws(SpeechFrontEndError) {
        self.sampleRate = sampleRate
        length = sampleRate / 50
        filter = try AdaptiveEchoFilter(
            length: length, tail: sampleRate * tailMilliseconds / 1000, sampleRate: sampleRate)
        equaliser = NotchEqualiser(sampleRate: sampleRate)
        line = DelayLine(longest: sampleRate * 4 / 5, frame: length)
        reference = Array(repeating: 0, count: length)
        residual = Array(repeating: 0, count: length)
        tailFrames = tailMilliseconds / 20 + 2
    }

    /// - Parameters:
    ///   - heard: 20 ms as they came; what is left of them afterwards.
    ///   - played: what was sent in the same 20 ms.
    ///   - heardBand, playedBand: the same at 8 kHz.
    mutating func process(
        _ heard: inout MutableSpan<Int16>, played: Span<Int16>, heardBand: [Float], playedBand: [Float]
    ) -> Outcome {
        frames &+= 1
        line.append(played)
        let searches = delay == nil || suspicion > 0 || likeness < 0.5
        finder.add(heard: heardBand, played: playedBand, correlates: searches || frames % 8 == 0)
        if frames % (searches ? 3 : 24) == 0 { look() }
        guard let delay else {
            background.add(Self.power(heard.span))
            return Outcome(isOwnEcho: likeness > Self.alike && confirmations > 0)
        }
        return cancel(&heard, delay: delay)
    }

    private mutating func look() {
        let match = finder.match()
        likeness = match.likeness
        guard match.likeness > Self.alike else {
            confirmations = 0
            return
        }
        if abs(match.delay - candidate) <= 4 { confirmations += 1 } else { confirmations = 1 }
        candidate = match.delay
        if match.likeness > 0.6 {
            returnRatio += (match.gain - returnRatio) * (delay == nil ? 1 : 0.2)
        }
        if let delay {
            let here = finder.match(near: delay)
            if follow(here, delay) || match.likeness < here.likeness + 0.15 { return }
        }
        guard confirmations >= 3 else { return }
        if delay == nil {
            filter.reset()
            equaliser.reset()
            returnRatio = match.gain
            leftPower = heardPower
        }
        // On a new delay the filter stays as it is: mostly the echo rings as before. It has to prove that first.
        residualRatio = returnRatio
        // Whole samples need no interpolation, and the filter learns the rest.
        delay = match.delay.rounded()
        drift = 0
        estimate = DriftEstimate()
        suspicion = 0
        useless = 0
    }

    /// Keeps up with clocks that differ: a delay that is off by a fraction of a sample, always to the same side.
    ///
    /// - Returns: whether the match is that delay's.
    private mutating func follow(_ match: EchoPathFinder.Match, _ delay: Float) -> Bool {
        let error = match.delay - delay
        guard match.likeness > 0.5, abs(error) < 24 else { return false }
        if match.likeness > 0.65, nearHangover == 0, let more = estimate.add(error, frame: frames) {
            drift = max(-0.1, min(0.1, drift + more))
        }
        return true
    }

    private mutating func cancel(_ heard: inout MutableSpan<Int16>, delay: Float) -> Outcome {
        self.delay = max(0, min(EchoPathFinder.longest, delay + drift))
        line.copy(delay: (delay - Self.lead) * Float(sampleRate / 8000), into: &reference)
        let playing = Self.power(reference.span)
        recent = SIMD8(playing, recent[0], recent[1], recent[2], recent[3], recent[4], recent[5], recent[6])
        let ringing = recent.max()
        // A filter that has seen nothing but silence for its whole length changes nothing.
        silentReference = playing == 0 ? silentReference + 1 : 0
        guard silentReference <= tailFrames else { return pass(&heard) }

        let before = Self.power(heard.span)
        filter.cancel(heard.span, played: reference, into: &residual)
        let after = Self.power(residual.span)
        equaliser.process(&residual)
        let floor = background.level
        let isActive = ringing * returnRatio > floor && ringing > 1000
        let expected = ringing * residualRatio
        var isNear = after > 10 * expected + 4 * floor && after > 1000 && after > 0.05 * before
        // The filter fails: somebody speaks, or the echo has moved. As long as it could be an echo, wait for the finder.
        let fails = isActive && after > before * 0.5
        if isNear, fails, before < 3 * ringing * returnRatio {
            suspicion += 1
            if suspicion < 15 { isNear = false }
        } else if !isNear {
            suspicion = 0
        }
        if isNear { nearHangover = 10 } else if nearHangover > 0 { nearHangover -= 1 }
        let isEcho = isActive && !isNear && nearHangover == 0
        if isActive {
            let ratio = after / ringing
            if nearHangover == 0, suspicion == 0 {
                residualRatio += (ratio - residualRatio) * 0.1
                heardPower = heardPower * 0.98 + before
                leftPower = leftPower * 0.98 + after
            } else {
                residualRatio *= 1.007
            }
            residualRatio = max(1e-6, min(residualRatio, 2 * returnRatio))
        } else {
            background.add(after)
        }
        watch(isActive: isActive, before: before, after: after)
        turnDown(isEcho: isEcho, floor: floor)
        mix(&heard)
        let enhancement = Decibels.ofPower(heardPower / max(leftPower, 1e-9))
        return Outcome(
            isOwnEcho: isEcho,
            path: SpeechObservation.EchoPath(
                delay: .microseconds(Int64(delay * 125)), returnLoss: -Decibels.ofPower(returnRatio),
                enhancement: max(0, enhancement)))
    }

    /// Sees whether there still is an echo: for three seconds of our voice nothing was like it and nothing went away.
    private mutating func watch(isActive: Bool, before: Float, after: Float) {
        guard isActive else { return }
        useless = likeness < Self.alike && after > before * 0.7 ? useless + 1 : max(0, useless - 3)
        guard useless > 150 else { return }
        delay = nil
        confirmations = 0
        useless = 0
        wasCancelling = false
        gain = 1
        nearHangover = 0
    }

    private mutating func turnDown(isEcho: Bool, floor: Float) {
        // Down to the background and not further: a line that goes dead is heard, too.
        let left = Self.power(residual.span)
        let wanted = isEcho ? max(0.02, min(1, (floor / max(left, 1)).squareRoot())) : 1
        let from = gain
        let step = (wanted - from) / Float(length)
        gain = wanted
        var samples = residual.mutableSpan
        if from != 1 || wanted != 1 {
            var now = from
            for index in 0..<samples.count {
                now += step
                samples[index] = (Float(samples[index]) * now).sample
            }
        }
    }

    /// Goes from what was heard to what is left, within one frame where it begins.
    private mutating func mix(_ heard: inout MutableSpan<Int16>) {
        let isContinued = wasCancelling
        wasCancelling = true
        let samples = residual.span
        guard isContinued else { return Self.fade(&heard, to: samples) }
        for index in samples.indices { heard[index] = samples[index] }
    }

    private mutating func pass(_ heard: inout MutableSpan<Int16>) -> Outcome {
        background.add(Self.power(heard.span))
        if wasCancelling {
            // What differs from the frame before is the filter's emphasis alone: too little to be heard.
            gain = 1
            nearHangover = 0
        }
        wasCancelling = false
        return Outcome(
            isOwnEcho: false,
            path: delay.map {
                SpeechObservation.EchoPath(
                    delay: .microseconds(Int64($0 * 125)), returnLoss: -Decibels.ofPower(returnRatio),
                    enhancement: max(0, Decibels.ofPower(heardPower / max(leftPower, 1e-9))))
            })
    }

    private static func fade(_ from: inout MutableSpan<Int16>, to: Span<Int16>) {
        let count = min(from.count, to.count)
        for index in 0..<count {
            let part = Float(index) / Float(count)
            from[index] = (Float(from[index]) * (1 - part) + Float(to[index]) * part).sample
        }
    }

    private static func power(_ samples: Span<Int16>) -> Float {
        var sum = 0
        for index in samples.indices { sum &+= Int(samples[index]) * Int(samples[index]) }
        return Float(sum) / Float(max(1, samples.count))
    }
}
