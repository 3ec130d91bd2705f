/// What happens on a ``Call``, in the order in which it happened.
public enum CallEvent: Sendable, Equatable {
    /// The other side pressed a key. Given once per press, when it starts to be certain; `duration` as far as known.
    case dtmf(digit: Character, duration: Duration)
    /// The other side put us on hold, or took us back.
    case held(Bool)
    /// The negotiated codec, e.g. `PCMU`, or where sound goes, has changed.
    case mediaChanged(codec: String)
    /// No RTP has come for `duration`, though it should.
    case mediaSilent(duration: Duration)
    /// RTP comes (again).
    case mediaFlows
    /// Progress of a transfer that we asked for: a SIP status, e.g. 180.
    case transferProgress(status: Int)
    /// Somebody else talks with the other side in place of whoever has this call, who neither hears nor is heard so long;
    /// or no more.
    case takenOver(Bool)
    /// The call is over; nothing follows.
    case ended(CallEnd)
}

/// How a call ended.
public struct CallEnd: Sendable, Equatable, Codable {
    public enum Cause: String, Sendable, Codable {
        /// The other side hung up.
        case remoteHangUp
        /// We hung up.
        case localHangUp
        /// An outgoing call was refused, not answered, or never got through.
        case rejected, noAnswer, unreachable
        /// The caller gave up before we answered.
        case cancelled
        /// The other side took another's place for us.
        case transferred
        /// A protocol failure, e.g. no ACK ever came.
        case failed
    }

    public var cause: Cause
    /// The SIP status that ended it, if one did.
    public var status: Int?
    /// One sentence for a person.
    public var explanation: String

    public init(cause: Cause, status: Int? = nil, explanation: String) {
        self.cause = cause
        self.status = status
        self.explanation = explanation
    }
}

public enum CallError: Error, Sendable, Equatable {
    /// The call is over.
    case ended(CallEnd)
    case unsupportedSampleRate(Int)
    /// A character that no telephone key has.
    case notADigit(Character)
    /// The other side refused, with its SIP status; 0 when it never answered.
    case refused(status: Int, reason: String)
    /// A change is under way already.
    case busy
    /// A target that is no SIP or telephone address.
    case badTarget(String)
}
