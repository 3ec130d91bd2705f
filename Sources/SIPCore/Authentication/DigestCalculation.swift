/// The computation of a digest response (RFC 7616 §3.4.1–3.4.3; RFC 2617 §3.2.2 for MD5 and RFC 2069 without qop).
///
/// All texts go in without quotes and escapes, as UTF-8.
struct DigestCalculation: Sendable {
    var algorithm: DigestAlgorithm
    var username: String
    var realm: String
    var password: String
    var method: String
    var uri: String
    var nonce: String
    var cnonce: String
    /// Eight hexadecimal digits.
    var nonceCount: String
    /// `nil` computes the response of RFC 2069.
    var quality: QualityOfProtection?
    var body: [UInt8]

    /// The hash of who asks.
    var secretHash: String {
        let plain = algorithm.hash("\(username):\(realm):\(password)".utf8)
        return algorithm.isSession ? algorithm.hash("\(plain):\(nonce):\(cnonce)".utf8) : plain
    }

    /// The hash of what is asked.
    var requestHash: String {
        switch quality {
        case .integrity: algorithm.hash("\(method):\(uri):\(algorithm.hash(body))".utf8)
        case .authentication, nil: algorithm.hash("\(method):\(uri)".utf8)
        }
    }

    /// The value of the `response` parameter.
    var response: String {
        if let quality {
            let middle = "\(nonce):\(nonceCount):\(cnonce):\(quality.rawValue)"
            return algorithm.hash("\(secretHash):\(middle):\(requestHash)".utf8)
        }
        return algorithm.hash("\(secretHash):\(nonce):\(requestHash)".utf8)
    }
}
