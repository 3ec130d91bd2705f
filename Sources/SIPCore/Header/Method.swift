/// The method of a request: a token, and case matters (RFC 3261 §7.1).
public struct Method: Hashable, Sendable, CustomStringConvertible {
    public let name: String

    public init(_ name: String) {
        self.name = name
    }

    /// - Parameter octets: a token.
    init(_ octets: ArraySlice<UInt8>) {
        var word: UInt64 = 0
        for octet in octets.prefix(8) { word = word << 8 | UInt64(octet) }
        // The methods of every call, told at a glance.
        let name: String? =
            switch (octets.count, word) {
            case (6, 0x494E_5649_5445): "INVITE"
            case (3, 0x41_434B): "ACK"
            case (3, 0x42_5945): "BYE"
            case (6, 0x4341_4E43_454C): "CANCEL"
            case (7, 0x4F_5054_494F_4E53): "OPTIONS"
            case (8, 0x5245_4749_5354_4552): "REGISTER"
            default: nil
            }
        self.init(name ?? octets.asText)
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
