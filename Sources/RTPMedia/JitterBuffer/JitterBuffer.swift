public import TelephonyPrimitives

/// Turns packets of decoded audio that arrive when they please into exactly 20 ms of audio for each pull.
///
/// Sans-IO and in virtual time: what it yields follows from the packets, their arrival times and the times of the
/// pulls. The parts: `DelayStatistics` chooses the delay to aim at, `TimeStretch` moves toward it
/// without a change of pitch, `Concealer` stands in for what did not come.
///
/// Audio is placed by its timestamp, loss is told from a pause of the sender by the sequence number. While nothing is
/// there to be played, the place in the stream stands still: a stall delays the audio rather than lose it, and the
/// delay is then worked off by playing up to a quarter faster. On a line without jitter the audio passes unchanged.
public struct JitterBuffer: Sendable {
    /// What the buffer was made for.
    public let configuration: JitterBufferConfiguration

    /// Where playout stands.
    enum Phase {
        /// Nothing is due: before the first packet, or in a pause. Playout begins once the first packet has waited.
        case waiting
        case playing
    }

    /// A packet far from the stream's numbers, kept until the next one confirms that the stream has jumped.
    struct Stranger {
        let payload: [Int16]
        let sequence: UInt16
        let timestamp: UInt32
        let marker: Bool
        let arrival: Instant
    }

    /// How numbers and timestamps of the present stream are unwrapped.
    struct Numbering {
        var window: SequenceWindow
        /// The wrapped and the unwrapped timestamp of the latest packet.
        var timestamp: UInt32
        var unwrapped: Int64 = 0
        var packetLength: Int
        /// The unwrapped number of the packet whose audio was played last, if any was.
        var lastPlayed: Int64?
    }

    /// At most this many packets wait, however short they are.
    static let maximumPackets = 512
    /// RFC 3550 §A.1: numbers further ahead than this are another stream's.
    static let maximumDropout: Int64 = 3000
    /// Numbers further behind than this are another stream's.
    static let maximumMisorder: Int64 = 1000
    /// A timestamp this much before its time is another stream's, in milliseconds.
    static let earliestTransit = -1000.0
    /// A timestamp this much after its time is another stream's, in milliseconds.
    static let latestTransit = 10_000.0

    var counters = JitterBufferStatistics()
    var phase = Phase.waiting
    var numbering: Numbering?
    var delays: DelayStatistics?
    var store = PacketStore()
    var output: PlayoutQueue
    var concealer: Concealer?
    /// The place in the stream of the next sample to be made; audio that ends before it is late.
    var head = Int64.min
    /// Samples of concealment since `head` stood still, of which it isn't known yet what they stand for.
    var pending = 0
    /// Samples of late audio that the present concealment has stood in for already.
    var stoodIn = 0
    /// The time of the present pull, smoothed: the pulls come from a timer.
    var clock: Instant?
    /// Samples that may be added or removed at present without exceeding a quarter of the speed.
    var stretchCredit = 0
    /// Pulls for which no similar enough periods were found.
    var refusals = 0
    var stranger: Stranger?
    /// The sum of the waiting times of the packets played, in milliseconds, and their number.
    var waited = 0.0
    var packetsPlayed = 0
    /// How long the fastest packet waited when audio was last played, in milliseconds.
    var lastDelay = 0.0
    /// A moving average of the loss, for the choice of the delay.
    var lossFraction = 0.0

    public init(configuration: JitterBufferConfiguration) {
        self.configuration = configuration
        output = PlayoutQueue(sampleRate: configuration.sampleRate)
    }

    /// What it did so far, and the delays at present.
    public var statistics: JitterBufferStatistics {
        var result = counters
        result.targetDelay = .nanoseconds(Int64(max(delays?.required ?? 0, minimumDelay) * 1e6))
        result.currentDelay = .nanoseconds(Int64(max(0, lastDelay) * 1e6))
        if packetsPlayed > 0 { result.meanDelay = .nanoseconds(Int64(max(0, waited / Double(packetsPlayed)) * 1e6)) }
        return result
    }

    /// Takes the audio of one packet. Never fails and never grows beyond the configured capacity.
    ///
    /// - Parameters:
    ///   - payload: the decoded audio, mono, at the configured rate; any length up to 200 ms.
    ///   - sequence: the RTP sequence number.
    ///   - timestamp: the RTP timestamp of the first sample, in units of the clock rate.
    ///   - marker: the RTP marker bit: the first packet after a pause (RFC 3551 §4.1).
    ///   - arrival: when it came, on the time line of the pulls.
    @discardableResult
    public mutating func insert(
        payload: [Int16], sequence: UInt16, timestamp: UInt32, marker: Bool = false, arrival: Instant
    ) -> InsertOutcome {
        guard !payload.isEmpty, payload.count <= configuration.sampleRate / 5 else { return .unusable }
        guard var numbering, let delays else {
            start(payload, sequence: sequence, timestamp: timestamp, marker: marker, arrival: arrival)
            return .stored
        }
        let number = numbering.window.unwrap(sequence)
        let step = Int32(bitPattern: timestamp &- numbering.timestamp)
        let unwrapped = numbering.unwrapped &+ Int64(step)
        let position = samples(ofClockUnits: unwrapped)
        let transit = milliseconds(arrival) - milliseconds(samples: position)
        let distance = number &- numbering.window.highest
        let slower = transit - delays.fastest
        if distance > Self.maximumDropout || distance < -Self.maximumMisorder
            || slower < Self.earliestTransit || slower > Self.latestTransit
        {
            let packet = Stranger(
                payload: payload, sequence: sequence, timestamp: timestamp, marker: marker, arrival: arrival)
            return receive(stranger: packet)
        }
        if numbering.window.contains(number) {
            counters.packetsDuplicate += 1
            return .duplicate
        }
        if slower > 1000, store.first == nil, concealer?.isSilent ?? true, number > numbering.window.highest {
            // The sender stood still, or the path did; either way the old reference says nothing any more.
            let time = milliseconds(arrival)
            self.delays?.rebase(transit: transit, arrival: time)
        } else {
            learn(transit: transit, arrival: arrival, length: payload.count)
        }
        stranger = nil
        numbering.window.insert(number)
        if number == numbering.window.highest {
            numbering.timestamp = timestamp
            numbering.unwrapped = unwrapped
            numbering.packetLength = payload.count
        }
        self.numbering = numbering
        guard position &+ Int64(payload.count) > head else {
            counters.packetsLate += 1
            return .late
        }
        let packet = StoredPacket(
            position: position, sequence: number, marker: marker, arrival: arrival, samples: payload)
        return keep(packet)
    }

    /// Notes a packet of the stream that carries no audio, such as a telephone-event or comfort noise: its number is
    /// then not taken for a loss, and the audio that is missing beside it for a pause.
    public mutating func skip(sequence: UInt16) {
        guard let number = numbering?.window.unwrap(sequence), let highest = numbering?.window.highest,
            abs(number &- highest) <= Self.maximumMisorder
        else { return }
        numbering?.window.insert(number)
    }

    /// Forgets the stream (its source has changed, or the call was put on hold) but not the counters. The next packet
    /// starts anew, with the audio joined smoothly to what was played last.
    public mutating func reset() {
        if phase == .playing, concealer == nil { beginConcealment() }
        store.removeAll()
        numbering = nil
        delays = nil
        stranger = nil
        phase = .waiting
        head = Int64.min
        pending = 0
        stoodIn = 0
        stretchCredit = 0
        refusals = 0
        lossFraction = 0
    }

    // MARK: Streams

    private mutating func start(
        _ payload: [Int16], sequence: UInt16, timestamp: UInt32, marker: Bool, arrival: Instant
    ) {
        numbering = Numbering(
            window: SequenceWindow(first: sequence), timestamp: timestamp, packetLength: payload.count)
        delays = DelayStatistics(
            transit: milliseconds(arrival), arrival: milliseconds(arrival),
            longest: milliseconds(configuration.maximumDelay))
        _ = keep(
            StoredPacket(
                position: 0, sequence: Int64(sequence), marker: marker, arrival: arrival, samples: payload))
    }

    /// A packet whose numbers are far off: one alone may be a stray or a fault; the second in a row is a new stream.
    private mutating func receive(stranger packet: Stranger) -> InsertOutcome {
        defer { stranger = packet }
        guard let first = stranger else { return .unusable }
        let units = Double(Int32(bitPattern: packet.timestamp &- first.timestamp))
        let gap = milliseconds(packet.arrival) - milliseconds(first.arrival)
        let offset = gap - units * 1000 / Double(configuration.clockRate)
        guard (1...3).contains(packet.sequence &- first.sequence), abs(offset) < 1000 else { return .unusable }
        reset()
        counters.restarts += 1
        start(
            first.payload, sequence: first.sequence, timestamp: first.timestamp, marker: first.marker,
            arrival: first.arrival)
        insert(
            payload: packet.payload, sequence: packet.sequence, timestamp: packet.timestamp, marker: packet.marker,
            arrival: packet.arrival)
        return .restarted
    }

    private mutating func keep(_ packet: StoredPacket) -> InsertOutcome {
        store.insert(packet)
        counters.packetsStored += 1
        let capacity = samples(milliseconds(configuration.capacity))
        guard store.sampleCount > capacity || store.packets.count > Self.maximumPackets else { return .stored }
        while store.sampleCount > capacity || store.packets.count > Self.maximumPackets { store.dropFirst() }
        counters.overflows += 1
        if phase == .playing, let first = store.first, first.position > head {
            if concealer == nil { beginConcealment() }
            head = first.position
            pending = 0
        }
        return .overflow
    }

    private mutating func learn(transit: Double, arrival: Instant, length: Int) {
        let time = milliseconds(arrival)
        let packetTime = milliseconds(samples: Int64(length))
        delays?.record(transit: transit, arrival: time, packetTime: packetTime, lossFraction: lossFraction)
    }

    // MARK: Units

    func milliseconds(_ instant: Instant) -> Double { Double(instant.nanoseconds) / 1e6 }

    func milliseconds(_ duration: Duration) -> Double { Double(duration.inNanoseconds) / 1e6 }

    func milliseconds(samples: Int64) -> Double { Double(samples) * 1000 / Double(configuration.sampleRate) }

    func samples(_ milliseconds: Double) -> Int {
        Int(max(-1e9, min(1e9, milliseconds * Double(configuration.sampleRate) / 1000)))
    }

    /// The place of a timestamp in samples; the product can't overflow within a century of stream.
    private func samples(ofClockUnits units: Int64) -> Int64 {
        guard configuration.clockRate != configuration.sampleRate else { return units }
        return units &* Int64(configuration.sampleRate) / Int64(configuration.clockRate)
    }
}
