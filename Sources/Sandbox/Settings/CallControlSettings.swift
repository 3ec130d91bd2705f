public import TelephonyPrimitives

/// The carrier's HTTP side: its API, its webhooks and its media streams (Call Control v2).
public struct CallControlSettings: Sendable {
    /// Where the API is listened for, HTTP without TLS.
    public var listen = TransportAddress(ip: .loopbackV4, port: 5081)
    /// What a request has to carry behind `Bearer`.
    public var apiKey = Secret("sandbox-key")
    /// Where webhooks of the application go that is there at the start and has the agent's number. `nil`: there is none,
    /// and the number belongs to the SIP connection until the API says otherwise.
    public var webhookURL: String?
    /// Where they go when that fails.
    public var failoverURL: String?
    /// Where a TeXML application that is there at the start, and has the agent's number, asks for its document. `nil`: there
    /// is none.
    public var documentURL: String?
    /// Where it tells how its calls fare.
    public var statusURL: String?
    /// The seed of the key that signs webhooks: 32 octets. The public key follows from it, so by default it is always
    /// the same one.
    public var signingSeed = Array(UInt8(0)..<32)
    /// Nanoseconds since 1970 at `Instant.zero`; ``SandboxServer`` sets it.
    public var epoch: Int64 = 0
    /// When what is there at the start was made; ``SandboxServer`` sets it.
    public var openedAt = Instant.zero
    /// Whether samples of `L16` have their lower octet first. Nobody knows which order the carrier has.
    public var isL16LittleEndian = false

    /// One whose webhooks go nowhere yet.
    public init() {}

    /// What is there at the start.
    public static let applicationID = "2600000000000000001"
    public static let documentApplicationID = "2600000000000000005"
    static let profileID = "2600000000000000002"
    static let numberID = "2600000000000000003"
    static let sipConnectionID = "2600000000000000004"
}
