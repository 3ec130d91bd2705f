/// How much of a message is read; whatever is beyond is refused and named, never half read.
public struct Limits: Hashable, Sendable {
    /// Octets of a whole message.
    public var maxMessageOctets = 65_535
    /// Octets of the start line and all headers, while a stream is being cut into messages.
    public var maxHeaderOctets = 32_768
    /// Octets of one header, folds included.
    public var maxHeaderLineOctets = 8_192
    /// Header lines; where a header goes over several lines, each of them counts.
    public var maxHeaders = 256

    public init() {}

    public static let `default` = Limits()

    /// Parameters of one header value or URI.
    static let maxParameters = 64
    /// Values of a header over all its lines, empty ones included: somewhat more than the 70 hops that a request passes
    /// at most (RFC 3261 §8.1.1.6).
    static let maxListItems = 80
    /// Values of Contact: the bindings that a registrar tells.
    static let maxContacts = 256
    /// Octets of a SIP URI.
    static let maxURIOctets = 2_048
    /// Parameters of a header over all its values, those of URIs included.
    static let maxListParameters = 512
    /// Octets of a known header over all its lines.
    static let maxListOctets = 8_192
}
