import TelephonyPrimitives

/// Whose word about identities counts, and to whom they are told (RFC 3324, RFC 3325 §4–§7).
extension UserAgentCore {
    /// Whether the peer of a flow is in the trust domain.
    func trusts(_ flow: Flow) -> Bool {
        let domain = configuration.trustDomain
        if domain.contains(flow.remote.ip) { return true }
        guard domain.includesRegistrars else { return false }
        return registrations.values.contains { $0.flow?.remote.ip == flow.remote.ip }
    }

    /// The request with a note that its peer is trusted, or without what only such a peer may say.
    func judged(_ request: Request, from flow: Flow) -> Request {
        var request = request
        if trusts(flow) {
            request.assertor = flow.remote.ip
            return request
        }
        return request.hasAssertions ? request.withoutAssertions : request
    }

    /// The response, without what only a peer in the trust domain may say.
    func judged(_ response: Response, from flow: Flow) -> Response {
        response.hasAssertions && !trusts(flow) ? response.withoutAssertions : response
    }

    /// The draft without what its privacy keeps from the peer of `flow`.
    func keepingPrivacy(_ draft: RequestDraft, towards flow: Flow) -> RequestDraft {
        guard !draft.headers.isEmpty, !trusts(flow) else { return draft }
        var draft = draft
        draft.headers = draft.headers.keepingPrivacy
        return draft
    }
}

extension HeaderFields {
    /// The fields without who the caller is, when their Privacy says `id`, and without the history, when it says
    /// `history` (RFC 3325 §9.3, RFC 7044 §10.1).
    var keepingPrivacy: HeaderFields {
        let lines = filter { $0.0 == .privacy }.map(\.1)
        guard !lines.isEmpty else { return self }
        let privacy = try? Privacy(parsing: lines.joined(separator: ";"))
        return filter { name, _ in
            switch name {
            case .pAssertedIdentity, .pPreferredIdentity, .remotePartyID:
                !(privacy?.contains(.id) ?? true)
            case .historyInfo, .diversion:
                !(privacy?.contains(.history) ?? true)
            default:
                true
            }
        }
    }
}

extension OutgoingInvite {
    /// The call with Privacy and identity written as headers, and with a From that names nobody when it hides the caller
    /// (RFC 3323 §4.1.1.3).
    var hidingCaller: OutgoingInvite {
        guard !privacy.values.isEmpty || identity != nil else { return self }
        var invite = self
        if !privacy.values.isEmpty { invite.headers.append((.privacy, "\(privacy)")) }
        var identity = identity
        if privacy.hidesCaller {
            identity = identity ?? AssertedIdentity([from])
            invite.from = .anonymous
        }
        guard let identity, !headers.contains(where: { $0.0 == .pAssertedIdentity || $0.0 == .pPreferredIdentity })
        else { return invite }
        invite.headers += identity.headers()
        return invite
    }
}

extension SIPMessage {
    /// Whether it says something that only a peer in the trust domain may say.
    var hasAssertions: Bool {
        index.entries.contains { entry in
            switch entry.known {
            case .pAssertedIdentity, .pPreferredIdentity, .diversion, .historyInfo: true
            case nil: has(entry, .remotePartyID)
            default: false
            }
        }
    }

    /// Its octets and index without the lines for which `isUnwanted` holds.
    fileprivate func removing(_ isUnwanted: (HeaderIndex.Entry) -> Bool) -> (octets: [UInt8], index: HeaderIndex) {
        var kept = HeaderIndex()
        kept.defect = index.defect
        var changed: [UInt8] = []
        changed.reserveCapacity(octets.count)
        var copied = 0
        for entry in index.entries {
            guard isUnwanted(entry) else {
                kept.append(entry.moved(by: changed.count - copied))
                continue
            }
            changed += octets[copied..<entry.name.lowerBound]
            var end = entry.value.upperBound
            while end < index.body.lowerBound, octets[end] != 0x0A { end += 1 }
            copied = min(end + 1, index.body.lowerBound)
        }
        changed += octets[copied...]
        let distance = changed.count - octets.count
        kept.body = (index.body.lowerBound + distance)..<(index.body.upperBound + distance)
        return (changed, kept)
    }

    fileprivate func isAssertion(_ entry: HeaderIndex.Entry) -> Bool {
        HeaderName.assertions.contains { has(entry, $0) }
    }
}

extension Request {
    var withoutAssertions: Request {
        let (octets, index) = removing { isAssertion($0) }
        return Request(octets: octets, index: index, method: method, requestURI: uriPlace, version: version)
    }
}

extension Response {
    var withoutAssertions: Response {
        let (octets, index) = removing { isAssertion($0) }
        return Response(octets: octets, index: index, status: status, reason: reason, version: version)
    }
}
