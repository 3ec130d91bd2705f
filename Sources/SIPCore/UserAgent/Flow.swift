public import TelephonyPrimitives

/// A transport that carries SIP (RFC 3261 §18, RFC 7118).
public enum TransportProtocol: String, Hashable, Sendable, CaseIterable {
    case udp, tcp, tls
    /// WebSocket, and WebSocket over TLS (RFC 7118).
    case ws, wss

    /// The transport that a `transport` parameter of a URI means; `nil` for an unknown one.
    ///
    /// In a `sips` URI `tcp` means TLS (RFC 3261 §26.2.2) and `ws` means WebSocket over TLS (RFC 7118 §5.3).
    public init?(uriParameter: some StringProtocol, secure: Bool = false) {
        self.init(rawValue: uriParameter.lowercased())
        if secure { self = secured }
    }

    /// Whether the transport delivers octets in order or says that it failed, so that SIP sends nothing twice.
    public var isReliable: Bool { self != .udp }

    /// Whether the transport encrypts and authenticates the hop.
    public var isSecure: Bool { self == .tls || self == .wss }

    /// Whether messages travel in WebSocket messages (RFC 7118), so that only the client can open the connection.
    public var isWebSocket: Bool { self == .ws || self == .wss }

    /// The same transport with TLS under it; UDP has none.
    public var secured: TransportProtocol {
        switch self {
        case .udp: .udp
        case .tcp, .tls: .tls
        case .ws, .wss: .wss
        }
    }

    /// The name in the sent-protocol of a Via, e.g. `UDP` or `WSS` (RFC 3261 §25.1, RFC 7118 §5.1).
    public var viaName: String { rawValue.uppercased() }

    /// The value of the `transport` parameter of a URI. WebSocket has one for both of its forms (RFC 7118 §5.2).
    public var uriParameter: String { isWebSocket ? "ws" : rawValue }

    /// The port that is meant when none is written (RFC 3261 §19.1.2, RFC 6455 §3).
    public var defaultPort: UInt16 {
        switch self {
        case .udp, .tcp: 5060
        case .tls: 5061
        case .ws: 80
        case .wss: 443
        }
    }
}

/// One way to reach a peer that exists now: a UDP socket with the peer's address, or one open connection.
///
/// Flows are made by the rim, which owns the sockets; the core only compares, keeps and hands them back.
public struct Flow: Hashable, Sendable {
    /// The transport.
    public var `protocol`: TransportProtocol
    /// Our address on this flow. It should name a real interface; for an unspecified address (0.0.0.0, ::) the core
    /// falls back to the advertised address.
    public var local: TransportAddress
    /// The peer's address, as the socket sees it.
    public var remote: TransportAddress
    /// The rim's number of the socket or connection; two connections to one peer differ in it.
    public var id: UInt64

    public init(protocol: TransportProtocol, local: TransportAddress, remote: TransportAddress, id: UInt64) {
        self.protocol = `protocol`
        self.local = local
        self.remote = remote
        self.id = id
    }
}

/// What a request has to reach, before names are resolved and connections opened (RFC 3263 §4).
public struct FlowTarget: Hashable, Sendable {
    /// A host name or an IP literal, without brackets.
    public var host: String
    /// The port, when one was written.
    public var port: UInt16?
    /// The transport, when one was written; `nil` leaves the choice to RFC 3263 (UDP for a numeric host).
    public var transport: TransportProtocol?
    /// Whether the hop must be TLS (a `sips` URI); then no other transport may be taken.
    public var secure: Bool
    /// The servers of this target to which the same request was sent in vain: the next one is wanted, and when there is
    /// none the flow is to be refused (RFC 3263 §4.3).
    public var tried: [TriedServer]
    /// The open connection that is meant, whoever its peer may be: no other leads there. For a client that registered
    /// over it and shows no certificate (RFC 5626 §5.3). `nil` for a target that any connection to its address reaches.
    public var connection: Flow?

    /// A `secure` target over TCP is one over TLS, and over WebSocket one over WebSocket with TLS.
    public init(
        host: String, port: UInt16? = nil, transport: TransportProtocol? = nil, secure: Bool = false,
        tried: [TriedServer] = []
    ) {
        self.host = host
        self.port = port
        self.transport = secure ? transport?.secured : transport
        self.secure = secure
        self.tried = tried
    }

    /// The same target for a request of its own.
    var untried: FlowTarget {
        var target = self
        target.tried = []
        return target
    }
}
