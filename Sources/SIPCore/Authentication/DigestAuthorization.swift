/// The credentials in an Authorization or Proxy-Authorization header (RFC 3261 §20.7, §20.28; RFC 7616 §3.4).
struct DigestAuthorization: Sendable {
    /// The name, or the hash of it.
    var username: String
    /// Whether the name is hashed (`userhash`, RFC 7616 §3.4.4).
    var isHashed: Bool
    var realm: String
    var nonce: String
    var uri: String
    var response: String
    var opaque: String?
    /// `nil` when the header names none, which means MD5.
    var algorithm: DigestAlgorithm?
    var quality: QualityOfProtection?
    var cnonce: String?
    /// Eight hexadecimal digits.
    var nonceCount: String?

    init(
        username: String, realm: String, nonce: String, uri: String, response: String, opaque: String?,
        algorithm: DigestAlgorithm?, quality: QualityOfProtection?, cnonce: String?, nonceCount: String?,
        isHashed: Bool = false
    ) {
        self.username = username
        self.isHashed = isHashed
        self.realm = realm
        self.nonce = nonce
        self.uri = uri
        self.response = response
        self.opaque = opaque
        self.algorithm = algorithm
        self.quality = quality
        self.cnonce = cnonce
        self.nonceCount = nonceCount
    }

    /// The realm that a header's credentials are for; `nil` when they are of another scheme.
    static func realm(of text: String) -> String? {
        guard let parameters = AuthenticationParameters(parsing: text), parameters.scheme.lowercased() == "digest"
        else {
            return nil
        }
        return parameters["realm"]
    }

    /// Reads the value of a header; `nil` when something that is needed is missing or not understood.
    init?(parsing text: String) {
        guard let parameters = AuthenticationParameters(parsing: text), parameters.scheme.lowercased() == "digest",
            let username = Self.username(in: parameters), let realm = parameters["realm"],
            let nonce = parameters["nonce"], let uri = parameters["uri"], let response = parameters["response"]
        else { return nil }
        self.init(
            username: username, realm: realm, nonce: nonce, uri: uri, response: response.lowercased(),
            opaque: parameters["opaque"], algorithm: nil, quality: nil, cnonce: parameters["cnonce"],
            nonceCount: parameters["nc"], isHashed: parameters["userhash"]?.lowercased() == "true")
        if isHashed, parameters["username"] == nil { return nil }
        if let name = parameters["algorithm"] {
            guard let known = DigestAlgorithm(name: name) else { return nil }
            algorithm = known
        }
        if let name = parameters["qop"] {
            guard let known = QualityOfProtection(name: name), cnonce != nil,
                let digits = nonceCount, digits.utf8.count == 8, UInt32(digits, radix: 16) != nil
            else { return nil }
            quality = known
        }
        if algorithm?.isSession == true, cnonce == nil { return nil }
    }

    /// The name as `username` or as `username*` gives it; both at once are an error (RFC 7616 §3.4).
    private static func username(in parameters: AuthenticationParameters) -> String? {
        guard let extended = parameters["username*"] else { return parameters["username"] }
        return parameters["username"] == nil ? ExtendedUserName(parsing: extended)?.name : nil
    }

    /// The value of the header.
    var text: String {
        let name =
            ExtendedUserName.isNeeded(for: username)
            ? "username*=\(ExtendedUserName(username).text)" : "username=\(username.quoted)"
        var text = "Digest \(name), realm=\(realm.quoted), nonce=\(nonce.quoted)"
        text += ", uri=\(uri.quoted), response=\"\(response)\""
        if let algorithm { text += ", algorithm=\(algorithm.rawValue)" }
        if let cnonce { text += ", cnonce=\(cnonce.quoted)" }
        if let opaque { text += ", opaque=\(opaque.quoted)" }
        if let quality { text += ", qop=\(quality.rawValue)" }
        if let nonceCount, quality != nil { text += ", nc=\(nonceCount)" }
        if isHashed { text += ", userhash=true" }
        return text
    }
}
