import TelephonyPrimitives

/// One call as its signalling sees it: an INVITE and, once it is answered, the dialog that lasts until BYE
/// (RFC 3261 §13–15), with the races of RFC 5407.
///
/// It is told what came and what is wanted, and fills `actions`. It sends nothing and knows no transaction but by its
/// number. The chapters are in the extensions: the caller, the callee, changes of the session, requests of the peer,
/// transfer, session timer, ending.
struct InviteSession: Sendable {
    /// Who sent the first INVITE.
    enum Role: Hashable, Sendable { case caller, callee }

    enum Phase: Hashable, Sendable {
        /// Our INVITE has no final answer.
        case calling
        /// The peer's INVITE has no final answer.
        case ringing
        /// A 2xx was sent or has come.
        case established
        /// `ended` was told; what is left are transactions that run out.
        case over
    }

    let id: SessionID
    let role: Role
    let callID: CallID
    let localTag: Tag
    var phase: Phase
    var clock: SessionClock
    var actions: [SessionAction] = []

    /// The dialog of the answered call; for a callee also the early one.
    var dialog: Dialog?
    /// The caller's early dialogs, one for each To tag.
    var earlyDialogs: [EarlyDialog] = []
    /// Dialogs of forks that answered too late: acknowledged and ended at once.
    var strayDialogs: [Dialog] = []
    /// By remote tag, the last CSeq number of early dialogs that lost: a PRACK may have counted on in them, and should
    /// such a fork answer after all, its BYE has to go on from there (RFC 3261 §12.2.1.1).
    var lostSequences: [Tag?: UInt32] = [:]
    var flows = FlowMemory()

    /// Our requests whose client transactions live.
    var requests: [ClientTransactionID: SentRequest] = [:]
    /// The highest number used in the caller's INVITEs before there is a dialog.
    var inviteSequence: UInt32 = 1
    /// Where our first INVITE was sent, when that was not what its URIs say: it is sent there again with credentials.
    var firstTarget: FlowTarget?
    /// Reliable provisional responses of the peer whose PRACK waits for the application.
    var owedPracks: [OwedPrack] = []
    /// Whether every PRACK waits for the application.
    var holdsPracks = false
    /// The answer to a 2xx with an offer is still owed by the application.
    @Seldom var owedAcknowledgement: OwedAcknowledgement?
    @Seldom var digest: DigestClient?
    /// The hosts that our INVITE went to. Only they get credentials: a callee elsewhere, who knows the realm from the
    /// carrier, could challenge our BYE and collect digests of the trunk's password.
    var servers: Set<IPAddress> = []
    /// Where 3xx answers to the first INVITE lead.
    @Seldom var redirection: Redirection?
    /// What ends the call when its INVITE, being cancelled, has come to an end, unless that is our own wish.
    @Seldom var givenUpBecause: SessionEnd?

    /// The peer's first INVITE while it rings.
    @Seldom var ringing: RingingInvite?
    /// Our reliable provisional responses.
    var reliable = ReliableProvisionals()
    /// The number of the peer's first INVITE.
    var firstInviteSequence: UInt32 = 0
    /// Our 2xx responses whose ACK has not come.
    var unacknowledged: [UnacknowledgedAnswer] = []
    /// The peer's re-INVITE or UPDATE that the application has to answer.
    @Seldom var peerOffer: PeerOffer?
    /// Requests that were handed up and wait for the application.
    var handedUp: Set<ServerTransactionID> = []
    /// The call is over but its BYE has to wait for the ACK (RFC 3261 §15.1.1).
    var owedBye: HeaderFields?

    /// A change of the session that waits for its turn.
    @Seldom var wantedChange: SessionChange?
    /// After glare or Retry-After, the next attempt is not before this.
    var changeNotBefore: Instant?
    /// The body of our last offer or answer, for refreshes.
    var localDescription: Body?

    @Seldom var refer: ReferSubscription?
    /// Subscriptions of the peer in this dialog; they outlive the call (RFC 5057 §4).
    var notifiers: Set<SubscriptionID> = []
    /// The session whose place this one takes when it is answered.
    var replaces: SessionID?
    var timer: SessionTimer?
    /// The smallest Session-Expires that the peer or a proxy has insisted on.
    var learnedMinimum: Duration?
    var peerAllowsUpdate = false
    /// The packages that an INFO to the peer may be of, in lower case; `nil` while it has not said (Recv-Info).
    @Seldom var peerInfoPackages: Set<String>?

    init(id: SessionID, role: Role, callID: CallID, localTag: Tag, phase: Phase, now: Instant) {
        clock = SessionClock(begun: now)
        self.id = id
        self.role = role
        self.callID = callID
        self.localTag = localTag
        self.phase = phase
    }

    /// Whether nothing is left to wait for.
    var isFinished: Bool {
        phase == .over && requests.isEmpty && unacknowledged.isEmpty && refer == nil && handedUp.isEmpty
            && notifiers.isEmpty
    }

    /// The dialogs by which messages find this session.
    var dialogIDs: DialogIDs {
        let isAlone = earlyDialogs.isEmpty && strayDialogs.isEmpty
        return DialogIDs(
            first: dialog?.id, others: isAlone ? [] : earlyDialogs.map(\.dialog.id) + strayDialogs.map(\.id))
    }

    mutating func takeActions() -> [SessionAction] {
        if actions.isEmpty { return [] }
        defer { actions = [] }
        return actions
    }

    // MARK: Time

    var deadline: Instant? {
        var earliest: Instant?
        func consider(_ instant: Instant?) {
            guard let instant else { return }
            earliest = min(earliest ?? instant, instant)
        }
        if let ringing {
            consider(ringing.repeatAt)
            consider(reliable.outstanding?.deadline)
            consider(ringing.until)
        }
        for answer in unacknowledged { consider(min(answer.repeatAt, answer.until)) }
        for request in requests.values { consider(request.deadline) }
        if wantedChange != nil { consider(changeNotBefore) }
        consider(refer?.until)
        if phase == .established { consider(timer?.deadline) }
        return earliest
    }

    mutating func wake(now: Instant, in environment: inout Environment) {
        repeatReliableProvisional(now: now, in: &environment)
        repeatProvisional(now: now, in: &environment)
        repeatAnswers(now: now, in: &environment)
        giveUpRequests(now: now, in: &environment)
        if let until = refer?.until, now >= until { loseRefer() }
        sessionTimerFired(now: now, in: &environment)
        if let notBefore = changeNotBefore, now >= notBefore {
            changeNotBefore = nil
            sendWantedChange(now: now, in: &environment)
        }
    }

    // MARK: Our requests

    /// Begins a client transaction.
    mutating func send(
        _ draft: RequestDraft, as kind: SentRequest.Kind, within dialog: DialogID? = nil, attempt: Int = 1,
        limit: Instant? = nil, hop: Hop? = nil, in environment: inout Environment
    ) {
        let hop = hop ?? draft.nextHop.map({ flows.hop(to: $0) }) ?? flows.flow.map({ .use($0) })
        let asked = draft
        let draft = digest == nil ? asked : anticipating(asked, over: hop, in: &environment)
        let transaction = ClientTransactionID(environment.makeNumber())
        var request = SentRequest(kind: kind, draft: draft)
        request.isAnticipated = asked.authorization.isEmpty && !draft.authorization.isEmpty
        request.dialog = dialog
        request.attempt = attempt
        request.limit = limit
        requests[transaction] = request
        guard let hop else {
            actions.append(.fail(transaction, reason: "\(draft.uri) is no SIP address"))
            return
        }
        actions.append(.send(transaction, draft, hop))
    }

    /// The request with credentials put in unasked, when a server has told the nonce for it (RFC 7616 §3.5) and the way
    /// leads to one that our INVITE went to.
    private mutating func anticipating(
        _ draft: RequestDraft, over hop: Hop?, in environment: inout Environment
    ) -> RequestDraft {
        guard draft.authorization.isEmpty, digest?.isExpected == true, case .use(let flow, _)? = hop,
            servers.contains(flow.remote.ip)
        else { return draft }
        var draft = draft
        draft.authorization = environment.anticipate(&digest, draft: draft)
        return draft
    }

    /// The request of a client transaction went out.
    mutating func requestSent(_ transaction: ClientTransactionID, now: Instant) {
        requests[transaction]?.isSent = true
        if phase == .calling { clock.note(.sent, now: now) }
    }

    /// Whether a request may go to another server when its own has failed (RFC 3263 §4.3): only the first INVITE, and
    /// only while nobody wants it undone and nothing rings. Inside a dialog the route is settled.
    func mayMoveOn(_ transaction: ClientTransactionID) -> Bool {
        guard let request = requests[transaction], request.kind == .invite else { return false }
        return phase == .calling && !request.isCancelled && earlyDialogs.isEmpty
    }

    /// The server of a request has failed; the request waits for a flow to another one.
    mutating func requestMovesOn(_ transaction: ClientTransactionID) {
        requests[transaction]?.isSent = false
        requests[transaction]?.isProceeding = false
    }

    /// A flow was opened for a request of this session.
    mutating func flowOpened(_ flow: Flow, target: FlowTarget) {
        flows.learn(flow, target: target)
    }

    mutating func flowClosed(_ flow: Flow) {
        flows.lose(flow)
        for (transaction, request) in requests {
            for (tag, acknowledgement) in request.acknowledgements where acknowledgement.sent?.flow == flow {
                requests[transaction]?.acknowledgements[tag]?.sent = nil
            }
        }
    }

    /// The client transaction has terminated.
    mutating func requestEnded(_ transaction: ClientTransactionID) {
        guard let request = requests.removeValue(forKey: transaction) else { return }
        if case .invite = request.kind { strayDialogs = [] }
    }

    /// A response to a request of ours.
    mutating func receive(
        _ response: Response, to transaction: ClientTransactionID, over flow: Flow, now: Instant,
        in environment: inout Environment
    ) {
        guard let request = requests[transaction] else { return }
        flows.learn(flow)
        if digest != nil, phase == .calling, request.kind == .invite { servers.insert(flow.remote.ip) }
        let withheld = servers.contains(flow.remote.ip) ? nil : digest
        if withheld != nil { digest = nil }
        defer { if let withheld { digest = withheld } }
        if digest != nil, !request.draft.authorization.isEmpty {
            for notice in environment.learn(&digest, from: response, draft: request.draft) { tell(.notice(notice)) }
        }
        switch request.kind {
        case .invite:
            receiveInviteResponse(response, to: transaction, request, now: now, in: &environment)
        case .reinvite(let change):
            receiveReinviteResponse(response, to: transaction, request, change, now: now, in: &environment)
        case .refresh:
            receiveRefreshResponse(response, request, now: now, in: &environment)
        case .update(let change):
            receiveUpdateResponse(response, to: transaction, request, change, now: now, in: &environment)
        case .prack(let isOffer):
            receivePrackResponse(response, to: transaction, request, isOffer: isOffer, now: now, in: &environment)
        case .refer:
            receiveReferResponse(response, request, now: now, in: &environment)
        case .notify(let notifier):
            guard response.status >= 200 else { return }
            if retryWithCredentials(request, response, in: &environment) { return }
            actions.append(.notified(notifier, status: response.status))
        case .bye, .info:
            guard response.status >= 300 else { return }
            if retryWithCredentials(request, response, in: &environment) { return }
            if request.kind == .info, response.status == 481 {
                loseDialog(response, now: now, in: &environment)
            }
        case .cancel:
            break
        }
    }

    /// A request of ours got no answer.
    mutating func requestFailed(
        _ transaction: ClientTransactionID, failure: TransactionFailure, reason: String? = nil, now: Instant,
        in environment: inout Environment
    ) {
        guard let request = requests[transaction] else { return }
        switch request.kind {
        case .invite:
            inviteFailed(request, failure: failure, reason: reason)
        case .reinvite(let change), .update(let change):
            reinviteFailed(change, failure: failure, now: now, in: &environment)
        case .refresh:
            refreshFailed(failure: failure, now: now, in: &environment)
        case .refer:
            finishRefer(.failed(status: failure.status, reason: "The REFER got no answer"))
        case .prack(let isOffer):
            if isOffer, phase != .over { tell(.reinviteFailed(id, status: failure.status)) }
            flushRinging(now: now, in: &environment)
        case .notify(let notifier):
            actions.append(.notified(notifier, status: failure.status))
        case .info:
            // Like a 408 (RFC 3261 §12.2.1.2).
            if failure == .timeout { loseDialog(nil, now: now, in: &environment) }
        case .bye, .cancel:
            break
        }
    }

    /// Sends a request again with credentials after 401 or 407 (RFC 3261 §22); `false` when there are none to try.
    mutating func retryWithCredentials(
        _ request: SentRequest, _ response: Response, in environment: inout Environment
    ) -> Bool {
        guard response.status == 401 || response.status == 407, request.attempt < 4, var client = digest else {
            return false
        }
        var draft = request.draft
        // What was put in unasked was not refused, it was out of date.
        if request.isAnticipated { draft.authorization = [] }
        guard let authorization = environment.authorize(&client, response: response, draft: draft) else {
            return false
        }
        digest = client
        draft.authorization = authorization
        if case .invite = request.kind {
            renumberInvite(&draft)
        } else if !withDialog(request.dialog, { $0.renumber(&draft) }) {
            return false
        }
        var hop: Hop?
        if case .invite = request.kind { hop = firstTarget.map { flows.hop(to: $0) } }
        send(
            draft, as: request.kind, within: request.dialog, attempt: request.attempt + 1, limit: request.limit,
            hop: hop, in: &environment)
        return true
    }

    /// Lets something happen to one of the session's dialogs; `nil` stands for the answered call's. `false` when there
    /// is no such dialog any more.
    mutating func withDialog(_ dialogID: DialogID?, _ event: (inout Dialog) -> Void) -> Bool {
        if let current = dialog, dialogID == nil || current.id == dialogID {
            var changed = current
            event(&changed)
            dialog = changed
            return true
        }
        if let index = earlyDialogs.firstIndex(where: { $0.dialog.id == dialogID }) {
            event(&earlyDialogs[index].dialog)
            return true
        }
        return false
    }

    mutating func tell(_ event: UserAgentCore.Event) {
        actions.append(.tell(event))
    }

    mutating func respond(_ transaction: ServerTransactionID, _ status: Int, headers: HeaderFields = []) {
        actions.append(.respond(transaction, ResponseDraft(status: status, headers: headers)))
    }
}

extension TransactionFailure {
    /// The status that stands for the failure (RFC 3261 §8.1.3.1).
    var status: Int {
        switch self {
        case .timeout: 408
        case .transport: 503
        }
    }
}
