public import TelephonyPrimitives

extension MediaSession {
    /// Takes a datagram from the RTP port. Whatever is in it, it can only be heard or counted.
    ///
    /// - Parameters:
    ///   - octets: the whole datagram.
    ///   - address: where it came from.
    ///   - now: when it came.
    public mutating func receive(packet octets: [UInt8], from address: TransportAddress, now: Instant) {
        receive(packet: octets.span, from: address, now: now)
    }

    /// Takes a datagram from the RTP port; what is needed of it is copied into storage that is used again.
    public mutating func receive(packet octets: Span<UInt8>, from address: TransportAddress, now: Instant) {
        guard !isClosed else { return }
        advanceClock(now)
        guard octets.count <= Self.maximumDatagram else {
            counters.oversized += 1
            return
        }
        guard admits(address, isControl: false, now) else { return }
        switch DatagramKind(octets) {
        case .rtcp:
            receiveControl(packet: Array(copying: octets), from: address, now: now)
        case .other:
            counters.notMedia += 1
        case .rtp where configuration.keying == nil:
            receive(media: octets, from: address, now: now)
        case .rtp:
            // Out of the session while it is used, so that it is nobody else's.
            var clear: [UInt8] = []
            swap(&clear, &decrypted)
            clear.replaceAll(with: octets)
            if letIn(&clear, by: { session, octets throws(SRTPError) in try session.unprotect(&octets) }) {
                self.clear.receive(clear)
                receive(media: clear.span, from: address, now: now)
            }
            swap(&clear, &decrypted)
        }
    }

    private mutating func receive(media octets: Span<UInt8>, from address: TransportAddress, now: Instant) {
        guard let header = try? RTPHeader(parsing: octets) else {
            counters.malformed += 1
            return
        }
        receive(
            Arrival(
                header: header, level: audioLevel(of: header, in: octets), address: address, time: now),
            octets.extracting(header.payload))
    }

    /// The next 20 ms of what the other side says; silence when it says nothing or may not.
    public mutating func pull(now: Instant) -> PCMFrame {
        var frame = PCMFrame(samples: [], sampleRate: jitterBuffer.configuration.sampleRate)
        pull(now: now, into: &frame)
        return frame
    }

    /// The next 20 ms of what the other side says, in a frame whose storage is used again.
    public mutating func pull(now: Instant, into frame: inout PCMFrame) {
        frame.samples.removeAll(keepingCapacity: true)
        frame.sampleRate = jitterBuffer.configuration.sampleRate
        frame.origin = jitterBuffer.pull(now: now, into: &frame.samples)
        guard !isClosed else { return }
        advanceClock(now)
        levelHeard.add(frame.samples.span)
        if configuration.telephoneEventReceive.isEmpty { listen(for: frame) }
    }

    /// Hears keys in the sound: the other side has no other way to send them.
    private mutating func listen(for frame: PCMFrame) {
        if tonesReceived?.sampleRate != frame.sampleRate {
            if let press = tonesReceived?.reset() { tell(press) }
            tonesReceived = ToneDetector(sampleRate: frame.sampleRate)
        }
        for press in tonesReceived?.receive(frame.samples.span) ?? [] { tell(press) }
    }

    // MARK: Whose packet it is

    private mutating func receive(_ arrived: Arrival, _ payload: Span<UInt8>) {
        let header = arrived.header
        guard isAgreed(header.payloadType) else {
            counters.unknownPayload += 1
            // Its number is not lost, and its source is alive.
            if latch.isSource(arrived.address, now: arrived.time), header.ssrc == remoteSSRC {
                note(header.sequence, reception?.receive(sequence: header.sequence), isHeard: true)
                jitterBuffer.skip(sequence: header.sequence)
            }
            return
        }
        let verdict = latch.judge(
            arrived.address, ssrc: header.ssrc, sequence: header.sequence, isAuthentic: protection != nil,
            now: arrived.time)
        switch verdict {
        case .refused:
            counters.discardedFromWrongSource += 1
        case .probation:
            hold(arrived, payload)
        case .latched:
            outputs.append(.event(.sourceLatched(arrived.address)))
            begin(ssrc: header.ssrc)
            playHeld(before: arrived)
            play(arrived, payload)
            if header.ssrc == stream.ssrc { collide(arrived.time) }
        case .accepted:
            if header.ssrc == stream.ssrc { collide(arrived.time) }
            receiveFromSource(arrived, payload)
        }
    }

    /// A changed SSRC is believed when its second packet comes and none of the old one in between (RFC 3550 §8.2).
    private mutating func receiveFromSource(_ arrived: Arrival, _ payload: Span<UInt8>) {
        let ssrc = arrived.header.ssrc
        if ssrc == remoteSSRC {
            if let held, held.arrival.address == arrived.address { dropHeld() }
            play(arrived, payload)
        } else if let held, isNext(arrived, after: held.arrival) {
            counters.ssrcChanges += 1
            begin(ssrc: ssrc)
            playHeld(before: arrived)
            play(arrived, payload)
        } else {
            hold(arrived, payload)
        }
    }

    private func isAgreed(_ payloadType: UInt8) -> Bool {
        configuration.receivePayloadTypes[payloadType] != nil
            || configuration.telephoneEventReceive.contains(payloadType)
            || payloadType == ComfortNoise.staticPayloadType
    }

    private func isNext(_ later: Arrival, after earlier: Arrival) -> Bool {
        later.address == earlier.address && later.header.ssrc == earlier.header.ssrc
            && (1...3).contains(later.header.sequence &- earlier.header.sequence)
    }

    private mutating func hold(_ arrived: Arrival, _ payload: Span<UInt8>) {
        dropHeld()
        held = Held(arrival: arrived, payload: Array(copying: payload))
    }

    mutating func dropHeld() {
        guard held != nil else { return }
        counters.discardedFromWrongSource += 1
        held = nil
    }

    private mutating func playHeld(before arrived: Arrival) {
        guard let first = held, isNext(arrived, after: first.arrival) else {
            dropHeld()
            return
        }
        held = nil
        play(first.arrival, first.payload.span)
    }

    /// Another stream begins: nothing of the one before is compared with it.
    private mutating func begin(ssrc: UInt32) {
        if let reception { lostBefore &+= reception.totalLost }
        // One packet of a source that has been let in is enough: that was its probation.
        reception = ReceptionStatistics(clockRate: configuration.codec.clockRate, probation: 0)
        fates.restart()
        jitterBuffer.reset()
        if ssrc != remoteSSRC {
            receivedReport = nil
            // The same stream from another address goes on with its timestamps.
            if let press = keysReceived.reset() { tell(press) }
        }
        remoteSSRC = ssrc
    }

    // MARK: What is in it

    private mutating func play(_ arrived: Arrival, _ payload: Span<UInt8>) {
        let header = arrived.header
        counters.packetsReceived += 1
        counters.octetsReceived += payload.count
        if silence.heard(arrived.time) { outputs.append(.event(.flows)) }
        if let level = arrived.level { counters.remoteAudioLevel = level }
        let outcome = reception?.receive(sequence: header.sequence)
        var isHeard = true
        defer { note(header.sequence, outcome, isHeard: isHeard) }
        switch outcome {
        case .duplicate: counters.duplicate += 1
        case .reordered: counters.reordered += 1
        default: break
        }
        if let kind = configuration.receivePayloadTypes[header.payloadType] {
            isHeard = playAudio(arrived, payload, kind)
        } else if header.payloadType == ComfortNoise.staticPayloadType {
            if let noise = ComfortNoise(parsing: payload) {
                jitterBuffer.insertComfortNoise(noise, sequence: header.sequence)
            } else {
                jitterBuffer.skip(sequence: header.sequence)
            }
        } else {
            playEvent(arrived, payload)
        }
    }

    /// - Returns: `false` when it came too late.
    private mutating func playAudio(
        _ arrived: Arrival, _ payload: Span<UInt8>, _ kind: AudioCodecKind
    ) -> Bool {
        let header = arrived.header
        reception?.changeClock(to: kind.clockRate)
        reception?.receive(timestamp: header.timestamp, arrival: arrived.time)
        guard configuration.direction.receives else { return true }
        switch kind {
        case .pcmu: lawCheck.look(at: payload, law: .mu)
        case .pcma: lawCheck.look(at: payload, law: .a)
        default: break
        }
        prepare(for: kind, header.payloadType)
        let outcome = jitterBuffer.insert(
            payload: payload, payloadType: header.payloadType, sequence: header.sequence,
            timestamp: header.timestamp, marker: header.marker, arrival: arrived.time)
        return outcome != .late
    }

    /// Gives the jitter buffer the decoder of a payload type. A codec of another rate than that of before needs another
    /// buffer; what waits in the old one is lost, which happens at a change of codec alone.
    private mutating func prepare(for kind: AudioCodecKind, _ payloadType: UInt8) {
        guard playable[payloadType] != kind else { return }
        if jitterBuffer.configuration.sampleRate != kind.sampleRate {
            jitterBuffer = JitterBuffer(
                configuration: JitterBufferConfiguration(sampleRate: kind.sampleRate), after: jitterBuffer)
            playable = [:]
        }
        playable[payloadType] = kind
        jitterBuffer.setDecoder(kind.makeDecoder(), for: payloadType)
    }

    private mutating func playEvent(_ arrived: Arrival, _ payload: Span<UInt8>) {
        let header = arrived.header
        jitterBuffer.skip(sequence: header.sequence)
        let events = TelephoneEvent.events(in: Array(copying: payload)[...])
        guard !events.isEmpty else {
            counters.malformed += 1
            return
        }
        guard configuration.direction.receives else { return }
        let presses = keysReceived.receive(
            events, timestamp: header.timestamp, marker: header.marker, now: arrived.time)
        for press in presses { tell(press) }
    }
}
