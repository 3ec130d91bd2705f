public import SIPCore
public import TelephonyPrimitives
internal import WebSockets

/// How the SIP rim listens, and what it puts up with.
public struct SIPUserAgentConfiguration: Sendable {
    /// What the protocol core is told.
    public var core: UserAgentConfiguration
    /// Where SIP is taken.
    public var listen: [ListenAddress]
    /// Certificates and trust for TLS and WebSocket with TLS.
    public var tls = SIPTLSConfiguration()
    /// Bounds on connections.
    public var connections = ConnectionLimits()
    /// How much one source may send.
    public var rates = RateLimits()
    /// Addresses for which neither ``rates`` nor the bounds on what one source may hold apply: our trunks' peers. The core
    /// gets them among its `knownSources`.
    public var trustedSources: Set<IPAddress> = []
    /// Octets that a stranger's octet over UDP earns him in answers. By default 3, as in QUIC (RFC 9000 §8), and 1 when
    /// ``trustedSources`` names our peers; then a forged source gains nothing.
    public var strangerAmplification: Int?
    /// The path of the WebSockets that we open.
    public var webSocketPath = "/"
    /// The web origins whose pages may open a WebSocket here; `nil` lets all of them.
    public var webSocketOrigins: Set<String>?
    /// How much of the machine the process may use; beyond it new calls are refused with 503 and Retry-After before
    /// anything is kept of them. By default there is no such limit.
    public var overload: OverloadLimits?
    /// Who looks up names; `nil` means a ``CaresResolver`` of its own, made when the first name is to be looked up. It
    /// is shut down when the user agent is closed.
    public var resolver: (any DNSResolver)?
    /// Sees every message that a socket sends or receives, with all that is secret in it. Called on the loop, in order:
    /// it must return at once.
    public var onMessage: (@Sendable (TracedMessage) -> Void)?
    /// Masks what is secret in a message, where journals of calls are kept; `nil` where none are.
    package var journalMask: (@Sendable ([UInt8]) -> [UInt8])?

    /// - Parameters:
    ///   - core: what the protocol core is told.
    ///   - listen: where SIP is taken.
    public init(core: UserAgentConfiguration, listen: [ListenAddress]) {
        self.core = core
        self.listen = listen
    }

    /// What the core is told, and whom it need not hold to the bounds on one source.
    var trustingCore: UserAgentConfiguration {
        var core = core
        core.knownSources.formUnion(trustedSources)
        return core
    }

    var strangerFactor: Int { strangerAmplification ?? (trustedSources.isEmpty ? 3 : 1) }

    var webSocketTerms: WebSocketServerTerms {
        WebSocketServerTerms(subprotocols: [StreamTransport.subprotocol], origins: webSocketOrigins)
    }

    var webSocketLimits: WebSocketLimits {
        var limits = WebSocketLimits()
        limits.maximumMessageOctets = min(core.limits.maxMessageOctets, connections.maximumMessageOctets)
        return limits
    }
}

/// Why the SIP rim could not start or reach somebody.
public enum SIPTransportError: Error, Sendable, CustomStringConvertible {
    case cannotListen(ListenAddress, reason: String)
    case tlsNeedsCertificate(ListenAddress)
    case nothingToListenOn
    case notAnAddress(String)
    /// A certificate, key or file of roots can't be used.
    case badCertificate(path: String, reason: String)

    public var description: String {
        switch self {
        case .cannotListen(let address, let reason):
            "can't listen on \(address): \(reason). Choose another address or port, or stop the program that holds it."
        case .tlsNeedsCertificate(let address):
            "\(address) needs a certificate and a key: set them, or listen on udp or tcp only."
        case .badCertificate(let path, let reason):
            "the certificate or key in \(path) can't be used: \(reason)"
        case .nothingToListenOn:
            "no address to listen on was given, e.g. udp:127.0.0.1:5060."
        case .notAnAddress(let text):
            "'\(text)' is no IP address: give one of this machine, e.g. 127.0.0.1, or 0.0.0.0 for all."
        }
    }
}
