/// An HTTP answer that opens no WebSocket.
public struct WebSocketAnswer: Hashable, Sendable {
    /// The HTTP status, e.g. 401.
    public var status: Int
    public var headers: [WebSocketHeaderField]
    /// What was said besides; of what a server sends at most the first 4,096 octets.
    public var body: [UInt8]

    /// Octets of a body that are kept.
    static let maximumBody = 4_096

    public init(status: Int, headers: [WebSocketHeaderField] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
