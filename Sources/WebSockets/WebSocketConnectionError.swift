internal import NIOCore
internal import NIOSSL

/// Why a WebSocket connection was not opened, or does not do what is asked of it.
public enum WebSocketConnectionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The server answered otherwise.
    case refused(WebSocketAnswer)
    /// The server chose none of the subprotocols that were offered.
    case wrongSubprotocol(String?)
    /// There is no way to the server: its name is unknown, or nobody listens there.
    case unreachable(String)
    /// The TLS handshake failed; above all for a certificate that is not trusted.
    case tls(String)
    /// It was not open in time.
    case timedOut
    /// A header field, a subprotocol or a certificate of ours can't be used.
    case invalid(String)
    /// More waits to be sent than ``WebSocketLimits/maximumUnsentOctets``.
    case tooMuchUnsent
    /// The connection is closed, or being closed.
    case closed
    /// The connection broke without a Close frame.
    case lost(String)
    /// The peer broke the protocol.
    case violation(WebSocketViolation)
    case cancelled

    public var description: String {
        switch self {
        case .refused(let answer): "\(WebSocketRefusal.answered(answer))"
        case .wrongSubprotocol(let name): "\(WebSocketRefusal.subprotocol(name))"
        case .unreachable(let why): "the server can't be reached: \(why)"
        case .tls(let why): "the TLS handshake failed: \(why)"
        case .timedOut: "the WebSocket was not open in time"
        case .invalid(let what): what
        case .tooMuchUnsent: "the peer takes what is sent too slowly"
        case .closed: "the connection is closed"
        case .lost(let why): "the connection broke: \(why)"
        case .violation(let violation): "the peer broke the protocol: \(violation)"
        case .cancelled: "the work was cancelled"
        }
    }

    /// What an error of the channel means before the WebSocket is open.
    init(opening error: any Error) {
        switch error {
        case let error as WebSocketConnectionError: self = error
        case WebSocketRefusal.answered(let answer): self = .refused(answer)
        case WebSocketRefusal.subprotocol(let name): self = .wrongSubprotocol(name)
        case ChannelError.connectTimeout: self = .timedOut
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: self = .tls(String(describing: error))
        case ChannelError.eof: self = .unreachable("it closed the connection before the WebSocket was open")
        default: self = .unreachable(String(describing: error))
        }
    }

    /// What an error of the channel means afterwards.
    init(open error: any Error) {
        switch error {
        case let error as WebSocketConnectionError: self = error
        case let violation as WebSocketViolation: self = .violation(violation)
        default: self = .lost(String(describing: error))
        }
    }
}
