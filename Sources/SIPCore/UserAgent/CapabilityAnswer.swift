extension Environment {
    /// The answer to OPTIONS (RFC 3261 §11.2): what we can do, and a description of the sessions that we could take
    /// unless the peer's Accept excludes it (RFC 3264 §9).
    func capabilities(for request: Request, hasContact: Bool) -> ResponseDraft {
        var draft = ResponseDraft(status: 200, headers: abilities.capabilities, hasContact: hasContact)
        if let description = configuration.capabilityDescription, request.accepts(description.contentType) {
            draft.body = description
        }
        return draft
    }
}

extension SIPMessage {
    /// Whether Accept takes bodies of a type; without Accept every one is taken. The most precise range rules, and one
    /// with `q=0` excludes (RFC 3261 §20.1, RFC 9110 §12.5.1).
    func accepts(_ contentType: String) -> Bool {
        guard firstValue(.accept) != nil else { return true }
        let type = contentType.prefix { $0 != ";" }.trimmingBlanks.lowercased()
        let family = type.prefix { $0 != "/" } + "/*"
        var (precision, isTaken) = (0, false)
        for value in list(of: .accept).prefix(64) {
            let parts = value.split(separator: ";").map { $0.trimmingBlanks.lowercased() }
            let range = parts.first ?? ""
            let found = range == type ? 3 : range == family ? 2 : range == "*/*" ? 1 : 0
            guard found > precision else { continue }
            precision = found
            isTaken = !parts.dropFirst().contains { Self.isZeroQuality($0) }
        }
        return isTaken
    }

    /// `q=0`, `q = 0.000`
    private static func isZeroQuality(_ parameter: String) -> Bool {
        let pair = parameter.split(separator: "=", maxSplits: 1).map(\.trimmingBlanks)
        return pair.count == 2 && pair[0] == "q" && pair[1].first == "0"
            && pair[1].allSatisfy { $0 == "0" || $0 == "." }
    }
}
