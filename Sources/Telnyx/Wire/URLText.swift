/// Percent-encoding (RFC 3986 §2.1).
enum URLText {
    private static func isUnreserved(_ octet: UInt8) -> Bool {
        switch octet {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
        default: false
        }
    }

    /// `text` as one segment of a path, or as a name or value of a query: everything but what is unreserved is encoded,
    /// so that an identifier with `:` or `/` can't become another path.
    static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var octets: [UInt8] = []
        for octet in text.utf8 {
            if isUnreserved(octet) {
                octets.append(octet)
            } else {
                octets += [0x25, digits[Int(octet >> 4)], digits[Int(octet & 15)]]
            }
        }
        // A segment of dots is a step in the tree.
        return text == "." || text == ".."
            ? text.utf8.map { _ in "%2E" }.joined() : String(decoding: octets, as: UTF8.self)
    }

    /// - Returns: `nil` when an escape lacks its digits, or it is no UTF-8 in the end.
    static func decoded(_ text: some StringProtocol) -> String? {
        var octets: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let octet = rest.popFirst() {
            switch octet {
            case 0x2B: octets.append(0x20)
            case 0x25:
                guard let high = rest.popFirst().flatMap(hex), let low = rest.popFirst().flatMap(hex) else {
                    return nil
                }
                octets.append(high << 4 | low)
            default: octets.append(octet)
            }
        }
        return String(validating: octets, as: UTF8.self)
    }

    private static func hex(_ octet: UInt8) -> UInt8? {
        switch octet {
        case 0x30...0x39: octet - 0x30
        case 0x41...0x46: octet - 0x37
        case 0x61...0x66: octet - 0x57
        default: nil
        }
    }

    /// The members of a query, in their order; those that can't be read are left out.
    static func members(of query: String, atMost count: Int) -> [(name: String, value: String)] {
        query.split(separator: "&", maxSplits: count, omittingEmptySubsequences: true).prefix(count).compactMap {
            member in
            let parts = member.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts.first.flatMap({ decoded($0) }), !name.isEmpty,
                let value = parts.count > 1 ? decoded(parts[1]) : ""
            else { return nil }
            return (name, value)
        }
    }
}
