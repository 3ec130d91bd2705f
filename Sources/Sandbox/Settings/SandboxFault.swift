/// What a sandbox does wrong on purpose, so that one can see what one's agent makes of it.
public enum SandboxFault: String, Sendable, CaseIterable {
    /// The agent's sound arrives, the other side's does not (F-01).
    case oneWayAudio = "one-way-audio"
    /// Packets to the agent are late and some are lost (F-03).
    case choppyAudio = "choppy-audio"
    /// The carrier holds the agent five seconds after the answer, and takes it back five seconds later (F-04).
    case hold
    /// Calls to the agent want a refresh within 60 seconds, else they are hung up (F-05).
    case sessionTimer = "session-timer"
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

    /// What is seen, in a sentence.
    public var explanation: String {
        switch self {
        case .oneWayAudio: "The agent's sound arrives, the other side's does not."
        case .choppyAudio: "Packets to the agent are late, and one in twenty is lost."
        case .hold: "The carrier holds the agent 5 s after the answer, and takes it back 5 s later."
        case .sessionTimer: "Calls to the agent want a refresh within 60 s, else they are hung up."
        case .transferRefused: "REFER is answered with 405 D42."
        case .aLaw: "The agent is offered PCMA alone."
        case .nationalNumbers: "Numbers are written without the country."
        case .numberUnassigned: "Nothing leads to the agent's number: callers hear 480 D21."
        case .ackLost: "The agent's ACKs are lost: 200 comes again and again, then BYE after 32 s."
        case .edge503: "The first edge answers everything new with 503 PE1."
        case .edgeDead: "The first edge dies once it has asked for a registration's password."
        }
    }
}
