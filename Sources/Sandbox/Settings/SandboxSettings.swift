public import TelephonyPrimitives

/// What a sandbox is: its trunk, its telephones, the numbers that answer by themselves, and the limits of the carrier.
public struct SandboxSettings: Sendable {
    /// The SIP addresses of its edges, the first one first; all of them belong to the carrier.
    public var edges: [TransportAddress]
    /// SIP over TLS at the edges; `nil`: there is none.
    public var tls: SandboxTLS?
    /// The carrier's name server; `nil`: there is none.
    public var names: SandboxNames?
    /// The connection that the agent uses.
    public var trunk = SandboxTrunk()
    /// Telephones that may register. Each is somebody outside, with a number of its own.
    public var phones = [SandboxPhone(username: "mobile", password: "sandbox-mobile", number: "+12025550133")]
    /// Numbers that answer by themselves.
    public var callees = ScriptedCallee.samples
    /// Numbers that the account has shown to be its own though another carrier has them: they may be shown.
    public var verifiedNumbers: [String] = []
    /// Numbers of other accounts of the carrier, which may not be shown.
    public var foreignNumbers = ["+12025550166"]
    /// New calls within a second from one address; one more is refused with P05.
    public var callsPerSecond = 20
    /// Calls at once for the whole account; one more is refused with D1.
    public var maximumCalls = 10
    /// Whether requests go out with compact header names and without a blank behind the colon.
    public var usesCompactHeaders = true
    /// Whether our Contact names what lies behind the edge in its user part, between asterisks.
    public var encodesContact = false
    /// How long a place that we call may say nothing at all.
    public var firstAnswerTimeout = Duration.seconds(10)
    /// How long a place that we call may ring.
    public var answerTimeout = Duration.seconds(60)
    /// The carrier's HTTP side; `nil`: there is none, and its number belongs to the trunk.
    public var callControl: CallControlSettings?
    /// What is to go wrong; `nil`: nothing.
    public var fault: SandboxFault?

    /// - Parameter edges: the SIP addresses of its edges, the first one first.
    public init(edges: [TransportAddress]) {
        self.edges = edges
    }
}

/// A telephone outside: somebody with a mobile.
public struct SandboxPhone: Sendable, Hashable {
    /// The name it registers by, and its password.
    public var username: String
    public var password: String
    /// Its number, E.164 with `+`.
    public var number: String

    /// - Parameters:
    ///   - username: the name it registers by.
    ///   - password: what answers the challenge.
    ///   - number: its number, E.164 with `+`.
    public init(username: String, password: String, number: String) {
        self.username = username
        self.password = password
        self.number = number
    }
}

/// SIP over TLS, at the addresses of the edges.
public struct SandboxTLS: Sendable {
    public var port: UInt16
    /// What is shown.
    public var identity: SandboxIdentity

    /// - Parameters:
    ///   - port: at each edge.
    ///   - identity: what is shown.
    public init(port: UInt16 = 5_082, identity: SandboxIdentity) {
        self.port = port
        self.identity = identity
    }
}

/// The carrier's name server: its hosts lead to the edges.
public struct SandboxNames: Sendable {
    /// Where it is, UDP.
    public var listen: TransportAddress
    /// The carrier's hosts.
    public var hosts: [String]

    /// Those of all regions (reference A1).
    public static let carriers = [
        "sip.telnyx.com", "sip.telnyx.eu", "sip.telnyx.com.au", "sip.telnyx.ca", "sip.telnyx.asia",
    ]

    /// - Parameters:
    ///   - listen: where it is, UDP.
    ///   - hosts: the carrier's hosts.
    public init(listen: TransportAddress, hosts: [String] = SandboxNames.carriers) {
        self.listen = listen
        self.hosts = hosts
    }
}
