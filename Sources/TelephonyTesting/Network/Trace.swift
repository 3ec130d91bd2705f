public import TelephonyPrimitives

/// What carried octets across a wire.
public enum WireProtocol: String, Sendable, Hashable {
    case udp, tcp, tls

    /// Whether the transport itself delivers all octets in order.
    public var isReliable: Bool { self != .udp }
}

/// Everything that crossed a wire, in the order in which it was sent: what the auditor judges.
///
/// It comes from a ``SeededNetwork``, from a capture (``PcapReader``), or is put together by hand.
public struct Trace: Sendable {
    /// What was sent, earliest first.
    public var records: [Record]
    /// Up to when the wire was watched.
    public var end: Instant
    /// How exact the times are.
    public var precision: Precision

    public init(records: [Record] = [], end: Instant = .zero, precision: Precision = .exact) {
        self.records = records
        self.end = end
        self.precision = precision
    }

    /// How far times of a trace can be trusted.
    public enum Precision: Sendable, Hashable {
        /// Virtual time: a timer fires when it is due.
        case exact
        /// A capture on a real, perhaps busy machine: early is wrong, late is tolerated within reason.
        case captured

        /// How much earlier than due is still right.
        var early: Duration { self == .exact ? .milliseconds(1) : .milliseconds(30) }
        /// How much later than due is still right.
        var late: Duration { self == .exact ? .milliseconds(1) : .seconds(2) }
    }

    /// One datagram, or one whole message of a stream.
    public struct Record: Sendable {
        /// When it was sent.
        public var time: Instant
        public var `protocol`: WireProtocol
        /// The sender's address, as the sender has it (before any NAT).
        public var source: TransportAddress
        /// The sender's address as the receiver sees it, when a NAT lies between.
        public var translatedSource: TransportAddress?
        /// The address it was sent to.
        public var destination: TransportAddress
        /// The name of the side that sent it.
        public var sender: String
        /// The name of the side that it was for.
        public var receiver: String
        public var octets: [UInt8]
        public var fate: Fate

        public init(
            time: Instant, protocol: WireProtocol = .udp, source: TransportAddress,
            translatedSource: TransportAddress? = nil, destination: TransportAddress, sender: String, receiver: String,
            octets: [UInt8], fate: Fate
        ) {
            self.time = time
            self.protocol = `protocol`
            self.source = source
            self.translatedSource = translatedSource
            self.destination = destination
            self.sender = sender
            self.receiver = receiver
            self.octets = octets
            self.fate = fate
        }

        /// When it arrived: empty when it was lost, more than one instant when the network doubled it.
        public var arrivals: [Instant] {
            if case .delivered(let arrivals) = fate { return arrivals }
            return []
        }
    }

    /// What became of a datagram.
    public enum Fate: Sendable, Hashable {
        case delivered(at: [Instant])
        case lost(LossCause)
    }
}

/// Why a datagram never arrived.
public enum LossCause: Sendable, Hashable {
    /// Random loss of the link.
    case chance
    /// The link was in the bad state of its burst model.
    case burst
    /// A drop that the test asked for, by its name.
    case asked(String)
    /// Longer than the link's MTU.
    case tooLong
    /// Sender and receiver were cut off from each other.
    case partition
    /// A NAT had no mapping, or its filter refused the source.
    case nat
    /// Nobody has the destination address.
    case unreachable
}

extension Trace: CustomStringConvertible {
    /// A ladder: one line per SIP message, RTP packets counted in between.
    public var description: String {
        var lines: [String] = []
        var media = 0
        func flush() {
            if media > 0 { lines.append("          … \(media) packets of media") }
            media = 0
        }
        for record in records {
            if let message = WireMessage(record.octets) {
                flush()
                lines.append(record.ladderLine(message))
            } else if WireRTP.mayBeRTP(record.octets) || WireRTP.isControl(record.octets) {
                media += 1
            } else {
                flush()
                lines.append("\(record.prefix)\(record.octets.count) octets, neither SIP nor RTP\(record.suffix)")
            }
        }
        flush()
        return lines.joined(separator: "\n")
    }
}

extension Trace.Record {
    fileprivate var prefix: String { "\(time) \(sender) → \(receiver) " }

    fileprivate var suffix: String {
        switch fate {
        case .lost(let cause): " (lost: \(cause))"
        case .delivered(let arrivals): arrivals.count > 1 ? " (arrives \(arrivals.count) times)" : ""
        }
    }

    fileprivate func ladderLine(_ message: WireMessage) -> String {
        let facts = [
            message.startLine, "CSeq \(message["CSeq"] ?? "-")", "Call-ID \(message.callID ?? "-")",
            "From tag \(message.fromTag ?? "-")", "To tag \(message.toTag ?? "-")",
            "branch \(message.branch ?? "-")", message.hasSessionDescription ? "SDP" : "",
        ]
        return prefix + facts.filter { !$0.isEmpty }.joined(separator: "  ") + suffix
    }
}
