/// An `m=` line and the lines that belong to it (RFC 8866 §5.14).
public struct MediaDescription: Sendable, Hashable {
    /// The kind of media: `audio`, `video`, `image`, `application`…
    public var kind: String
    /// Where to send the stream; 0 in an offer or answer: the stream is refused or switched off (RFC 3264 §5.1, §6).
    public var port: UInt16
    /// The number of ports, when written as `port/number`.
    public var portCount: Int?
    /// The transport, e.g. `RTP/AVP`.
    public var transport: String
    /// For RTP the payload types, best one first.
    public var formats: [String]
    /// Its own `c=` line; without one the session's counts.
    public var connection: ConnectionData?
    /// Its `a=` lines in order.
    public var attributes: [Attribute]
    /// Lines with no meaning here, kept for a round trip.
    public var otherLines: [SDPLine]

    /// Makes an m= line with what belongs to it.
    public init(
        kind: String, port: UInt16, portCount: Int? = nil, transport: String, formats: [String],
        connection: ConnectionData? = nil, attributes: [Attribute] = [], otherLines: [SDPLine] = []
    ) {
        self.kind = kind
        self.port = port
        self.portCount = portCount
        self.transport = transport
        self.formats = formats
        self.connection = connection
        self.attributes = attributes
        self.otherLines = otherLines
    }

    /// The same stream refused: port 0 and one format, because the grammar wants one (RFC 3264 §6).
    var refused: MediaDescription {
        MediaDescription(kind: kind, port: 0, transport: transport, formats: [formats.first ?? "0"])
    }
}
