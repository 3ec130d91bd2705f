public import TelephonyPrimitives

extension UserAgentCore {
    /// What an application is told.
    public enum Event: Sendable {
        /// A call comes in. 100 is already sent, or follows: see `UserAgentConfiguration.saysTryingFirst`. Answer with
        /// `.ring`, `.answer` or `.reject`.
        case incoming(SessionID, Request, Flow)
        /// The peer of an outgoing call is at work: 100…199, from any fork.
        case provisional(SessionID, Response)
        /// The peer has answered: this is the moment from which the call lasts. The ACK is sent, unless the answer
        /// carries an offer (`offerPending`): then `Command.acknowledge` has to follow.
        case answered(SessionID, Response, offerPending: Bool)
        /// A reliable provisional response waits for its PRACK, because it carries the peer's offer or because
        /// `OutgoingInvite.holdsAcknowledgements` is set: `Command.acknowledgeProvisional` has to follow within 32
        /// seconds. Comes after the `.provisional` of the same response.
        case acknowledgementOwed(SessionID, Response)
        /// The PRACK of a reliable provisional response of ours has come; `body` is the answer when our response had
        /// the offer (RFC 3262 §5).
        case provisionalAcknowledged(SessionID, body: [UInt8]?)
        /// The ACK of an answer of ours has come, to the first INVITE or to a re-INVITE; `body` is its body, the
        /// answer when our 2xx had the offer.
        case acknowledged(SessionID, body: [UInt8]?)
        /// The peer changes the session with a re-INVITE, or with an offer in an UPDATE or PRACK, which may come before
        /// the call is answered. Must be answered with
        /// `.answerReinvite` or `.rejectReinvite`; an INVITE without body wants our offer in the answer.
        case reinvite(SessionID, Request)
        /// The peer took back its re-INVITE by CANCEL, or the dialog of its UPDATE was given up; no answer is needed.
        case reinviteWithdrawn(SessionID)
        /// Our re-INVITE, UPDATE or offer in a PRACK was taken: the 2xx. When a re-INVITE of ours made no offer, `Command.acknowledge` has to follow.
        case reinviteAnswered(SessionID, Response)
        /// Our re-INVITE, UPDATE or offer in a PRACK was refused; the session is as it was before (RFC 6141 §3.4).
        case reinviteFailed(SessionID, status: Int)
        /// Our re-INVITE was refused for the moment, with glare (491), 422 or a Retry-After, and will be sent again.
        /// When a `.reinvite` of the peer comes first, a new `Command.reinvite` replaces the waiting body, which
        /// knows nothing of what the peer changed.
        case reinvitePostponed(SessionID, status: Int)
        /// The peer sent an INFO; 200 is already sent.
        case info(SessionID, Request)
        /// How our REFER fares.
        case transfer(SessionID, ReferProgress)
        /// A report about our REFER says more than a status: the headers of the answer that the peer got, such as
        /// Contact, Reason or Warning. Comes before its `.transfer` (RFC 3420).
        case transferReport(SessionID, SIPFragment)
        /// The peer wants us to do something, mostly to call somebody (REFER, RFC 3515), inside a session or outside. To be
        /// answered within 32 seconds: by an `.invite` that is `onBehalfOf` it, or by `.acceptSubscription` or
        /// `.refuseSubscription`.
        case refer(SubscriptionID, SessionID?, Referral)
        /// A peer subscribes to one of `UserAgentConfiguration.notifiedPackages`. To be answered within 32 seconds with
        /// `.acceptSubscription` or `.refuseSubscription`.
        case subscription(SubscriptionID, Request)
        /// A subscription of ours has news: the state, and the NOTIFY with its body. 200 is already sent.
        case notified(SubscriptionID, SubscriptionState, Request)
        /// A subscription is over: of ours, or of a peer's without our doing.
        case subscriptionEnded(SubscriptionID, SubscriptionEnd)
        /// Comes right after `.incoming`: when the first session is answered, the second ends, whose place it takes
        /// (RFC 3891). Whether its caller may do that is for the application to judge.
        case replacing(SessionID, SessionID)
        /// The peer wanted us to call `target` (REFER). By policy it has already been refused with 603.
        case referRefused(SessionID?, target: String)
        /// The session is over. Comes exactly once for each session, after every other event of it but `transfer`.
        case ended(SessionID, SessionEnd)
        /// An answer to `Command.request`; it is the last one when its status is 200 or more.
        case response(RequestID, Response)
        /// `Command.request` got no answer, or could not be sent.
        case requestFailed(RequestID, reason: String)
        /// A request that the configuration wants handed up (`UserAgentConfiguration.handedUpMethods`), inside a
        /// session or outside. Must be answered with `Command.respond` within 32 seconds.
        case request(ServerRequestID, SessionID?, Request, Flow)
        /// How an account stands with its registrar.
        case registration(RegistrationID, RegistrationState)
        /// The answer to `Command.fetchBindings`.
        case bindings(RegistrationID, Result<[ContactBinding], RegistrationFailure>)
        /// Something that a log should say.
        case notice(Notice)
    }
}

/// Why and how a session ended.
public struct SessionEnd: Sendable {
    /// The kinds of ending.
    public enum Cause: String, Hashable, Sendable {
        /// The peer sent BYE.
        case hungUpByPeer
        /// We sent BYE.
        case hungUpLocally
        /// The caller gave up before the answer: the peer's CANCEL, or its BYE in the early dialog.
        case cancelledByPeer
        /// We gave up before the answer.
        case cancelledLocally
        /// The peer refused with 300…699.
        case rejectedByPeer
        /// We refused.
        case rejectedLocally
        /// The peer wants credentials and we have none, or it does not take ours.
        case unauthorized
        /// Nothing came for 64·T1, or the INVITE's own Expires ran out.
        case timeout
        /// The request could not be sent.
        case transportFailed
        /// No ACK came for our 2xx, or no PRACK for our reliable provisional response, within 64·T1.
        case acknowledgementMissing
        /// The session timer ran out, or a refresh failed (RFC 4028).
        case sessionExpired
        /// The peer does not know the dialog any more (481, 408 to a request inside it).
        case dialogLost
    }

    public var cause: Cause
    /// The status of the final response, when one ended the session.
    public var status: Int?
    /// One sentence for people.
    public var reason: String
    /// The final response that ended the session, for its headers (Reason, Warning, Contact of a 3xx, Retry-After).
    public var response: Response?
    /// The BYE or CANCEL that ended the session, for its headers.
    public var request: Request?
    /// When what happened to the call.
    public internal(set) var timeline = SessionTimeline()

    public init(
        cause: Cause, status: Int? = nil, reason: String, response: Response? = nil, request: Request? = nil
    ) {
        self.cause = cause
        self.status = status
        self.reason = reason
        self.response = response
        self.request = request
    }
}

/// Why a subscription is over.
public enum SubscriptionEnd: Hashable, Sendable {
    /// By the rules: it ran out, was ended by the subscriber, or the notifier said so and why (RFC 6665 §4.1.3).
    case terminated(reason: String?, retryAfter: Duration? = nil)
    /// SUBSCRIBE was refused.
    case refused(status: Int)
    /// The other side knows nothing of it any more or does not answer.
    case lost(status: Int)
}

/// How a blind transfer that we asked for fares (RFC 3515 §2.4).
public enum ReferProgress: Hashable, Sendable {
    /// The peer takes the REFER (2xx).
    case accepted
    /// The peer's call to the target is at this provisional status (a sipfrag of 1xx).
    case progress(status: Int, reason: String)
    /// The peer's call to the target was answered (a sipfrag of 2xx).
    case succeeded(status: Int)
    /// The REFER was refused, or the peer's call to the target failed with this status.
    case failed(status: Int, reason: String)
    /// The subscription ended without a final word about the call.
    case unknown(reason: String)
}

/// Something that happened and that no call has to know, but a log should say.
public struct Notice: Sendable, CustomStringConvertible {
    /// What kind of thing, to count and filter by.
    public enum Kind: String, Hashable, Sendable {
        /// Octets that are no SIP message, or a message without what every message needs.
        case malformed
        /// A message that breaks a rule and was taken all the same; told once for each peer and rule.
        case forgiven
        /// A request that was refused by the user agent itself.
        case refused
        /// A message that belongs to nothing.
        case stray
        /// A limit was reached.
        case limit
        /// A transaction failed or a flow could not be had.
        case failure
        /// A command that its session's state does not allow.
        case command
        /// The configuration lacks something.
        case configuration
        /// Notices of the last second that were left out.
        case suppressed
    }

    public var kind: Kind
    /// The Call-ID, when the thing has one.
    public var callID: String?
    /// Whom it came from.
    public var source: TransportAddress?
    /// One sentence.
    public var sentence: String

    public init(kind: Kind, callID: String? = nil, source: TransportAddress? = nil, sentence: String) {
        self.kind = kind
        self.callID = callID
        self.source = source
        self.sentence = sentence
    }

    public var description: String {
        var text = "\(kind.rawValue): \(sentence)"
        if let callID { text += " [call \(callID)]" }
        if let source { text += " [from \(source)]" }
        return text
    }
}
