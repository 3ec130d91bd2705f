extension UserAgentCore {
    /// What the user agent wants done, in order.
    public enum Output: Sendable {
        /// Find (resolve, connect) a flow; answered by `Input.flowOpened` or `Input.flowFailed` with the same number.
        /// One to a server in the target's `tried` is of no use: the next server is wanted.
        case openFlow(FlowRequestID, FlowTarget)
        /// Send these octets over this flow.
        case transmit([UInt8], Flow)
        /// Close this connection: it is dead although nobody said so. `Input.flowClosed` needs not follow.
        case closeFlow(Flow)
        /// Tell the application.
        case event(Event)
    }
}
