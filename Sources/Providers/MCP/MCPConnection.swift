internal import Agent

/// What comes over the way to a server.
enum MCPArrival: Sendable {
    case message(JSONValue)
    /// A request of ours could not be delivered, or its answer is lost.
    case requestFailed(Int, String)
    /// The server knows our session no more; the request, if it was one, was not looked at.
    case sessionLost(Int?)
    /// A line that the server wrote for people.
    case remark(String)
}

/// A way to a server, there and back, until it breaks.
protocol MCPConnection: Sendable {
    /// Ends when the way is broken or closed.
    var arrivals: AsyncStream<MCPArrival> { get }
    /// Sends in order; returns at once.
    func send(_ message: MCPMessage)
    /// The answer to a request is not wanted any more.
    func abandon(_ request: Int)
    /// The revision of the protocol from now on.
    func agreed(version: String)
    func close() async
}
