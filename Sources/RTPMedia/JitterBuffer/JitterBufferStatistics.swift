/// What became of a packet that was handed to a ``JitterBuffer``.
public enum InsertOutcome: Sendable, Equatable {
    /// It waits for its time.
    case stored
    /// Its time had passed; it still taught the buffer how late packets can be.
    case late
    /// A packet of this sequence number was there before.
    case duplicate
    /// It waits for its time, but older audio was dropped to make room.
    case overflow
    /// Its sequence number or timestamp is that of another stream: the buffer began anew with it.
    case restarted
    /// It was not taken: it holds no samples or more than 200 ms of them, or its number or timestamp is far from all
    /// others and no second packet has confirmed a new stream yet (RFC 3550 §A.1).
    case unusable
}

/// What a ``JitterBuffer`` did so far. Counters only grow, until the buffer is made anew.
public struct JitterBufferStatistics: Sendable, Equatable {
    /// Packets that were taken (``InsertOutcome/stored``, ``InsertOutcome/overflow``, ``InsertOutcome/restarted``).
    public var packetsStored = 0
    /// Packets whose time had passed when they came.
    public var packetsLate = 0
    /// Packets that had been received before.
    public var packetsDuplicate = 0
    /// Times that older audio was dropped to make room or because it was too old.
    public var overflows = 0
    /// Times that the buffer began anew because the sequence numbers or timestamps had jumped.
    public var restarts = 0
    /// Samples pulled, of whatever origin; this and all counts of samples are at the rate of the buffer.
    public var samplesPulled = 0
    /// Samples that came from packets.
    public var samplesPlayed = 0
    /// Samples invented because a packet was lost or late. Pauses of the sender are not counted.
    public var samplesConcealed = 0
    /// Samples of lost packets that the packet after them told (in-band FEC); not counted as concealed.
    public var samplesRecovered = 0
    /// Stretches of concealment, each of one or more lost or late packets.
    public var concealments = 0
    /// Samples of silence because the sender paused (discontinuous transmission) or had not begun.
    public var samplesSilent = 0
    /// Samples taken out by playing faster.
    public var samplesRemoved = 0
    /// Samples added by playing slower.
    public var samplesAdded = 0
    /// The delay that the jitter of the last seconds asks for.
    public var targetDelay: Duration = .zero
    /// How long the quickest packet of the last seconds would wait in the buffer at present.
    public var currentDelay: Duration = .zero
    /// How long the audio that was played had waited in the buffer, on average over the packets so far.
    public var meanDelay: Duration = .zero

    /// Nothing yet.
    public init() {}

    /// The part of the audio that had to be concealed, 0 to 1, pauses of the sender left out.
    public var concealedFraction: Double {
        let expected = samplesPlayed + samplesConcealed
        return expected > 0 ? Double(samplesConcealed) / Double(expected) : 0
    }

    /// The mean length of a stretch of concealment over what it would be if losses were random (BurstR of ITU-T G.107
    /// §7.5), for packets of a given length; 1 or more.
    public func burstRatio(packetLength: Int) -> Double {
        guard concealments > 0, packetLength > 0 else { return 1 }
        let packets = Double(samplesConcealed) / Double(packetLength)
        return max(1, packets / Double(concealments) * (1 - concealedFraction))
    }
}
