/// A message of a call's signalling, with nothing secret in it.
public struct MessageRecord: Sendable, Equatable {
    /// Microseconds since the call began; negative for what led to it, such as an INVITE that was answered with a challenge.
    public var atMicroseconds: Int
    /// Whether it came from the other side.
    public var isReceived: Bool
    /// `udp`, `tcp`, `tls`, `ws` or `wss`.
    public var transport: String
    /// Our address and port, and theirs, e.g. `192.0.2.1:5060`.
    public var local: String
    public var remote: String
    public var octets: [UInt8]

    public init(
        atMicroseconds: Int, isReceived: Bool, transport: String, local: String, remote: String, octets: [UInt8]
    ) {
        self.atMicroseconds = atMicroseconds
        self.isReceived = isReceived
        self.transport = transport
        self.local = local
        self.remote = remote
        self.octets = octets
    }
}
