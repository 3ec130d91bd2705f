public import TelephonyPrimitives

extension JitterBuffer {
    /// What packets must be early by when playout starts, beyond what their jitter asks for, in milliseconds.
    static let guardTime = 3.0
    /// What they may be early by in excess of that and of one step of the grid before playout goes faster.
    static let slack = 7.0
    /// Delay that brings no safety is worked off when it is longer than this.
    static let tolerableWaste = 6.0
    /// At most this much concealment stands in for late audio; of a longer stall the audio is played, later.
    static let longestStandIn = 60.0

    /// The next 20 ms. To be called every 20 ms from the start of the call on, whether packets came or not.
    public mutating func pull(now: Instant) -> PCMFrame {
        let length = configuration.frameLength
        advanceClock(to: now)
        stretchCredit = min(stretchCredit + length / 4, samples(15) + length / 4)
        trimDelay()
        var mayStretch = true
        var rounds = 0
        while output.count < length, rounds < 32 {
            produce(length - output.count, mayStretch: &mayStretch)
            rounds += 1
        }
        if output.count < length { playSilence(length - output.count) }
        counters.samplesPulled += length
        let (samples, origin) = output.pop(length)
        return PCMFrame(samples: samples, sampleRate: configuration.sampleRate, origin: origin)
    }

    var minimumDelay: Double { milliseconds(configuration.minimumDelay) }

    /// How long the fastest packet would wait if the sample at `head` followed what is in the output, in milliseconds.
    var currentDelay: Double {
        delay(ofPlaying: head)
    }

    private func delay(ofPlaying position: Int64) -> Double {
        guard let clock, let delays else { return 0 }
        return milliseconds(clock) + milliseconds(samples: Int64(output.count)) - milliseconds(samples: position)
            - delays.fastest
    }

    /// How playing from a position on relates to the packets.
    ///
    /// A pull needs every packet that begins within its frame, so what counts is the delay less the place of the last
    /// such beginning in the frame. That place recurs with the greatest common divisor of packet and frame: as long
    /// as a stretch moves it within that grid, it makes the delay longer and no packet more in time.
    struct Margin {
        /// How long before the pull that needs it the fastest packet arrives, in milliseconds.
        var early: Double
        /// The part of the delay that makes no packet earlier.
        var waste: Double
        /// The step in which `early` can change.
        var grid: Double
    }

    private func margin(playing position: Int64) -> Margin {
        let frame = configuration.frameLength
        let grid = Self.greatestCommonDivisor(max(1, numbering?.packetLength ?? frame), frame)
        let newest = store.end ?? position
        let phase = Int(truncatingIfNeeded: ((newest &- position) % Int64(grid) + Int64(grid)) % Int64(grid))
        let latest = milliseconds(samples: Int64(phase + frame - grid))
        return Margin(
            early: delay(ofPlaying: position) - latest, waste: milliseconds(samples: Int64(phase)),
            grid: milliseconds(samples: Int64(grid)))
    }

    private var required: Double { delays?.required ?? 0 }

    /// Whether playing from a position on now would leave packets enough time.
    private func isDue(_ position: Int64) -> Bool {
        delay(ofPlaying: position) >= minimumDelay - 10
            && margin(playing: position).early >= required + Self.guardTime
    }

    private static func greatestCommonDivisor(_ first: Int, _ second: Int) -> Int {
        var (larger, smaller) = (first, second)
        while smaller != 0 { (larger, smaller) = (smaller, larger % smaller) }
        return max(1, larger)
    }

    /// Pulls come from a timer that is a little early or late; what counts for the delay is the steady clock behind it.
    private mutating func advanceClock(to now: Instant) {
        guard let last = clock else {
            clock = now
            return
        }
        let expected = last + .milliseconds(20)
        let error = expected.duration(to: now)
        if abs(milliseconds(error)) > 40 {
            clock = now
        } else {
            clock = expected + .nanoseconds(error.inNanoseconds / 8)
        }
    }

    // MARK: One step

    private mutating func produce(_ count: Int, mayStretch: inout Bool) {
        switch phase {
        case .waiting:
            if let first = store.first, isTimeToStart(first) {
                begin(with: first)
            } else {
                playPause(count)
            }
        case .playing:
            let available = store.contiguousCount(from: head)
            if available > 0 {
                if concealer != nil {
                    resume()
                } else if mayStretch, stretch(available: available) {
                    mayStretch = false
                } else {
                    mayStretch = false
                    output.append(take(min(available, count)), origin: .real)
                }
            } else if let next = store.packets.first(where: { $0.position > head }) {
                cross(to: next, count)
            } else {
                conceal(count)
            }
        }
    }

    private func isTimeToStart(_ first: StoredPacket) -> Bool {
        let held = milliseconds(samples: (store.end ?? first.end) &- first.position)
        return isDue(first.position) || held >= milliseconds(configuration.maximumDelay)
    }

    private mutating func begin(with first: StoredPacket) {
        head = first.position
        pending = 0
        stoodIn = 0
        phase = .playing
        if concealer != nil, concealer?.isSilent == false { join() }
        concealer = nil
    }

    /// The place in the stream has nothing, but a later one has: a loss to conceal, or a pause of the sender.
    private mutating func cross(to next: StoredPacket, _ count: Int) {
        let gap = next.position &- head
        let lost =
            numbering.map { $0.window.missing(after: $0.lastPlayed ?? next.sequence, before: next.sequence) } ?? 0
        let packet = max(1, numbering?.packetLength ?? 1)
        let lostSamples = min(gap, Int64(lost) &* Int64(packet))
        let unexplained = gap &- lostSamples
        let tolerance = lost == 0 ? Int64(packet / 2) : next.marker ? 0 : 2 * Int64(packet)
        if unexplained > tolerance {
            let concealed = min(pending, Int(clamping: lostSamples))
            settle(concealed: concealed)
            counters.samplesSilent += pending - concealed
            pending = 0
            if concealer == nil { beginConcealment() }
            head = next.position
            phase = .waiting
        } else if gap > Int64(pending) {
            conceal(min(count, Int(clamping: gap &- Int64(pending))))
        } else {
            // Concealment has filled the gap; what it is longer by may still stand in for some of the next packet.
            settle(concealed: Int(clamping: gap))
            pending -= Int(clamping: gap)
            head = next.position
        }
    }

    /// Audio is there again after concealment.
    private mutating func resume() {
        let silent = concealer?.isSilent ?? true
        if silent, !isDue(head) {
            settlePending()
            phase = .waiting
            return
        }
        // What was concealed stands in for audio that came late, unless the delay may grow.
        let margin = margin(playing: head)
        let excess = samples(min(currentDelay - minimumDelay, margin.early + margin.waste - required - Self.guardTime))
        let standIn = max(0, min(pending, excess, samples(Self.longestStandIn) - stoodIn))
        let skipped = min(standIn, store.contiguousCount(from: head))
        drop(skipped)
        stoodIn += skipped
        settlePending()
        guard store.contiguousCount(from: head) > 0 else { return }
        join()
        concealer = nil
        stoodIn = 0
    }

    /// Fades from the concealment into the audio at `head`.
    private mutating func join() {
        guard var fading = concealer else { return }
        let overlap = min(fading.overlap, store.contiguousCount(from: head))
        output.append(CrossFade.mix(fading.next(overlap), take(overlap)), origin: .concealed)
    }

    /// Plays one period less or more if the delay asks for it and the waveform allows it.
    private mutating func stretch(available: Int) -> Bool {
        let longest = PitchSearch.longestLag(sampleRate: configuration.sampleRate)
        let margin = margin(playing: head)
        let spare = margin.early - max(required + Self.guardTime + margin.grid + Self.slack, minimumDelay + 12)
        let isSlower = margin.early < required + 1
        var reach = longest
        if !isSlower, spare <= 0 {
            guard margin.waste > Self.tolerableWaste, currentDelay > minimumDelay + 12 else {
                refusals = 0
                return false
            }
            reach = min(longest, samples(margin.waste))
        }
        guard stretchCredit >= longest / 3 else { return false }
        let material = store.samples(from: head, count: min(available, 2 * reach))
        // The longer no periods are alike, and the more is to be worked off, the less alike they must be.
        let patience = Float(refusals) * (spare > 40 ? 0.05 : 0.01)
        let leastAlike = max(0.3, 0.9 - patience)
        let change =
            isSlower
            ? TimeStretch.lengthen(material, sampleRate: configuration.sampleRate, leastAlike: leastAlike)
            : TimeStretch.shorten(material, sampleRate: configuration.sampleRate, leastAlike: leastAlike)
        guard let change else {
            refusals += 1
            return false
        }
        let amount = abs(change.consumed - change.output.count)
        guard amount <= stretchCredit || TimeStretch.isPause(material) else { return false }
        stretchCredit = max(0, stretchCredit - amount)
        refusals = 0
        _ = take(change.consumed)
        output.append(change.output, origin: .stretched)
        if isSlower { counters.samplesAdded += amount } else { counters.samplesRemoved += amount }
        return true
    }

    /// Audio that would be played later than the longest delay is dropped.
    private mutating func trimDelay() {
        guard phase == .playing else { return }
        let excess = currentDelay - milliseconds(configuration.maximumDelay) - 20
        guard excess > 0 else { return }
        let count = min(samples(excess), store.contiguousCount(from: head) - configuration.frameLength)
        guard count > 0 else { return }
        if concealer == nil { beginConcealment() }
        drop(count)
        counters.overflows += 1
    }

    // MARK: Making audio

    /// The next samples of the stream, which must be there.
    private mutating func take(_ count: Int) -> [Int16] {
        lastDelay = currentDelay
        let samples = store.samples(from: head, count: count)
        let queued = output.count
        let end = head &+ Int64(samples.count)
        for packet in store.packets {
            guard packet.position < end else { break }
            guard packet.end > head, packet.sequence > (numbering?.lastPlayed ?? Int64.min) else { continue }
            numbering?.lastPlayed = packet.sequence
            let offset = Int64(queued) &+ max(0, packet.position &- head)
            if let clock {
                waited += milliseconds(clock) + milliseconds(samples: offset) - milliseconds(packet.arrival)
                packetsPlayed += 1
            }
            lossFraction *= 0.99
        }
        head = end
        while let first = store.first, first.end <= head { store.dropFirst() }
        counters.samplesPlayed += samples.count
        return samples
    }

    /// Passes over samples of the stream that are there but are not to be played.
    private mutating func drop(_ count: Int) {
        guard count > 0 else { return }
        head &+= Int64(count)
        while let first = store.first, first.end <= head {
            let last = numbering?.lastPlayed ?? first.sequence
            numbering?.lastPlayed = max(last, first.sequence)
            store.dropFirst()
        }
    }

    mutating func beginConcealment() {
        concealer = Concealer(history: output.recent, sampleRate: configuration.sampleRate)
    }

    private mutating func conceal(_ count: Int) {
        if concealer == nil { beginConcealment() }
        guard let silent = concealer?.isSilent, let samples = concealer?.next(count) else { return }
        output.append(samples, origin: silent ? .silence : .concealed)
        pending += samples.count
    }

    private mutating func playPause(_ count: Int) {
        if let silent = concealer?.isSilent, !silent, let samples = concealer?.next(count) {
            output.append(samples, origin: .concealed)
            counters.samplesSilent += samples.count
        } else {
            playSilence(count)
        }
    }

    private mutating func playSilence(_ count: Int) {
        output.append(Array(repeating: 0, count: count), origin: .silence)
        counters.samplesSilent += count
    }

    // MARK: Counting

    /// The concealment so far stood for a loss or for late audio.
    private mutating func settlePending() {
        settle(concealed: pending)
        pending = 0
    }

    private mutating func settle(concealed: Int) {
        guard concealed > 0 else { return }
        counters.samplesConcealed += concealed
        counters.concealments += 1
        let packets = Double(concealed) / Double(max(1, numbering?.packetLength ?? concealed))
        lossFraction = min(1, lossFraction + 0.01 * packets)
    }
}
