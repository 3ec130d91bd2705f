extension UserAgentCore {
    /// What the user agent wants done, in order.
    public enum Output: Sendable {
        /// Find (resolve, connect) a flow; answered by `Input.flowOpened` or `Input.flowFailed` with the same number.
        case openFlow(FlowRequestID, FlowTarget)
        /// Send these octets over this flow.
        case transmit([UInt8], Flow)
        /// Tell the application.
        case event(Event)
    }
}
