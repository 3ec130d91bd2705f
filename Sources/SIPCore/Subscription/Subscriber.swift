import TelephonyPrimitives

/// A subscription to be made (RFC 6665 §4.1).
public struct OutgoingSubscription: Sendable {
    /// The resource: the Request-URI.
    public var target: SIPURI
    /// Who subscribes; a tag is added by the core.
    public var from: NameAddress
    /// The event package, e.g. `message-summary`.
    public var event: String
    /// How long it shall last; it is refreshed in time until `Command.unsubscribe`.
    public var expires: Duration
    /// The body types that are taken.
    public var accept: [String]
    /// Further header fields.
    public var headers: HeaderFields
    /// What answers a 401 or 407.
    public var credentials: Credentials?
    /// Proxies to pass, first one first.
    public var route: [SIPURI]
    /// Where to send the request when it is not where the URIs say.
    public var flowTarget: FlowTarget?

    /// - Parameters:
    ///   - target: the resource.
    ///   - from: who subscribes.
    ///   - event: the event package.
    ///   - expires: how long it shall last.
    ///   - accept: the body types that are taken; empty leaves that to the package.
    ///   - headers: further header fields.
    ///   - credentials: what answers a 401 or 407.
    ///   - route: proxies to pass.
    ///   - flowTarget: where to send the request when it is not where the URIs say.
    public init(
        target: SIPURI, from: NameAddress, event: String, expires: Duration = .seconds(3_600), accept: [String] = [],
        headers: HeaderFields = [], credentials: Credentials? = nil, route: [SIPURI] = [],
        flowTarget: FlowTarget? = nil
    ) {
        self.target = target
        self.from = from
        self.event = event
        self.expires = expires
        self.accept = accept
        self.headers = headers
        self.credentials = credentials
        self.route = route
        self.flowTarget = flowTarget
    }
}

/// By what a NOTIFY finds its subscription before there is a dialog (RFC 6665 §4.4.1).
struct SubscriberKey: Hashable, Sendable {
    let callID: CallID
    let localTag: Tag
}

/// A subscription of ours.
struct Subscriber: Sendable {
    let id: SubscriptionID
    let event: String
    let key: SubscriberKey
    /// The SUBSCRIBE that was sent last.
    var draft: RequestDraft
    /// How long it shall last, in seconds.
    var seconds: Int64
    var dialog: Dialog?
    var flows = FlowMemory()
    var digest: DigestClient?
    var flowTarget: FlowTarget?
    var attempt = 1
    /// Whether the credentials of the SUBSCRIBE were put in before anybody asked for them.
    var isAnticipated = false
    /// The SUBSCRIBE under way.
    var transaction: ClientTransactionID?
    /// `Expires: 0` was sent.
    var isEnding = false
    /// Timer N: by then a NOTIFY has to come (RFC 6665 §4.1.2.4).
    var notifyBefore: Instant?
    var refreshAt: Instant?
    var expiresAt: Instant?

    var deadline: Instant? {
        [notifyBefore, refreshAt, expiresAt].compactMap(\.self).min()
    }

    /// It lasts so long from now; refreshed half a minute before, or in the middle of a short one.
    mutating func last(_ seconds: UInt32, from now: Instant) {
        let seconds = Int64(seconds)
        expiresAt = now + .seconds(seconds)
        refreshAt = isEnding ? nil : now + .milliseconds(seconds > 64 ? (seconds - 32) * 1_000 : seconds * 500)
    }
}
