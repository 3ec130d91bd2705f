public import TelephonyPrimitives

extension JitterBuffer {
    /// Takes one packet. Never fails and never grows beyond the configured capacity.
    ///
    /// - Parameters:
    ///   - payload: as it came; it is copied.
    ///   - payloadType: the RTP payload type; its decoder must have been set.
    ///   - sequence: the RTP sequence number.
    ///   - timestamp: the RTP timestamp of the first sample, in units of the decoder's clock rate.
    ///   - marker: the RTP marker bit: the first packet after a pause (RFC 3551 §4.1).
    ///   - arrival: when it came, on the time line of the pulls.
    @discardableResult
    public mutating func insert(
        payload: Span<UInt8>, payloadType: UInt8, sequence: UInt16, timestamp: UInt32, marker: Bool = false,
        arrival: Instant
    ) -> InsertOutcome {
        guard payload.count <= Self.maximumPayload, let codec = decoders.firstIndex(of: payloadType) else {
            return .unusable
        }
        let count = decoders.sampleCount(of: payload, at: codec)
        let clockRate = decoders.clockRate(at: codec)
        guard count > 0, count <= configuration.sampleRate / 5 else { return .unusable }
        if let numbering, numbering.clockRate != clockRate {
            // Another codec whose timestamps count at another rate: its time line begins anew (RFC 7160 §4).
            reset()
            counters.restarts += 1
        }
        guard var numbering, let fastest = delays?.fastest else {
            numbering = Numbering(
                window: SequenceWindow(first: sequence), timestamp: timestamp, clockRate: clockRate,
                packetLength: count)
            delays = DelayStatistics(
                transit: milliseconds(arrival), arrival: milliseconds(arrival),
                longest: limits.maximumDelay)
            return keep(
                payload, payloadType: payloadType, count: count, position: 0, sequence: Int64(sequence),
                marker: marker, arrival: arrival)
        }
        let number = numbering.window.unwrap(sequence)
        let step = Int32(bitPattern: timestamp &- numbering.timestamp)
        let unwrapped = numbering.unwrapped &+ Int64(step)
        let position = samples(ofClockUnits: unwrapped, rate: clockRate)
        let transit = milliseconds(arrival) - milliseconds(samples: position)
        let distance = number &- numbering.window.highest
        let slower = transit - fastest
        if distance > Self.maximumDropout || distance < -Self.maximumMisorder
            || slower < Self.earliestTransit || slower > Self.latestTransit
        {
            return receiveStranger(
                payload, payloadType: payloadType, sequence: sequence, timestamp: timestamp, marker: marker,
                arrival: arrival)
        }
        if numbering.window.contains(number) {
            counters.packetsDuplicate += 1
            return .duplicate
        }
        let time = milliseconds(arrival)
        let packetTime = milliseconds(samples: Int64(count))
        let hasFaded = !concealer.isActive || concealer.isSilent
        if slower > 1000, store.first == nil, ahead.count == 0, hasFaded, number > numbering.window.highest {
            // The sender stood still, or the path did; either way the old reference says nothing any more.
            self.delays?.rebase(transit: transit, arrival: time)
        } else {
            self.delays?.record(
                transit: transit, arrival: time, packetTime: packetTime, lossFraction: lossFraction)
        }
        stranger = nil
        // The only reference to its window, so that noting the number copies nothing.
        self.numbering = nil
        numbering.window.insert(number)
        if number == numbering.window.highest {
            numbering.timestamp = timestamp
            numbering.unwrapped = unwrapped
            numbering.packetLength = count
        }
        self.numbering = numbering
        guard position &+ Int64(count) > head &+ Int64(ahead.count) else {
            counters.packetsLate += 1
            return .late
        }
        return keep(
            payload, payloadType: payloadType, count: count, position: position, sequence: number, marker: marker,
            arrival: arrival)
    }

    /// Takes a comfort noise payload (RFC 3389): the sender pauses, and this is what its background sounds like.
    ///
    /// - Parameters:
    ///   - noise: what the payload says.
    ///   - sequence: the RTP sequence number, which is then no loss.
    public mutating func insertComfortNoise(_ noise: ComfortNoise, sequence: UInt16) {
        skip(sequence: sequence)
        self.noise.set(noise)
    }

    /// Notes a packet of the stream that carries no audio, such as a telephone-event: its number is then not taken for a
    /// loss, and the audio that is missing beside it for a pause.
    public mutating func skip(sequence: UInt16) {
        guard let number = numbering?.window.unwrap(sequence), let highest = numbering?.window.highest,
            abs(number &- highest) <= Self.maximumMisorder
        else { return }
        numbering?.window.insert(number)
    }

    /// A packet whose numbers are far off: one alone may be a stray or a fault; the second in a row is a new stream.
    private mutating func receiveStranger(
        _ payload: Span<UInt8>, payloadType: UInt8, sequence: UInt16, timestamp: UInt32, marker: Bool, arrival: Instant
    ) -> InsertOutcome {
        let packet = Stranger(
            payload: Array(copying: payload), payloadType: payloadType, sequence: sequence, timestamp: timestamp,
            marker: marker,
            arrival: arrival)
        let before = stranger
        stranger = packet
        guard let first = before, let codec = decoders.firstIndex(of: payloadType) else { return .unusable }
        let rate = decoders.clockRate(at: codec)
        let units = Double(Int32(bitPattern: packet.timestamp &- first.timestamp))
        let gap = milliseconds(packet.arrival) - milliseconds(first.arrival)
        let offset = gap - units * 1000 / Double(rate)
        guard (1...3).contains(packet.sequence &- first.sequence), abs(offset) < 1000 else { return .unusable }
        reset()
        counters.restarts += 1
        insert(
            payload: first.payload.span, payloadType: first.payloadType, sequence: first.sequence,
            timestamp: first.timestamp, marker: first.marker, arrival: first.arrival)
        insert(
            payload: payload, payloadType: payloadType, sequence: sequence, timestamp: timestamp, marker: marker,
            arrival: arrival)
        return .restarted
    }

    private mutating func keep(
        _ payload: Span<UInt8>, payloadType: UInt8, count: Int, position: Int64, sequence: Int64, marker: Bool,
        arrival: Instant
    ) -> InsertOutcome {
        store.insert(
            StoredPacket(
                position: position, count: count, sequence: sequence, payloadType: payloadType, marker: marker,
                arrival: arrival, payload: store.payload(copying: payload)))
        counters.packetsStored += 1
        let capacity = limits.capacity
        guard isOver(capacity) else { return .stored }
        while isOver(capacity) { store.dropFirst() }
        counters.overflows += 1
        if phase == .playing, let first = store.first, first.position > head &+ Int64(ahead.count) {
            if !concealer.isActive { beginConcealment() }
            ahead.removeAll()
            head = first.position
            pending = 0
        }
        return .overflow
    }

    private func isOver(_ capacity: Int) -> Bool {
        store.packets.count > 0
            && (store.sampleCount + ahead.count > capacity || store.packets.count > Self.maximumPackets)
    }

    /// The place of a timestamp in samples; the product can't overflow within a century of stream.
    private func samples(ofClockUnits units: Int64, rate: Int) -> Int64 {
        guard rate != configuration.sampleRate else { return units }
        return units &* Int64(configuration.sampleRate) / Int64(rate)
    }
}
