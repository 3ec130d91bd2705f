/// The method of a request: a token, and case matters (RFC 3261 §7.1).
public struct Method: Hashable, Sendable, CustomStringConvertible {
    public let name: String

    public init(_ name: String) {
        self.name = name
    }

    public var description: String { name }

    public static let invite = Method("INVITE")
    public static let ack = Method("ACK")
    public static let bye = Method("BYE")
    public static let cancel = Method("CANCEL")
    public static let options = Method("OPTIONS")
    public static let register = Method("REGISTER")
    /// RFC 6086
    public static let info = Method("INFO")
    /// RFC 3311
    public static let update = Method("UPDATE")
    /// RFC 3262
    public static let prack = Method("PRACK")
    /// RFC 3515
    public static let refer = Method("REFER")
    /// RFC 6665
    public static let notify = Method("NOTIFY")
    public static let subscribe = Method("SUBSCRIBE")
    /// RFC 3428
    public static let message = Method("MESSAGE")
    /// RFC 3903
    public static let publish = Method("PUBLISH")
}
