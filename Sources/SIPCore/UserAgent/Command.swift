/// Header fields in order, for requests and responses that the application shapes.
public typealias HeaderFields = [(HeaderName, String)]

/// A message body with its type.
public struct Body: Hashable, Sendable {
    /// The value of Content-Type, e.g. `application/sdp`.
    public var contentType: String
    public var octets: [UInt8]

    public init(contentType: String, octets: [UInt8]) {
        self.contentType = contentType
        self.octets = octets
    }
}

/// A call to be placed.
public struct OutgoingInvite: Sendable {
    /// Whom to call: the Request-URI (RFC 3261 §8.1.1.1).
    public var target: SIPURI
    /// Who calls; a tag is added by the core.
    public var from: NameAddress
    /// The To header when it differs from the target.
    public var to: NameAddress?
    /// The offer; without one the peer offers in its 2xx and the answer goes out in the ACK.
    public var body: Body?
    /// Further header fields.
    public var headers: HeaderFields
    /// What answers a 401 or 407; without it such an answer ends the call.
    public var credentials: Credentials?
    /// Proxies to pass, first one first (a preloaded route set, RFC 3261 §8.1.2).
    public var route: [SIPURI]
    /// Where to send the request when it is not where the URIs say (an outbound proxy by address).
    public var flowTarget: FlowTarget?
    /// What privacy the caller wants. When it hides the caller, From names nobody, and who he is goes out as
    /// P-Asserted-Identity, to a next hop in the trust domain alone (RFC 3323 §4.1, RFC 3325 §7). `headers` then must have
    /// no Privacy of their own.
    public var privacy: Privacy = []
    /// Who the caller is, for a next hop in the trust domain; `from` when it is not set and the caller hides.
    public var identity: AssertedIdentity?
    /// Whether every PRACK waits for `Command.acknowledgeProvisional`, so that it can carry an offer (RFC 3262 §5).
    /// Otherwise only those that owe the peer an answer wait.
    public var holdsAcknowledgements = false
    /// To how many Contacts of 3xx answers the call may go on by itself; with 0 the 3xx ends it and is handed up with its
    /// Contacts (RFC 3261 §8.1.3.4). A stranger who redirects can let calls go anywhere: check what that costs.
    public var maximumRedirections = 0
    /// The registered account that calls: what is not given above, its Service-Route (RFC 3608) or route, its server and
    /// its credentials, is taken from there.
    public var account: RegistrationID?
    /// The REFER for which the call is placed. It is accepted if it was not, and hears how the call goes until it is
    /// answered or has failed (RFC 3515 §2.4.5).
    public var onBehalfOf: SubscriptionID?

    public init(
        target: SIPURI, from: NameAddress, to: NameAddress? = nil, body: Body? = nil, headers: HeaderFields = [],
        credentials: Credentials? = nil, route: [SIPURI] = [], flowTarget: FlowTarget? = nil,
        account: RegistrationID? = nil
    ) {
        self.account = account
        self.target = target
        self.from = from
        self.to = to
        self.body = body
        self.headers = headers
        self.credentials = credentials
        self.route = route
        self.flowTarget = flowTarget
    }
}

/// A request outside every dialog that is not an INVITE: OPTIONS, MESSAGE.
public struct OutgoingRequest: Sendable {
    public var method: Method
    /// The Request-URI.
    public var target: SIPURI
    /// Who asks; a tag is added by the core.
    public var from: NameAddress
    /// The To header when it differs from the target.
    public var to: NameAddress?
    public var body: Body?
    public var headers: HeaderFields
    public var credentials: Credentials?
    public var route: [SIPURI]
    public var flowTarget: FlowTarget?

    public init(
        method: Method, target: SIPURI, from: NameAddress, to: NameAddress? = nil, body: Body? = nil,
        headers: HeaderFields = [], credentials: Credentials? = nil, route: [SIPURI] = [],
        flowTarget: FlowTarget? = nil
    ) {
        self.method = method
        self.target = target
        self.from = from
        self.to = to
        self.body = body
        self.headers = headers
        self.credentials = credentials
        self.route = route
        self.flowTarget = flowTarget
    }
}

extension UserAgentCore {
    /// What an application can ask for. A command that makes no sense in the session's state (it may have ended a
    /// moment ago) changes nothing and yields a notice.
    public enum Command: Sendable {
        /// Place a call; take the number from `makeSessionID()`.
        case invite(SessionID, OutgoingInvite)
        /// Answer an incoming INVITE provisionally: 180, 183 with early media, 181, 182. Where the configuration and
        /// the peer want it the response is reliable; then its body is the answer to the INVITE's offer, or the offer
        /// when the INVITE had none, and one response goes out after the other, each when the one before it has its
        /// PRACK (RFC 3262 §3, §5).
        case ring(SessionID, status: Int = 180, body: Body? = nil, headers: HeaderFields = [])
        /// Answer an incoming INVITE with 200. It is held back while a reliable provisional response with a body has no
        /// PRACK, and goes without body when offer and answer were exchanged before (RFC 3262 §5, RFC 6337 §3.1).
        case answer(SessionID, body: Body?, headers: HeaderFields = [])
        /// Refuse an incoming INVITE with 300…699.
        case reject(SessionID, status: Int, reason: String? = nil, headers: HeaderFields = [])
        /// Send the ACK with the answer, after `.answered(offerPending: true)` or `.reinviteAnswered` to a re-INVITE
        /// without offer.
        case acknowledge(SessionID, body: Body)
        /// Send the PRACK of a reliable provisional response, after `Event.acknowledgementOwed`: `body` is the answer
        /// when the response has the peer's offer, and may be an offer of ours when offer and answer were exchanged.
        case acknowledgeProvisional(SessionID, Response, body: Body?)
        /// Send an UPDATE (RFC 3311): with a body it is an offer, before the call is answered or during it. Before the
        /// answer it takes a reliable provisional response that has completed the first offer and answer. In a call
        /// whose peer does not take UPDATE a re-INVITE goes out instead. Told and kept back like `.reinvite`.
        case update(SessionID, body: Body?)
        /// Send a re-INVITE; without a body the peer offers. Kept back while another exchange is open.
        case reinvite(SessionID, body: Body?)
        /// Answer the peer's re-INVITE (or UPDATE or PRACK with an offer) with 200.
        case answerReinvite(SessionID, body: Body?)
        /// Refuse the peer's re-INVITE (or UPDATE or PRACK with an offer); the session stays as it was (RFC 6141 §3.4).
        /// 504 says that it takes a human to decide (RFC 3311 §5.2).
        case rejectReinvite(SessionID, status: Int, headers: HeaderFields = [])
        /// End the session: CANCEL, BYE or a refusal, as its state asks. `reasonHeader` is the value of a Reason
        /// header (RFC 3326), e.g. `Q.850;cause=16`; `headers` are further ones.
        case end(SessionID, reasonHeader: String? = nil, headers: HeaderFields = [])
        /// Ask the peer to call `target` (REFER, RFC 3515). `target` is a URI; it is put into angle brackets. Without
        /// `wantsReports` the peer is asked not to tell how it goes; when it agrees, `.accepted` and `.unknown` come
        /// together, and when it does not, its reports are told as ever (Refer-Sub, RFC 4488).
        case refer(SessionID, target: String, headers: HeaderFields = [], wantsReports: Bool = true)
        /// Ask the peer of the first session to take our place in the second: an attended transfer. The REFER names the
        /// second session's peer, and in Replaces its dialog (RFC 3891, RFC 5589 §7).
        case transfer(SessionID, to: SessionID, headers: HeaderFields = [], wantsReports: Bool = true)
        /// Subscribe to events (SUBSCRIBE, RFC 6665); take the number from `makeSubscriptionID()`. It is refreshed until
        /// it is ended here or over there.
        case subscribe(SubscriptionID, OutgoingSubscription)
        /// End a subscription of ours.
        case unsubscribe(SubscriptionID)
        /// Take a REFER that came as `Event.refer`, or a SUBSCRIBE that came as `Event.subscription`: 202 or 200, and a
        /// first NOTIFY. For a REFER the body is left out: 100 Trying is reported.
        case acceptSubscription(SubscriptionID, body: Body? = nil, state: SubscriptionState = .active)
        /// Refuse a REFER or SUBSCRIBE with 300…699.
        case refuseSubscription(SubscriptionID, status: Int)
        /// Tell a subscriber the state (NOTIFY). `.terminated` ends the subscription.
        case notify(SubscriptionID, SubscriptionState = .active, body: Body?)
        /// Tell whoever sent a REFER how it goes: a status of 200 or more is the last word. Calls placed with
        /// `OutgoingInvite.onBehalfOf` report by themselves.
        case reportReferral(SubscriptionID, status: Int, reason: String? = nil)
        /// Send an INFO inside the session. `package` is the value of Info-Package; it goes out only to a peer whose
        /// Recv-Info names it. `disposition` is the value of Content-Disposition, `Info-Package` by default where there
        /// are a package and a body (RFC 6086 §4.2, §5.2).
        case info(
            SessionID, Body?, headers: HeaderFields = [], package: String? = nil, disposition: String? = nil)
        /// Send a request outside every session; take the number from `makeRequestID()`.
        case request(RequestID, OutgoingRequest)
        /// Answer a request that came as `Event.request`.
        case respond(
            ServerRequestID, status: Int, reason: String? = nil, headers: HeaderFields = [], body: Body? = nil)
        /// Register an account and keep it registered; take the number from `makeRegistrationID()`. With the number of a
        /// living account: register again now, with these settings.
        case register(RegistrationID, Registration)
        /// Remove our binding, or `everything` that is bound to the address (RFC 3261 §10.2.2), and forget the account.
        case unregister(RegistrationID, everything: Bool = false)
        /// Ask the registrar of a registered account for its bindings (RFC 3261 §10.2.3).
        case fetchBindings(RegistrationID)
        /// Refuse new INVITEs from now on with 503 (`true`), or take them again.
        case drain(Bool)
    }
}
