public import NIOCore

/// One message of a WebSocket connection, put together from its frames (RFC 6455 §5.6).
public struct WebSocketMessage: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// UTF-8; of what comes it has been checked.
        case text
        case binary
    }

    public var kind: Kind
    public var payload: ByteBuffer

    /// - Parameters:
    ///   - kind: text or binary.
    ///   - payload: the octets; for text they have to be UTF-8.
    public init(_ kind: Kind, _ payload: ByteBuffer) {
        self.kind = kind
        self.payload = payload
    }
}
