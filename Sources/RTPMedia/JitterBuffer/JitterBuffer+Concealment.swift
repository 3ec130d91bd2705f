/// What is played in place of audio that is not there.
extension JitterBuffer {
    mutating func beginConcealment() {
        concealer.begin(after: output.recent(samples(60)))
    }

    /// The codec's own concealment ends, and ours goes on from where it is.
    mutating func takeOverFromCodec() {
        guard isConcealingByCodec else { return }
        isConcealingByCodec = false
        concealer.begin(after: output.recent(samples(60)), elapsed: concealer.elapsed)
    }

    /// The next is not there: goes on with what was played last. A codec with a concealment of its own does so itself, as
    /// what it decodes next then follows on it, be that the redundancy in the packet after the next.
    mutating func conceal(_ count: Int) {
        if !concealer.isActive {
            beginConcealment()
            isConcealingByCodec = true
        }
        if isConcealingByCodec {
            if let playing, !concealer.isSilent {
                decoders.keep(playing)
                if concealByCodec(count) {
                    concealer.pass(count)
                    return
                }
            }
            decoders.forget()
            if concealer.elapsed > 0 { takeOverFromCodec() } else { isConcealingByCodec = false }
        }
        let origin = concealer.isSilent ? PCMFrame.Origin.silence : .concealed
        output.append(origin: origin) { concealer.next(count, over: &noise, into: &$0) }
        pending += count
    }

    /// A packet is lost and `next` is there: fills all that is missing before it, by what is known of both sides.
    mutating func bridge(_ gap: Int, to next: StoredPacket, _ count: Int) {
        // Fading out a long loss comes first, one frame at a time: what is missing may still come.
        let longest = GapInterpolation.longest(sampleRate: configuration.sampleRate)
        guard gap <= longest else {
            conceal(min(count, gap - longest))
            return
        }
        guard recover(gap, from: next) || interpolate(gap, before: next) else {
            conceal(min(count, gap))
            return
        }
        settle(concealed: pending)
        noteLoss(pending)
        pending = 0
        head = next.position
        isConcealingByCodec = false
        concealer.end()
    }

    /// Takes what the next packet says of the lost one before it, and what the codec makes of losses before that.
    private mutating func recover(_ gap: Int, from next: StoredPacket) -> Bool {
        let type = next.payloadType
        guard playing == type, !concealer.isActive || !concealer.isSilent else { return false }
        let told = min(gap, max(1, numbering?.packetLength ?? gap))
        if gap > told, !concealByCodec(gap - told) { return false }
        let isRecovered = output.append(origin: .real) { samples in
            decoders.recover(told, from: next.payload.span, of: type, into: &samples)
        }
        if isRecovered {
            counters.samplesRecovered += told
            // The line lost it all the same: waiting for the next packet goes on being worth it.
            noteLoss(told)
        }
        return isRecovered || concealByCodec(told) || gap > told
    }

    /// Plays `count` samples of the codec's own concealment, if it has one.
    private mutating func concealByCodec(_ count: Int) -> Bool {
        guard let type = playing else { return false }
        let isConcealed = output.append(origin: .concealed) { samples in
            decoders.conceal(count, by: type, into: &samples)
        }
        if isConcealed { pending += count }
        return isConcealed
    }

    private mutating func interpolate(_ gap: Int, before next: StoredPacket) -> Bool {
        let known = output.recent(samples(60))
        guard configuration.sampleRate <= GapInterpolation.highestSampleRate,
            !concealer.isActive || !concealer.isSilent,
            known.count >= GapInterpolation.memory(sampleRate: configuration.sampleRate),
            next.count >= configuration.sampleRate / 100
        else { return false }
        // The next packet is decoded now: what is lost will not come any more.
        head = next.position
        decode(atLeast: GapInterpolation.memory(sampleRate: configuration.sampleRate))
        before.removeAll(keepingCapacity: true)
        for sample in known { before.append(Float(sample)) }
        after.removeAll(keepingCapacity: true)
        for sample in ahead.waiting { after.append(Float(sample)) }
        let rate = configuration.sampleRate
        let isFilled = output.append(origin: .concealed) { samples in
            interpolation.fill(gap, after: before, before: after, sampleRate: rate, into: &samples)
        }
        if isFilled { pending += gap }
        return isFilled
    }

    /// Fades from the concealment into the audio at `head`.
    mutating func join() {
        let overlap = min(concealer.overlap, availableCount)
        decode(atLeast: overlap)
        let length = min(overlap, ahead.count)
        fading.removeAll(keepingCapacity: true)
        concealer.next(length, over: &noise, into: &fading)
        lastDelay = currentDelay
        let real = ahead.waiting.prefix(length)
        output.append(origin: .concealed) { CrossFade.mix(fading, real, into: &$0) }
        ahead.drop(length)
        head &+= Int64(length)
        counters.samplesPlayed += length
    }
}
