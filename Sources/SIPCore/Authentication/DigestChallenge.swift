/// What a WWW-Authenticate or Proxy-Authenticate header asks for (RFC 3261 §20.27, §20.44; RFC 7616 §3.3).
public struct DigestChallenge: Hashable, Sendable, CustomStringConvertible {
    public var realm: String
    public var nonce: String
    /// To be sent back unchanged, even when it is empty.
    public var opaque: String?
    /// MD5 when the header names none.
    public var algorithm: DigestAlgorithm
    /// Whether the header names the algorithm.
    public var namesAlgorithm: Bool
    /// The qualities offered, as far as they are known. Empty for a peer that knows none (RFC 2069).
    public var qualities: [QualityOfProtection]
    /// The nonce of the last answer was too old, but its digest was right.
    public var isStale: Bool
    /// Whether the answer shall have a hash in place of the user's name (`userhash`, RFC 7616 §3.4.4).
    public var wantsUserHash: Bool
    /// Whether the header says that names and passwords are UTF-8, as they are here in any case (`charset`, RFC 7616
    /// §3.3, which knows no other).
    public var namesUTF8: Bool

    public init(
        realm: String, nonce: String, opaque: String? = nil, algorithm: DigestAlgorithm = .md5,
        namesAlgorithm: Bool = true, qualities: [QualityOfProtection] = [.authentication], isStale: Bool = false,
        wantsUserHash: Bool = false, namesUTF8: Bool = false
    ) {
        self.realm = realm
        self.nonce = nonce
        self.opaque = opaque
        self.algorithm = algorithm
        self.namesAlgorithm = namesAlgorithm
        self.qualities = qualities
        self.isStale = isStale
        self.wantsUserHash = wantsUserHash
        self.namesUTF8 = namesUTF8
    }

    /// Reads the value of a header.
    /// - Throws: when it is of another scheme, lacks realm or nonce, or names only an algorithm or qualities that are
    ///   not known: nothing of that can be answered.
    public init(parsing text: String) throws(ParseError) {
        guard let parameters = AuthenticationParameters(parsing: text), parameters.scheme.lowercased() == "digest"
        else {
            throw Self.error("The challenge is not of the scheme Digest; no other is answered")
        }
        guard let realm = parameters["realm"] else { throw Self.error("The challenge lacks its realm") }
        guard let nonce = parameters["nonce"] else { throw Self.error("The challenge lacks its nonce") }
        self.realm = realm
        self.nonce = nonce
        opaque = parameters["opaque"]
        if let name = parameters["algorithm"] {
            guard let known = DigestAlgorithm(name: name) else {
                throw Self.error("The algorithm of the challenge is not known; MD5, SHA-256 and SHA-512-256 are")
            }
            algorithm = known
            namesAlgorithm = true
        } else {
            algorithm = .md5
            namesAlgorithm = false
        }
        if let list = parameters["qop"] {
            qualities = list.split(separator: ",").compactMap { QualityOfProtection(name: $0.trimmingBlanks) }
            guard !qualities.isEmpty else {
                throw Self.error("The challenge offers no quality of protection that is known; auth and auth-int are")
            }
        } else {
            qualities = []
        }
        isStale = parameters["stale"]?.lowercased() == "true"
        wantsUserHash = parameters["userhash"]?.lowercased() == "true"
        namesUTF8 = parameters["charset"]?.lowercased() == "utf-8"
    }

    private static func error(_ message: String) -> ParseError {
        ParseError(offset: 0, section: "RFC 3261 §22.4", message: message, suggestedStatus: 400)
    }

    /// The value of the header.
    public var description: String {
        var text = "Digest realm=\(realm.quoted)"
        text += ", nonce=\(nonce.quoted)"
        if let opaque { text += ", opaque=\(opaque.quoted)" }
        if isStale { text += ", stale=true" }
        if namesAlgorithm { text += ", algorithm=\(algorithm.rawValue)" }
        if !qualities.isEmpty {
            text += ", qop=\"\(qualities.map(\.rawValue).joined(separator: ","))\""
        }
        if namesUTF8 { text += ", charset=UTF-8" }
        if wantsUserHash { text += ", userhash=true" }
        return text
    }
}
