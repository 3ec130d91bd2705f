/// A name that stays the same wherever the thing is (RFC 8141), e.g. `urn:service:sos`: whoever helps in an emergency
/// where the caller is (RFC 5031).
public struct URN: Hashable, Sendable, CustomStringConvertible {
    /// Whose names they are, in lower case, e.g. `service` or `uuid`.
    public let namespace: String
    /// The name itself, as written and still escaped.
    public let specific: String
    /// What is behind the name (`?+`, `?=`, `#`) and does not belong to it.
    public let components: String

    public init(parsing text: String) throws(ParseError) {
        try self.init(Array(text.utf8)[...])
    }

    init(_ octets: ArraySlice<UInt8>) throws(ParseError) {
        var scanner = FieldScanner(octets, section: "RFC 8141 §2")
        let scheme = scanner.run { $0 != 0x3A }
        guard scanner.next == 0x3A, scheme.isEqual(ignoringCase: "urn") else {
            throw scanner.error("The scheme is not urn", status: 416)
        }
        scanner.advance()
        let namespace = scanner.run { OctetClass.isAlphanumeric($0) || $0 == 0x2D }
        guard scanner.next == 0x3A, (2...32).contains(namespace.count), let first = namespace.first,
            let last = namespace.last, OctetClass.isAlphanumeric(first), OctetClass.isAlphanumeric(last)
        else { throw scanner.error("The namespace of the URN is no word of 2 to 32 letters and digits") }
        scanner.advance()
        let name = scanner.run { $0 != 0x3F && $0 != 0x23 }
        guard let begin = name.first, begin != 0x2F, name.allSatisfy(URN.isNameOctet), PercentCoding.isWellFormed(name)
        else { throw scanner.error("The name in the URN is missing, or has a character that has to be escaped") }
        self.namespace = namespace.asText.asciiLowercased
        specific = name.asText
        components = scanner.rest().asText
    }

    /// `pchar` and `/` (RFC 3986 §3.3).
    private static func isNameOctet(_ octet: UInt8) -> Bool {
        OctetClass.isUnreserved(octet) || "%$&+,;=:@/".utf8.contains(octet)
    }

    /// The labels of a service, from the most general one on and in lower case: `["sos", "fire"]` (RFC 5031 §3). Empty
    /// for other names.
    public var serviceLabels: [String] {
        guard namespace == "service" else { return [] }
        return specific.asciiLowercased.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    }

    /// Whether it is a call for help (RFC 5031 §4.2).
    public var isEmergency: Bool { serviceLabels.first == "sos" }

    /// Whether both are the same name (RFC 8141 §3): namespace and escapes in any case, what is behind the name does
    /// not count; the labels of a service in any case, too (RFC 5031 §3).
    public func matches(_ other: URN) -> Bool {
        guard namespace == other.namespace else { return false }
        if namespace == "service" { return serviceLabels == other.serviceLabels }
        return PercentCoding.upperCasingEscapes(specific) == PercentCoding.upperCasingEscapes(other.specific)
    }

    public var description: String { "urn:\(namespace):\(specific)\(components)" }
}

extension URI {
    /// The URN, if it is one that can be read.
    public var urn: URN? {
        guard case .other(let scheme, let text) = self, scheme.utf8.isEqual(ignoringCase: "urn") else { return nil }
        return try? URN(parsing: "urn:\(text)")
    }
}

extension PercentCoding {
    /// The same escapes with their digits in upper case; nothing is decoded (RFC 8141 §3.1).
    fileprivate static func upperCasingEscapes(_ text: String) -> [UInt8] {
        var octets = Array(text.utf8)
        for index in octets.indices where octets[index] == 0x25 {
            for digit in octets.indices[(index + 1)...].prefix(2) where octets[digit] >= 0x61 { octets[digit] &= 0xDF }
        }
        return octets
    }
}
