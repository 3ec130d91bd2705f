import Crypto

/// The value of Authorization or Proxy-Authorization, taken apart (RFC 2617 §3.2.2; RFC 2069 where qop is absent).
struct DigestProof {
    private var values: [String: String] = [:]

    /// `nil` when it is no Digest.
    init?(_ text: String) {
        guard text.lowercased().hasPrefix("digest ") else { return nil }
        var rest = Array(text.utf8.dropFirst(7))[...]
        // More than any client writes.
        while !rest.isEmpty, values.count < 32 {
            let name = rest.prefix { $0 != 0x3D }
            rest = rest.dropFirst(name.count + 1)
            var value: [UInt8] = []
            if rest.first == 0x22 {
                rest = rest.dropFirst()
                while let octet = rest.popFirst(), octet != 0x22 {
                    if octet == 0x5C {
                        if let escaped = rest.popFirst() { value.append(escaped) }
                    } else {
                        value.append(octet)
                    }
                }
            } else {
                value = Array(rest.prefix { $0 != 0x2C })
                rest = rest.dropFirst(value.count)
            }
            rest = rest.drop { $0 != 0x2C }.dropFirst()
            let key = String(decoding: name.filter { $0 > 0x20 }, as: UTF8.self).lowercased()
            if values[key] == nil { values[key] = Self.trimmed(String(decoding: value, as: UTF8.self)) }
        }
    }

    private static func trimmed(_ text: String) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    var username: String? { values["username"] }
    var realm: String { values["realm"] ?? "" }
    var nonce: String { values["nonce"] ?? "" }
    var opaque: String? { values["opaque"] }
    var quality: String? { values["qop"] }
    /// The count of the nonce's uses; `nil` without qop.
    var nonceCount: UInt32? { values["nc"].flatMap { UInt32($0, radix: 16) } }
    private var algorithm: String { values["algorithm"]?.lowercased() ?? "md5" }

    /// Whether it was made with this password for this method.
    func isRight(password: String, method: String) -> Bool {
        guard algorithm == "md5", let username, let uri = values["uri"], let response = values["response"] else {
            return false
        }
        let secret = Self.hash("\(username):\(realm):\(password)")
        let asked = Self.hash("\(method):\(uri)")
        let expected: String
        switch quality {
        case nil: expected = Self.hash("\(secret):\(nonce):\(asked)")
        case "auth":
            expected = Self.hash(
                "\(secret):\(nonce):\(values["nc"] ?? ""):\(values["cnonce"] ?? ""):auth:\(asked)")
        default: return false
        }
        return response.lowercased() == expected
    }

    private static func hash(_ text: String) -> String {
        Insecure.MD5.hash(data: Array(text.utf8)).map { octet in
            let digits = String(octet, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
