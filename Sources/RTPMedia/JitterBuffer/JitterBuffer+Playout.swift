public import TelephonyPrimitives

extension JitterBuffer {
    /// What a packet weighs in the moving average of the loss.
    static let lossWeight = 0.005
    /// What a change of the delay must gain, in points of R: within speech it is heard, in a pause it is not.
    static let leastGain = (speech: 1.5, pause: 0.3)
    /// Excess delay in milliseconds beyond which less alike periods will do sooner.
    static let muchExcess = 40.0
    /// The least likeness of two periods that one is made of.
    static let leastLikeness: Float = 0.3
    /// Delay that brings no safety is worked off when it is longer than this.
    static let tolerableWaste = 6.0
    /// The next 10 or 20 ms. To be called every 10 or 20 ms from the start of the call on, whether packets came or not.
    public mutating func pull(now: Instant) -> PCMFrame {
        var samples: [Int16] = []
        samples.reserveCapacity(configuration.frameLength)
        let origin = pull(now: now, into: &samples)
        return PCMFrame(samples: samples, sampleRate: configuration.sampleRate, origin: origin)
    }

    /// Appends the next 10 or 20 ms to `samples`; allocates nothing once a call is in its stride.
    ///
    /// - Returns: how they came to be.
    public mutating func pull(now: Instant, into samples: inout [Int16]) -> PCMFrame.Origin {
        let length = limits.frameLength
        advanceClock(to: now)
        stretchCredit = min(stretchCredit + length / 4, self.samples(15) + length / 4)
        trimDelay()
        var mayStretch = true
        var rounds = 0
        while output.count < length, rounds < 32 {
            produce(length - output.count, mayStretch: &mayStretch)
            rounds += 1
        }
        if output.count < length { playNoise(length - output.count) }
        counters.samplesPulled += length
        let start = samples.count
        let origin = output.pop(length, into: &samples)
        if origin == .real { noise.hear(samples[start...]) }
        return origin
    }

    /// What packets must be early by beyond what their jitter asks for: what the timer of the pulls may be early by.
    var guardTime: Double { min(max(0.5, pullJitter * 3), 6) }

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

    func margin(playing position: Int64) -> Margin {
        let frame = configuration.frameLength
        let grid = Self.greatestCommonDivisor(max(1, numbering?.packetLength ?? frame), frame)
        let newest = store.end ?? position &+ Int64(ahead.count)
        let distance = (newest &- position &+ Int64(output.count)) % Int64(grid)
        let phase = Int(truncatingIfNeeded: distance < 0 ? distance + Int64(grid) : distance)
        let latest = milliseconds(samples: Int64(phase + frame - grid))
        return Margin(
            early: delay(ofPlaying: position) - latest, waste: milliseconds(samples: Int64(phase)),
            grid: milliseconds(samples: Int64(grid)))
    }

    var required: Double { delays?.required ?? 0 }

    /// Whether playing from a position on now would leave packets enough time.
    func isDue(_ position: Int64) -> Bool {
        delay(ofPlaying: position) >= minimumDelay && margin(playing: position).early >= required + guardTime
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
        let error = milliseconds(now) - milliseconds(last) - limits.frameDuration
        if abs(error) > 40 {
            clock = now
        } else {
            clock = Instant(nanoseconds: last.nanoseconds &+ Int64((limits.frameDuration + error / 8) * 1e6))
            pullJitter += (abs(error) - pullJitter) / 32
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
            let available = availableCount
            if available > 0 {
                if concealer.isActive {
                    resume()
                } else if mayStretch, stretch(available: available) {
                    mayStretch = false
                } else {
                    mayStretch = false
                    take(min(available, count))
                }
            } else if let next = store.packets.firstIndex(where: { $0.position > head }) {
                cross(to: next, count)
            } else {
                conceal(count)
            }
        }
    }

    /// How many samples follow one another from `head` on without a gap, decoded or not.
    var availableCount: Int { ahead.count + store.contiguousCount(from: head &+ Int64(ahead.count)) }

    private func isTimeToStart(_ first: StoredPacket) -> Bool {
        let held = milliseconds(samples: (store.end ?? first.end) &- first.position)
        return isDue(first.position) || held >= limits.maximumDelay
    }

    private mutating func begin(with first: StoredPacket) {
        head = first.position
        pending = 0
        stoodIn = 0
        phase = .playing
        // What a stall has held back may be too old from the first sample on.
        trimDelay()
        if concealer.isActive, !concealer.isSilent { join() }
        concealer.end()
    }

    /// The place in the stream has nothing, but a later one has: a loss to conceal, or a pause of the sender.
    private mutating func cross(to index: Int, _ count: Int) {
        decoders.forget()
        let next = store.packets[index]
        let gap = next.position &- head
        let (lostSamples, isPause) = explain(gap: gap, before: next, after: numbering?.lastPlayed)
        if isPause {
            let concealed = min(pending, Int(clamping: lostSamples))
            settle(concealed: concealed)
            noteLoss(concealed)
            counters.samplesSilent += pending - concealed
            pending = 0
            takeOverFromCodec()
            if !concealer.isActive { beginConcealment() }
            head = next.position
            phase = .waiting
        } else if gap > Int64(pending) {
            bridge(Int(clamping: gap &- Int64(pending)), to: next, count)
        } else {
            // Concealment has filled the gap; what it is longer by may still stand in for some of the next packet.
            settle(concealed: Int(clamping: gap))
            noteLoss(Int(clamping: gap))
            pending -= Int(clamping: gap)
            head = next.position
        }
    }

    /// What of a gap was lost, in samples, and whether the rest is a pause of the sender.
    ///
    /// - Parameter sequence: of the packet before the gap; `nil` when there was none.
    private func explain(
        gap: Int64, before next: StoredPacket, after sequence: Int64?
    ) -> (lostSamples: Int64, isPause: Bool) {
        let lost = numbering?.window.missing(after: sequence ?? next.sequence, before: next.sequence) ?? 0
        let packet = max(1, numbering?.packetLength ?? 1)
        let lostSamples = min(gap, Int64(lost) &* Int64(packet))
        let tolerance = lost == 0 ? Int64(packet / 2) : next.marker ? 0 : 2 * Int64(packet)
        return (lostSamples, gap &- lostSamples > tolerance)
    }

    /// Whether the next gap in what waits is a pause of the sender.
    private var isPauseAhead: Bool {
        let reached = head &+ Int64(availableCount)
        guard let index = store.packets.firstIndex(where: { $0.position > reached }) else { return false }
        let next = store.packets[index]
        let before = index > 0 ? store.packets[index - 1].sequence : numbering?.lastPlayed
        return explain(gap: next.position &- reached, before: next, after: before).isPause
    }

    /// Audio is there again after concealment.
    private mutating func resume() {
        // What came late is decoded as if nothing had been concealed; what follows on a loss, as the codec would have it.
        let isSeamless = isConcealingByCodec && !decoders.restore()
        if !isSeamless { takeOverFromCodec() }
        if concealer.isSilent, !isDue(head) {
            settlePending()
            isConcealingByCodec = false
            phase = .waiting
            return
        }
        // What was concealed stands in for audio that came late, unless the delay may grow.
        let margin = margin(playing: head)
        let excess = samples(min(currentDelay - minimumDelay, margin.early + margin.waste - required - guardTime))
        var standIn = max(0, min(pending, excess, limits.longestOmission - stoodIn))
        // The delay grows by whole steps of the grid: less brings no packet more in time.
        let step = max(1, samples(margin.grid))
        let growth = pending - standIn
        if growth > 0 {
            let whole = (growth + samples(margin.waste) + step - 1) / step * step - samples(margin.waste)
            if whole <= pending { standIn = pending - whole }
        }
        let skipped = min(standIn, availableCount)
        drop(skipped)
        stoodIn += skipped
        settlePending()
        guard availableCount > 0 else { return }
        if !isSeamless || skipped > 0 {
            takeOverFromCodec()
            join()
        }
        isConcealingByCodec = false
        concealer.end()
        stoodIn = 0
    }

    /// Plays one period less or more if the delay asks for it and the waveform allows it.
    private mutating func stretch(available: Int) -> Bool {
        let longest = PitchSearch.longestLag(sampleRate: configuration.sampleRate)
        guard let delays else { return false }
        let margin = margin(playing: head)
        decode(atLeast: min(available, 2 * longest))
        let isPause = TimeStretch.isPause(ahead.waiting.prefix(2 * longest))
        // What it costs to stay, and to go as many whole steps of the grid as lie between here and the best.
        let early = margin.early - guardTime
        let stay = delays.cost(of: early)
        let threshold = isPause ? Self.leastGain.pause : Self.leastGain.speech
        let distance = ((early - delays.required) / margin.grid).rounded(.down) * margin.grid
        let isSlower = distance < 0 && stay - delays.cost(of: early - distance) > threshold
        let isFaster =
            distance > 0 && currentDelay - margin.grid >= minimumDelay
            && stay - delays.cost(of: early - distance) > threshold
        let step = samples(margin.grid)
        let waste = samples(margin.waste)
        var reach = longest
        // A pause may change by any amount: then as much as moves the margin by whole steps of the grid.
        let wanted = isSlower ? step - waste : waste > 0 ? waste : step
        if !isSlower, !isFaster {
            guard waste > 0, isPause, currentDelay - margin.waste >= minimumDelay else {
                refusals = 0
                return false
            }
            reach = min(longest, waste)
        }
        let spare = isFaster ? early - required : 0
        guard stretchCredit >= longest / 3 || isPause else { return false }
        let material = ahead.waiting.prefix(2 * reach)
        // The longer no periods are alike, and the more is to be worked off, the less alike they must be.
        let patience = Float(refusals) * (spare > Self.muchExcess ? 0.05 : 0.01)
        let leastAlike = max(Self.leastLikeness, 0.9 - patience)
        let rate = configuration.sampleRate
        let consumed =
            isSlower
            ? stretcher.lengthen(material, by: wanted, sampleRate: rate, leastAlike: leastAlike)
            : stretcher.shorten(material, by: wanted, sampleRate: rate, leastAlike: leastAlike)
        guard let consumed else {
            refusals += 1
            return false
        }
        let amount = abs(consumed - stretcher.output.count)
        guard amount <= stretchCredit || isPause else { return false }
        stretchCredit = max(0, stretchCredit - amount)
        refusals = 0
        lastDelay = currentDelay
        output.append(stretcher.output, origin: .stretched)
        ahead.drop(consumed)
        head &+= Int64(consumed)
        counters.samplesPlayed += consumed
        if isSlower { counters.samplesAdded += amount } else { counters.samplesRemoved += amount }
        return true
    }

    /// Audio that would be played later than the longest delay is dropped, and the losses in it are passed over.
    private mutating func trimDelay() {
        guard phase == .playing else { return }
        let excess = currentDelay - limits.maximumDelay - 20
        guard excess > 0 else { return }
        // A pause is no delay: it is passed over when its turn comes, and what is before it may go as a whole. Else the
        // last frame stays, so that there is something to play.
        let end = max(store.end ?? head, head &+ Int64(ahead.count))
        let most = isPauseAhead ? availableCount : Int(clamping: end &- head) - configuration.frameLength
        let count = min(samples(excess), most)
        guard count > 0 else { return }
        decoders.restore()
        takeOverFromCodec()
        if !concealer.isActive { beginConcealment() }
        if count <= availableCount { drop(count) } else { skip(to: head &+ Int64(count)) }
        counters.overflows += 1
    }

    /// Passes over what is there and what is not, up to a place in the stream before the end of what is held.
    private mutating func skip(to place: Int64) {
        ahead.removeAll()
        while let first = store.first, first.end <= place {
            if first.sequence > numbering?.lastPlayed ?? Int64.min { numbering?.lastPlayed = first.sequence }
            store.dropFirst()
        }
        head = max(place, store.first?.position ?? place)
        settlePending()
    }

    // MARK: Making audio

    /// Decodes packets that follow on what is ahead until `count` samples are, if they are there.
    mutating func decode(atLeast count: Int) {
        while ahead.count < count {
            let end = head &+ Int64(ahead.count)
            guard let first = store.first, first.position <= end else { return }
            if first.end <= end {
                store.dropFirst()
                continue
            }
            guard let packet = store.takeFirst() else { return }
            decode(packet, from: Int(clamping: end &- packet.position))
        }
    }

    /// Decodes a packet to the end of what is ahead, but for its first `skipped` samples.
    private mutating func decode(_ packet: StoredPacket, from skipped: Int) {
        if playing != packet.payloadType {
            decoders.reset(packet.payloadType)
            playing = packet.payloadType
        }
        let start = ahead.count
        ahead.append(origin: .real) { samples in
            decoders.decode(packet.payload.span, of: packet.payloadType, into: &samples)
        }
        ahead.fit(packet.count, since: start, origin: .real)
        if skipped > 0 {
            // The packet overlaps what was there already: only what is new of it counts.
            ahead.drop(skipped, after: start)
        }
        if packet.sequence > (numbering?.lastPlayed ?? Int64.min) {
            numbering?.lastPlayed = packet.sequence
            if let clock {
                let offset = Int64(output.count + start)
                waited += milliseconds(clock) + milliseconds(samples: offset) - milliseconds(packet.arrival)
                packetsPlayed += 1
            }
            lossFraction *= 1 - Self.lossWeight
        }
        store.recycle(packet.payload)
    }

    /// Plays the next samples of the stream.
    private mutating func take(_ count: Int) {
        lastDelay = currentDelay
        decode(atLeast: count)
        let length = min(count, ahead.count)
        output.append(ahead.waiting.prefix(length), origin: .real)
        ahead.drop(length)
        head &+= Int64(length)
        counters.samplesPlayed += length
    }

    /// Passes over samples of the stream that are there but are not to be played.
    private mutating func drop(_ count: Int) {
        guard count > 0 else { return }
        decode(atLeast: count)
        let length = min(count, ahead.count)
        ahead.drop(length)
        head &+= Int64(length)
    }

    private mutating func playPause(_ count: Int) {
        if concealer.isActive, !concealer.isSilent {
            output.append(origin: .concealed) { concealer.next(count, over: &noise, into: &$0) }
            counters.samplesSilent += count
        } else {
            playNoise(count)
        }
    }

    private mutating func playNoise(_ count: Int) {
        output.append(origin: .silence) { noise.make(count, into: &$0) }
        counters.samplesSilent += count
    }

    // MARK: Counting

    /// The concealment so far stood for a loss or for late audio.
    private mutating func settlePending() {
        settle(concealed: pending)
        pending = 0
    }

    /// What was concealed never came; what only came late is no loss of the line's.
    mutating func noteLoss(_ count: Int) {
        let packets = Double(count) / Double(max(1, numbering?.packetLength ?? count))
        lossFraction = min(1, lossFraction + Self.lossWeight * packets)
    }

    mutating func settle(concealed: Int) {
        guard concealed > 0 else { return }
        counters.samplesConcealed += concealed
        counters.concealments += 1
    }
}
