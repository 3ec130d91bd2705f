public import Telephony

/// A place in a kept call where all the words were found.
public struct FoundPassage: Sendable, Equatable, Codable {
    public enum Kind: String, Sendable, Codable {
        /// Said by them.
        case caller, agent
        case note
        /// Written about the call.
        case summary
        /// Name or address of the other side.
        case remote
        /// Our address.
        case local
    }

    /// A piece of a snippet.
    public struct Piece: Sendable, Equatable, Codable {
        public var text: String
        /// Whether it is one of the words.
        public var isHit: Bool
    }

    public var call: String
    public var direction: CallDirection
    public var remote: String
    public var remoteName: String?
    /// When the call began, milliseconds since 1970.
    public var startedAt: Int64
    public var kind: Kind
    /// Milliseconds since the call began.
    public var atMs: Int
    /// About a line of what is there, the words and what is around them.
    public var snippet: [Piece]
}

extension FoundPassage.Piece {
    /// Control characters that stand around a word; in the text itself they mean nothing.
    static let marks = (begin: "\u{2}", end: "\u{3}")

    static func pieces(of marked: String) -> [Self] {
        var pieces: [Self] = []
        var isHit = false
        var text = ""
        func add(_ pieces: inout [Self]) {
            if !text.isEmpty { pieces.append(Self(text: text, isHit: isHit)) }
            text = ""
        }
        for scalar in marked.unicodeScalars {
            switch scalar {
            case "\u{2}", "\u{3}":
                add(&pieces)
                isHit = scalar == "\u{2}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        add(&pieces)
        return pieces
    }
}
