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
        /// `UserAgentCore.deadline` has come.
        case wake
        /// The application wants something.
        case command(Command)
    }
}
