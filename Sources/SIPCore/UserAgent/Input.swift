/// Why no new calls can be taken, and for how long callers should stay away (RFC 3261 §21.5.4).
public struct Overload: Hashable, Sendable {
    /// A sentence for the log.
    public var reason: String
    /// The shortest Retry-After that callers are given; up to half of it is added at random, whole seconds, at least
    /// one.
    public var retryAfter: Duration

    public init(reason: String, retryAfter: Duration) {
        self.reason = reason
        self.retryAfter = retryAfter
    }
}

extension UserAgentCore {
    /// What can happen to a user agent. Plain values: a journal of `(now, input)` and the seed replay a run.
    public enum Input: Sendable {
        /// A datagram, or one whole message that `StreamFramer` cut from a stream, came over a flow.
        case datagram([UInt8], Flow)
        /// The rim answers `Output.openFlow`: here it is.
        case flowOpened(FlowRequestID, Flow)
        /// The rim answers `Output.openFlow`: it could not be had, and why (a sentence for people).
        case flowFailed(FlowRequestID, reason: String)
        /// A stream has ended, or a datagram socket was told that the peer can't be reached (RFC 3261 §18.4).
        case flowClosed(Flow, reason: String)
        /// The machine has more to do than it can, or no longer (`nil`). While it lasts every new INVITE is refused
        /// with 503 and Retry-After, statelessly; calls that are up go on.
        case overload(Overload?)
        /// `UserAgentCore.deadline` has come.
        case wake
        /// The application wants something.
        case command(Command)
    }
}
