/// A domain name for questions and answers: lower case, without the final dot (RFC 1035 §2.3.3, RFC 4343).
public struct DNSName: Hashable, Sendable, CustomStringConvertible {
    /// The labels joined by dots; empty for the root.
    public let text: String

    /// The root, which in SRV means "no such service here" (RFC 2782).
    public static let root = DNSName(unchecked: "")

    /// Reads a name with or without its final dot; `nil` when it has an empty label, one over 63 octets, more than
    /// 253 octets in all, or octets that are no visible ASCII.
    public init?(_ name: some StringProtocol) {
        var octets = Array(name.utf8)
        if octets.last == UInt8(ascii: ".") { octets.removeLast() }
        guard octets.count <= 253, octets.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        guard !octets.isEmpty else {
            guard name == "." else { return nil }
            self = .root
            return
        }
        for label in octets.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard (1...63).contains(label.count) else { return nil }
        }
        self.init(unchecked: octets.asText.asciiLowercased)
    }

    /// A name that is known to be well formed and in lower case.
    init(unchecked text: String) {
        self.text = text
    }

    /// This name below further labels, e.g. `_sip._udp`; `nil` when that is too long.
    func below(_ labels: String) -> DNSName? {
        DNSName("\(labels).\(text)")
    }

    /// Whether it is `localhost` or below it, which the DNS is never asked for (RFC 6761 §6.3).
    public var isLocalhost: Bool { text == "localhost" || text.hasSuffix(".localhost") }

    public var description: String { text.isEmpty ? "." : text }
}
