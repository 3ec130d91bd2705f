import TelephonyPrimitives

/// A request of a session while its client transaction lives.
struct SentRequest: Sendable {
    enum Kind: Hashable, Sendable {
        case invite
        case reinvite(SessionChange)
        /// An UPDATE that refreshes the session timer.
        case refresh
        /// An UPDATE that the application wants, mostly with an offer (RFC 3311).
        case update(SessionChange)
        /// Acknowledges a reliable provisional response (RFC 3262).
        case prack(isOffer: Bool)
        case bye
        case cancel
        case refer
        /// Reports to a subscription of the peer that shares the dialog.
        case notify(SubscriptionID)
        case info
    }

    /// How far the wish to cancel an INVITE has come.
    enum Cancellation: Sendable {
        case none
        /// To be sent when a provisional response comes (RFC 3261 §9.1).
        case wanted(HeaderFields)
        /// Sent; without a final response by then the INVITE is given up.
        case sent(giveUpAt: Instant)
    }

    /// The ACK of one 2xx, to be sent again for each copy of it.
    struct Acknowledgement: Sendable {
        var draft: RequestDraft
        var sent: (octets: [UInt8], flow: Flow)?
    }

    let kind: Kind
    let draft: RequestDraft
    /// The dialog it belongs to, when it is not the answered call's.
    var dialog: DialogID?
    /// 1 for the first, more after challenges.
    var attempt = 1
    /// Whether its credentials were put in before anybody asked for them.
    var isAnticipated = false
    /// It has a flow and was sent.
    var isSent = false
    /// A provisional response has come.
    var isProceeding = false
    /// A final response has come.
    var isFinal = false
    var cancellation = Cancellation.none
    /// An INVITE without a final response by then is cancelled.
    var limit: Instant?
    /// By remote tag: one for each fork that answered.
    var acknowledgements: [Tag?: Acknowledgement] = [:]
    /// The RSeq of the last reliable provisional response to a re-INVITE.
    var reliableNumber: UInt32?

    init(kind: Kind, draft: RequestDraft) {
        self.kind = kind
        self.draft = draft
    }

    var isInvite: Bool {
        switch kind {
        case .invite, .reinvite: true
        case .refresh, .update, .prack, .bye, .cancel, .refer, .notify, .info: false
        }
    }

    /// Whether the application or the session wants the INVITE undone.
    var isCancelled: Bool {
        if case .none = cancellation { false } else { true }
    }

    var deadline: Instant? {
        guard !isFinal else { return nil }
        if case .sent(let giveUpAt) = cancellation { return giveUpAt }
        return isCancelled ? nil : limit
    }
}

/// A change of the session that we make by re-INVITE.
struct SessionChange: Hashable, Sendable {
    /// The offer; without one the peer offers.
    var body: Body?
    /// Whether it only refreshes the session timer; then the application hears nothing of it.
    var isRefresh = false
    /// Whether it goes out as UPDATE if the peer takes it.
    var isUpdate = false
    /// How often it was refused for the moment (491, Retry-After).
    var postponements = 0
}

/// A 2xx with an offer came, and the application's answer goes out in its ACK.
struct OwedAcknowledgement: Sendable {
    let transaction: ClientTransactionID
    let invite: RequestDraft
    /// The answer when the call ends before the application gives one.
    let refusal: Body?
}

/// The peer's first INVITE before its final answer.
struct RingingInvite: Sendable {
    let transaction: ServerTransactionID
    /// How far offer and answer have come.
    var exchange: EarlyExchange
    /// The last provisional response, to be repeated.
    var lastStatus: Int?
    /// The application's answer, while it may not go out yet.
    var heldAnswer: HeldAnswer?
    /// What the INVITE says about the session timer.
    let timerRequest: SessionTimerRequest
    /// When the last provisional response is repeated.
    var repeatAt: Instant?
    /// When nobody waits any longer: the INVITE's Expires, or our limit.
    var until: Instant
    /// Whether `until` comes from the Expires of the INVITE.
    var expires: Bool
}

/// A 2xx of ours to an INVITE, repeated until its ACK comes (RFC 3261 §13.3.1.4).
struct UnacknowledgedAnswer: Sendable {
    let transaction: ServerTransactionID
    let sequence: UInt32
    /// Whether our answer carries an offer, so that the ACK must carry its answer.
    let hasOffer: Bool
    var repeatAt: Instant
    var interval: Duration
    let until: Instant
}

/// A re-INVITE, UPDATE or PRACK of the peer that waits for the application's answer.
struct PeerOffer: Sendable {
    let transaction: ServerTransactionID
    let request: Request
    let sequence: UInt32
    let dialog: DialogID

    var isInvite: Bool { request.method == .invite }
}
