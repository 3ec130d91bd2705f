extension Request {
    /// The rules that the request breaks and that are forgiven, each once; empty for one that keeps them all. Looks at
    /// the whole message: for tools, logs and strict mode.
    public var forgiven: [Forgiveness] {
        var found = forgivenInFrame(isRequest: true)
        if version.utf8.elementsEqual("SIP/2.0".utf8) == false { found.append(.lowerCaseVersion) }
        if first(.maxForwards) == nil {
            found.append(
                Forgiveness(.missingMaxForwards, "RFC 3261 §8.1.1.6", "The request has no Max-Forwards"))
        }
        found += URI.forgiven(in: octets[uriPlace])
        found += forgivenInHeaders
        return found.eachRuleOnce
    }
}

extension Response {
    /// The rules that the response breaks and that are forgiven; see ``Request/forgiven``.
    public var forgiven: [Forgiveness] {
        var found = forgivenInFrame(isRequest: false)
        if version.utf8.elementsEqual("SIP/2.0".utf8) == false { found.append(.lowerCaseVersion) }
        found += forgivenInHeaders
        return found.eachRuleOnce
    }
}

extension Message {
    /// The rules that the message breaks and that are forgiven; see ``Request/forgiven``.
    public var forgiven: [Forgiveness] {
        switch self {
        case .request(let request): request.forgiven
        case .response(let response): response.forgiven
        }
    }
}

extension Forgiveness {
    fileprivate static let lowerCaseVersion = Forgiveness(
        .lowerCaseVersion, "RFC 3261 §7.1", "The version is not written SIP/2.0")
}

extension [Forgiveness] {
    fileprivate var eachRuleOnce: [Forgiveness] {
        var seen: Set<Forgiveness.Rule> = []
        return filter { seen.insert($0.rule).inserted }
    }
}

extension SIPMessage {
    /// Line ends, start line and characters.
    fileprivate func forgivenInFrame(isRequest: Bool) -> [Forgiveness] {
        var found: [Forgiveness] = []
        let head = octets[..<min(index.body.lowerBound, octets.count)].drop { $0 == 0x0D || $0 == 0x0A }
        let lineEnd = head.firstIndex(of: 0x0A) ?? head.endIndex
        var last: UInt8 = 0
        let hasBareLineFeed = head.contains { octet in
            defer { last = octet }
            return octet == 0x0A && last != 0x0D
        }
        if hasBareLineFeed {
            found.append(Forgiveness(.bareLineFeed, "RFC 3261 §7", "A line ends in LF without CR"))
        }
        let end = Array(head.suffix(4).filter { $0 != 0x0D })
        if end.suffix(2) != [0x0A, 0x0A] {
            found.append(Forgiveness(.missingEmptyLine, "RFC 3261 §7", "No empty line ends the headers"))
        }
        var line = head[..<lineEnd]
        if line.last == 0x0D { line = line.dropLast() }
        let words = line.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
        let isPlain =
            isRequest
            ? words.count == 3
                && words.allSatisfy { word in
                    !word.isEmpty && !word.contains { $0 == 0x09 || $0 == 0x20 }
                }
            : words.count == 3
        if !isPlain {
            found.append(
                Forgiveness(
                    .blanksInStartLine, isRequest ? "RFC 3261 §7.1" : "RFC 3261 §7.2",
                    "The start line has blanks too many or too few"))
        }
        if String(validating: head, as: UTF8.self) == nil {
            found.append(Forgiveness(.notUTF8, "RFC 3261 §7", "The headers are no UTF-8"))
        }
        return found
    }

    /// The headers that are read by the core.
    fileprivate var forgivenInHeaders: [Forgiveness] {
        var found: [Forgiveness] = []
        var lengths = 0
        for entry in index.entries {
            let value = value(of: entry)
            switch entry.known {
            case .contentLength:
                lengths += 1
                if lengths == 2 {
                    found.append(
                        Forgiveness(
                            .repeatedContentLength, "RFC 3261 §7.3.1", "Content-Length is there more than once"))
                }
            case .from, .to:
                found += NameAddress.forgiven(in: value)
            case .contact, .route, .recordRoute, .pAssertedIdentity, .path, .serviceRoute:
                for part in ListSplitter.split(value) {
                    found += part.isEmpty ? [.emptyListItem] : NameAddress.forgiven(in: part)
                }
            case .via:
                for part in ListSplitter.split(value) { found += Via.forgiven(in: part) }
            case .supported, .require, .allow, .unsupported, .accept, .allowEvents:
                // An empty line is allowed for these, an empty item is not.
                if !value.isEmpty, ListSplitter.split(value).contains(where: \.isEmpty) { found.append(.emptyListItem) }
            case .callID:
                if !CallID.isWord(value) {
                    found.append(
                        Forgiveness(.oddCallID, "RFC 3261 §25.1", "The Call-ID is no word, nor two with an @ between"))
                }
            default: break
            }
        }
        return found
    }
}

extension Forgiveness {
    fileprivate static let emptyListItem = Forgiveness(
        .emptyListItem, "RFC 3261 §7.3.1", "A list has a comma too many")
    fileprivate static let emptyParameter = Forgiveness(
        .emptyParameter, "RFC 3261 §25.1", "A header's parameters end in a semicolon")
}

extension NameAddress {
    /// What is forgiven in one value of a header that names somebody.
    fileprivate static func forgiven(in octets: ArraySlice<UInt8>) -> [Forgiveness] {
        guard (try? NameAddress(octets)) != nil else { return [] }
        var found: [Forgiveness] = []
        if octets.last == 0x3B { found.append(.emptyParameter) }
        guard let open = openingBracket(octets), let close = octets[open...].firstIndex(of: 0x3E) else {
            return found + URI.forgiven(in: octets.prefix { $0 != 0x3B }.trimmed)
        }
        let name = octets[..<open].trimmed
        if name.first != 0x22, !name.allSatisfy({ OctetClass.isToken($0) || OctetClass.isBlank($0) }) {
            found.append(
                Forgiveness(
                    .unquotedDisplayName, "RFC 3261 §25.1", "A display name has characters that ask for quotes"))
        }
        let inside = octets[(open + 1)..<close]
        if inside.count != inside.trimmed.count {
            found.append(Forgiveness(.blanksInBrackets, "RFC 3261 §25.1", "Blanks stand between < and > of a URI"))
        }
        return found + URI.forgiven(in: inside.trimmed)
    }

    /// The `<` that is not in a quoted name.
    private static func openingBracket(_ octets: ArraySlice<UInt8>) -> Int? {
        var isInQuotes = false
        var index = octets.startIndex
        while index < octets.endIndex {
            switch octets[index] {
            case 0x5C where isInQuotes: index += 1
            case 0x22: isInQuotes.toggle()
            case 0x3C where !isInQuotes: return index
            default: break
            }
            index += 1
        }
        return nil
    }
}

extension Via {
    /// What is forgiven in one hop.
    fileprivate static func forgiven(in octets: ArraySlice<UInt8>) -> [Forgiveness] {
        guard let via = try? Via(octets) else { return [] }
        var found: [Forgiveness] = []
        if octets.last == 0x3B { found.append(.emptyParameter) }
        if let received = via.parameters.value(of: "received"), received.hasPrefix("[") {
            found.append(Forgiveness(.oddIPv6, "RFC 5118 §4.5", "received has brackets around its address"))
        }
        let hop = octets.prefix { $0 != 0x3B }.trimmed
        guard let blank = hop.lastIndex(where: OctetClass.isBlank) else { return found }
        return found + Host.forgiven(in: hop[(blank + 1)...], via.sentByHost)
    }
}

extension CallID {
    /// `word [ "@" word ]` (RFC 3261 §25.1).
    fileprivate static func isWord(_ octets: ArraySlice<UInt8>) -> Bool {
        let words = octets.split(separator: 0x40, omittingEmptySubsequences: false)
        return words.count <= 2
            && words.allSatisfy { word in
                !word.isEmpty
                    && word.allSatisfy { OctetClass.isToken($0) || "()<>:\\\"/[]?{}".utf8.contains($0) }
            }
    }
}
