/// What an Authentication-Info or Proxy-Authentication-Info header says about a request whose credentials were right
/// (RFC 7616 §3.5, RFC 3261 §20.6).
struct DigestInformation: Sendable {
    /// The nonce that the next request shall use.
    var nextNonce: String?
    /// What the server's proof covers; `nil` when the header does not say.
    var quality: QualityOfProtection?
    /// `rspauth`: the proof that the server knows the password too.
    var proof: String?
    var cnonce: String?
    /// Eight hexadecimal digits.
    var nonceCount: String?

    init(nextNonce: String?, quality: QualityOfProtection?, proof: String?, cnonce: String?, nonceCount: String?) {
        self.nextNonce = nextNonce
        self.quality = quality
        self.proof = proof
        self.cnonce = cnonce
        self.nonceCount = nonceCount
    }

    /// Reads the value of a header. What is missing or not understood is `nil`.
    init(parsing text: String) {
        let parameters = AuthenticationParameters(withoutScheme: text)
        self.init(
            nextNonce: parameters["nextnonce"], quality: parameters["qop"].flatMap { QualityOfProtection(name: $0) },
            proof: parameters["rspauth"]?.lowercased(), cnonce: parameters["cnonce"],
            nonceCount: parameters["nc"]?.lowercased())
    }

    /// The value of the header; empty when there is nothing to say.
    var text: String {
        var parts: [String] = []
        if let nextNonce { parts.append("nextnonce=\(nextNonce.quoted)") }
        if let quality { parts.append("qop=\(quality.rawValue)") }
        if let proof { parts.append("rspauth=\"\(proof)\"") }
        if let cnonce { parts.append("cnonce=\(cnonce.quoted)") }
        if let nonceCount { parts.append("nc=\(nonceCount)") }
        return parts.joined(separator: ", ")
    }

    /// Whether the proof, where there is one, is that of somebody who knows the password and answers this very request.
    ///
    /// - Parameter calculation: of the request's credentials, with the body of the response.
    func isProven(by calculation: DigestCalculation) -> Bool {
        guard let proof else { return true }
        guard (cnonce ?? calculation.cnonce) == calculation.cnonce,
            (nonceCount ?? calculation.nonceCount) == calculation.nonceCount
        else { return false }
        var calculation = calculation
        calculation.quality = quality ?? calculation.quality
        return isEqualInConstantTime(calculation.proof, proof)
    }
}

extension DigestCalculation {
    /// The value of `rspauth`: computed as the response is, without a method and over the body of the answer
    /// (RFC 7616 §3.5).
    var proof: String {
        var calculation = self
        calculation.method = ""
        return calculation.response
    }
}

extension HeaderName {
    /// RFC 7615 §4
    static let proxyAuthenticationInfo = HeaderName("Proxy-Authentication-Info")
}
