/// What a sandbox does wrong on purpose, so that one can see what one's agent makes of it.
public enum SandboxFault: String, Sendable, CaseIterable {
    /// The agent's sound arrives, the other side's does not (F-01).
    case oneWayAudio = "one-way-audio"
    /// Packets to the agent are late and some are lost (F-03).
    case choppyAudio = "choppy-audio"
    /// The carrier holds the agent five seconds after the answer, and takes it back five seconds later (F-04).
    case hold
    /// Calls want the agent to refresh them: those to it within 60 seconds, its own within 8; else they are hung up (F-05).
    case sessionTimer = "session-timer"
    /// The same, and what the agent sends to refresh them is lost on the way (F-05).
    case refreshLost = "refresh-lost"
    /// The carrier says that it refreshes calls, and never does (F-05).
    case refreshMissing = "refresh-missing"
    /// Calls are hung up 10 seconds after the answer, whoever speaks (F-07).
    case callCut = "call-cut"
    /// REFER is not allowed on the connection (F-06).
    case transferRefused = "transfer-refused"
    /// The sound to the agent is A-law, and no other codec is offered (F-08).
    case aLaw = "a-law"
    /// Numbers are written as one dials them at home, without the country (F-09).
    case nationalNumbers = "national-numbers"
    /// Nothing leads to the agent's number (F-09).
    case numberUnassigned = "number-unassigned"
    /// The edge loses every ACK of the agent: the answer comes again and again, and after 32 seconds BYE.
    case ackLost = "ack-lost"
    /// The first edge answers everything that is new with 503.
    case edge503 = "edge-503"
    /// The first edge dies after it has asked for the password of a registration.
    case edgeDead = "edge-dead"
    /// The certificate of the edges has expired a day ago.
    case expiredCertificate = "expired-certificate"
    /// The name server says nothing more once the agent has registered.
    case noDNS = "no-dns"

    /// Webhooks come 4 seconds late.
    case webhookLate = "webhook-late"
    /// Each webhook comes twice.
    case webhookTwice = "webhook-twice"
    /// Every second webhook of a call comes a second late, after what happened later.
    case webhookOutOfOrder = "webhook-out-of-order"
    /// The webhook `call.hangup` never comes.
    case webhookLost = "webhook-lost"
    /// Webhooks have no signature.
    case webhookUnsigned = "webhook-unsigned"
    /// Webhooks are signed with another key.
    case webhookForged = "webhook-forged"
    /// The time of webhooks is ten minutes slow.
    case clockOff = "clock-off"
    /// The connection of a media stream breaks 5 seconds after it was opened.
    case streamCut = "stream-cut"
    /// The first request for each command is answered with 503.
    case rest503 = "rest-503"
    /// Each command is refused with 429 for its first second.
    case rest429 = "rest-429"

    /// Whether it is of the carrier's HTTP side.
    public var isOfCallControl: Bool {
        switch self {
        case .webhookLate, .webhookTwice, .webhookOutOfOrder, .webhookLost, .webhookUnsigned, .webhookForged, .clockOff,
            .streamCut, .rest503, .rest429:
            true
        default: false
        }
    }

    /// Whether calls have session timers, and those of the agent shorter ones than anybody may ask for.
    var hasSessionTimers: Bool { [.sessionTimer, .refreshLost, .refreshMissing].contains(self) }

    /// What is seen, in a sentence.
    public var explanation: String {
        switch self {
        case .oneWayAudio: "The agent's sound arrives, the other side's does not."
        case .choppyAudio: "Packets to the agent are late, and one in twenty is lost."
        case .hold: "The carrier holds the agent 5 s after the answer, and takes it back 5 s later."
        case .sessionTimer:
            "Calls want a refresh, those to the agent within 60 s, its own within 8 s; else they are hung up."
        case .refreshLost: "As session-timer, and the agent's refreshes are lost on the way."
        case .refreshMissing: "The carrier says that it refreshes calls, and does not."
        case .callCut: "Calls are hung up 10 s after the answer, whoever speaks."
        case .transferRefused: "REFER is answered with 405 D42."
        case .aLaw: "The agent is offered PCMA alone."
        case .nationalNumbers: "Numbers are written without the country."
        case .numberUnassigned: "Nothing leads to the agent's number: callers hear 480 D21."
        case .ackLost: "The agent's ACKs are lost: 200 comes again and again, then BYE after 32 s."
        case .edge503: "The first edge answers everything new with 503 PE1."
        case .edgeDead: "The first edge dies once it has asked for a registration's password."
        case .expiredCertificate: "The certificate of the edges has expired a day ago."
        case .noDNS: "The name server says nothing more once the agent has registered."
        case .webhookLate: "Webhooks come 4 s late."
        case .webhookTwice: "Each webhook comes twice."
        case .webhookOutOfOrder: "Every second webhook of a call comes 1 s late, after later ones."
        case .webhookLost: "The webhook call.hangup never comes."
        case .webhookUnsigned: "Webhooks have no signature."
        case .webhookForged: "Webhooks are signed with another key."
        case .clockOff: "The time of webhooks is ten minutes slow."
        case .streamCut: "The connection of a media stream breaks 5 s after it was opened."
        case .rest503: "The first request for each command is answered with 503."
        case .rest429: "Each command is refused with 429 for its first second."
        }
    }
}
