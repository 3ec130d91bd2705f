extension URI {
    /// What is forgiven when this text is read as a URI; empty when it keeps all rules, or can't be read.
    public static func forgiven(in text: String) -> [Forgiveness] {
        forgiven(in: Array(text.utf8)[...])
    }

    static func forgiven(in octets: ArraySlice<UInt8>) -> [Forgiveness] {
        switch try? URI(octets) {
        case .sip(let uri): forgiven(in: octets, uri)
        case .tel(let uri) where !uri.isGlobal && uri.context == nil:
            [
                Forgiveness(
                    .missingPhoneContext, "RFC 3966 §5.1.5", "A local telephone number has no phone-context")
            ]
        case .tel, .other, nil: []
        }
    }

    private static func forgiven(in octets: ArraySlice<UInt8>, _ uri: SIPURI) -> [Forgiveness] {
        var found: [Forgiveness] = []
        guard let colon = octets.firstIndex(of: 0x3A) else { return [] }
        var rest = octets[(colon + 1)...]
        if let at = rest.firstIndex(of: 0x40) {
            let user = rest[..<at]
            if user.isEmpty {
                found.append(Forgiveness(.emptyUser, "RFC 3261 §25.1", "An @ stands in a URI with no user before it"))
            } else if let octet = user.first(where: { !isUserOctet($0) && $0 != 0x3A }) {
                found.append(
                    Forgiveness(
                        .unescapedUser, "RFC 3261 §25.1",
                        "The user part of a URI has the character \([octet].asText) without escape"))
            }
            rest = rest[(at + 1)...]
        }
        let end = rest.first == 0x5B ? rest.firstIndex(of: 0x5D) ?? rest.startIndex : rest.startIndex
        let behind = rest[end...].firstIndex { $0 == 0x3B || $0 == 0x3F } ?? rest.endIndex
        found += Host.forgiven(in: rest[..<behind], uri.host)
        if rest[behind...].prefix(while: { $0 != 0x3F }).last == 0x3B {
            found.append(Forgiveness(.emptyParameter, "RFC 3261 §19.1.1", "A URI's parameters end in a semicolon"))
        }
        return found
    }

    /// `unreserved`, `escaped` and `user-unreserved` (RFC 3261 §25.1); a password has a few less.
    private static func isUserOctet(_ octet: UInt8) -> Bool {
        OctetClass.isUnreserved(octet) || "%&=+$,;?/".utf8.contains(octet)
    }
}

extension Host {
    /// What is forgiven in `host [":" port]`.
    static func forgiven(in octets: ArraySlice<UInt8>, _ host: Host) -> [Forgiveness] {
        var found: [Forgiveness] = []
        if octets.last == 0x3A {
            found.append(Forgiveness(.emptyPort, "RFC 3261 §19.1.1", "A colon stands behind a host and no port"))
        }
        switch host {
        case .name(let name) where !isHostName(name):
            found.append(
                Forgiveness(.oddHostName, "RFC 3261 §25.1", "\(name) is no host name by the grammar"))
        case .address where octets.first == 0x5B:
            let literal = Array(octets)
            let hasThree = literal.indices.dropFirst(2).contains { place in
                literal[place] == 0x3A && literal[place - 1] == 0x3A && literal[place - 2] == 0x3A
            }
            if hasThree {
                found.append(
                    Forgiveness(.oddIPv6, "RFC 5954 §4.1", "An IPv6 address has three colons in a row"))
            }
        default: break
        }
        return found
    }

    /// Labels of letters, digits and hyphens, the last one beginning with a letter (RFC 3261 §25.1 `hostname`).
    private static func isHostName(_ name: String) -> Bool {
        var labels = Array(name.utf8).split(separator: 0x2E, omittingEmptySubsequences: false)
        // A dot at the end is a whole name's.
        if labels.count > 1, labels.last?.isEmpty == true { labels.removeLast() }
        guard let top = labels.last?.first, OctetClass.isAlpha(top) else { return false }
        return labels.allSatisfy { label in
            guard let first = label.first, let last = label.last else { return false }
            return OctetClass.isAlphanumeric(first) && OctetClass.isAlphanumeric(last)
                && label.allSatisfy { OctetClass.isAlphanumeric($0) || $0 == 0x2D }
        }
    }
}
