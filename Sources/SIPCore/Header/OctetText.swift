/// The character classes of RFC 3261 §25.1.
enum OctetClass {
    static func isDigit(_ octet: UInt8) -> Bool { octet >= 0x30 && octet <= 0x39 }

    static func isAlpha(_ octet: UInt8) -> Bool {
        let lower = octet | 0x20
        return lower >= 0x61 && lower <= 0x7A
    }

    static func isAlphanumeric(_ octet: UInt8) -> Bool { isDigit(octet) || isAlpha(octet) }

    static func isBlank(_ octet: UInt8) -> Bool { octet == 0x20 || octet == 0x09 }

    /// `token`
    static func isToken(_ octet: UInt8) -> Bool {
        if isAlphanumeric(octet) { return true }
        switch octet {
        case 0x2D, 0x2E, 0x21, 0x25, 0x2A, 0x5F, 0x2B, 0x60, 0x27, 0x7E: return true
        default: return false
        }
    }

    /// `mark` and the alphanumerics: what never needs an escape in a URI.
    static func isUnreserved(_ octet: UInt8) -> Bool {
        if isAlphanumeric(octet) { return true }
        switch octet {
        case 0x2D, 0x5F, 0x2E, 0x21, 0x7E, 0x2A, 0x27, 0x28, 0x29: return true
        default: return false
        }
    }

    static func hexValue(_ octet: UInt8) -> UInt8? {
        switch octet {
        case 0x30...0x39: octet - 0x30
        case 0x41...0x46: octet - 0x41 + 10
        case 0x61...0x66: octet - 0x61 + 10
        default: nil
        }
    }

    static func lowercase(_ octet: UInt8) -> UInt8 {
        octet >= 0x41 && octet <= 0x5A ? octet | 0x20 : octet
    }
}

extension Collection where Element == UInt8 {
    /// The octets as text; what is no UTF-8 is taken for Latin-1, so that nothing is lost that a log should show.
    var asText: String {
        if let text = String(validating: self, as: UTF8.self) { return text }
        return String(String.UnicodeScalarView(map { Unicode.Scalar($0) }))
    }

    func isEqual(ignoringCase other: String) -> Bool {
        count == other.utf8.count
            && zip(self, other.utf8).allSatisfy { OctetClass.lowercase($0) == OctetClass.lowercase($1) }
    }
}

extension ArraySlice<UInt8> {
    /// Without spaces and tabs at either end.
    var trimmed: ArraySlice<UInt8> {
        var rest = self
        while let first = rest.first, OctetClass.isBlank(first) { rest.removeFirst() }
        while let last = rest.last, OctetClass.isBlank(last) { rest.removeLast() }
        return rest
    }
}

extension StringProtocol {
    /// Without spaces and tabs at either end.
    var trimmingBlanks: String { Array(utf8)[...].trimmed.asText }

    /// Lower case for ASCII letters alone, as SIP compares names.
    var asciiLowercased: String { utf8.map(OctetClass.lowercase).asText }

    /// Whether it is a `token` (RFC 3261 §25.1).
    var isToken: Bool { !isEmpty && utf8.allSatisfy(OctetClass.isToken) }

    /// Between double quotes, with backslashes where needed (RFC 3261 §25.1 `quoted-string`).
    var quoted: String {
        var result: [UInt8] = [0x22]
        for octet in utf8 {
            if octet == 0x22 || octet == 0x5C { result.append(0x5C) }
            result.append(octet == 0x0D || octet == 0x0A || octet == 0 ? 0x20 : octet)
        }
        result.append(0x22)
        return result.asText
    }
}
