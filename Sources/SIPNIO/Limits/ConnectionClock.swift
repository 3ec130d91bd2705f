internal import TelephonyPrimitives

/// Until when one connection may go on as it does.
///
/// What counts is when a message began, never when its last octet came: one octet a second does not help a peer.
struct ConnectionClock: Sendable {
    enum Phase: Hashable, Sendable {
        /// Nothing came yet, or a message has begun and its headers have no end yet.
        case headers
        /// The headers are there and the body is not.
        case body
        /// Nothing has begun.
        case idle
    }

    private let limits: ConnectionLimits
    private(set) var phase: Phase
    private(set) var since: Instant
    /// Whether the peer is known; then it may be silent for longer.
    var isStranger: Bool

    /// The handshakes are over, and the first message may come.
    init(limits: ConnectionLimits, isStranger: Bool, now: Instant) {
        self.limits = limits
        self.isStranger = isStranger
        phase = .headers
        since = now
    }

    /// Octets came; `progress` is where they leave the message that is being read.
    ///
    /// - Parameters:
    ///   - completed: whether at least one message or keep-alive was complete.
    ///   - progress: where the connection stands now.
    ///   - now: this moment.
    mutating func received(completed: Bool, progress: Phase, now: Instant) {
        if completed || progress == .idle || progress != phase {
            since = now
        }
        phase = progress
    }

    /// When the connection is to be closed unless it goes on.
    var deadline: Instant {
        switch phase {
        case .headers: since + limits.headers
        case .body: since + limits.body
        case .idle: since + (isStranger ? limits.strangerIdle : limits.idle)
        }
    }

    /// Why it is closed at the deadline, for people.
    var reason: String {
        switch phase {
        case .headers: "the headers of a message took too long"
        case .body: "the body of a message took too long"
        case .idle: "nothing came for too long"
        }
    }
}
