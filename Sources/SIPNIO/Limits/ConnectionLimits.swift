/// Bounds on TCP, TLS and WebSocket connections, so that slow or silent strangers hold nothing for long.
///
/// A stranger is a peer that connected to us, that showed no certificate which we asked for, whose address is not in
/// ``SIPUserAgentConfiguration/trustedSources``, and whose call, registration or subscription we have not accepted.
public struct ConnectionLimits: Hashable, Sendable {
    /// Connections that peers opened, in all. One more closes the stranger's connection that is idle for longest; when
    /// there is none it is refused.
    public var maximumInbound = 1_024
    /// Connections that peers opened from one address; one more is refused.
    public var maximumInboundPerSource = 64
    /// Connections whose TLS or WebSocket handshake is not over; one more closes the oldest of them.
    public var maximumHalfOpen = 256
    /// How long the handshakes of a connection may take, and a connection of ours to be made.
    public var handshake: Duration = .seconds(10)
    /// The longest time from the first octet of a message to the end of its headers, and from there to its own end. A
    /// connection on which no message has begun yet has the first of the two as well.
    public var headers: Duration = .seconds(16)
    public var body: Duration = .seconds(16)
    /// A connection on which nothing came for this long is closed: a stranger's, and that of anybody else.
    public var strangerIdle: Duration = .seconds(60)
    public var idle: Duration = .seconds(1_800)
    /// Octets that wait to be written to one connection; with more it is closed, since its peer does not read.
    public var maximumUnsentOctets = 1 << 20
    /// Octets of one message on a connection; a request that announces more is answered with 513.
    public var maximumMessageOctets = 65_535

    public init() {}
}

/// How much one source may send, as token buckets: so much at once, and so much per second after that.
///
/// A source is an IPv4 address or the /64 prefix of an IPv6 address.
public struct RateLimits: Hashable, Sendable {
    /// Datagrams from one source.
    public var datagrams = Rate(perSecond: 20_000, burst: 40_000)
    /// New connections from one source.
    public var connections = Rate(perSecond: 50, burst: 200)
    /// Sources that are remembered; beyond, those that were silent for longest are forgotten.
    public var maximumSources = 8_192

    public init() {}
}

/// A steady rate with some room above it.
public struct Rate: Hashable, Sendable {
    /// How many per second in the long run.
    public var perSecond: Int
    /// How many at once after a rest.
    public var burst: Int

    /// - Parameters:
    ///   - perSecond: how many per second in the long run.
    ///   - burst: how many at once after a rest.
    public init(perSecond: Int, burst: Int) {
        self.perSecond = perSecond
        self.burst = burst
    }
}
