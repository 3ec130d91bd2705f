/// The credentials in an Authorization or Proxy-Authorization header (RFC 3261 §20.7, §20.28; RFC 7616 §3.4).
struct DigestAuthorization: Sendable {
    var username: String
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
        algorithm: DigestAlgorithm?, quality: QualityOfProtection?, cnonce: String?, nonceCount: String?
    ) {
        self.username = username
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
            let username = parameters["username"], let realm = parameters["realm"],
            let nonce = parameters["nonce"], let uri = parameters["uri"], let response = parameters["response"]
        else { return nil }
        self.init(
            username: username, realm: realm, nonce: nonce, uri: uri, response: response.lowercased(),
            opaque: parameters["opaque"], algorithm: nil, quality: nil, cnonce: parameters["cnonce"],
            nonceCount: parameters["nc"])
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

    /// The value of the header.
    var text: String {
        var text = "Digest username=\(username.quoted), realm=\(realm.quoted), nonce=\(nonce.quoted)"
        text += ", uri=\(uri.quoted), response=\"\(response)\""
        if let algorithm { text += ", algorithm=\(algorithm.rawValue)" }
        if let cnonce { text += ", cnonce=\(cnonce.quoted)" }
        if let opaque { text += ", opaque=\(opaque.quoted)" }
        if let quality { text += ", qop=\(quality.rawValue)" }
        if let nonceCount, quality != nil { text += ", nc=\(nonceCount)" }
        return text
    }
}
