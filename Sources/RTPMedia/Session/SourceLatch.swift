internal import TelephonyPrimitives

/// Decides whose RTP is heard, and where ours goes: symmetric RTP (RFC 4961) without letting strangers in.
///
/// The address of the session description is preferred. Another one is taken instead after two consecutive packets,
/// while nothing valid has come from the preferred one: the other side is then behind a NAT. Once somebody is
/// taken, others are refused as long as he is heard.
struct SourceLatch: Sendable {
    /// After so long without a packet of the source another may take its place.
    static let patience = Duration.seconds(1)
    /// After the description names a new address, the source of before is not taken again for this long: its packets
    /// are likely stragglers.
    static let grace = Duration.seconds(2)
    /// Addresses that are watched at a time.
    static let maximumCandidates = 32

    enum Verdict: Equatable {
        /// It comes from the source.
        case accepted
        /// It comes from a new source.
        case latched
        /// It may be from a new source; the next packet tells.
        case probation
        case refused
    }

    private struct Candidate {
        var address: TransportAddress
        var ssrc: UInt32
        var sequence: UInt16
        var heard: Instant
    }

    private(set) var expected: TransportAddress?
    private(set) var source: TransportAddress?
    private var heard: Instant?
    private var candidates: [Candidate] = []
    private var retired: (address: TransportAddress, until: Instant)?

    init(expected: TransportAddress?) {
        self.expected = expected
    }

    /// Takes the address of a new session description.
    mutating func expect(_ address: TransportAddress, now: Instant) {
        guard address != expected else { return }
        if let source, source != address { retired = (source, now + Self.grace) }
        expected = address
        if source != address { source = nil }
        candidates.removeAll()
    }

    /// Whether a packet comes from the source; it then counts as a sign of life.
    mutating func isSource(_ address: TransportAddress, now: Instant) -> Bool {
        guard address == source else { return false }
        heard = now
        return true
    }

    /// Judges a packet of an agreed payload type.
    mutating func judge(_ address: TransportAddress, ssrc: UInt32, sequence: UInt16, now: Instant) -> Verdict {
        if isSource(address, now: now) { return .accepted }
        let isAlive = source != nil && (heard.map { now - $0 < Self.patience } ?? false)
        if address == expected, !isAlive { return latch(address, now) }
        // The expected one displaces another even while that is heard: it was there first by a mistake.
        if isAlive, address != expected { return .refused }
        if let retired, retired.address == address, now < retired.until { return .refused }
        if let index = candidates.firstIndex(where: { $0.address == address }) {
            let before = candidates[index]
            candidates[index] = Candidate(address: address, ssrc: ssrc, sequence: sequence, heard: now)
            if before.ssrc == ssrc, (1...3).contains(sequence &- before.sequence), now - before.heard < Self.patience {
                return latch(address, now)
            }
            return .probation
        }
        if candidates.count >= Self.maximumCandidates { candidates.removeFirst() }
        candidates.append(Candidate(address: address, ssrc: ssrc, sequence: sequence, heard: now))
        return .probation
    }

    private mutating func latch(_ address: TransportAddress, _ now: Instant) -> Verdict {
        source = address
        heard = now
        candidates.removeAll()
        return .latched
    }
}
