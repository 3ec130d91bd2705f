import TelephonyPrimitives

/// The grammar of RFC 3261 §25.1 as strictly as a sender has to keep it, read from the octets alone: nothing that a parser
/// forgives is forgiven here.
enum StrictGrammar {
    /// What is wrong with the octets of a message; `nil` when nothing is.
    static func fault(in octets: [UInt8]) -> String? {
        guard let head = headOfMessage(octets) else { return "The headers do not end with an empty line." }
        var lines: [String] = []
        for line in head {
            guard let text = String(validating: line, as: UTF8.self) else { return "A line is no UTF-8." }
            if line.contains(where: { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7F }) {
                return "A control character is in \(text.debugDescription)."
            }
            if let first = line.first, first == 0x20 || first == 0x09 {
                guard lines.count > 1 else { return "The first header begins with a blank." }
                lines[lines.count - 1] += " " + text.trimmed
            } else {
                lines.append(text)
            }
        }
        guard let start = lines.first else { return "There is no start line." }
        return fault(inStartLine: start) ?? lines.dropFirst().lazy.compactMap(fault(inHeader:)).first
    }

    /// The lines up to the empty one, each without its CR LF; `nil` when a line ends in anything else.
    private static func headOfMessage(_ octets: [UInt8]) -> [ArraySlice<UInt8>]? {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        for index in octets.indices where octets[index] == 0x0A {
            guard index > start || octets[max(index - 1, 0)] == 0x0D, index > 0, octets[index - 1] == 0x0D else {
                return nil
            }
            if index - 1 == start { return lines }
            lines.append(octets[start..<(index - 1)])
            start = index + 1
        }
        return nil
    }

    // MARK: Start line

    private static func fault(inStartLine line: String) -> String? {
        let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard words.count == 3 else { return "The start line is \(line.debugDescription)." }
        if words[0] == "SIP/2.0" {
            let isStatus =
                words[1].utf8.count == 3 && words[1].utf8.allSatisfy(isDigit)
                && ("1"..."6").contains(words[1].prefix(1))
            return isStatus ? nil : "The status is \(words[1].debugDescription)."
        }
        guard isToken(words[0]), words[2] == "SIP/2.0", isURI(words[1]) else {
            return "The request line is \(line.debugDescription)."
        }
        return nil
    }

    // MARK: Headers

    private static func fault(inHeader line: String) -> String? {
        guard let colon = line.firstIndex(of: ":") else { return "There is no colon in \(line.debugDescription)." }
        let name = line[..<colon]
        guard isToken(String(name)) else { return "The name of \(line.debugDescription) is no token." }
        let value = line[line.index(after: colon)...].trimmed
        guard let check = checks[HeaderSpelling.folded(String(name))] else { return nil }
        return check(value) ? nil : "The value of \(line.debugDescription) is none of its grammar."
    }

    /// By folded name.
    private static let checks: [String: @Sendable (String) -> Bool] = {
        let addresses: @Sendable (String) -> Bool = {
            $0.splitOutsideQuotes(at: ",").allSatisfy { isAddress($0.trimmed) }
        }
        let tokens: @Sendable (String) -> Bool = { value in
            value.isEmpty
                || value.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { isToken($0.trimmed) }
        }
        let number: @Sendable (String) -> Bool = { UInt32($0) != nil && $0.utf8.allSatisfy(isDigit) }
        let numberAndParameters: @Sendable (String) -> Bool = { value in
            let parts = value.splitOutsideQuotes(at: ";").map(\.trimmed)
            return number(parts.first ?? "") && parts.dropFirst().allSatisfy(isParameter)
        }
        let table: [String: @Sendable (String) -> Bool] = [
            "Via": { $0.splitOutsideQuotes(at: ",").allSatisfy { isVia($0.trimmed) } },
            "From": isAddress, "To": isAddress, "Contact": { $0 == "*" || addresses($0) }, "Route": addresses,
            "Record-Route": addresses, "Path": addresses, "Service-Route": addresses, "Refer-To": isAddress,
            "Referred-By": isAddress,
            "Call-ID": { isCallID($0) },
            "CSeq": { value in
                let words = value.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
                return words.count == 2 && number(words[0]) && isToken(words[1])
            },
            "Max-Forwards": { number($0) && ($0.utf8.count < 4) }, "Content-Length": number, "Expires": number,
            "Min-Expires": number, "RSeq": number, "Min-SE": numberAndParameters,
            "Session-Expires": numberAndParameters,
            "RAck": { value in
                let words = value.split(separator: " ").map(String.init)
                return words.count == 3 && number(words[0]) && number(words[1]) && isToken(words[2])
            },
            "Allow": tokens, "Supported": tokens, "Require": tokens, "Unsupported": tokens, "Allow-Events": tokens,
            "Content-Type": { value in
                let parts = value.splitOutsideQuotes(at: ";").map(\.trimmed)
                let type = (parts.first ?? "").split(separator: "/", omittingEmptySubsequences: false).map {
                    $0.trimmed
                }
                return type.count == 2 && type.allSatisfy(isToken) && parts.dropFirst().allSatisfy(isParameter)
            },
            "Event": { $0.splitOutsideQuotes(at: ";").map(\.trimmed).allSatisfy { isToken($0) || isParameter($0) } },
            "Subscription-State": { value in
                let parts = value.splitOutsideQuotes(at: ";").map(\.trimmed)
                return isToken(parts.first ?? "") && parts.dropFirst().allSatisfy(isParameter)
            },
        ]
        return Dictionary(uniqueKeysWithValues: table.map { (HeaderSpelling.folded($0.key), $0.value) })
    }()

    private static func isVia(_ value: String) -> Bool {
        let parts = value.splitOutsideQuotes(at: ";").map(\.trimmed)
        let words = (parts.first ?? "").split(separator: " ").map(String.init)
        guard words.count == 2, parts.dropFirst().allSatisfy(isParameter) else { return false }
        let sent = words[0].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        return sent.count == 3 && sent[0] == "SIP" && sent[1] == "2.0" && isToken(sent[2]) && isHost(words[1])
    }

    /// `name-addr` or `addr-spec`, with parameters.
    private static func isAddress(_ value: String) -> Bool {
        guard let open = value.lastIndex(of: "<") else {
            let parts = value.splitOutsideQuotes(at: ";").map(\.trimmed)
            let uri = parts.first ?? ""
            return isURI(uri) && !uri.contains("?") && !uri.contains(",") && parts.dropFirst().allSatisfy(isParameter)
        }
        guard let close = value[open...].firstIndex(of: ">") else { return false }
        let name = value[..<open].trimmed
        let isName =
            name.isEmpty || isQuoted(name) || name.split(separator: " ").allSatisfy { isToken(String($0)) }
        let rest = value[value.index(after: close)...].splitOutsideQuotes(at: ";").map(\.trimmed)
        return isName && isURI(String(value[value.index(after: open)..<close])) && (rest.first ?? "").isEmpty
            && rest.dropFirst().allSatisfy(isParameter)
    }

    // MARK: Pieces

    private static func isURI(_ text: String) -> Bool {
        guard let colon = text.firstIndex(of: ":"), !text[..<colon].isEmpty,
            text[..<colon].utf8.allSatisfy({ isAlphanumeric($0) || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E })
        else { return false }
        let rest = text[text.index(after: colon)...].utf8
        let allowed = "-_.!~*'()%&=+$,;?/:@[]#"
        guard !rest.isEmpty, rest.allSatisfy({ isAlphanumeric($0) || allowed.utf8.contains($0) }) else { return false }
        // Each % has two digits behind it.
        let octets = Array(rest)
        return octets.indices.allSatisfy { index in
            octets[index] != 0x25
                || (octets.count > index + 2 && octets[(index + 1)...(index + 2)].allSatisfy(isHexadecimal))
        }
    }

    private static func isHexadecimal(_ octet: UInt8) -> Bool {
        isDigit(octet) || (0x41...0x46).contains(octet) || (0x61...0x66).contains(octet)
    }

    private static func isParameter(_ text: String) -> Bool {
        let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { $0.trimmed }
        guard let name = pair.first, isToken(name) else { return false }
        guard pair.count == 2 else { return true }
        return isToken(pair[1]) || isQuoted(pair[1]) || isHost(pair[1])
    }

    private static func isQuoted(_ text: String) -> Bool {
        guard text.utf8.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return false }
        var isEscaped = false
        for character in text.dropFirst().dropLast() {
            if isEscaped {
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                return false
            }
        }
        return !isEscaped
    }

    private static func isHost(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { isAlphanumeric($0) || "-._:[]".utf8.contains($0) }
    }

    private static func isCallID(_ text: String) -> Bool {
        let words = text.split(separator: "@", omittingEmptySubsequences: false)
        return (1...2).contains(words.count)
            && words.allSatisfy { word in
                !word.isEmpty
                    && word.utf8.allSatisfy { isTokenOctet($0) || "()<>:\\\"/[]?{}".utf8.contains($0) }
            }
    }

    private static func isToken(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy(isTokenOctet) }

    private static func isTokenOctet(_ octet: UInt8) -> Bool {
        isAlphanumeric(octet) || "-.!%*_+`'~".utf8.contains(octet)
    }

    private static func isAlphanumeric(_ octet: UInt8) -> Bool {
        isDigit(octet) || (0x41...0x5A).contains(octet) || (0x61...0x7A).contains(octet)
    }

    private static func isDigit(_ octet: UInt8) -> Bool { (0x30...0x39).contains(octet) }
}

extension AuditedSignalling {
    /// Every message follows the grammar.
    func checkGrammar(_ findings: inout Findings) {
        for message in messages {
            if let fault = StrictGrammar.fault(in: message.record.octets) { findings.add(.grammar, message, fault) }
        }
    }
}
