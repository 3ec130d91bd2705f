internal import Crypto

/// The tokens that open the API. Only their digests are kept.
public struct BearerTokens: Sendable {
    /// The shortest token that is taken: shorter ones can be guessed.
    public static let minimumLength = 16

    /// What is wrong with the tokens of a configuration.
    public enum Failure: Error, Equatable, CustomStringConvertible {
        case none
        case short(number: Int)
        case odd(number: Int)
        case tooMany

        public var description: String {
            switch self {
            case .none: "there is no token; make one with `openssl rand -hex 32`"
            case .short(let number):
                "token \(number) has under \(BearerTokens.minimumLength) characters, and could be guessed; make one with "
                    + "`openssl rand -hex 32`"
            case .odd(let number):
                "token \(number) has a character that can't stand in a header; make one with `openssl rand -hex 32`"
            case .tooMany: "there are more than 100 tokens; take out those that nobody uses"
            }
        }
    }

    private let digests: [[UInt8]]

    /// No tokens: everybody is let in.
    public init() {
        digests = []
    }

    /// - Parameter text: tokens in lines or with commas or blanks between them; a line that begins with `#` is left out.
    public init(parsing text: String) throws(Failure) {
        var digests: [[UInt8]] = []
        for line in text.split(whereSeparator: \.isNewline) {
            if line.drop(while: \.isWhitespace).first == "#" { continue }
            for token in line.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
                guard token.utf8.count >= Self.minimumLength else { throw .short(number: digests.count + 1) }
                guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw .odd(number: digests.count + 1) }
                guard digests.count < 100 else { throw .tooMany }
                digests.append(Self.digest(token))
            }
        }
        guard !digests.isEmpty else { throw .none }
        self.digests = digests
    }

    public var isEmpty: Bool { digests.isEmpty }

    /// The number of the token, from 0; `nil` when it is none of ours. Takes the same time whatever the token is.
    func number(of token: Substring) -> Int? {
        let digest = Self.digest(token)
        var found: Int?
        for (number, known) in digests.enumerated() {
            var difference: UInt8 = 0
            for (one, other) in zip(digest, known) { difference |= one ^ other }
            if difference == 0 { found = number }
        }
        return found
    }

    private static func digest(_ token: Substring) -> [UInt8] {
        Array(SHA256.hash(data: Array(token.utf8)))
    }
}
