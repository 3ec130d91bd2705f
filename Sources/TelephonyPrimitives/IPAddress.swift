/// An IP address as a number: cheap to compare, and never a host name.
public enum IPAddress: Hashable, Sendable {
    /// IPv4, most significant octet first.
    case v4(UInt32)
    /// IPv6, as its upper and lower 64 bits. A zone index is not kept.
    case v6(UInt64, UInt64)

    /// `0.0.0.0`
    public static let anyV4 = IPAddress.v4(0)
    /// `127.0.0.1`
    public static let loopbackV4 = IPAddress.v4(0x7F00_0001)

    /// Reads dotted IPv4 or RFC 4291 §2.2 IPv6 text; brackets around IPv6 are allowed. `nil` for anything else,
    /// host names included.
    public init?(_ text: some StringProtocol) {
        self.init(octets: ArraySlice(text.utf8))
    }

    /// The same for the octets of a text.
    package init?(octets text: ArraySlice<UInt8>) {
        var octets = text
        guard octets.count <= 64 else { return nil }
        if octets.first == UInt8(ascii: "["), octets.last == UInt8(ascii: "]"), octets.count > 2 {
            octets = octets.dropFirst().dropLast()
            guard octets.contains(UInt8(ascii: ":")) else { return nil }
        }
        if octets.contains(UInt8(ascii: ":")) {
            guard let parsed = IPAddress.parseV6(octets) else { return nil }
            self = parsed
        } else {
            guard let number = IPAddress.parseV4(octets) else { return nil }
            self = .v4(number)
        }
    }

    /// Whether this is 127/8 or ::1.
    public var isLoopback: Bool {
        switch self {
        case .v4(let number): number >> 24 == 127
        case .v6(let upper, let lower): upper == 0 && lower == 1
        }
    }

    /// Whether this is 0.0.0.0 or ::.
    public var isUnspecified: Bool {
        switch self {
        case .v4(let number): number == 0
        case .v6(let upper, let lower): upper == 0 && lower == 0
        }
    }

    /// Whether a host on the public Internet can't reach it: private (RFC 1918, 4193), link-local, carrier-grade NAT
    /// (RFC 6598), loopback or unspecified.
    public var isPrivate: Bool {
        if isLoopback || isUnspecified { return true }
        switch self {
        case .v4(let number):
            return number >> 24 == 10 || number >> 20 == 0xAC1 || number >> 16 == 0xC0A8 || number >> 16 == 0xA9FE
                || number >> 22 == 0x191
        case .v6(let upper, _):
            return upper >> 57 == 0x7E || upper >> 54 == 0x3FA
        }
    }

    private static func parseV4(_ octets: ArraySlice<UInt8>) -> UInt32? {
        guard (7...15).contains(octets.count) else { return nil }
        var number: UInt32 = 0
        var value: UInt32 = 0
        var (dots, digits) = (0, 0)
        for octet in octets {
            if octet == UInt8(ascii: ".") {
                guard digits > 0, dots < 3 else { return nil }
                number = number << 8 | value
                dots += 1
                (value, digits) = (0, 0)
            } else {
                guard octet >= 0x30, octet <= 0x39, digits < 3 else { return nil }
                value = value * 10 + UInt32(octet - 0x30)
                digits += 1
                guard value <= 255 else { return nil }
            }
        }
        return dots == 3 && digits > 0 ? number << 8 | value : nil
    }

    private static func parseV6(_ octets: ArraySlice<UInt8>) -> IPAddress? {
        var groups: [UInt16] = []
        var gap: Int?
        var rest = octets
        let colon = UInt8(ascii: ":")
        if rest.starts(with: [colon]) {
            guard rest.starts(with: [colon, colon]) else { return nil }
            gap = 0
            rest = rest.dropFirst(2)
        }
        while !rest.isEmpty {
            guard groups.count < 8 else { return nil }
            let part = rest.prefix { $0 != colon }
            if part.contains(UInt8(ascii: ".")) {
                guard part.endIndex == rest.endIndex, groups.count <= 6, let tail = parseV4(part) else { return nil }
                groups.append(UInt16(truncatingIfNeeded: tail >> 16))
                groups.append(UInt16(truncatingIfNeeded: tail))
                rest = []
                break
            }
            guard (1...4).contains(part.count), let group = UInt16(String(decoding: part, as: UTF8.self), radix: 16),
                part.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") })
            else { return nil }
            groups.append(group)
            rest = rest.dropFirst(part.count)
            if rest.isEmpty { break }
            rest = rest.dropFirst()
            if rest.first == colon {
                guard gap == nil else { return nil }
                gap = groups.count
                rest = rest.dropFirst()
            } else if rest.isEmpty {
                return nil
            }
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        let upper = groups[..<4].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
        let lower = groups[4...].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
        return .v6(upper, lower)
    }
}

extension IPAddress: CustomStringConvertible {
    /// The canonical text (RFC 5952 for IPv6), without brackets.
    public var description: String {
        switch self {
        case .v4(let number):
            return "\(number >> 24).\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
        case .v6(let upper, let lower):
            if upper == 0, lower >> 32 == 0xFFFF {
                return "::ffff:" + IPAddress.v4(UInt32(truncatingIfNeeded: lower)).description
            }
            let groups = (0..<8).map { index in
                UInt16(truncatingIfNeeded: (index < 4 ? upper : lower) >> UInt64(48 - index % 4 * 16))
            }
            guard let gap = IPAddress.longestZeroRun(groups) else {
                return groups.map { String($0, radix: 16) }.joined(separator: ":")
            }
            let head = groups[..<gap.lowerBound].map { String($0, radix: 16) }.joined(separator: ":")
            let tail = groups[gap.upperBound...].map { String($0, radix: 16) }.joined(separator: ":")
            return head + "::" + tail
        }
    }

    /// The first longest run of two or more zero groups (RFC 5952 §4.2).
    private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int>? {
        var best: Range<Int>?
        var start: Int?
        for index in 0...groups.count {
            if index < groups.count, groups[index] == 0 {
                if start == nil { start = index }
                continue
            }
            if let first = start, index - first >= 2, index - first > (best?.count ?? 0) {
                best = first..<index
            }
            start = nil
        }
        return best
    }
}
