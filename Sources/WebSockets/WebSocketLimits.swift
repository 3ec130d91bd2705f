/// Bounds on a WebSocket connection, and how its life is watched.
public struct WebSocketLimits: Hashable, Sendable {
    /// Octets of one message, all its frames together; more is answered with close code 1009.
    public var maximumMessageOctets = 65_535
    /// Frames of one message.
    public var maximumFrames = 1_024
    /// Octets of the header fields of the HTTP request or response that opens the connection.
    public var maximumHandshakeOctets = 8_192
    /// How often we ping a peer from which nothing came; `nil` never does. The peer has as long again to answer.
    public var pingInterval: Duration? = .seconds(30)
    /// How long the peer may take to answer our Close frame.
    public var closeTimeout: Duration = .seconds(2)
    /// Messages, and octets of them, that wait for whoever reads a ``WebSocketConnection``; with more, nothing is read
    /// from the peer until some have been taken.
    public var maximumUnreadMessages = 64
    public var maximumUnreadOctets = 1_048_576
    /// Octets that wait to be sent on a ``WebSocketConnection``.
    public var maximumUnsentOctets = 1_048_576

    public init() {}
}
