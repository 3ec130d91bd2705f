/// A session description (RFC 8866): an offer or an answer of a call.
///
/// Reading is lenient where peers are known to stray: bare LF or CR, no line end at the end, a missing `o=`, `s=` or
/// `t=`, lines out of order, stray blanks. Writing is strict.
public struct SessionDescription: Sendable, Hashable {
    /// The most octets that are read.
    public static let maximumSize = 65_535
    /// The most lines that are read.
    public static let maximumLines = 1_000
    /// The most m= lines that are read.
    public static let maximumMedia = 32

    /// Who made it and its version.
    public var origin: Origin
    /// The `s=` line; `-` when there is nothing to say.
    public var sessionName: String
    /// Where media goes that has no `c=` line of its own.
    public var connection: ConnectionData?
    /// The first `t=` line: `0 0` for a call.
    public var timing: String
    /// The `a=` lines before the first m= line, in order.
    public var attributes: [Attribute]
    /// The media streams; their order is part of the contract between offer and answer.
    public var media: [MediaDescription]
    /// Session-level lines with no meaning here, kept for a round trip.
    public var otherLines: [SDPLine]

    /// Makes a description of a session, by default one with no bounds in time.
    public init(
        origin: Origin, sessionName: String = "-", connection: ConnectionData? = nil, timing: String = "0 0",
        attributes: [Attribute] = [], media: [MediaDescription] = [], otherLines: [SDPLine] = []
    ) {
        self.origin = origin
        self.sessionName = sessionName
        self.connection = connection
        self.timing = timing
        self.attributes = attributes
        self.media = media
        self.otherLines = otherLines
    }

    /// Reads the body of a message with Content-Type application/sdp.
    ///
    /// - Throws: ``SDPError`` when it is too large, has no `v=0`, or a line that matters breaks the grammar.
    public init(parsing octets: [UInt8]) throws(SDPError) {
        var parser = try SDPParser(octets)
        self = try parser.parse()
    }

    /// The octets to send, in the order of RFC 8866 §5 with CRLF line ends.
    public var serialized: [UInt8] {
        var serializer = SDPSerializer()
        serializer.write(self)
        return serializer.octets
    }

    /// Where a stream's media goes by its own or the session's `c=` line.
    func connection(of media: MediaDescription) -> ConnectionData? {
        media.connection ?? connection
    }
}

extension SessionDescription: CustomStringConvertible {
    /// The text to send.
    public var description: String { String(decoding: serialized, as: UTF8.self) }
}
