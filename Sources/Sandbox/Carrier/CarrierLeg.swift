import SIPCore
import TelephonyPrimitives

/// One of the two sides of a call: a dialog between the carrier and the agent, a telephone, or nobody (a script).
struct CarrierLeg: Sendable {
    enum Party: Sendable, Hashable {
        case trunk
        case phone(String)
        case script
        /// The HTTP side: no messages go there.
        case control
    }

    /// X-Telnyx-Leg-ID.
    let id: String
    let party: Party
    /// Where its messages go; the last request says it.
    var wire: SandboxWire
    let callID: String
    let localTag: String
    var remoteTag: String?
    /// From or To of our requests, without a tag.
    let localAddress: String
    let remoteAddress: String
    /// Our Contact, which requests have to name octet for octet.
    let localContact: String
    /// The Route that its requests have to have: the edge first, then what lies behind it.
    let routes: [String]
    /// Proxies beyond the edge that want to see our requests: the Route that these have, the nearest first.
    var beyond: [String] = []
    /// Its Contact.
    var remoteTarget: String
    var localSequence: UInt32 = 0
    var remoteSequence: UInt32?
    /// Whether a 2xx has made the dialog.
    var isAnswered = false
    /// Its INVITE, while it has no final answer from us.
    var inviteKey: ServerTransactionKey?
    /// Our 2xx, until its ACK comes.
    var answer: UnacknowledgedAnswer?
    /// Our ACK of its 2xx, for copies of that.
    var acknowledgement: [UInt8] = []
    /// The numbers of our INVITEs, for their ACKs.
    var inviteSequence: UInt32 = 0
    var sound: CarrierSound
    /// Of its sound; `nil`: that is not encrypted.
    var keys: LegKeys?
    var timer: LegTimer?
    /// Whether it allows UPDATE.
    var allowsUpdate = false
    /// Whether a change of the session is under way.
    var isChanging = false

    /// From or To with our tag.
    var localSide: String { "\(localAddress);tag=\(localTag)" }
    /// From or To with its tag.
    var remoteSide: String { remoteTag.map { "\(remoteAddress);tag=\($0)" } ?? remoteAddress }

    var deadline: Instant? { [answer?.next, timer?.deadline].compactMap(\.self).min() }
}

/// A 2xx that is sent again until its ACK comes (RFC 3261 §13.3.1.4).
struct UnacknowledgedAnswer: Sendable {
    let octets: [UInt8]
    /// CSeq of its INVITE.
    let sequence: UInt32
    var next: Instant
    var interval: Duration
    let until: Instant
}

extension UnacknowledgedAnswer {
    /// Sent just now for the first time.
    init(_ octets: [UInt8], sequence: UInt32, now: Instant) {
        let timers = TransactionTimers.standard
        self.init(
            octets: octets, sequence: sequence, next: now + timers.t1, interval: timers.t1,
            until: now + timers.timeout)
    }
}
