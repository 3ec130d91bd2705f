public import NIOSSL
public import SIPCore

/// How the SIP rim listens, and what it puts up with.
public struct SIPUserAgentConfiguration: Sendable {
    /// What the protocol core is told.
    public var core: UserAgentConfiguration
    public var listen: [ListenAddress]
    /// Certificate and key for `tls` listeners; needed when there is one.
    public var serverTLS: TLSConfiguration?
    /// How servers are checked when we connect to them: by default the system's roots and the full RFC 5922 check.
    public var clientTLS: TLSConfiguration
    public var streams: StreamLimits

    public init(core: UserAgentConfiguration, listen: [ListenAddress]) {
        self.core = core
        self.listen = listen
        serverTLS = nil
        clientTLS = .makeClientConfiguration()
        streams = StreamLimits()
    }
}

/// Bounds on TCP and TLS connections, so that slow or silent strangers hold nothing for long.
public struct StreamLimits: Sendable {
    /// Connections that peers opened, in all and from one address.
    public var maximumInbound = 1024
    public var maximumInboundPerSource = 64
    /// The longest time from the first octet of a message (or from the connection's start) to the message's end.
    public var messageDeadlineSeconds: Int64 = 32
    /// A connection on which nothing came for this long is closed.
    public var idleSeconds: Int64 = 1800
    /// How long a connection may take to be made, TLS included.
    public var connectSeconds: Int64 = 10

    public init() {}
}

/// Why the SIP rim could not start or reach somebody.
public enum SIPTransportError: Error, Sendable, CustomStringConvertible {
    case cannotListen(ListenAddress, reason: String)
    case tlsNeedsCertificate(ListenAddress)
    case nothingToListenOn
    case notAnAddress(String)

    public var description: String {
        switch self {
        case .cannotListen(let address, let reason):
            "can't listen on \(address): \(reason). Choose another address or port, or stop the program that holds it."
        case .tlsNeedsCertificate(let address):
            "\(address) needs a certificate and a key: set them, or listen on udp or tcp only."
        case .nothingToListenOn:
            "no address to listen on was given, e.g. udp:127.0.0.1:5060."
        case .notAnAddress(let text):
            "'\(text)' is no IP address: give one of this machine, e.g. 127.0.0.1, or 0.0.0.0 for all."
        }
    }
}
