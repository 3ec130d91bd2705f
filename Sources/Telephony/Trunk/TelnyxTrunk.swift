public import SIPCore
public import TelephonyPrimitives

/// What Telnyx needs to know of a trunk; the rest is the same for all of its customers.
public struct TelnyxTrunk: Sendable {
    /// The place whose servers carry the signalling. Where sound goes is set at Telnyx (AnchorSite).
    public enum Region: String, Sendable, CaseIterable {
        case us, eu, au, ca, asia

        /// The name of the servers; NAPTR and SRV records tell the addresses.
        public var host: String {
            switch self {
            case .us: "sip.telnyx.com"
            case .eu: "sip.telnyx.eu"
            case .au: "sip.telnyx.com.au"
            case .ca: "sip.telnyx.ca"
            case .asia: "sip.telnyx.asia"
            }
        }

        /// The addresses from which calls come, as Telnyx has published them in spring 2026.
        public var sources: [IPNetwork] {
            let addresses =
                switch self {
                case .us: ["192.76.120.10", "64.16.250.10", "192.76.120.14"]
                case .eu: ["185.246.41.140", "185.246.41.141"]
                case .au: ["103.115.244.145", "103.115.244.146"]
                case .ca: ["192.76.120.31", "64.16.250.13"]
                case .asia: ["103.115.244.158", "103.115.244.159"]
                }
            return addresses.compactMap { IPNetwork($0) }
        }
    }

    /// How Telnyx knows that a call is ours: the kind of the connection there.
    public enum Authentication: Sendable {
        /// By user name and password; registered, so that calls come in.
        case credentials(Credentials, isRegistered: Bool = true)
        /// By our address, with what tells us from others at the same address, if there are such.
        case address(Discriminator? = nil)
        /// Calls to us go to our own host name; ours are known by a password, or by our address.
        case hostName(Credentials? = nil)
    }

    /// What tells several connections at one address apart.
    public enum Discriminator: Sendable, Hashable {
        /// Four digits in front of each number that is called.
        case prefix(String)
        /// `X-Telnyx-Token`: 12 to 48 letters, digits and `-`.
        case token(String)
        /// `P-Charge-Info`: a number that is the connection's.
        case chargedNumber(String)
    }

    public var authentication: Authentication
    public var region: Region
    public var transport: TransportProtocol

    /// - Parameters:
    ///   - authentication: how the connection knows us.
    ///   - region: whose servers are used.
    ///   - transport: TLS keeps what is dialled from others on the way; Opus needs TCP or TLS.
    public init(_ authentication: Authentication, region: Region = .us, transport: TransportProtocol = .tls) {
        self.authentication = authentication
        self.region = region
        self.transport = transport
    }
}

extension Trunk {
    /// A trunk of Telnyx.
    ///
    /// - Parameters:
    ///   - telnyx: who we are there.
    ///   - name: what it is called in logs and records.
    ///   - host: where its servers are, in place of the region's; for tests.
    ///   - port: the port there; `nil`: found by the name.
    public init(_ telnyx: TelnyxTrunk, name: String = "telnyx", host: String? = nil, port: UInt16? = nil) {
        self.init(
            name: name, host: host ?? telnyx.region.host, port: port, transport: telnyx.transport)
        carrier = .telnyx
        sources = host.map { IPAddress($0).map { [IPNetwork($0)] } ?? [] } ?? telnyx.region.sources
        switch telnyx.authentication {
        case .credentials(let credentials, let isRegistered):
            sign(with: credentials)
            if isRegistered { register(credentials) }
        case .hostName(let credentials): if let credentials { sign(with: credentials) }
        case .address(.prefix(let digits)): numbers.prefix = digits
        case .address(.token(let token)): headers = [("X-Telnyx-Token", token)]
        case .address(.chargedNumber(let number)): headers = [("P-Charge-Info", "<\(uri(of: number))>")]
        case .address(nil): break
        }
    }

    /// An INVITE without a name is first taken for that of whichever customer has our address, and is charged to them or
    /// refused in their name; so the name is in it from the start.
    private mutating func sign(with credentials: Credentials) {
        self.credentials = credentials
        headers = [("X-Telnyx-Username", credentials.username)]
    }
}
