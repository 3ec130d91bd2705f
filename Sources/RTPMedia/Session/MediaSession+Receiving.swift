public import TelephonyPrimitives

extension MediaSession {
    /// Takes a datagram from the RTP port. Whatever is in it, it can only be heard or counted.
    ///
    /// - Parameters:
    ///   - octets: the whole datagram.
    ///   - address: where it came from.
    ///   - now: when it came.
    public mutating func receive(packet octets: [UInt8], from address: TransportAddress, now: Instant) {
        guard !isClosed else { return }
        advanceClock(now)
        guard octets.count <= Self.maximumDatagram else {
            counters.oversized += 1
            return
        }
        switch DatagramKind(octets) {
        case .rtcp:
            receiveControl(packet: octets, from: address, now: now)
        case .other:
            counters.notMedia += 1
        case .rtp:
            guard
                let octets = letIn(octets, by: { session, octets throws(SRTPError) in try session.unprotect(&octets) })
            else { return }
            guard let packet = try? RTPPacket(parsing: octets) else {
                counters.malformed += 1
                return
            }
            receive(Held(packet: packet, address: address, arrival: now))
        }
    }

    /// The next 20 ms of what the other side says; silence when it says nothing or may not.
    public mutating func pull(now: Instant) -> PCMFrame {
        guard !isClosed else { return jitterBuffer.pull(now: now) }
        advanceClock(now)
        let frame = jitterBuffer.pull(now: now)
        if configuration.telephoneEventReceive.isEmpty { listen(for: frame) }
        return frame
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

    private mutating func receive(_ arrived: Held) {
        let packet = arrived.packet
        guard isAgreed(packet.payloadType) else {
            counters.unknownPayload += 1
            // Its number is not lost, and its source is alive.
            if latch.isSource(arrived.address, now: arrived.arrival), packet.ssrc == remoteSSRC {
                _ = reception?.receive(sequence: packet.sequence)
                jitterBuffer.skip(sequence: packet.sequence)
            }
            return
        }
        let verdict = latch.judge(
            arrived.address, ssrc: packet.ssrc, sequence: packet.sequence, isAuthentic: protection != nil,
            now: arrived.arrival)
        switch verdict {
        case .refused:
            counters.discardedFromWrongSource += 1
        case .probation:
            hold(arrived)
        case .latched:
            outputs.append(.event(.sourceLatched(arrived.address)))
            begin(ssrc: packet.ssrc)
            playHeld(before: arrived)
            play(arrived)
        case .accepted:
            receiveFromSource(arrived)
        }
    }

    /// A changed SSRC is believed when its second packet comes and none of the old one in between (RFC 3550 §8.2).
    private mutating func receiveFromSource(_ arrived: Held) {
        let ssrc = arrived.packet.ssrc
        if ssrc == remoteSSRC {
            if let held, held.address == arrived.address { dropHeld() }
            play(arrived)
        } else if let held, isNext(arrived, after: held) {
            counters.ssrcChanges += 1
            begin(ssrc: ssrc)
            playHeld(before: arrived)
            play(arrived)
        } else {
            hold(arrived)
        }
    }

    private func isAgreed(_ payloadType: UInt8) -> Bool {
        configuration.receivePayloadTypes[payloadType] != nil
            || configuration.telephoneEventReceive.contains(payloadType)
            || payloadType == ComfortNoise.staticPayloadType
    }

    private func isNext(_ later: Held, after earlier: Held) -> Bool {
        later.address == earlier.address && later.packet.ssrc == earlier.packet.ssrc
            && (1...3).contains(later.packet.sequence &- earlier.packet.sequence)
    }

    private mutating func hold(_ arrived: Held) {
        dropHeld()
        held = arrived
    }

    private mutating func dropHeld() {
        guard held != nil else { return }
        counters.discardedFromWrongSource += 1
        held = nil
    }

    private mutating func playHeld(before arrived: Held) {
        guard let first = held, isNext(arrived, after: first) else {
            dropHeld()
            return
        }
        held = nil
        play(first)
    }

    /// Another stream begins: nothing of the one before is compared with it.
    private mutating func begin(ssrc: UInt32) {
        if let reception { lostBefore &+= reception.totalLost }
        // One packet of a source that has been let in is enough: that was its probation.
        reception = ReceptionStatistics(clockRate: configuration.codec.clockRate, probation: 0)
        jitterBuffer.reset()
        if let press = keysReceived.reset() { tell(press) }
        if ssrc != remoteSSRC { receivedReport = nil }
        remoteSSRC = ssrc
    }

    // MARK: What is in it

    private mutating func play(_ arrived: Held) {
        let packet = arrived.packet
        counters.packetsReceived += 1
        counters.octetsReceived += packet.payload.count
        if silence.heard(arrived.arrival) { outputs.append(.event(.flows)) }
        switch reception?.receive(sequence: packet.sequence) {
        case .duplicate: counters.duplicate += 1
        case .reordered: counters.reordered += 1
        default: break
        }
        if let kind = configuration.receivePayloadTypes[packet.payloadType] {
            playAudio(packet, kind, arrived.arrival)
        } else if packet.payloadType == ComfortNoise.staticPayloadType {
            if let noise = ComfortNoise(parsing: packet.payload.span) {
                jitterBuffer.insertComfortNoise(noise, sequence: packet.sequence)
            } else {
                jitterBuffer.skip(sequence: packet.sequence)
            }
        } else {
            playEvent(packet, arrived.arrival)
        }
    }

    private mutating func playAudio(_ packet: RTPPacket, _ kind: AudioCodecKind, _ arrival: Instant) {
        reception?.receive(timestamp: packet.timestamp, arrival: arrival)
        guard configuration.direction.receives else { return }
        prepare(for: kind, packet.payloadType)
        jitterBuffer.insert(
            payload: packet.payload.span, payloadType: packet.payloadType, sequence: packet.sequence,
            timestamp: packet.timestamp, marker: packet.marker, arrival: arrival)
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
        if reception?.clockRate != kind.clockRate {
            // The jitter is told in units of the clock, and another clock's are not comparable.
            if let reception { lostBefore &+= reception.totalLost }
            reception = ReceptionStatistics(clockRate: kind.clockRate, probation: 0)
        }
        playable[payloadType] = kind
        jitterBuffer.setDecoder(kind.makeDecoder(), for: payloadType)
    }

    private mutating func playEvent(_ packet: RTPPacket, _ arrival: Instant) {
        jitterBuffer.skip(sequence: packet.sequence)
        let events = TelephoneEvent.events(in: packet.payload)
        guard !events.isEmpty else {
            counters.malformed += 1
            return
        }
        guard configuration.direction.receives else { return }
        let presses = keysReceived.receive(
            events, timestamp: packet.timestamp, marker: packet.marker, now: arrival)
        for press in presses { tell(press) }
    }
}
