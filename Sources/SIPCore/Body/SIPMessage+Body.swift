extension SIPMessage {
    /// The body as the message's headers describe it; `nil` without one.
    var bodyPart: BodyPart? {
        guard !index.body.isEmpty else { return nil }
        var headers: HeaderFields = []
        for entry in index.entries {
            switch entry.known {
            case .contentType, .contentDisposition, .contentEncoding:
                headers.append((name(of: entry), value(of: entry).asText))
            default: break
            }
        }
        return BodyPart(headers: headers, octets: body)
    }

    /// The parts of the body that have no parts themselves, in order; the body itself when it is a single one
    /// (RFC 5621 §4.2). Empty without a body.
    /// - Throws: when the parts can't be told apart, or are too many.
    public var bodyParts: [BodyPart] {
        get throws(ParseError) { try bodyPart?.leaves() ?? [] }
    }

    /// The session description that the message carries, alone or among the parts of its body (RFC 5621 §3); `nil`
    /// without one.
    ///
    /// A body that is no multipart is taken as it is: whether its type is one for us was judged before.
    public var sessionDescription: [UInt8]? {
        guard !index.body.isEmpty else { return nil }
        switch bodyShape {
        case .single: return body
        case .described: return bodyPart?.sessionDescription()
        }
    }

    /// Whether there is a ``sessionDescription``.
    var hasSessionDescription: Bool {
        guard !index.body.isEmpty else { return false }
        if case .single = bodyShape { return true }
        return bodyPart?.sessionDescription() != nil
    }

    /// Whether the body is a session description and nothing else is said of it: what nearly every INVITE has.
    var isPlainDescription: Bool {
        guard index.present.contains(.contentType), !index.present.contains(.contentDisposition),
            !index.present.contains(.contentEncoding), let value = firstOctets(of: .contentType)
        else { return false }
        return value.isEqual(ignoringCase: "application/sdp")
    }

    private var bodyShape: BodyShape {
        if index.present.contains(.contentDisposition) { return .described }
        guard let value = firstOctets(of: .contentType) else { return .single }
        return value.prefix(10).isEqual(ignoringCase: "multipart/") ? .described : .single
    }
}

private enum BodyShape {
    /// No parts, and nothing said of what it is for.
    case single
    case described
}
