/// A signature about who calls, and where the signer's certificate is (RFC 8224 §4).
public struct IdentityHeader: Hashable, Sendable, CustomStringConvertible {
    /// The token: `header.payload.signature`, or `..signature`.
    public let token: String
    /// Where the certificate is (`info`).
    public let certificateURL: String
    /// The algorithm, in upper case; `ES256` unless another one is named.
    public let algorithm: String
    /// Which extension the token is of, in lower case (`ppt`).
    public let ppt: String?

    init(token: String, certificateURL: String, ppt: String?) {
        self.token = token
        self.certificateURL = certificateURL
        algorithm = "ES256"
        self.ppt = ppt
    }

    /// Reads one value of the header.
    ///
    /// - Throws: what is wrong; `suggestedStatus` is 438, or 436 without a certificate's place.
    public init(parsing text: String) throws(ParseError) {
        var scanner = FieldScanner(text, section: "RFC 8224 §4")
        scanner.skipBlanks()
        let token = scanner.run { octet in
            OctetClass.isAlphanumeric(octet) || octet == 0x2D || octet == 0x5F || octet == 0x2E || octet == 0x3D
        }
        guard token.count(where: { $0 == 0x2E }) == 2, let last = token.last, last != 0x2E else {
            throw scanner.error("The token of Identity has not three parts", status: 438)
        }
        self.token = token.asText
        var url: String?
        var algorithm = "ES256"
        var ppt: String?
        var count = 0
        while scanner.take(0x3B) {
            count += 1
            guard count <= Limits.maxParameters else { throw scanner.error("Identity has too many parameters") }
            let name = try scanner.token("The name of a parameter").asciiLowercased
            guard scanner.take(0x3D) else { continue }
            let value =
                switch scanner.next {
                case 0x3C: try IdentityHeader.bracketed(&scanner)
                case 0x22: try scanner.quotedString("The value of a parameter")
                default: scanner.run { $0 > 0x20 && $0 != 0x3B && $0 != 0x2C }.asText
                }
            switch name {
            case "info": url = value
            case "alg": algorithm = value.uppercased()
            case "ppt": ppt = value.asciiLowercased
            default: break
            }
        }
        try scanner.finish("Identity")
        guard let url, !url.isEmpty,
            url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3C && $0 != 0x3E && $0 != 0x22 })
        else { throw scanner.error("Identity does not say where the certificate is", status: 436) }
        guard algorithm.isToken, ppt?.isToken ?? true else {
            throw scanner.error("alg or ppt of Identity is no token", status: 438)
        }
        certificateURL = url
        self.algorithm = algorithm
        self.ppt = ppt
    }

    private static func bracketed(_ scanner: inout FieldScanner) throws(ParseError) -> String {
        _ = scanner.take(0x3C)
        return try scanner.bracketed("The place of the certificate").asText
    }

    /// Whether header and payload are left out (RFC 8225 §7).
    public var isCompact: Bool { token.hasPrefix("..") }

    /// The full form's header and payload, without a look at the signature.
    ///
    /// - Throws: when it is the compact form, or can't be read.
    public var passport: PASSporT {
        get throws(ParseError) {
            let parts = token.utf8.split(separator: 0x2E, omittingEmptySubsequences: false)
            guard parts.count == 3, let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
                !header.isEmpty, !payload.isEmpty
            else {
                throw ParseError(
                    offset: 0, section: "RFC 8225 §6", message: "The token has no header and payload that can be read",
                    suggestedStatus: 438)
            }
            return try PASSporT(header: header, payload: payload)
        }
    }

    /// The signature: two numbers, 64 octets.
    var signature: [UInt8]? {
        token.utf8.split(separator: 0x2E, omittingEmptySubsequences: false).last.flatMap { Base64URL.decode($0) }
    }

    /// What the full form's signature is over.
    var signingInput: [UInt8] {
        guard let dot = token.utf8.lastIndex(of: 0x2E) else { return [] }
        return Array(token.utf8[..<dot])
    }

    public var description: String {
        "\(token);info=<\(certificateURL)>;alg=\(algorithm)" + (ppt.map { ";ppt=\($0)" } ?? "")
    }
}

extension SIPMessage {
    /// The signatures about who calls, each read or with what is wrong with it (RFC 8224 §4).
    public var identities: [Result<IdentityHeader, ParseError>] {
        list(of: .identity).map { value in
            do throws(ParseError) {
                return .success(try IdentityHeader(parsing: value))
            } catch {
                return .failure(error)
            }
        }
    }
}
