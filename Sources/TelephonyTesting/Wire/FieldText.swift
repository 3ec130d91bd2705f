extension StringProtocol {
    /// Without blanks, tabs and line ends at both ends.
    var trimmed: String {
        let blank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D || $0 == 0x0A }
        let text = Substring(self)
        guard let first = text.utf8.firstIndex(where: { !blank($0) }),
            let last = text.utf8.lastIndex(where: { !blank($0) })
        else { return "" }
        return String(text[first...last])
    }

    /// Split at `separator` where it stands outside of quoted strings and angle brackets.
    func splitOutsideQuotes(at separator: Unicode.Scalar) -> [String] {
        var parts: [String] = []
        var start = startIndex
        var isQuoted = false
        var isEscaped = false
        var depth = 0
        for index in utf8.indices {
            let octet = utf8[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted {
                isEscaped = octet == 0x5C
                isQuoted = octet != 0x22
            } else if octet == 0x22 {
                isQuoted = true
            } else if octet == 0x3C {
                depth += 1
            } else if octet == 0x3E {
                depth = Swift.max(0, depth - 1)
            } else if octet == separator.value, depth == 0 {
                parts.append(String(self[start..<index]))
                start = utf8.index(after: index)
            }
        }
        parts.append(String(self[start...]))
        return parts
    }

    /// The value of a header parameter (after the address, outside of `<>`): empty for one without a value.
    func headerParameter(_ name: String) -> String? {
        for part in splitOutsideQuotes(at: ";").dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = pair.first, key.trimmed.lowercased() == name.lowercased() else { continue }
            return pair.count > 1 ? pair[1].trimmed : ""
        }
        return nil
    }

    /// The URI of a name-addr or addr-spec (RFC 3261 §20.10): inside of `<>`, else up to the first parameter.
    var addressURI: String {
        let head = splitOutsideQuotes(at: ";").first ?? ""
        var quoted = false
        var start: String.Index?
        for index in head.indices {
            if head[index] == "\"" { quoted.toggle() }
            if head[index] == "<", !quoted {
                start = head.index(after: index)
                break
            }
        }
        guard let start else { return head.trimmed }
        return head[start...].prefix { $0 != ">" }.trimmed
    }

    /// The host of a SIP URI, without port, brackets kept off.
    var uriHost: String {
        var rest = Substring(self)
        if let colon = rest.firstIndex(of: ":") { rest = rest[rest.index(after: colon)...] }
        rest = rest.prefix { $0 != ";" && $0 != "?" && $0 != ">" }
        if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
        if rest.first == "[" { return String(rest.dropFirst().prefix { $0 != "]" }) }
        return String(rest.prefix { $0 != ":" })
    }
}
