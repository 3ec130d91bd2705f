extension StringProtocol {
    /// Without blanks and tabs at both ends.
    var trimmed: String {
        let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\n" || $0 == "\r\n" }
        let head = drop(while: blank)
        guard let last = head.lastIndex(where: { !blank($0) }) else { return "" }
        return String(head[...last])
    }

    /// Split at `separator` where it stands outside of quoted strings and angle brackets.
    func splitOutsideQuotes(at separator: Character) -> [String] {
        var parts: [String] = [""]
        var quoted = false
        var escaped = false
        var depth = 0
        for character in self {
            if quoted {
                if escaped {
                    escaped = false
                } else if character == "\\" {
                    escaped = true
                } else if character == "\"" {
                    quoted = false
                }
            } else if character == "\"" {
                quoted = true
            } else if character == "<" {
                depth += 1
            } else if character == ">" {
                depth = Swift.max(0, depth - 1)
            } else if character == separator, depth == 0 {
                parts.append("")
                continue
            }
            parts[parts.count - 1].append(character)
        }
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
