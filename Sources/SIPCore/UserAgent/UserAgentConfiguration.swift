public import TelephonyPrimitives

/// What a user agent is told once, when it is made.
public struct UserAgentConfiguration: Sendable {
    /// The text of User-Agent and Server headers; `nil` names nobody.
    public var userAgentName: String?
    /// The addresses that peers shall use in place of a flow's local one, per transport: the public side of a NAT.
    /// They go into Contact and Via.
    public var advertised: [TransportProtocol: TransportAddress]
    /// RFC 3261's timer bases.
    public var timers: TransactionTimers
    /// Bounds for messages.
    public var limits: Limits
    /// The longest request, in octets, that goes out over UDP when the path's MTU is unknown; a longer one is tried over
    /// TCP first (RFC 3261 §18.1.1). `Int.max` never leaves UDP.
    public var maximumDatagram: Int
    /// To how many servers one request is sent, one after the other, while each fails (RFC 3263 §4.3).
    public var maximumServersTried: Int
    /// How many sessions may live at once; an INVITE beyond gets 503 with Retry-After.
    public var maxSessions: Int
    /// Addresses for which the bounds on one source do not hold, and whose requests inside dialogs are taken whichever
    /// host the dialog began with: our trunks' peers.
    public var knownSources: Set<IPAddress> = []
    /// How many requests from outside dialogs one stranger's address may have open; `nil` means a quarter of
    /// `maxSessions`. An address is no stranger's once a call from it was answered and acknowledged, or its credentials
    /// were right.
    public var maxPerStranger: Int?
    /// The same for an address that is no stranger's; `nil` means three quarters of `maxSessions`.
    public var maxPerSource: Int?
    /// How many all strangers together may have open; one more ends the oldest. `nil` means half of `maxSessions`.
    public var maxByStrangers: Int?
    /// Whether a request inside a dialog has to come from a host that the dialog knows: that of its first request or
    /// answer, or one that its Contact or Record-Route names by address. Others get 403. Where only names are known the
    /// tags alone decide.
    public var checksDialogSources = true
    /// How many transactions of each side may live at once; a request beyond is dropped.
    public var maxTransactions: Int
    /// How many forks of one outgoing call are told apart; answers from more are ended at once.
    public var maxForks: Int
    /// Who asks INVITEs for credentials; `nil` asks nobody.
    public var authentication: DigestServer?
    /// Option tags beyond our own (`timer`, `100rel`) that the application understands, for Supported and Require.
    public var extraSupported: [String]
    /// The body types taken in an INVITE.
    public var acceptedContentTypes: [String]
    /// What an answer to OPTIONS says about the sessions that we could take: a session description whose every m= line
    /// has port 0, so that nobody takes it for an offer (RFC 3264 §9). `nil` says nothing.
    public var capabilityDescription: Body?
    /// Methods that are handed up as `Event.request` rather than handled or refused inside, e.g. MESSAGE.
    public var handedUpMethods: Set<Method>
    /// The session timer (RFC 4028); `nil` neither offers nor takes one.
    public var sessionTimer: SessionTimerPolicy?
    /// Whether a REFER is handed up as `Event.refer`; otherwise it is refused with 603 (RFC 3515).
    public var servesRefer = false
    /// Whether a call may take the place of another (RFC 3891); otherwise Replaces is no extension of ours.
    public var servesReplaces = false
    /// The packages that an INFO to us may be of (RFC 6086). One without package is always taken, e.g. dtmf-relay.
    public var infoPackages: [String] = []
    /// The event packages for which SUBSCRIBE is handed up as `Event.subscription`, in lower case, e.g.
    /// `message-summary` (RFC 6665).
    public var notifiedPackages: [String] = []
    /// How many subscriptions of each side may live at once.
    public var maxSubscriptions = 2_000
    /// When our provisional responses are sent reliably (RFC 3262).
    public var reliableProvisionals: ReliableProvisionalPolicy
    /// How often a ringing INVITE's last provisional response is repeated (RFC 3261 §13.3.1.1).
    public var provisionalInterval: Duration
    /// How long a call may ring, in either direction, before it is given up.
    public var maximumRinging: Duration
    /// How long a REFER waits for its last NOTIFY.
    public var referLimit: Duration
    /// What takes REGISTER requests, with its location service; `nil` refuses them.
    public var registrar: Registrar?
    /// How many notices per second are let through; further ones are counted and summed up.
    public var noticesPerSecond: Int
    /// Whether 100 goes out before the application is told of a call. Otherwise it goes out when the application has
    /// taken every output and has not answered by then; one that answers at once saves a message (RFC 3261 §17.2.1).
    public var saysTryingFirst = true
    /// Whether requests over TLS offer their connection for the peer's requests too (`alias`, RFC 5923). For those who
    /// show a certificate of their own when they connect; others get no use from it.
    public var offersAlias = false
    /// Whether messages that break a rule and can be understood all the same are taken.
    public var leniency = Leniency.lenient
    /// Whose word about who calls counts; by default nobody's (RFC 3325).
    public var trustDomain = TrustDomain.nobody
    /// From where requests outside dialogs are taken; `nil` takes them from anywhere.
    public var admission: SourceAdmission?

    public init(
        userAgentName: String? = nil, advertised: [TransportProtocol: TransportAddress] = [:],
        timers: TransactionTimers = .standard, limits: Limits = .default, maximumDatagram: Int = 1_300,
        maximumServersTried: Int = 8, maxSessions: Int = 2_000,
        maxTransactions: Int = 50_000, maxForks: Int = 16, authentication: DigestServer? = nil,
        extraSupported: [String] = [], acceptedContentTypes: [String] = ["application/sdp"],
        handedUpMethods: Set<Method> = [], sessionTimer: SessionTimerPolicy? = .standard,
        reliableProvisionals: ReliableProvisionalPolicy = .whenRequired, provisionalInterval: Duration = .seconds(60),
        maximumRinging: Duration = .seconds(300), referLimit: Duration = .seconds(180), noticesPerSecond: Int = 50,
        registrar: Registrar? = nil
    ) {
        self.userAgentName = userAgentName
        self.advertised = advertised
        self.timers = timers
        self.limits = limits
        self.maximumDatagram = maximumDatagram
        self.maximumServersTried = maximumServersTried
        self.maxSessions = maxSessions
        self.maxTransactions = maxTransactions
        self.maxForks = maxForks
        self.authentication = authentication
        self.extraSupported = extraSupported
        self.acceptedContentTypes = acceptedContentTypes
        self.handedUpMethods = handedUpMethods
        self.sessionTimer = sessionTimer
        self.reliableProvisionals = reliableProvisionals
        self.provisionalInterval = provisionalInterval
        self.maximumRinging = maximumRinging
        self.referLimit = referLimit
        self.noticesPerSecond = noticesPerSecond
        self.registrar = registrar
    }

    var shareOfStranger: Int { maxPerStranger ?? max(4, maxSessions / 4) }
    var shareOfSource: Int { maxPerSource ?? max(4, maxSessions / 4 * 3) }
    var shareOfStrangers: Int { maxByStrangers ?? max(4, maxSessions / 2) }

    /// The option tags of Supported.
    public var supported: [String] {
        (sessionTimer == nil ? [] : ["timer"]) + (reliableProvisionals == .never ? [] : ["100rel"])
            + (servesReplaces ? ["replaces"] : []) + (servesRefer ? ["norefersub"] : []) + extraSupported
    }

    /// The methods of Allow, in the order in which they are written.
    public var allowedMethods: [Method] {
        let own: [Method] =
            [.invite, .ack, .cancel, .bye, .options, .info, .update, .notify]
            + (reliableProvisionals == .never ? [] : [.prack]) + (servesRefer ? [.refer] : [])
            + (notifiedPackages.isEmpty ? [] : [.subscribe]) + (registrar == nil ? [] : [.register])
        return own + handedUpMethods.subtracting(own).sorted { $0.name < $1.name }
    }
}

/// When provisional responses are sent reliably (RFC 3262 §3). Those of a peer are acknowledged unless it is `never`.
public enum ReliableProvisionalPolicy: Hashable, Sendable {
    /// The extension is neither offered nor served; an INVITE that requires it gets 420.
    case never
    /// Only to an INVITE that requires it.
    case whenRequired
    /// To every INVITE whose sender supports it.
    case whenSupported
}

/// How the session timer is used (RFC 4028).
public struct SessionTimerPolicy: Hashable, Sendable {
    /// The interval that we ask for in an INVITE (Session-Expires); `nil` asks for none and takes the peer's.
    public var interval: Duration?
    /// The shortest interval that we take (Min-SE); never below 90 seconds.
    public var minimum: Duration

    public init(interval: Duration?, minimum: Duration) {
        self.interval = interval
        self.minimum = max(minimum, .seconds(90))
    }

    /// Half an hour, not below 90 seconds.
    public static let standard = SessionTimerPolicy(interval: .seconds(1_800), minimum: .seconds(90))
}
