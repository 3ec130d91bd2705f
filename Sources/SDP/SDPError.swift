/// Why octets are no session description that can be used (RFC 8866 §5, §9).
public enum SDPError: Error, Sendable, Equatable {
    /// More octets than ``SessionDescription/maximumSize``.
    case tooLarge(octets: Int)
    /// More lines than ``SessionDescription/maximumLines``.
    case tooManyLines
    /// More m= lines than ``SessionDescription/maximumMedia``.
    case tooManyMedia
    /// The first line is not `v=`.
    case missingVersion
    /// `v=` names another version than 0.
    case unsupportedVersion(String)
    /// A line breaks the grammar.
    ///
    /// - Parameters:
    ///   - line: its number, counted from 1.
    ///   - problem: what is wrong with it, as the end of a sentence.
    case malformed(line: Int, problem: String)
}

extension SDPError: CustomStringConvertible {
    /// One sentence: what is wrong and what to do about it.
    public var description: String {
        switch self {
        case .tooLarge(let octets):
            "the session description has \(octets) octets; at most \(SessionDescription.maximumSize) are read"
        case .tooManyLines:
            "the session description has over \(SessionDescription.maximumLines) lines; send a shorter one"
        case .tooManyMedia:
            "the session description has over \(SessionDescription.maximumMedia) m= lines; offer fewer streams"
        case .missingVersion:
            "the first line is not v=0, so this is no session description; send application/sdp"
        case .unsupportedVersion(let version):
            "v=\(version.prefix(20)) is no known version of SDP; only v=0 is"
        case .malformed(let line, let problem):
            "line \(line) \(problem)"
        }
    }
}
