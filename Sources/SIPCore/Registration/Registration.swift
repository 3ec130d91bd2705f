/// One account to be registered: which address, with which registrar and how (RFC 3261 §10.2, RFC 5626 §4.2).
public struct Registration: Sendable {
    /// The address of record: To and From of every REGISTER.
    public var addressOfRecord: SIPURI
    /// The name that From shows with it.
    public var displayName: String?
    /// The Request-URI: the registrar's domain, without a user.
    public var registrar: SIPURI
    /// The user part of our Contact; that of the address of record when `nil`.
    public var contactUser: String?
    /// What answers a 401 or 407.
    public var credentials: Credentials?
    /// The time to be bound that is asked for. The registrar decides, and may ask for more (423).
    public var expires: Duration
    /// The preference of this Contact in thousandths (`q`, RFC 3261 §20.10).
    public var preference: Int?
    /// The URN of this device (RFC 5626 §4.1), e.g. `urn:uuid:00000000-0000-1000-8000-000A95A0E128`. It has to stay the
    /// same over restarts; with it the registrar replaces our old Contact after our address has changed.
    public var instanceID: String?
    /// Which of the device's flows this is, from 1 (RFC 5626 §4.2). With it and `instanceID` the registration uses SIP
    /// Outbound where the registrar does.
    public var registrationNumber: Int?
    /// Proxies that every REGISTER passes, first one first.
    public var route: [SIPURI]
    /// Where to send to, in order of preference; empty when `route` or `registrar` say it. After a timeout, a failed
    /// transport, 408, 503 or 504 the next one is tried at once (RFC 3263 §4.3). The core resolves no names: whoever
    /// does so puts the addresses here.
    public var servers: [FlowTarget]
    /// Whether the Contact takes on the address that the registrar sees us at (`received` and `rport` of its answer, RFC
    /// 3581) when that is another. Not done where the configuration advertises an address.
    public var followsObservedAddress: Bool
    /// How the way to the registrar is kept open; `nil` sends nothing.
    public var keepAlive: KeepAlive?
    /// How long to wait after failures.
    public var backOff: BackOff
    /// Further header fields of every REGISTER.
    public var headers: HeaderFields

    public init(
        addressOfRecord: SIPURI, registrar: SIPURI, displayName: String? = nil, contactUser: String? = nil,
        credentials: Credentials? = nil, expires: Duration = .seconds(3_600), preference: Int? = nil,
        instanceID: String? = nil, registrationNumber: Int? = nil, route: [SIPURI] = [], servers: [FlowTarget] = [],
        followsObservedAddress: Bool = true, keepAlive: KeepAlive? = .standard, backOff: BackOff = .standard,
        headers: HeaderFields = []
    ) {
        self.addressOfRecord = addressOfRecord
        self.displayName = displayName
        self.registrar = registrar
        self.contactUser = contactUser
        self.credentials = credentials
        self.expires = expires
        self.preference = preference
        self.instanceID = instanceID
        self.registrationNumber = registrationNumber
        self.route = route
        self.servers = servers
        self.followsObservedAddress = followsObservedAddress
        self.keepAlive = keepAlive
        self.backOff = backOff
        self.headers = headers
    }

    /// How often something is sent so that NATs and firewalls keep the way open (RFC 5626 §3.5, §4.4).
    ///
    /// Two line ends go out; over a stream the far end answers with one, and if it is known to do so and does not within
    /// ten seconds, the connection is given up and a new one registered.
    public struct KeepAlive: Hashable, Sendable {
        /// The longest pause over TCP and TLS. A Flow-Timer of the registrar replaces it.
        public var stream: Duration
        /// The longest pause over UDP.
        public var datagram: Duration

        /// Each pause is 80 to 100 percent of these, by chance.
        public init(stream: Duration, datagram: Duration) {
            self.stream = max(stream, .seconds(1))
            self.datagram = max(datagram, .seconds(1))
        }

        /// Two minutes over streams and 29 seconds over UDP, RFC 5626's recommendations.
        public static let standard = KeepAlive(stream: .seconds(120), datagram: .seconds(29))
    }

    /// How long to wait after failures in a row (RFC 5626 §4.5): between half and all of `base`·2^failures, at most
    /// `maximum`.
    public struct BackOff: Hashable, Sendable {
        public var base: Duration
        public var maximum: Duration

        public init(base: Duration, maximum: Duration) {
            self.base = max(base, .milliseconds(100))
            self.maximum = max(maximum, self.base)
        }

        /// From 30 seconds on, to half an hour: the first retry comes after 30 to 60 seconds.
        public static let standard = BackOff(base: .seconds(30), maximum: .seconds(1_800))

        /// The longest pause after so many failures in a row.
        func limit(failures: Int) -> Duration {
            var limit = base
            for _ in 0..<min(max(failures, 0), 32) where limit < maximum { limit *= 2 }
            return min(limit, maximum)
        }
    }
}
