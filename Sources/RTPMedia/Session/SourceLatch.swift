internal import TelephonyPrimitives

/// Decides whose RTP is heard, and where ours goes: symmetric RTP (RFC 4961) without letting strangers in.
///
/// The address of the session description is preferred. Another one is taken only where the call leads one to expect it:
/// on the same host, on a host that the signalling comes from, or anywhere when the description names a private address,
/// which says nothing. It then needs two consecutive packets. Once somebody is taken, a change of address needs the same
/// stream: its SSRC and the numbers that follow. Whoever does not see the packets can guess neither.
struct SourceLatch: Sendable {
    /// After so long without a packet of the source another stream of an expected host may take its place.
    static let patience = Duration.seconds(1)
    /// After so long the same stream may come from elsewhere.
    static let pause = Duration.milliseconds(100)
    /// So long those wait who are expected least, so that others can come first.
    static let precedence = Duration.milliseconds(500)
    /// After the description names a new address, the source of before is not taken again for this long: its packets
    /// are likely stragglers.
    static let grace = Duration.seconds(2)
    /// Addresses that are watched at a time.
    static let maximumCandidates = 32
    /// How far ahead the numbers of the same stream may be after a pause.
    static let longestGap: UInt16 = 1_000

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
        var since: Instant
        var heard: Instant
    }

    private(set) var expected: TransportAddress?
    private(set) var source: TransportAddress?
    /// Hosts from which it may come as well.
    private var hosts: Set<IPAddress>
    private var heard: Instant?
    /// The stream of the source, and its highest number.
    private var stream: (ssrc: UInt32, sequence: UInt16)?
    private var candidates: [Candidate] = []
    /// Addresses that are watched at present.
    var candidateCount: Int { candidates.count }
    private var retired: (address: TransportAddress, until: Instant)?

    init(expected: TransportAddress?, hosts: Set<IPAddress> = []) {
        self.expected = expected
        self.hosts = hosts
    }

    /// Takes the address of a new session description.
    mutating func expect(_ address: TransportAddress, hosts: Set<IPAddress>, now: Instant) {
        self.hosts = hosts
        guard address != expected else { return }
        if let source, source != address { retired = (source, now + Self.grace) }
        expected = address
        if source != address {
            source = nil
            stream = nil
        }
        candidates.removeAll()
    }

    /// Whether a packet comes from the source; it then counts as a sign of life.
    mutating func isSource(_ address: TransportAddress, now: Instant) -> Bool {
        guard address == source else { return false }
        heard = now
        return true
    }

    /// Judges a packet of an agreed payload type.
    ///
    /// - Parameter isAuthentic: whether the packet was authenticated: then it is the peer's, from wherever it comes.
    mutating func judge(
        _ address: TransportAddress, ssrc: UInt32, sequence: UInt16, isAuthentic: Bool = false, now: Instant
    ) -> Verdict {
        if isSource(address, now: now) {
            note(ssrc, sequence)
            return .accepted
        }
        if isAuthentic { return latch(address, ssrc, sequence, now) }
        let silence = heard.map { now - $0 } ?? Self.patience
        // The expected one displaces another even while that is heard: it was there first by a mistake.
        if address == expected { return latch(address, ssrc, sequence, now) }
        guard source != nil else { return judge(newcomer: address, ssrc, sequence, now) }
        if continues(ssrc, sequence) {
            guard silence >= Self.pause else { return .refused }
        } else {
            guard silence >= Self.patience, isExpected(host: address.ip) else { return .refused }
        }
        return judge(newcomer: address, ssrc, sequence, now)
    }

    /// Whoever is no source yet needs two consecutive packets.
    private mutating func judge(
        newcomer address: TransportAddress, _ ssrc: UInt32, _ sequence: UInt16, _ now: Instant
    ) -> Verdict {
        if let retired, retired.address == address, now < retired.until { return .refused }
        let isNear = isExpected(host: address.ip) || continues(ssrc, sequence)
        guard isNear || expected?.ip.isPrivate ?? true else { return .refused }
        let first = candidates.map(\.since).min() ?? now
        if let index = candidates.firstIndex(where: { $0.address == address }) {
            let before = candidates[index]
            let isNext =
                before.ssrc == ssrc && (1...3).contains(sequence &- before.sequence)
                && now - before.heard < Self.patience
            if isNext, isNear || now - first >= Self.precedence { return latch(address, ssrc, sequence, now) }
            candidates[index] = Candidate(
                address: address, ssrc: ssrc, sequence: sequence, since: isNext ? before.since : now, heard: now)
            return .probation
        }
        if candidates.count >= Self.maximumCandidates { candidates.removeFirst() }
        candidates.append(Candidate(address: address, ssrc: ssrc, sequence: sequence, since: now, heard: now))
        return .probation
    }

    /// Whether it is a host that the description names or that the signalling comes from.
    private func isExpected(host: IPAddress) -> Bool { host == expected?.ip || hosts.contains(host) }

    /// Whether a packet is of the stream of the source and follows what was heard of it.
    private func continues(_ ssrc: UInt32, _ sequence: UInt16) -> Bool {
        guard let stream, stream.ssrc == ssrc else { return false }
        return (1...Self.longestGap).contains(sequence &- stream.sequence)
    }

    private mutating func note(_ ssrc: UInt32, _ sequence: UInt16) {
        if let stream, stream.ssrc == ssrc, sequence &- stream.sequence >= 0x8000 { return }
        stream = (ssrc, sequence)
    }

    private mutating func latch(
        _ address: TransportAddress, _ ssrc: UInt32, _ sequence: UInt16, _ now: Instant
    ) -> Verdict {
        source = address
        heard = now
        stream = (ssrc, sequence)
        candidates.removeAll()
        return .latched
    }
}
