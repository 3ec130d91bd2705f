/// How much of a message is read; whatever is beyond is refused and named, never half read.
public struct Limits: Hashable, Sendable {
    /// Octets of a whole message.
    public var maxMessageOctets = 65_535
    /// Octets of the start line and all headers, while a stream is being cut into messages.
    public var maxHeaderOctets = 32_768
    /// Octets of one header, folds included.
    public var maxHeaderLineOctets = 8_192
    /// Header lines.
    public var maxHeaders = 256

    public init() {}

    public static let `default` = Limits()

    /// Parameters of one header value or URI.
    static let maxParameters = 64
    /// Values of one comma-separated list.
    static let maxListItems = 128
}
