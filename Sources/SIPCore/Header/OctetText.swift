internal import TelephonyPrimitives

/// The character classes of RFC 3261 §25.1.
enum OctetClass {
    @inline(__always)
    static func isDigit(_ octet: UInt8) -> Bool { octet >= 0x30 && octet <= 0x39 }

    static func isAlpha(_ octet: UInt8) -> Bool {
        let lower = octet | 0x20
        return lower >= 0x61 && lower <= 0x7A
    }

    static func isAlphanumeric(_ octet: UInt8) -> Bool { isDigit(octet) || isAlpha(octet) }

    @inline(__always)
    static func isBlank(_ octet: UInt8) -> Bool { octet == 0x20 || octet == 0x09 }

    @inline(__always)
    static func isBlankOrLineEnd(_ octet: UInt8) -> Bool { isBlank(octet) || octet == 0x0D || octet == 0x0A }

    /// `token`: the alphanumerics and `-.!%*_+`'~`, one bit for each octet below 128.
    @inline(__always)
    static func isToken(_ octet: UInt8) -> Bool {
        let bits: UInt64 = octet & 0x40 == 0 ? 0x03FF_6CA2_0000_0000 : 0x47FF_FFFF_87FF_FFFE
        return octet < 0x80 && bits &>> UInt64(octet & 63) & 1 == 1
    }

    /// What a value of a parameter without quotes may have in it: no control character, blank, `"`, `,` or `;`.
    @inline(__always)
    static func isParameterValue(_ octet: UInt8) -> Bool {
        let bits: UInt64 = octet & 0x40 == 0 ? 0xF7FF_EFFA_0000_0000 : 0x7FFF_FFFF_FFFF_FFFF
        return octet >= 0x80 || bits &>> UInt64(octet & 63) & 1 == 1
    }

    /// What a URI may have in it: no control character, blank, `"`, `<` or `>`.
    @inline(__always)
    static func isURI(_ octet: UInt8) -> Bool {
        let bits: UInt64 = octet & 0x40 == 0 ? 0xAFFF_FFFA_0000_0000 : 0x7FFF_FFFF_FFFF_FFFF
        return octet >= 0x80 || bits &>> UInt64(octet & 63) & 1 == 1
    }

    /// What the name of a URI's parameter may have in it: what a URI may, without `,`, `;`, `=`, `?` and `@`.
    @inline(__always)
    static func isURIParameterName(_ octet: UInt8) -> Bool {
        let bits: UInt64 = octet & 0x40 == 0 ? 0x07FF_EFFA_0000_0000 : 0x7FFF_FFFF_FFFF_FFFE
        return octet >= 0x80 || bits &>> UInt64(octet & 63) & 1 == 1
    }

    /// What the value of a URI's parameter may have in it: the same, and `=`.
    @inline(__always)
    static func isURIParameterValue(_ octet: UInt8) -> Bool {
        let bits: UInt64 = octet & 0x40 == 0 ? 0x27FF_EFFA_0000_0000 : 0x7FFF_FFFF_FFFF_FFFE
        return octet >= 0x80 || bits &>> UInt64(octet & 63) & 1 == 1
    }

    /// The alphanumerics and `-._`: what a host name may have in it.
    @inline(__always)
    static func isHostName(_ octet: UInt8) -> Bool {
        let bits: UInt64 = octet & 0x40 == 0 ? 0x03FF_6000_0000_0000 : 0x07FF_FFFE_87FF_FFFE
        return octet < 0x80 && bits &>> UInt64(octet & 63) & 1 == 1
    }

    /// `mark` and the alphanumerics: what never needs an escape in a URI.
    static func isUnreserved(_ octet: UInt8) -> Bool {
        if isAlphanumeric(octet) { return true }
        switch octet {
        case 0x2D, 0x5F, 0x2E, 0x21, 0x7E, 0x2A, 0x27, 0x28, 0x29: return true
        default: return false
        }
    }

    /// `0`–`9`, `A`–`F`, `a`–`f`.
    @inline(__always)
    static func isHexadecimal(_ octet: UInt8) -> Bool {
        let bits: UInt64 = octet & 0x40 == 0 ? 0x03FF_0000_0000_0000 : 0x0000_007E_0000_007E
        return octet < 0x80 && bits &>> UInt64(octet & 63) & 1 == 1
    }

    /// What the part of a URI before `@` may have in it: what a URI may, without `@` and `:`.
    @inline(__always)
    static func isUser(_ octet: UInt8) -> Bool {
        let bits: UInt64 = octet & 0x40 == 0 ? 0xABFF_FFFA_0000_0000 : 0x7FFF_FFFF_FFFF_FFFE
        return octet >= 0x80 || bits &>> UInt64(octet & 63) & 1 == 1
    }

    static func hexValue(_ octet: UInt8) -> UInt8? {
        switch octet {
        case 0x30...0x39: octet - 0x30
        case 0x41...0x46: octet - 0x41 + 10
        case 0x61...0x66: octet - 0x61 + 10
        default: nil
        }
    }

    @inline(__always)
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
        guard count == other.utf8.count else { return false }
        var theirs = other.utf8.makeIterator()
        for octet in self {
            guard let their = theirs.next(), OctetClass.lowercase(octet) == OctetClass.lowercase(their) else {
                return false
            }
        }
        return true
    }
}

extension ArraySlice<UInt8> {
    func isEqual(ignoringCase other: String) -> Bool {
        let (ours, theirs) = (span, other.utf8.span)
        guard ours.count == theirs.count else { return false }
        for place in ours.indices where ours[place] != theirs[place] {
            guard OctetClass.lowercase(ours[place]) == OctetClass.lowercase(theirs[place]) else { return false }
        }
        return true
    }

    func isEqual(to other: String) -> Bool {
        let (ours, theirs) = (span, other.utf8.span)
        guard ours.count == theirs.count else { return false }
        for place in ours.indices where ours[place] != theirs[place] { return false }
        return true
    }

    /// Whether an octet is in it.
    func has(_ octet: UInt8) -> Bool {
        let octets = span
        return octets.firstPlace(of: octet, from: 0, to: octets.count) != nil
    }

    /// The octets as text, as of any collection; for those in one piece there is a faster way.
    var asText: String {
        let octets = span
        // Almost all is ASCII; the way to a text that is the shortest repairs what is no UTF-8, so it is for these.
        if octets.isASCII { return String(decoding: self, as: UTF8.self) }
        if let text = try? UTF8Span(validating: span) { return String(copying: text) }
        return String(String.UnicodeScalarView(map { Unicode.Scalar($0) }))
    }

    /// Without spaces and tabs at either end.
    var trimmed: ArraySlice<UInt8> {
        var (start, end) = (startIndex, endIndex)
        while start < end, OctetClass.isBlank(self[start]) { start &+= 1 }
        while end > start, OctetClass.isBlank(self[end &- 1]) { end &-= 1 }
        return start == startIndex && end == endIndex ? self : self[start..<end]
    }

    /// The number that these digits write; `nil` when there is none, another octet, or more than an `Int` holds.
    var decimal: Int? {
        guard !isEmpty, count <= 18 || allSatisfy(OctetClass.isDigit) else { return nil }
        var number = 0
        for octet in self {
            guard OctetClass.isDigit(octet) else { return nil }
            let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, overflowAgain) = tens.addingReportingOverflow(Int(octet &- 0x30))
            guard !overflow, !overflowAgain else { return nil }
            number = sum
        }
        return number
    }
}

extension [UInt8] {
    var asText: String { self[...].asText }
}

extension StringProtocol {
    /// Without spaces and tabs at either end.
    var trimmingBlanks: String {
        guard utf8.contains(where: OctetClass.isBlank) else { return String(self) }
        return Array(utf8)[...].trimmed.asText
    }

    /// Lower case for ASCII letters alone, as SIP compares names.
    var asciiLowercased: String {
        guard utf8.contains(where: { $0 >= 0x41 && $0 <= 0x5A }) else { return String(self) }
        return utf8.map(OctetClass.lowercase).asText
    }

    /// Whether it is a `token` (RFC 3261 §25.1).
    var isToken: Bool { !isEmpty && utf8.allSatisfy(OctetClass.isToken) }

    /// Between double quotes, with backslashes where needed (RFC 3261 §25.1 `quoted-string`).
    var quoted: String {
        var result: [UInt8] = [0x22]
        for octet in utf8 {
            if octet == 0x22 || octet == 0x5C || octet == 0 { result.append(0x5C) }
            result.append(octet == 0x0D || octet == 0x0A ? 0x20 : octet)
        }
        result.append(0x22)
        return result.asText
    }
}
